"""Glances: small, true to what can be seen, and bounded however odd the picture's shape."""

from __future__ import annotations

import pytest
from PIL import Image

from tests import pictures
from workers.focus.glance import glance
from workers.geometry import Region

_PX = 128 * 128


def glanced(picture: Image.Image) -> Image.Image:
    """A glance at all of it."""
    return glance(picture, Region(0, 0, *picture.size), pixels=_PX)


@pytest.mark.parametrize(
    ("size", "looked_at"),
    [
        ((1000, 1000), (128, 128)),
        ((4000, 1000), (256, 64)),
        ((100, 60), (100, 60)),
        ((1, 1), (1, 1)),
        ((1, 1_000_000), (1, 2048)),
        ((200_000, 20), (2048, 1)),
    ],
)
def test_a_glance_has_few_pixels(size: tuple[int, int], looked_at: tuple[int, int]) -> None:
    """About as many as are asked for, in the picture's shape as far as that goes; it is never enlarged."""
    assert glanced(Image.new("L", size)).size == looked_at


@pytest.mark.parametrize(("mode", "seen_as"), [("LA", "L"), ("RGBA", "RGB")])
def test_what_cannot_be_seen_is_black(mode: str, seen_as: str) -> None:
    """And what can be seen in part is darker: the picture on black."""
    picture = Image.merge(
        mode, [Image.new("L", (400, 400), 200)] * (len(mode) - 1) + [pictures.gradients("L", (400, 400))]
    )
    alpha = glanced(picture.getchannel("A"))
    wanted = Image.merge(seen_as, [alpha.point(lambda level: level * 200 // 255)] * len(seen_as))
    assert pictures.distance(glanced(picture), wanted) < 1


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "CMYK", "YCbCr", "HSV", "I;16"])
def test_other_modes_become_grey_or_colour(mode: str) -> None:
    """Whatever frames are when they come."""
    assert glanced(Image.new(mode, (300, 300))).mode in ("L", "RGB")
