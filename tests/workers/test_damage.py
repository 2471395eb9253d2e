"""Damaged files: whatever is wrong with them, the job ends in an error of ours, or in a picture."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from shared.errors import CorruptImageError, ImageError
from shared.limits import Limits
from tests import pictures
from tests.workers.jobs import inspection, result

_ANIMATED = tuple(f"animated {name}" for name in pictures.ANIMATED)
_LIMITS = Limits(max_pixels=100_000, max_frames=16)


def _body(kind: str) -> tuple[bytes, str]:
    name = kind.removeprefix("animated ")
    return pictures.animated(name) if name != kind else pictures.sample(name), name


@pytest.mark.parametrize("kind", pictures.FORMATS + _ANIMATED)
def test_a_truncated_file_is_corrupt(kind: str) -> None:
    """Cut off anywhere, a file makes no other error, and no picture but the whole one."""
    body, name = _body(kind)
    whole = result("encode:png", body, extension=name, limits=_LIMITS).body
    refused = 0
    ends = range(64, len(body), max(1, len(body) // 40))
    for end in ends:
        try:
            made = result("encode:png", body[:end], extension=name, limits=_LIMITS)
        except CorruptImageError:
            refused += 1
        else:
            assert made.body == whole, end
    assert refused > len(ends) * 3 // 4


@pytest.mark.parametrize("kind", pictures.FORMATS + _ANIMATED)
def test_a_mutated_file_makes_a_picture_or_an_error_of_ours(kind: str) -> None:
    """Bytes overwritten, dropped and doubled, in headers and elsewhere: decoders raise anything, we do not."""
    body, name = _body(kind)
    dice = random.Random(kind)
    for _ in range(60):
        damaged = bytearray(body)
        for _ in range(dice.choice((1, 1, 2, 8))):
            reach = dice.choice((32, 128, len(damaged)))
            at = dice.randrange(min(reach, len(damaged)))
            change = dice.randrange(4)
            if change < 2:
                damaged[at] = dice.randrange(256)
            elif change == 2:
                del damaged[at : at + dice.randrange(1, 9)]
            else:
                damaged[at:at] = damaged[at : at + dice.randrange(1, 9)]
        try:
            made = result("encode:webp", bytes(damaged), extension=name, limits=_LIMITS)
        except ImageError:
            continue
        assert made.width * made.height <= _LIMITS.max_pixels


@pytest.mark.parametrize("look", [lambda body: result("encode:png", body), inspection])
def test_a_palette_behind_the_pixels_is_corrupt(look: Callable[[bytes], object]) -> None:
    """Pillow decodes such a PNG, and then has pixels without colours."""
    whole = pictures.encoded(pictures.gradients("P"), "png")
    start = whole.index(b"PLTE") - 4
    palette = whole[start : whole.index(b"IDAT") - 4]
    late = whole.replace(palette, b"")
    at = late.index(b"IEND") - 4
    with pytest.raises(CorruptImageError, match="palette"):
        look(late[:at] + palette + late[at:])


@pytest.mark.parametrize("tag", [b"eXIf", b"iCCP"])
def test_garbage_in_metadata_is_no_damage(tag: bytes) -> None:
    """A broken EXIF block or colour profile is left out, and the picture shown."""
    whole = pictures.sample("png")
    body = whole[:33] + pictures.png_chunk(tag, b"name\0\0garbage") + whole[33:]
    made = result("encode:png:keep=all", body)
    assert pictures.distance(pictures.opened(made.body), pictures.gradients("RGBA")) == 0
