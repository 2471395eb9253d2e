"""Signs addresses and tells signed ones: what exactly is signed, and the signature's one spelling.

A signature is the HMAC-SHA256 of a text, in base64url without padding. The text stands for what an address
*means*, so that whoever spells it differently on its way (a browser, curl, a proxy) does not break it:

    text      = path "?" [ parameter *( "&" parameter ) ]
    path      = the decoded path, percent-encoded but for unreserved characters and "/"
    parameter = name "=" value, both decoded and then percent-encoded but for unreserved characters

with UTF-8 under the percent-encoding, its digits in upper case, the parameters sorted by their bytes, and without
the parameter ``sig``. In a path ``+`` is a plus, in a query it is a blank. No two meanings have a text in common:
a ``?``, ``&``, ``=`` or ``%`` that is not the text's own mark is always encoded.

What is told apart: upper and lower case, composed and decomposed characters, how often a parameter is given, and
every segment of the path, be it empty, ``.`` or ``..``. What is not, because the server does not either: ``a`` and
``a=``, ``&&`` and ``&``, and in a path ``%2F`` and ``/``, or bytes that are not UTF-8 (ASGI has U+FFFD for each).

Keys, clocks and what a signature entitles to are ``frontend/access/url_signatures.py``'s business.

Source: RFC 3986 (sections 2.1, 2.3, 3.4), RFC 2104 (HMAC), RFC 4648 (section 5, base64url); the query is read as
the URL Standard reads application/x-www-form-urlencoded.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, quote, unquote

SIGNATURE = "sig"
EXPIRY = "exp"

# The whole of 32 bytes in base64url. Some texts of this form still are no bytes' one spelling: they equal none.
_SIGNATURE_FORM = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_EXPIRY_FORM = re.compile(r"0|[1-9][0-9]{0,14}", re.ASCII)
# An origin or none, then the parts that RFC 3986, appendix B, takes an address apart into.
_ADDRESS = re.compile(r"(https?://[^/?#\s]+)?([^?#]*)(?:\?([^#]*))?(#.*)?", re.IGNORECASE | re.DOTALL)
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
# What may stand in an address as it is, the percent sign of what is encoded already among it.
_AS_WRITTEN = "%:/?#[]@!$&'()*+,;=-._~"


def sign_url(url: str, *, key: bytes, expires_s: int | None = None) -> str:
    """Return ``url``, a whole one or a path with or without a query, with a signature that ends at ``expires_s``.

    The address stays as it is written, save that characters no address may hold are percent-encoded. Raises
    ValueError for what is no address, or is signed already.
    """
    match = _ADDRESS.fullmatch(url)
    origin, path, query, fragment = match.groups(default="") if match else ("", "", "", "")
    if origin and not path:
        path = "/"
    # "//host/…" would be a path to one reader and a host to the next.
    if not path.startswith("/") or (path.startswith("//") and not origin):
        raise ValueError("neither a URL such as https://host/images/a.jpg nor a path such as /images/a.jpg")
    try:
        signed = sign(unquote(path, errors="strict"), query, key=key, expires_s=expires_s)
    except UnicodeError:
        raise ValueError("not percent-encoded UTF-8") from None
    return origin + quote(_STRAY_PERCENT.sub("%25", f"{path}?{signed}{fragment}"), safe=_AS_WRITTEN)


def sign(path: str, query: str, *, key: bytes, expires_s: int | None = None) -> str:
    """Return ``query`` with ``exp``, if there is to be an end, and ``sig``; ``path`` is decoded, ``query`` is not.

    ``expires_s`` counts from 1970. Raises ValueError if the query bears either already or is not UTF-8.
    """
    if any(name in {SIGNATURE, EXPIRY} for name, _ in parameters(query)):
        raise ValueError(f"bears {SIGNATURE} or {EXPIRY} already")
    if expires_s is not None:
        if not _EXPIRY_FORM.fullmatch(str(expires_s)):
            raise ValueError("the end is no time in seconds since 1970")
        query = _joined(query, f"{EXPIRY}={expires_s}")
    return _joined(query, f"{SIGNATURE}={signature(path, query, key=key)}")


def signature(path: str, query: str, *, key: bytes) -> str:
    """The signature of an address; ``path`` is decoded, ``query`` is not.

    Raises UnicodeError for what is not UTF-8.
    """
    return _authenticate(signed_text(path, query), key=key)


def signed_text(path: str, query: str) -> str:
    """What is signed, as the module's text defines it. Raises UnicodeError for what is not UTF-8."""
    return _text(path, parameters(query))


def is_signed_by(path: str, query: str, keys: Iterable[bytes]) -> bool:
    """Whether the query bears one signature, and it is that of this address by one of the keys."""
    try:
        pairs = parameters(query)
        text = _text(path, pairs)
    except UnicodeError:
        return False
    given = [value for name, value in pairs if name == SIGNATURE]
    if len(given) != 1 or not _SIGNATURE_FORM.fullmatch(given[0]):
        return False
    # All are compared, whichever was right: time does not tell which key it is, nor how much of it was guessed.
    matches = [hmac.compare_digest(_authenticate(text, key=key), given[0]) for key in keys]
    return any(matches)


def bears_signature(query: str) -> bool:
    """Whether the query claims to be signed, rightly or not."""
    if SIGNATURE not in query and "%" not in query:
        return False  # most queries are told by this: taking one apart takes longer
    return any(name == SIGNATURE for name, _ in parse_qsl(query, keep_blank_values=True))


def expiry_s(query: str) -> int | None:
    """When the signature ends, in seconds since 1970; None for never.

    Raises ValueError if that is told twice, or as anything but a plain number.
    """
    given = [value for name, value in parameters(query) if name == EXPIRY]
    if len(given) > 1 or not all(map(_EXPIRY_FORM.fullmatch, given)):
        raise ValueError(f"{EXPIRY} must be given once, as a whole number of seconds since 1970")
    return int(given[0]) if given else None


def parameters(query: str) -> list[tuple[str, str]]:
    """The decoded names and values, as ``shared/query.py`` reads them. Raises UnicodeDecodeError."""
    return parse_qsl(query, keep_blank_values=True, errors="strict")


def _text(path: str, pairs: Iterable[tuple[str, str]]) -> str:
    texts = (f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs if name != SIGNATURE)
    return f"{quote(path)}?{'&'.join(sorted(texts))}"


def _authenticate(text: str, *, key: bytes) -> str:
    digest = hmac.digest(key, text.encode("ascii"), "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def _joined(query: str, parameter: str) -> str:
    return f"{query}&{parameter}" if query else parameter
