"""A throw-away certificate for servers under test, and clients that trust it and nothing else."""

from __future__ import annotations

import atexit
import ssl
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_NAMES = "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1"


@dataclass(frozen=True, slots=True)
class Identity:
    """A self-signed certificate and its key, as PEM files."""

    certificate: Path
    key: Path


@cache
def throwaway_identity() -> Identity:
    """Make a P-256 certificate for this machine, once for all tests of the session."""
    folder = tempfile.TemporaryDirectory(prefix="tintype-tls-")
    atexit.register(folder.cleanup)
    identity = Identity(certificate=Path(folder.name, "cert.pem"), key=Path(folder.name, "key.pem"))
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    about = ("-days", "2", "-subj", "/CN=localhost", "-addext", _NAMES)
    files = ("-out", str(identity.certificate), "-keyout", str(identity.key))
    subprocess.run(("openssl", "req", "-x509", *curve, *about, *files), check=True, capture_output=True)
    return identity


def client_context(alpn: Sequence[str] = ()) -> ssl.SSLContext:
    """Make what a client needs to talk to a server with the throw-away certificate."""
    context = ssl.create_default_context(cafile=throwaway_identity().certificate)
    if alpn:
        context.set_alpn_protocols(alpn)
    return context
