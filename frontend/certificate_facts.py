"""Reads from a certificate what the server must know of its own: names, issuer, last day.

Whether a pair of files can be used at all is ``frontend/certificates.py``'s question; this file
takes that for granted.
"""

import contextlib
import ipaddress
import ssl
from dataclasses import dataclass

# X509_V_FLAG_NO_CHECK_TIME, which the ssl module has no name for: an expired one is read as well.
_VERIFY_WITHOUT_TIME = 0x200000


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFacts:
    """What stands in a certificate."""

    names: tuple[str, ...]
    is_self_signed: bool
    expires_s: float


def read_facts(context: ssl.SSLContext, *, authority: str) -> CertificateFacts | None:
    """Return what a client learns that trusts the certificate in the file ``authority``.

    ``context`` is the server's, with its pair loaded. Return None if such a client would refuse.
    """
    # The ssl module decodes no file, only what a peer has sent: so we are our own client, in memory.
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname = False
    trusting.load_verify_locations(authority)
    trusting.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | _VERIFY_WITHOUT_TIME
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = trusting.wrap_bio(to_client, to_server)
    server = context.wrap_bio(to_server, to_client, server_side=True)
    try:
        # A flight each: hello, certificate, finished.
        for side in (client, server, client):
            with contextlib.suppress(ssl.SSLWantReadError):
                side.do_handshake()
    except ssl.SSLError:
        return None
    certificate = client.getpeercert()
    if not certificate:
        return None
    return CertificateFacts(
        names=tuple(_plain(str(entry[1])) for entry in certificate.get("subjectAltName", ())),
        is_self_signed=certificate.get("issuer") == certificate.get("subject"),
        expires_s=ssl.cert_time_to_seconds(str(certificate["notAfter"])),
    )


def _plain(name: str) -> str:
    """Write an address as people do: ``::1``, not ``0:0:0:0:0:0:0:1``."""
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        return name
