"""The text of a key: how one is made, recognised and remembered. Who has which is in the catalogue."""

from __future__ import annotations

import hashlib
import re
import secrets

PREFIX = "tintype_"
_RANDOM_BYTES = 32
_SHOWN_CHARS = 6

# 256 bits are 42 characters and four bits: the last character has but one of sixteen values.
_TOKEN = re.compile(PREFIX + "[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")


def new_token() -> str:
    """Make a key that nobody has."""
    return PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)


def is_token(text: str) -> bool:
    """Whether a text can be a key at all; which one, only a look-up tells."""
    return _TOKEN.fullmatch(text) is not None


def digest_of(token: str) -> bytes:
    """Return what a key is looked up by, its SHA-256.

    A key is 256 random bits: no slow hash is needed to protect it, and a look-up tells nothing by its time.
    """
    return hashlib.sha256(token.encode("ascii")).digest()


def shown_part(token: str) -> str:
    """Return the beginning of a key, by which its owner recognises it; what is left has 220 bits."""
    return token[: len(PREFIX) + _SHOWN_CHARS]
