"""What holds for every module: mode, size, and the frame it is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from shared.colours import TRANSPARENT, WHITE, Colour
from shared.limits import Limits
from shared.operation import Operation
from shared.operations import (
    FILTERS,
    FITS,
    MASKS,
    STEPS,
    Autocontrast,
    Background,
    Blur,
    Brightness,
    Contrast,
    Crop,
    Duotone,
    Equalize,
    Flip,
    Gamma,
    Grayscale,
    Hue,
    Invert,
    Mask,
    Pad,
    Pixelate,
    Posterize,
    Resize,
    Rotate,
    Round,
    Saturation,
    Sepia,
    Text,
    Tint,
    Trim,
    Unsharp,
    Watermark,
)
from shared.parameters import Box, Length, Sides
from shared.parameters.colour import ColourPair
from shared.parameters.length import MAX_RADIUS
from tests.workers.modules.pictures import MODES, Size, apply, gradients
from workers.registry import MODULES
from workers.scene import Scene

SIZES = ((1, 1), (1, 300), (300, 1), (64, 48))
HALF, ALL = Length(50, is_percent=True), Length(100, is_percent=True)
RED, HALF_GREY = Colour(255, 0, 0), Colour(9, 9, 9, 128)

SAME = {mode: mode for mode in MODES}
WITH_ALPHA = {"L": "LA", "LA": "LA", "RGB": "RGBA", "RGBA": "RGBA"}
WITH_COLOUR = {"L": "RGB", "LA": "RGBA", "RGB": "RGB", "RGBA": "RGBA"}


@dataclass(frozen=True)
class Case:
    """A step, which modes it makes of which, and how large its result is (None: as large as the frame)."""

    step: Operation
    modes: Mapping[str, str] = field(default_factory=lambda: SAME)
    size: Size | None = None


CASES = [
    Case(Trim(tolerance=255)),
    Case(Crop(box=Box(Length(0), Length(0), ALL, ALL))),
    *(
        Case(Resize(width=Length(20), height=Length(30), fit=fit, filter=name), size=(20, 30))
        for name in FILTERS
        for fit in ("fill", "cover")
    ),
    *(Case(Resize(width=ALL, height=ALL, fit=fit)) for fit in FITS),
    Case(Resize(width=Length(320), height=Length(310), fit="pad"), modes=WITH_ALPHA, size=(320, 310)),
    Case(Resize(width=Length(320), height=Length(310), fit="pad", bg=RED), modes=WITH_COLOUR, size=(320, 310)),
    Case(Pad(sides=Sides(0, 0, 0, 0), bg=RED)),
    Case(Rotate(angle=180)),
    Case(Flip(axes="h")),
    Case(Flip(axes="v")),
    Case(Flip(axes="hv")),
    Case(Brightness(amount=-30.5)),
    Case(Contrast(amount=40)),
    Case(Saturation(amount=-50)),
    Case(Hue(angle=77)),
    Case(Gamma(gamma=2.2)),
    Case(Grayscale(on=True), modes={"L": "L", "LA": "LA", "RGB": "L", "RGBA": "LA"}),
    Case(Grayscale(on=False)),
    Case(Invert(on=True)),
    Case(Tint(color=RED), modes=WITH_COLOUR),
    Case(Tint(color=None)),
    Case(Sepia(amount=60), modes=WITH_COLOUR),
    Case(Sepia(amount=0)),
    Case(Duotone(colors=ColourPair(RED, WHITE)), modes=WITH_COLOUR),
    Case(Duotone(colors=None)),
    Case(Posterize(levels=5)),
    Case(Equalize(on=True)),
    Case(Equalize(on=False)),
    Case(Autocontrast(cutoff=0)),
    Case(Autocontrast(cutoff=49)),
    Case(Autocontrast(cutoff=None)),
    Case(Blur(sigma=0.3)),
    Case(Blur(sigma=250)),
    Case(Unsharp(sigma=2, threshold=3)),
    Case(Unsharp(sigma=250)),
    Case(Unsharp(sigma=1, amount=500)),
    Case(Pixelate(size=1)),
    Case(Pixelate(size=7)),
    Case(Pixelate(size=1024)),
    Case(Round(radius=None)),
    Case(Round(radius=Length(10)), modes=WITH_ALPHA),
    Case(Round(radius=MAX_RADIUS), modes=WITH_ALPHA),
    Case(Mask(shape="")),
    *(Case(Mask(shape=shape), modes=WITH_ALPHA) for shape in MASKS),
    Case(Watermark()),
    Case(Text(content="Hxg", size=12)),
    Case(Background(bg=TRANSPARENT)),
    Case(Background(bg=RED), modes={"L": "L", "LA": "RGB", "RGB": "RGB", "RGBA": "RGB"}),
    Case(Background(bg=HALF_GREY)),
]


def test_every_step_has_its_module() -> None:
    """What can be asked for can be done, and nothing else is built in."""
    built_in = {kind for kind in MODULES if kind.__module__.startswith("shared.operations.")}
    assert built_in == set(STEPS)


def test_every_module_is_among_the_cases() -> None:
    """A new operation cannot slip past the tests below; the steps that change the size have files of their own."""
    assert {type(case.step) for case in CASES} == set(STEPS)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.step.text)
def test_module_keeps_its_promises(case: Case, mode: str, size: Size) -> None:
    """Result of the right mode and size, the frame unchanged, whatever the frame's shape."""
    frame = gradients(mode, size)
    before = frame.tobytes()
    result = apply(case.step, frame)
    assert (result.mode, result.size) == (case.modes[mode], case.size or size)
    assert frame.tobytes() == before


@pytest.mark.parametrize("size", [(1, 10_000), (10_000, 1)], ids=str)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.step.text)
def test_very_long_frames_are_no_exception(case: Case, size: Size) -> None:
    """One pixel wide or high, with alpha: mode and size are what they are for others."""
    result = apply(case.step, gradients("RGBA", size), Scene(limits=Limits(max_side=max(size))))
    assert (result.mode, result.size) == (case.modes["RGBA"], case.size or size)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("step", "size"),
    [
        (Rotate(angle=90), (48, 64)),
        (Rotate(angle=270), (48, 64)),
        (Crop(box=Box(Length(3), HALF, HALF, Length(5))), (32, 5)),
        (Resize(width=HALF), (32, 24)),
        (Resize(width=Length(100), height=Length(96), fit="outside"), (128, 96)),
    ],
    ids=lambda value: value.text if isinstance(value, Operation) else None,
)
def test_size_changes_as_asked(step: Operation, size: Size, mode: str) -> None:
    """Steps that change the size leave the mode alone."""
    result = apply(step, gradients(mode, (64, 48)))
    assert (result.mode, result.size) == (mode, size)
