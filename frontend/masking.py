"""What of a request may be shown in the log: its path and query without secrets, and any line without keys.

Too much is masked rather than too little: a parameter that only sounds like a credential is none the worse for it.
Everything here takes time in proportion to the text, whatever a client has put into it.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

MASK = "***"
MAX_SHOWN_CHARS = 1024

# Anywhere in a name: ``sig`` is also in X-Amz-Signature, ``key`` in api_key, ``token`` in access_token.
_SECRET_WORDS = ("sig", "key", "token", "secret", "pass", "pwd", "auth", "credential", "bearer", "jwt", "session")
_KEY_PREFIX = "tintype_"

_USERINFO = re.compile(r"(//|:/)[^/?#\s]*@")
_SEPARATORS = re.compile(r"[?&;:,#/\s]")
# A piece of a key that is shorter leaves more than 128 bits of it unsaid, and may be a word of our own.
_KEY = re.compile(r"tintype_[A-Za-z0-9_-]{20,}")
_BEARER = re.compile(r"(bearer )[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE)
# As above, but no further than the value it is in.
_USERINFO_IN_LINE = re.compile(r"(//|:/)[^/?#\s\"'<>\\]*@")
_SIGNATURE = re.compile(r"(\bsig=)[^&\s\"'<>\\]+", re.IGNORECASE)


def shown_query(query: str) -> str:
    """Make the query of a URL fit for the log: credentials masked, not too long, and all of it printable."""
    return _printable(_masked(query))


def shown_path(path: str) -> str:
    """Make the path of a URL fit for the log; it may hold what was meant for the query."""
    return _printable(_masked(path))


def mask_line(line: str) -> str:
    """Mask the keys, bearer tokens, signatures and passwords of URLs that came into a line by accident."""
    lowered = line.lower()
    if _KEY_PREFIX in lowered:
        line = _KEY.sub(_KEY_PREFIX + MASK, line)
    if "bearer " in lowered:
        line = _BEARER.sub(rf"\1{MASK}", line)
    if "sig=" in lowered:
        line = _SIGNATURE.sub(rf"\1{MASK}", line)
    if "@" in lowered:
        line = _USERINFO_IN_LINE.sub(rf"\1{MASK}@", line)
    return line


def _masked(text: str) -> str:
    """Mask the values of secret parameters, wherever they stand, and the user and password of URLs."""
    if "@" in text:
        text = _USERINFO.sub(rf"\1{MASK}@", text)
    if "%" in text or _sounds_secret(text):
        text = "&".join(map(_masked_parameter, text.split("&")))
    return text


def _masked_parameter(parameter: str) -> str:
    name, _, value = parameter.partition("=")
    if _holds_secret(name):
        return MASK
    # The last word: a path may have run into the query, with its question mark encoded.
    if value and (_sounds_secret(_SEPARATORS.split(_decoded(name))[-1]) or _holds_secret(value)):
        return f"{name}={MASK}"
    return parameter


def _holds_secret(text: str) -> bool:
    """Whether there is a key, a URL with a password or another parameter in what seems to be one text."""
    plain = _decoded(text)
    if _KEY.search(plain) or (plain != text and _USERINFO.search(plain)):
        return True
    words = (word.partition("=") for word in _SEPARATORS.split(plain))
    return any(equals and _sounds_secret(name) for name, equals, _ in words)


def _sounds_secret(name: str) -> bool:
    name = name.lower()
    return any(word in name for word in _SECRET_WORDS)


def _decoded(text: str) -> str:
    """Take off percent-encoding: the client's, and that of a proxy that has encoded it again."""
    return unquote(unquote(text)) if "%" in text else text


def _printable(text: str) -> str:
    """Escape what a terminal would act upon, or what would look like another line; cut what is too long."""
    text = text[: MAX_SHOWN_CHARS + 1]
    if not text.isprintable():
        text = "".join(map(_printable_char, text))
    return text if len(text) <= MAX_SHOWN_CHARS else text[: MAX_SHOWN_CHARS - 3] + "..."


def _printable_char(char: str) -> str:
    return char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
