"""How much of an image may be read and made. The front end's settings fill it, every job carries it."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds that hold for every image, checked from headers before pixels are decoded.

    ``max_pixels`` counts width × height × decoded frames of the source, and of the result.
    """

    max_pixels: int = 50_000_000
    max_frames: int = 256
    max_bytes: int = 64 * MIB
    max_side: int = 8192
    max_ops: int = 32
