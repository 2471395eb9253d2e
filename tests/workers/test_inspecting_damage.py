"""Inspections of damaged files: what is cut off or spoilt anywhere is refused, and nothing worse happens."""

from __future__ import annotations

import dataclasses
import io
import random
import struct

import pytest
from PIL import Image

from shared.errors import CorruptImageError, ImageError
from shared.limits import Limits
from tests import pictures
from tests.workers.documents import pages
from tests.workers.jobs import inspection, result

_LIMITS = Limits(max_pixels=100_000, max_frames=16)
_STILLS = tuple((name, name) for name in pictures.FORMATS)
_MOVING = tuple((f"animated {name}", name) for name in pictures.ANIMATED)
_PAGED = (("paged tiff", "tiff"), ("paged jpeg", "jpeg"))
_ALL = (*_STILLS, *_MOVING, *_PAGED)
# What stands behind all pixels and says only that they were all.
_END_MARK_BYTES = {"png": 4, "animated png": 4, "ico": 20, "tga": 26, "qoi": 8}
each_kind = pytest.mark.parametrize(("kind", "name"), _ALL, ids=[kind for kind, _ in _ALL])


def body_of(kind: str, name: str) -> bytes:
    """A small file of the kind."""
    if kind.startswith("animated"):
        return pictures.animated(name, durations_ms=(100, 200, 300))
    if kind.startswith("paged"):
        return pages("TIFF" if name == "tiff" else "MPO", (16, 12), (12, 16))
    return pictures.sample(name, (16, 12))


@each_kind
def test_file_that_is_cut_off_is_refused(kind: str, name: str) -> None:
    """Wherever a file ends too early, it is corrupt: no frame or page is lost unnoticed."""
    body = body_of(kind, name)
    whole = dataclasses.replace(inspection(body, extension=name, limits=_LIMITS), timings_ms={})
    accepted = []
    for end in range(24, len(body), max(1, len(body) // 120)):
        try:
            found = inspection(body[:end], extension=name, limits=_LIMITS)
        except CorruptImageError:
            continue
        accepted.append(end)
        assert dataclasses.replace(found, timings_ms={}) == whole, end
    assert len(body) - min(accepted, default=len(body)) <= _END_MARK_BYTES.get(kind, 0)


@pytest.mark.parametrize("name", pictures.ANIMATED)
def test_damage_in_the_last_frame_is_found(name: str) -> None:
    """The frames before it are as good as ever."""
    body = bytearray(pictures.animated(name))
    if name == "webp":  # it takes noughts for pixels
        body[-30:] = b"\xff" * 30
    else:
        body[-52:-12] = bytes(40)
    assert result("open:frame=2;encode:png", bytes(body)).frames == 1
    with pytest.raises(CorruptImageError):
        inspection(bytes(body))


def test_animation_that_is_cut_between_two_frames_is_refused() -> None:
    """What is left of a GIF then is one of fewer frames, to every decoder; but it has no trailer."""
    body = pictures.animated("gif")
    last_frame = body.rindex(b"!\xf9\x04")
    assert result("", body[:last_frame]).frames == 3
    with pytest.raises(CorruptImageError, match="trailer"):
        inspection(body[:last_frame])


def test_what_follows_the_end_of_an_animation_does_no_harm() -> None:
    """Some programs leave something behind the trailer."""
    assert inspection(pictures.animated("gif") + b"leftovers").frames == 4


@pytest.mark.parametrize("kind", [b"IDAT", b"fdAT", b"fcTL"])
def test_checksums_of_a_png_are_compared(kind: bytes) -> None:
    """A decoder that has its pixels does not ask whether they are the right ones."""
    body = bytearray(pictures.animated("png"))
    at = body.rindex(kind)
    (size,) = struct.unpack(">I", body[at - 4 : at])
    body[at + 4 + size] ^= 1
    with pytest.raises(CorruptImageError):
        inspection(bytes(body))


def test_damage_in_a_picture_that_is_not_shown_is_found() -> None:
    """The still that comes before an animated PNG's frames is part of the file."""
    default, *frames = [Image.new("RGB", (64, 48), colour) for colour in ("red", "lime", "blue")]
    file = io.BytesIO()
    default.save(file, "PNG", save_all=True, append_images=frames, default_image=True)
    body = bytearray(file.getvalue())
    assert inspection(bytes(body)).frames == 2
    body[body.index(b"IDAT") + 10] ^= 0xFF
    with pytest.raises(CorruptImageError):
        inspection(bytes(body))


def test_last_page_is_read() -> None:
    """The strips of a page may lie beyond the end of the file."""
    body = body_of("paged tiff", "tiff")
    assert inspection(body).frames == 2
    offsets = struct.pack("<HHI", 273, 4, 1)
    at = body.rindex(offsets) + len(offsets)
    with pytest.raises(CorruptImageError):
        inspection(body[:at] + struct.pack("<I", len(body) - 10) + body[at + 4 :])


@each_kind
def test_mutated_file_is_told_or_refused(kind: str, name: str) -> None:
    """Bytes overwritten, dropped and doubled: decoders raise anything, an inspection only what is ours."""
    body, dice = body_of(kind, name), random.Random(kind)
    for _ in range(60):
        damaged = bytearray(body)
        for _ in range(dice.choice((1, 1, 2, 8))):
            at = dice.randrange(min(dice.choice((32, 128, len(damaged))), len(damaged)))
            damaged[at : at + dice.randrange(4)] = dice.randbytes(dice.randrange(4))
        try:
            found = inspection(bytes(damaged), extension=name, limits=_LIMITS)
        except ImageError:
            continue
        assert found.width * found.height * found.frames <= _LIMITS.max_pixels
        assert len(found.colors) <= 6
        assert (found.blurhash or "").isascii()
