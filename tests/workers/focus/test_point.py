"""What a crop looks at when its gravity is ``smart`` or ``entropy``: pictures with one thing in them."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from PIL import Image, ImageDraw
from PIL.Image import Resampling

from shared.limits import Limits
from shared.operations import Resize
from shared.parameters import CENTER, Length, Point
from workers.focus import focus_point, least_px
from workers.geometry import Region, cover_region
from workers.scene import Scene

LOOKS = ("smart", "entropy")
SIZES = ((600, 400), (400, 600), (1200, 150), (90, 700))
ASPECTS = ((100, 100), (300, 100), (100, 300))
CORNERS = (Point(0, 0), Point(1, 0), Point(0, 1), Point(1, 1))
MODES = ("L", "LA", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "I;16", "I")
# A glance is coarse: a thing may lose this share of a side.
_SLACK = 0.02


def step(gravity: str | Point, size: tuple[int, int] = (100, 100)) -> Resize:
    """A resize that crops."""
    return Resize(width=Length(size[0]), height=Length(size[1]), fit="cover", gravity=gravity)


def looked(frame: Image.Image, gravity: str, result: tuple[int, int] = (100, 100)) -> Point:
    """Where it looks."""
    return focus_point(frame, step(gravity, result), result, Scene(limits=Limits()))


def with_thing(size: tuple[int, int], corner: Point, *, mode: str = "RGB") -> tuple[Image.Image, Region]:
    """A calm picture with a small chequered thing near a corner, and where that is."""
    picture = Image.linear_gradient("L").point(lambda level: 100 + level // 64).resize(size).convert("RGB")
    side = min(size) // 5
    thing = chequers(side)
    left, top = (round((whole - side) * (0.1 + 0.8 * at)) for whole, at in zip(size, corner, strict=True))
    picture.paste(thing, (left, top))
    return in_mode(picture, mode), Region(left, top, left + side, top + side)


def chequers(side: int, *, seed: int = 3) -> Image.Image:
    """Squares of all kinds of greys and colours."""
    dice = random.Random(seed)
    return Image.frombytes("RGB", (6, 6), dice.randbytes(108)).resize((side, side), Resampling.NEAREST)


def in_mode(picture: Image.Image, mode: str) -> Image.Image:
    """The picture as frames come before their colours are converted."""
    if mode == "I;16":
        return picture.convert("I").point(lambda level: level * 257).convert("I;16")
    if mode == "I":
        return picture.convert("I").point(lambda level: level * 257)
    if mode == "LAB":
        lightness = picture.convert("L")
        return Image.merge("LAB", (lightness, *[Image.new("L", picture.size, 128)] * 2))
    return picture.convert(mode)


@pytest.mark.parametrize("corner", CORNERS)
@pytest.mark.parametrize("result", ASPECTS)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("gravity", LOOKS)
def test_a_detailed_thing_stays_in_view(
    gravity: str, size: tuple[int, int], result: tuple[int, int], corner: Point
) -> None:
    """Whatever the picture's shape, the crop's, and the corner that the thing is in."""
    picture, thing = with_thing(size, corner)
    seen = cover_region(size, result, looked(picture, gravity, result))
    for low, high, start, end, whole in (
        (seen.left, seen.right, thing.left, thing.right, size[0]),
        (seen.top, seen.bottom, thing.top, thing.bottom, size[1]),
    ):
        if high - low >= end - start:
            assert low <= start + _SLACK * whole
            assert high >= end - _SLACK * whole
        else:  # it does not fit: nothing else is seen
            assert low >= start - _SLACK * whole
            assert high <= end + _SLACK * whole


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("gravity", LOOKS)
def test_every_mode_is_looked_at(gravity: str, mode: str) -> None:
    """Inks and sixteen bits, as they are before colours are converted."""
    picture, thing = with_thing((600, 400), Point(1, 0), mode=mode)
    assert picture.mode == mode
    seen = cover_region(picture.size, (100, 100), looked(picture, gravity))
    assert seen.left <= thing.left + 12
    assert seen.right >= thing.right - 12


@pytest.mark.parametrize("size", [*SIZES, (1, 1), (1, 300), (300, 1), (1, 100_000)])
@pytest.mark.parametrize("gravity", LOOKS)
def test_a_flat_picture_is_cut_in_its_middle(gravity: str, size: tuple[int, int]) -> None:
    """Nothing is more striking than the rest."""
    assert looked(Image.new("RGB", size, "orange"), gravity) == pytest.approx(CENTER)


@pytest.mark.parametrize("gravity", LOOKS)
def test_the_same_texture_all_over_is_cut_near_its_middle(gravity: str) -> None:
    """A wall of bricks has no subject."""
    wall, brick = Image.new("RGB", (600, 400)), chequers(20)
    for x in range(0, 600, 20):
        for y in range(0, 400, 20):
            wall.paste(brick, (x, y))
    assert looked(wall, gravity).x == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
@pytest.mark.parametrize("gravity", LOOKS)
def test_what_cannot_be_seen_does_not_count(gravity: str, mode: str) -> None:
    """Something striking is hidden on the right, something plain to be seen on the left."""
    picture = Image.new("RGB", (600, 200), "grey")
    picture.paste(chequers(180), (400, 10))
    alpha = Image.new("L", picture.size, 0)
    ImageDraw.Draw(alpha).ellipse((40, 40, 160, 160), fill=255)
    picture.putalpha(alpha)
    assert looked(picture.convert(mode), gravity).x < 0.3


def test_skin_counts_more_than_other_colours_as_strong() -> None:
    """One disc as bright and as colourful as the other."""
    picture = Image.new("RGB", (600, 200), "grey")
    ImageDraw.Draw(picture).ellipse((30, 40, 150, 160), fill=(205, 150, 116))
    ImageDraw.Draw(picture).ellipse((450, 40, 570, 160), fill=(140, 168, 229))
    assert looked(picture, "smart").x < 0.3
    assert looked(picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT), "smart").x > 0.7


def test_a_thing_comes_to_lie_in_the_middle_of_the_window() -> None:
    """Where there is room on both sides of it."""
    picture = Image.new("RGB", (600, 200), "grey")
    picture.paste(chequers(60), (150, 70))
    for gravity in LOOKS:
        assert looked(picture, gravity).x == pytest.approx(0.3, abs=0.02)


def test_what_is_less_striking_draws_little() -> None:
    """The window is not moved to hold all of something faint beside it."""
    picture = Image.new("RGB", (900, 200), "grey")
    picture.paste(chequers(60), (270, 70))
    faint = chequers(120).convert("L").point(lambda level: 120 + level // 16)
    picture.paste(faint, (330, 40))
    assert looked(picture, "smart").x * 900 == pytest.approx(300, abs=20)


def test_later_frames_are_cut_where_the_first_is() -> None:
    """An animation must not jump; another picture is looked at anew."""
    (first, _), (later, _) = with_thing((600, 400), Point(0, 0)), with_thing((600, 400), Point(1, 0))
    scene, resize = Scene(limits=Limits(), frames=2), step("smart")
    found = focus_point(first, resize, (100, 100), scene)
    assert focus_point(later, resize, (100, 100), scene) == found
    assert focus_point(later, resize, (100, 100), Scene(limits=Limits())) != found


def test_a_place_is_not_looked_for() -> None:
    """A point is the answer already."""
    point = Point(0.2, 0.9)
    assert focus_point(Image.new("L", (9, 9)), step(point), (5, 5), Scene(limits=Limits())) is point


def test_only_the_region_counts() -> None:
    """Decoders may leave something beside the picture; the point is one of the picture."""
    picture = Image.new("RGB", (300, 100), "grey")
    picture.paste(chequers(60), (70, 20))
    frame = Image.new("RGB", (600, 200), "grey")
    frame.paste(chequers(190, seed=5), (400, 5))
    frame.paste(picture, (30, 40))
    region = Region(30, 40, 330, 140)
    for gravity in LOOKS:
        found = focus_point(frame, step(gravity), (100, 100), Scene(limits=Limits()), region=region)
        assert found == pytest.approx(looked(picture, gravity), abs=0.02)


def test_looking_needs_pixels() -> None:
    """Faces more than other things, and a crop that goes by a place none."""
    assert least_px(step("face")) > least_px(step("smart")) == least_px(step("entropy")) > 0
    assert least_px(step(CENTER)) == least_px(replace(step("smart"), fit="inside")) == 0
