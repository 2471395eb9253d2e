"""Laying frames on a colour."""

from __future__ import annotations

import pytest
from PIL import Image

from shared.colours import Colour
from shared.operations import Background
from tests.workers.modules.pictures import apply, gradients


@pytest.mark.parametrize(
    ("mode", "pixel", "bg", "mode_after", "expected"),
    [
        ("RGBA", (200, 100, 0, 255), "0000ff", "RGB", (200, 100, 0)),
        ("RGBA", (200, 100, 0, 0), "0000ff", "RGB", (0, 0, 255)),
        # 102 / 255 = 0.4 of the pixel, 0.6 of the colour
        ("RGBA", (200, 100, 0, 102), "0000ff", "RGB", (80, 40, 153)),
        ("LA", (200, 102), "646464", "L", 140),
        ("LA", (200, 102), "0000ff", "RGB", (80, 80, 233)),
        # alpha 0.4 + 0.6 · 0.5 = 0.7; red 200 · 0.4 / 0.7, blue 255 · 0.3 / 0.7
        ("RGBA", (200, 100, 0, 102), "0000ff80", "RGBA", (114, 57, 110, 179)),
        ("LA", (200, 102), "64646480", "LA", (157, 179)),
        ("LA", (200, 102), "0000ff80", "RGBA", (114, 114, 224, 179)),
    ],
)
def test_colour_shines_through(
    mode: str, pixel: tuple[int, ...], bg: str, mode_after: str, expected: int | tuple[int, ...]
) -> None:
    """By as much as the pixel lets through; alpha is left only if the colour has some itself."""
    result = apply(Background(bg=Colour.parse(bg)), Image.new(mode, (3, 2), pixel))
    assert result.mode == mode_after
    assert result.getpixel((1, 1)) == pytest.approx(expected, abs=1)


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_opaque_frames_are_left(mode: str) -> None:
    """Nothing shines through, nothing is changed, not even the mode."""
    frame = gradients(mode)
    assert apply(Background(bg=Colour(255, 0, 0)), frame) is frame


def test_nothing_behind_changes_nothing() -> None:
    """A transparent colour is no colour."""
    frame = gradients("RGBA")
    assert apply(Background(), frame) is frame
