"""The administrator's key: given by the settings, or made at the first start and told once.

Only its SHA-256 is kept. The key has 256 random bits, so no slow hash is needed to protect it.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from frontend.start_error import StartError

FILE_NAME = "admin_key.sha256"
_PREFIX = "tintype_admin_"


class AdminKey:
    """Knows the administrator's key when it sees it."""

    def __init__(self, digest: bytes) -> None:
        self._digest = digest

    @classmethod
    def of(cls, key: str) -> AdminKey:
        """Take the key the settings give."""
        return cls(_digest(key))

    @classmethod
    def kept_in(cls, folder: Path) -> tuple[AdminKey, str | None]:
        """Return the kept key; the first time also make one and return it in plain, to be told once.

        Raises StartError when the file cannot be read or made.
        """
        path = folder / FILE_NAME
        try:
            return cls(_read(path)), None
        except FileNotFoundError:
            key = _PREFIX + secrets.token_urlsafe(32)
            _write(path, _digest(key).hex())
            return cls.of(key), key
        except (OSError, ValueError) as error:
            raise StartError(f"{path} cannot be read ({error}); delete it to have a new key made") from error

    def is_key(self, token: str) -> bool:
        """Tell whether a token is the key; compared in constant time."""
        return hmac.compare_digest(_digest(token), self._digest)


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()


def _read(path: Path) -> bytes:
    digest = bytes.fromhex(path.read_text("ascii"))
    # An empty file, left by a crash, would let nobody in and never say why.
    if len(digest) != hashlib.sha256().digest_size:
        raise ValueError("it holds no SHA-256")
    return digest


def _write(path: Path, text: str) -> None:
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with open(fd, "w", encoding="ascii") as file:
            file.write(text)
    except OSError as error:
        raise StartError(f"{path} cannot be written: {error.strerror}") from error
