"""Resize: which part of the picture goes where, within which limits."""

from __future__ import annotations

import pytest
from PIL import Image

from shared.colours import Colour
from shared.errors import TooManyPixelsError
from shared.limits import Limits
from shared.operations import FILTERS, FITS, Resize
from shared.parameters import CENTER, COMPASS, FOCUSES, Gravity, Length, Point
from tests.workers.modules.pictures import apply, distance, gradients, texture
from workers.scene import Scene

DEEP_MODES = ("CMYK", "YCbCr", "LAB", "I;16", "I;16B", "I")


def to_box(width: int, height: int, fit: str, *, gravity: Gravity = CENTER, bg: str = "transparent") -> Resize:
    """A resize to a box in pixels."""
    return Resize(width=Length(width), height=Length(height), fit=fit, gravity=gravity, bg=Colour.parse(bg))


def test_cover_is_the_crop_of_the_outside() -> None:
    """One resampling from the region that will be seen makes what scaling all of it and cropping makes."""
    frame = texture(size=(320, 120))
    covered = apply(to_box(60, 60, "cover"), frame)
    outside = apply(to_box(60, 60, "outside"), frame)
    assert outside.size == (160, 60)
    assert distance(covered, outside.crop((50, 0, 110, 60))) < 0.1


def test_cover_keeps_what_gravity_says() -> None:
    """West keeps the left, east the right, a focal point what lies around it."""
    frame = Image.new("L", (300, 100))
    for index in range(30):
        frame.paste(index * 8, (index * 10, 0, index * 10 + 10, 100))
    for gravity, left in ((COMPASS["w"], 0), (COMPASS["e"], 200), (Point(0.4, 0.5), 70)):
        covered = apply(to_box(50, 50, "cover", gravity=gravity), frame)
        wanted = frame.crop((left, 0, left + 100, 100)).resize((50, 50), Image.Resampling.LANCZOS)
        assert distance(covered, wanted) < 1


def striking(left: int, size: tuple[int, int] = (300, 100)) -> Image.Image:
    """A calm picture with something striking in it that begins at that column."""
    frame = Image.new("RGB", size, "grey")
    frame.paste(texture(size=(40, 40)), (left, 30))
    return frame


@pytest.mark.parametrize("gravity", FOCUSES)
def test_cover_keeps_what_is_looked_for(gravity: str) -> None:
    """What was found is seen as if its place had been given."""
    for left in (60, 130, 200):
        covered = apply(to_box(50, 50, "cover", gravity=gravity), striking(left))
        wanted = apply(to_box(50, 50, "cover", gravity=Point((left + 20) / 300, 0.5)), striking(left))
        assert distance(covered, wanted) < 5


def test_all_frames_are_cut_at_the_same_place() -> None:
    """What is striking moves away; what does not move must not seem to."""
    step, scene = to_box(50, 50, "cover", gravity="smart"), Scene(limits=Limits(), frames=2)
    first, second = (apply(step, striking(left), scene) for left in (20, 240))
    assert first.getextrema() != ((128, 128),) * 3
    assert second.getextrema() == ((128, 128),) * 3


@pytest.mark.parametrize("gravity", FOCUSES)
def test_padding_looks_for_nothing(gravity: str) -> None:
    """Nothing is cut off: the picture is in the middle."""
    padded = apply(to_box(200, 300, "pad", gravity=gravity), striking(0))
    assert padded.getchannel("A").getbbox() == (0, 116, 200, 183)


def test_cover_without_scaling_takes_the_very_pixels() -> None:
    """Where the box has the picture's height it is a crop, and loses nothing."""
    frame = texture(size=(161, 120))
    assert apply(to_box(100, 120, "cover"), frame).tobytes() == frame.crop((30, 0, 130, 120)).tobytes()


def test_same_size_is_the_same_frame() -> None:
    """Nothing to do, nothing done."""
    frame = gradients()
    assert apply(to_box(64, 48, "contain"), frame) is frame


def test_pad_puts_the_picture_where_gravity_says() -> None:
    """64×48 in 100×48 leaves 36 columns; at gravity w they are all on the right."""
    frame = gradients()
    for gravity, left in ((CENTER, 18), (COMPASS["w"], 0), (COMPASS["e"], 36)):
        padded = apply(to_box(100, 48, "pad", gravity=gravity, bg="red"), frame)
        assert padded.crop((left, 0, left + 64, 48)).tobytes() == frame.tobytes()
        assert padded.getpixel((99 if left < 36 else 0, 5)) == (255, 0, 0)


def test_padding_of_nothing_is_transparent() -> None:
    """Without a colour the picture gains alpha, opaque inside and empty around."""
    padded = apply(to_box(100, 48, "pad"), gradients())
    assert padded.mode == "RGBA"
    assert padded.getchannel("A").getbbox() == (18, 0, 82, 48)
    assert padded.getpixel((0, 0)) == (0, 0, 0, 0)


def test_large_results_are_refused_before_they_are_made() -> None:
    """A side or a sum of pixels over the limit is named."""
    scene = Scene(limits=Limits(max_side=100, max_pixels=5000), frames=2)
    with pytest.raises(TooManyPixelsError, match="at most 100 a side"):
        apply(to_box(101, 5, "fill"), gradients(), scene)
    with pytest.raises(TooManyPixelsError, match="in 2 frames"):
        apply(to_box(60, 60, "pad"), gradients(), scene)
    assert apply(to_box(50, 50, "fill"), gradients(), scene).size == (50, 50)


def test_cover_of_a_very_long_picture_is_within_limits() -> None:
    """Scaled as a whole it would be 100×1,000,000 pixels; only the part that is seen is made."""
    scene = Scene(limits=Limits(max_side=100))
    assert apply(to_box(100, 100, "cover"), gradients("RGB", (1, 10_000)), scene).size == (100, 100)
    with pytest.raises(TooManyPixelsError):
        apply(to_box(100, 100, "outside"), gradients("RGB", (1, 10_000)), scene)


@pytest.mark.parametrize("filter_name", FILTERS)
@pytest.mark.parametrize("mode", DEEP_MODES)
def test_unconverted_frames_are_scaled_too(mode: str, filter_name: str) -> None:
    """Every fit that adds no area works before the colours are converted, and keeps a flat colour what it was."""
    ink: dict[str, float | tuple[int, ...]] = {"CMYK": (9, 99, 199, 0), "YCbCr": (9, 99, 199), "LAB": (9, 99, 199)}
    frame = Image.new(mode, (40, 30), ink.get(mode, 40_000))
    for fit in sorted(set(FITS) - {"pad"}):
        for box in ((10, 10), (90, 80), (90, 8), (8, 90)):
            step = Resize(width=Length(box[0]), height=Length(box[1]), fit=fit, filter=filter_name)
            result = apply(step, frame)
            assert result.mode == mode
            assert result.getpixel((0, 0)) == pytest.approx(frame.getpixel((0, 0)), rel=1e-5)
