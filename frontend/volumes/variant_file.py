"""How a made variant lies in a file: a head of fixed length, then the body. Blocking: for threads only.

The head's checksum covers the file's name, the head and the body. So whoever reads a file knows that it is whole,
and the one asked for, whatever a crash, a power loss or a failing disk has made of it. This is what lets variants
be written without waiting for the disk.
"""

from __future__ import annotations

import os
import re
import struct
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from frontend.volumes.durable_files import UnfinishedFile
from shared.image_address import ImageAddress, VolumeKind

_KEY = re.compile(r"[0-9a-f]{32,64}")

# What it is and in which version, width, height, frames, alpha, MIME type, bytes of the body; then the checksum.
_FACTS = struct.Struct(">8sIII?47sQ")
_CHECKSUM = struct.Struct(">I")
_MAGIC = b"tintype\x01"
_MAX_MIME_BYTES = 47

HEAD_BYTES: Final = _FACTS.size + _CHECKSUM.size
_READ_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


class DamagedVariantError(Exception):
    """The file is torn, damaged, of another version, or not the one that its name says."""


@dataclass(frozen=True, slots=True)
class VariantKey:
    """Names a variant: by its image and by the plan that made it, each in hexadecimal digits."""

    image: str
    variant: str

    def __post_init__(self) -> None:
        check_key(self.image)
        check_key(self.variant)

    def __str__(self) -> str:
        return f"{self.image}/{self.variant}"

    @property
    def address(self) -> ImageAddress:
        """Where the variant lies in the ephemeral volume."""
        return ImageAddress(VolumeKind.EPHEMERAL, str(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantMeta:
    """What must be known of a variant, besides its bytes, to serve it."""

    mime: str
    width: int
    height: int
    frames: int
    has_alpha: bool


def check_key(key: str) -> None:
    """Raise ValueError unless the key can be the name of a file."""
    if not is_key(key):
        raise ValueError(f"{key[:80]!r} is no key: 32 to 64 hexadecimal digits")


def is_key(text: str) -> bool:
    """Say whether this may name an image or a variant."""
    return _KEY.fullmatch(text) is not None


def write_variant(folder: Path, key: str, meta: VariantMeta, body: bytes) -> UnfinishedFile:
    """Write an unfinished file into ``folder``, ready to be renamed. Raises OSError, and then leaves none."""
    facts = _pack(meta, body_bytes=len(body))
    head = facts + _CHECKSUM.pack(_checksum(key, facts, body))
    file = UnfinishedFile.create(folder)
    try:
        file.append(head)
        file.append(body)
    except OSError:
        with suppress(OSError):  # what cannot be removed either, the next start removes
            file.discard()
        raise
    file.close()
    return file


def read_variant(path: Path, key: str) -> tuple[VariantMeta, bytes]:
    """Read a file and check every byte of it. Raises OSError or DamagedVariantError."""
    fd = os.open(path, _READ_FLAGS)
    try:
        head = os.pread(fd, HEAD_BYTES, 0)
        facts = head[: _FACTS.size]
        meta, body_bytes = _unpack(head)
        # Before the body is read: what a damaged head says of its length may be anything.
        if os.fstat(fd).st_size != HEAD_BYTES + body_bytes:
            raise DamagedVariantError(f"{path} is not as long as it says")
        body = os.pread(fd, body_bytes, HEAD_BYTES)
    finally:
        os.close(fd)
    if head[_FACTS.size :] != _CHECKSUM.pack(_checksum(key, facts, body)):
        raise DamagedVariantError(f"{path} does not have its checksum")
    return meta, body


def _checksum(key: str, facts: bytes, body: bytes) -> int:
    return zlib.crc32(body, zlib.crc32(facts, zlib.crc32(key.encode())))


def _pack(meta: VariantMeta, *, body_bytes: int) -> bytes:
    mime = meta.mime.encode("ascii")
    if len(mime) > _MAX_MIME_BYTES:
        raise ValueError(f"the MIME type {meta.mime!r} is longer than any that we make")
    return _FACTS.pack(_MAGIC, meta.width, meta.height, meta.frames, meta.has_alpha, mime, body_bytes)


def _unpack(head: bytes) -> tuple[VariantMeta, int]:
    if len(head) != HEAD_BYTES or not head.startswith(_MAGIC):
        raise DamagedVariantError("no head of a variant")
    _, width, height, frames, has_alpha, mime, body_bytes = _FACTS.unpack_from(head)
    meta = VariantMeta(
        # Not checked yet: the checksum is, and nothing is said of the file before that.
        mime=mime.rstrip(b"\0").decode("latin-1"),
        width=width,
        height=height,
        frames=frames,
        has_alpha=has_alpha,
    )
    return meta, body_bytes
