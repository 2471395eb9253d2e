"""Finds the server's certificate and key, or has ``keygen.sh`` make a pair and keeps it.

Blocking, and run at start or at a reload only. What stands in a certificate is read by
``frontend/certificate_facts.py``; who speaks TLS with the pair does not concern this file.
"""

import ipaddress
import ssl
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from frontend.certificate_facts import CertificateFacts, read_facts
from frontend.settings import Settings
from frontend.start_error import StartError

RENEW_BEFORE_S = 7 * 86_400
KEYGEN_TIMEOUT_S = 60.0
# OpenSSL's names for a key that belongs to another certificate, of the same kind and of another.
_MISMATCHES = {"KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH", "NO_CERTIFICATE_ASSIGNED"}


@dataclass(frozen=True, slots=True)
class CertificatePair:
    """A certificate, with those that vouch for it behind it, and its private key, both in PEM."""

    cert_path: Path
    key_path: Path

    @classmethod
    def within(cls, folder: Path) -> "CertificatePair":
        """Name the pair in a folder, whether or not it is there."""
        return cls(folder / "cert.pem", folder / "key.pem")


class _KeyEncryptedError(Exception):
    """The key asks for a passphrase."""


def ensure_certificate(settings: Settings, *, clock: Callable[[], float] = time.time) -> CertificatePair:
    """Return a pair that works: the one that is given, or one that is made and kept.

    ``clock`` tells the seconds since 1970. Raise ``StartError`` if there is no such pair.
    """
    if settings.cert_path is None:
        return _ensure_kept(settings.data_path / "tls", host=settings.host, now_s=clock())
    if not settings.cert_path.is_dir():
        raise StartError(f"{settings.cert_path} is not a folder: it must hold cert.pem and key.pem")
    pair = CertificatePair.within(settings.cert_path)
    load_pair(pair, into=_server_context())
    return pair


def load_pair(pair: CertificatePair, *, into: ssl.SSLContext) -> None:
    """Load a pair into a server's context; raise ``StartError`` that names the file at fault."""
    for path in (pair.cert_path, pair.key_path):
        try:
            path.read_bytes()
        except FileNotFoundError:
            raise StartError(f"{path} is missing") from None
        except OSError as error:
            raise StartError(f"{path} cannot be read: {error.strerror}") from error
    try:
        _server_context().load_verify_locations(pair.cert_path)
    except ssl.SSLError as error:
        raise StartError(f"{pair.cert_path} is not a certificate in PEM form") from error
    try:
        into.load_cert_chain(pair.cert_path, pair.key_path, password=_refuse_to_be_asked)
    except _KeyEncryptedError:
        raise StartError(f"{pair.key_path} is encrypted: store the key without a passphrase") from None
    except ssl.SSLError as error:
        raise StartError(_what_is_wrong(pair, reason=error.reason)) from error


def _refuse_to_be_asked() -> str:
    """Stand in for OpenSSL's own question, which would wait on the terminal."""
    raise _KeyEncryptedError


def _what_is_wrong(pair: CertificatePair, *, reason: str | None) -> str:
    if reason in _MISMATCHES:
        return f"{pair.key_path} is not the key of {pair.cert_path}"
    if reason is None:
        return f"{pair.key_path} is not a private key in PEM form"
    return f"{pair.cert_path} and {pair.key_path.name} cannot be used: {reason.replace('_', ' ').lower()}"


def _server_context() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)


def _ensure_kept(folder: Path, *, host: str, now_s: float) -> CertificatePair:
    """Keep the pair in the folder while it is good; make one if there is none.

    Only what was made here is replaced: a key that was put there cannot be got back.
    """
    pair = CertificatePair.within(folder)
    names = [] if _is_covered(host) else [host]
    # Half a pair is what a start leaves behind that was killed.
    if not (pair.cert_path.exists() and pair.key_path.exists()):
        _make(folder, names=names)
    context = _server_context()
    try:
        load_pair(pair, into=context)
    except StartError as error:
        raise StartError(f"{error}; remove {folder} to have a new pair made") from error
    facts = read_facts(context, authority=str(pair.cert_path))
    if facts is not None and _needs_renewal(facts, now_s=now_s):
        _make(folder, names=[*facts.names, *names])
    return pair


def _needs_renewal(facts: CertificateFacts, *, now_s: float) -> bool:
    return facts.is_self_signed and facts.expires_s - now_s < RENEW_BEFORE_S


def _is_covered(host: str) -> bool:
    """Tell whether ``keygen.sh`` names the host by itself, or the host is no name at all."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return address.is_unspecified or host in {"127.0.0.1", "::1"}


def _make(folder: Path, *, names: Iterable[str]) -> None:
    """Have ``keygen.sh`` make a pair in the folder, in place of what is there."""
    command = ["sh", str(_keygen()), "--force", "--", str(folder), *names]
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=KEYGEN_TIMEOUT_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StartError(f"no certificate could be made: {error}") from error
    if done.returncode != 0:
        raise StartError(f"no certificate could be made: {done.stderr.strip() or done.returncode}")


def _keygen() -> Path:
    """Find the script: beside this file when installed, above it in a working tree."""
    here = Path(__file__).resolve().parent
    return next(path for path in (here / "keygen.sh", here.parent / "keygen.sh") if path.exists())
