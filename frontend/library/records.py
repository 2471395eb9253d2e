"""What the catalogue takes and gives: plain values, with no database behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewImage:
    """An image whose bytes are in their place and were decoded once; ingest hands it to the catalogue.

    ``hash`` is the SHA-256 of the bytes, in hexadecimal digits; ``format`` a name from ``shared/formats.py``.
    """

    filename: str
    hash: str
    format: str
    width: int
    height: int
    size_bytes: int
    frames: int = 1
    has_alpha: bool = False
    private: bool = False
    mode: str | None = None
    blurhash: str | None = None
    thumbhash: str | None = None
    dominant_color: str | None = None
    exif: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRecord(NewImage):
    """An image of the library. Tags are sorted; ``modified_at`` is when they changed last; times are in UTC."""

    id: int
    created_at: datetime
    modified_at: datetime
    access_count: int = 0
    last_accessed: datetime | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVariant:
    """A variant that was made and stored; ``processing_params`` is the text of its canonical plan."""

    key: str
    original_id: int
    processing_params: str
    format: str
    size_bytes: int
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantRecord(NewVariant):
    """A variant that the ephemeral volume has, or had when it was recorded."""

    created_at: datetime
    access_count: int = 0
    last_accessed: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; ``next_cursor`` asks for the next, and is None on the last."""

    images: tuple[ImageRecord, ...]
    next_cursor: str | None
