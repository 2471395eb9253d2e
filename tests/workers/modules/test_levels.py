"""Posterize, equalize and autocontrast: by hand, against libvips, and over the frames of an animation."""

from __future__ import annotations

import itertools

import pytest
from PIL import Image

from shared.limits import Limits
from shared.operation import Operation
from shared.operations import Autocontrast, Equalize, Posterize
from tests.workers.modules.pictures import MODES, apply, distance, from_vips, gradients, texture, to_vips
from workers.scene import Scene

RAMP = Image.frombytes("L", (256, 1), bytes(range(256)))
EQUALIZE = Equalize(on=True)


def row(*values: int) -> Image.Image:
    """A grey frame, one pixel high."""
    return Image.frombytes("L", (len(values), 1), bytes(values))


@pytest.mark.parametrize("levels", [2, 3, 4, 6, 100, 256])
def test_posterize_moves_to_the_nearest_level(levels: int) -> None:
    """Levels lie evenly from 0 to 255; halfway between two it is the upper one."""
    evenly = [255 * index / (levels - 1) for index in range(levels)]
    nearest = [min(evenly, key=lambda level: (abs(level - value), -level)) for value in range(256)]
    values = apply(Posterize(levels=levels), RAMP).tobytes()
    assert list(values) == pytest.approx(nearest, abs=0.501)
    assert len(set(values)) == levels


def test_posterize_to_two_levels() -> None:
    """Below the middle black, from there on white."""
    assert apply(Posterize(levels=2), row(0, 127, 128, 255)).tobytes() == bytes((0, 0, 255, 255))


def test_equalize_by_hand() -> None:
    """255 times how many of the pixels lighter than the darkest are at most as light: 0, 2, 3 and 4 of 4."""
    assert apply(EQUALIZE, row(10, 20, 20, 30, 200)).tobytes() == bytes((0, 128, 128, 191, 255))


def test_equalize_agrees_with_libvips_on_greys() -> None:
    """Mean distance below one step: libvips scales the same frequencies without making the darkest black."""
    frame = texture("L")
    assert distance(apply(EQUALIZE, frame), from_vips(to_vips(frame).hist_equal(), "L")) < 1


