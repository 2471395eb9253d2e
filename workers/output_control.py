"""Carries out what a request says of quality and size: a number, ``auto``, or what fits into ``max_bytes``.

The encoders write at the quality they are told; here it is decided which that is. It takes five encodes at most
for ``auto``, of one frame or pieces of it, and six at most for ``max_bytes``, of everything.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache, partial

from PIL import Image

from shared.operations import AUTO, Encode
from workers.auto_quality import chosen_quality
from workers.lossy_coding import LossyCoding
from workers.picture import Picture
from workers.size_bound import HIGHEST_UNASKED, best_that_fits, smallest_that_fits

Write = Callable[[Picture, Encode], bytes]

_THOROUGH_PX = 6_000_000
"""What a thorough writer is trusted with: it takes four seconds for them."""


def at_quality(picture: Picture, tail: Encode, *, coding: LossyCoding, write: Write, write_still: Write) -> bytes:
    """Write at the quality that is asked for: a number, the lowest that looks right, the best that fits.

    A number, or what looks right, is also the best that is tried for ``max_bytes``.
    """

    def written_anew(quality: int) -> bytes:
        return write(picture, dataclasses.replace(tail, quality=quality))

    # What is tried on a small still is the result already; large files are not worth their memory.
    written = cache(written_anew) if tail.quality == AUTO else written_anew

    def tried(frame: Image.Image, quality: int) -> bytes:
        if picture.frames == (frame,):
            return written(quality)
        return write_still(Picture(frames=(frame,)), dataclasses.replace(tail, quality=quality))

    wanted = tail.quality
    if wanted == AUTO:
        wanted = chosen_quality(picture.frames[0], tried, coding=coding)
    if tail.max_bytes is None:
        return written(wanted or coding.default)
    return best_that_fits(written, coding=coding, max_bytes=tail.max_bytes, wanted=wanted, px=_all_px(picture))


def without_quality(picture: Picture, tail: Encode, *, write: Write, thorough: Write | None) -> bytes:
    """Write what has no quality to lower; where that does not fit, the slower way, if there is one and time."""
    if tail.max_bytes is None:
        return write(picture, tail)
    writers = [write]
    if thorough is not None and _all_px(picture) <= _THOROUGH_PX:
        writers.append(thorough)
    return smallest_that_fits(*(partial(writer, picture, tail) for writer in writers), max_bytes=tail.max_bytes)


def costliest(tail: Encode) -> Encode:
    """The same with the highest quality that may be tried, which takes the most memory."""
    if tail.quality == AUTO or (tail.quality is None and tail.max_bytes is not None):
        return dataclasses.replace(tail, quality=HIGHEST_UNASKED)
    return tail


def _all_px(picture: Picture) -> int:
    width, height = picture.size
    return width * height * len(picture.frames)
