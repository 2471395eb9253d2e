"""How the place of a stored image is written, whichever volume it lies in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class VolumeKind(StrEnum):
    """The three volumes, by the scheme of their addresses."""

    PERSISTENT = "pVol"
    EPHEMERAL = "eVol"
    MEMORY = "mVol"


_ADDRESS = re.compile(r"(?P<volume>pVol|eVol|mVol)://(?P<key>[0-9a-f]{32,64}(?:/[0-9a-f]{32,64})?)", re.ASCII)


@dataclass(frozen=True, slots=True)
class ImageAddress:
    """A place in a volume: ``pVol://<sha256>`` or ``eVol://<image>/<variant>``."""

    volume: VolumeKind
    key: str

    @classmethod
    def parse(cls, text: str) -> ImageAddress:
        """Read an address. Raises ValueError for anything else."""
        match = _ADDRESS.fullmatch(text)
        if match is None:
            raise ValueError(f"{text[:80]!r} is no address of an image, such as pVol://0123…")
        return cls(VolumeKind(match["volume"]), match["key"])

    def __str__(self) -> str:
        """The one spelling."""
        return f"{self.volume}://{self.key}"