def test_equalized_lumas_are_evenly_used() -> None:
    """Each quarter of the range holds about a quarter of the pixels, of a picture that kept to a third of it."""
    frame = texture("L").point([100 + value // 3 for value in range(256)])
    histogram = apply(EQUALIZE, frame).histogram()
    for start in range(0, 256, 64):
        assert sum(histogram[start : start + 64]) / sum(histogram) == pytest.approx(0.25, abs=0.03)


@pytest.mark.parametrize("step", [EQUALIZE, Autocontrast(cutoff=5)], ids=lambda step: step.name)
def test_greys_stay_grey_beside_colours(step: Operation) -> None:
    """One curve for all channels, that of the luma: equal channels stay equal, however red the rest is."""
    frame = texture("RGB")
    red, green, blue = frame.split()
    frame = Image.merge("RGB", [red.point([value // 2 + 100 for value in range(256)]), green, blue])
    frame.paste(RAMP.convert("RGB").resize((160, 10)), (0, 0))
    after = apply(step, frame).crop((0, 0, 160, 10)).split()
    assert after[0].tobytes() == after[1].tobytes() == after[2].tobytes()


def test_autocontrast_by_hand() -> None:
    """From 50 to 150 all levels are stretched by 255/100."""
    assert apply(Autocontrast(cutoff=0), row(50, 70, 100, 150)).tobytes() == bytes((0, 51, 128, 255))


def test_autocontrast_agrees_with_libvips() -> None:
    """The same line from the lowest to the highest value of all channels, in floating point."""
    frame = texture().point([60 + value // 3 for value in range(256)] * 3)
    source = to_vips(frame)
    low, high = source.min(), source.max()
    expected = from_vips((source - low) * (255 / (high - low)), "RGB")
    assert distance(apply(Autocontrast(cutoff=0), frame), expected) < 0.01


def test_autocontrast_clips_no_channel() -> None:
    """The lightest value of any channel is white's, not the lightest luma: a saturated blue keeps its shades."""
    frame = Image.new("RGB", (2, 1), (0, 0, 200))
    frame.putpixel((1, 0), (100, 100, 220))
    result = apply(Autocontrast(cutoff=0), frame)
    assert result.getpixel((0, 0)) == (0, 0, 232)
    assert result.getpixel((1, 0)) == (116, 116, 255)


@pytest.mark.parametrize(
    ("cutoff", "low", "high"), [(0, 0, 99), (1, 1, 98), (10, 10, 89), (10.9, 10, 89), (49, 49, 50)]
)
def test_cutoff_is_a_percentage_of_the_pixels_at_either_end(cutoff: float, low: int, high: int) -> None:
    """Of a hundred pixels, each of its own level, so many become 0 beside the first that does, and 255."""
    values = apply(Autocontrast(cutoff=cutoff), row(*range(100, 200))).tobytes()
    assert (max(at for at in range(100) if values[at] == 0), values.index(255)) == (low, high)


@pytest.mark.parametrize("step", [EQUALIZE, Autocontrast(cutoff=0)], ids=lambda step: step.name)
@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_unseen_pixels_do_not_count(step: Operation, mode: str) -> None:
    """Black and white under alpha 0 change nothing; alpha stays."""
    seen = texture(mode[:-1], (40, 30)).point([60 + value // 3 for value in range(256)] * (len(mode) - 1))
    frame = Image.new(mode, (40, 50))
    frame.paste(seen.convert(mode), (0, 0))
    frame.paste(Image.new(mode, (40, 10), (255,) * (len(mode) - 1) + (0,)), (0, 40))
    result = apply(step, frame)
    assert result.crop((0, 0, 40, 30)).convert(mode[:-1]).tobytes() == apply(step, seen).tobytes()
    assert result.getchannel("A").tobytes() == frame.getchannel("A").tobytes()


@pytest.mark.parametrize(
    "step", [EQUALIZE, Autocontrast(cutoff=0), Autocontrast(cutoff=49)], ids=lambda step: step.text
)
@pytest.mark.parametrize("mode", MODES)
def test_what_has_one_level_or_nothing_to_be_seen_stays(step: Operation, mode: str) -> None:
    """There is nothing to spread."""
    for frame in (Image.new(mode, (5, 4), 77 if mode == "L" else (77,) * len(mode)), Image.new(mode, (1, 1))):
        assert apply(step, frame).tobytes() == frame.tobytes()


@pytest.mark.parametrize("step", [EQUALIZE, Autocontrast(cutoff=1)], ids=lambda step: step.name)
def test_frames_of_one_animation_go_through_one_curve(step: Operation) -> None:
    """Whatever the next frame holds, what was in the first looks there as it did: nothing flickers."""
    scene = Scene(limits=Limits(), frames=2)
    first = texture("RGB").point([80 + value // 4 for value in range(256)] * 3)
    second = first.copy()
    second.paste((255, 255, 255), (0, 0, 160, 60))
    below = (0, 60, 160, 120)
    shown = [apply(step, frame, scene).crop(below).tobytes() for frame in (first, second)]
    assert shown[0] == shown[1]
    assert apply(step, second).crop(below).tobytes() != shown[0]


def test_switched_off_they_leave_the_frame() -> None:
    """Off is not on."""
    frame = gradients()
    assert apply(Equalize(on=False), frame) is frame
    assert apply(Autocontrast(cutoff=None), frame) is frame


@pytest.mark.parametrize(
    "step", [Posterize(levels=7), EQUALIZE, Autocontrast(cutoff=3)], ids=lambda step: step.name
)
def test_curves_never_fall(step: Operation) -> None:
    """What was lighter is not darker afterwards."""
    frame = texture("L")
    after = dict(sorted(zip(frame.tobytes(), apply(step, frame).tobytes(), strict=True)))
    assert all(low <= high for low, high in itertools.pairwise(after.values()))
