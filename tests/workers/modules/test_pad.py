"""Borders: where they are, and what they do to alpha and grey."""

from __future__ import annotations

import pytest

from shared.colours import Colour
from shared.errors import TooManyPixelsError
from shared.limits import Limits
from shared.operations import Pad
from shared.parameters import Sides
from tests.workers.modules.pictures import apply, gradients
from workers.scene import Scene

SIDES = Sides(top=1, right=2, bottom=3, left=4)


def pad(bg: str) -> Pad:
    """A border of four different widths."""
    return Pad(sides=SIDES, bg=Colour.parse(bg))


def test_border_has_its_widths() -> None:
    """Top, right, bottom, left; the picture in the middle is untouched."""
    frame = gradients()
    padded = apply(pad("red"), frame)
    assert padded.size == (70, 52)
    assert padded.crop((4, 1, 68, 49)).tobytes() == frame.tobytes()
    for corner in ((3, 0), (68, 0), (3, 49), (69, 51)):
        assert padded.getpixel(corner) == (255, 0, 0)


@pytest.mark.parametrize(
    ("mode", "bg", "mode_after", "corner"),
    [
        ("L", "808080", "L", 128),
        ("L", "ff0000", "RGB", (255, 0, 0)),
        ("L", "transparent", "LA", (0, 0)),
        ("L", "ff000000", "LA", (0, 0)),
        ("L", "80808080", "LA", (128, 128)),
        ("L", "ff000080", "RGBA", (255, 0, 0, 128)),
        ("LA", "808080", "LA", (128, 255)),
        ("LA", "ff0000", "RGBA", (255, 0, 0, 255)),
        ("RGB", "808080", "RGB", (128, 128, 128)),
        ("RGB", "transparent", "RGBA", (0, 0, 0, 0)),
        ("RGB", "ff000000", "RGBA", (0, 0, 0, 0)),
        ("RGB", "ff000080", "RGBA", (255, 0, 0, 128)),
        ("RGBA", "ff0000", "RGBA", (255, 0, 0, 255)),
    ],
)
def test_mode_is_the_smallest_that_holds_both(
    mode: str, bg: str, mode_after: str, corner: int | tuple[int, ...]
) -> None:
    """Alpha only where something shines through, colour only where something has one."""
    padded = apply(pad(bg), gradients(mode))
    assert padded.mode == mode_after
    assert padded.getpixel((0, 0)) == corner


def test_only_the_new_area_is_painted() -> None:
    """A transparent picture on an opaque border stays transparent."""
    frame = gradients("RGBA")
    assert apply(pad("red"), frame).crop((4, 1, 68, 49)).tobytes() == frame.tobytes()


def test_a_border_too_wide_is_refused() -> None:
    """Before a canvas of that size is made."""
    scene = Scene(limits=Limits(max_side=69))
    with pytest.raises(TooManyPixelsError, match="70×52"):
        apply(pad("red"), gradients(), scene)
