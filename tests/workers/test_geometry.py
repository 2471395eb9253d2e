"""Sizes and places, as exact arithmetic and as properties of every picture and box."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import BadParameterError
from shared.operations import FITS, Resize
from shared.parameters import CENTER, COMPASS, Box, Length, Point
from workers.geometry import (
    Region,
    cover_region,
    crop_box,
    place,
    result_size,
    rotated_size,
    target_size,
    turned_back,
)

PROPERTY = settings(derandomize=True, deadline=None)

sides = st.integers(1, 20_000)
sizes = st.tuples(sides, sides)
fractions = st.floats(0, 1)
points = st.builds(Point, fractions, fractions)


def resize(width: float | None, height: float | None, fit: str = "contain", *, dpr: float = 1.0) -> Resize:
    """A resize to a box in pixels."""
    lengths = [None if side is None else Length(side) for side in (width, height)]
    return Resize(width=lengths[0], height=lengths[1], fit=fit, dpr=dpr)


@pytest.mark.parametrize(
    ("fit", "scaled"),
    [
        ("contain", (100, 75)),
        ("inside", (100, 75)),
        ("pad", (100, 75)),
        ("cover", (133, 100)),
        ("outside", (133, 100)),
        ("fill", (100, 100)),
    ],
)
def test_fit_decides_which_side_meets_the_box(fit: str, scaled: tuple[int, int]) -> None:
    """400×300 into 100×100: the long side meets the box, or the short one, or both."""
    assert target_size(resize(100, 100, fit), 400, 300) == scaled


def test_given_side_is_exact_and_the_other_rounded() -> None:
    """2725×2225 at width 720 is 587.89 high, so 588; at height 588 it is 720.13 wide, so 720."""
    assert target_size(resize(720, None), 2725, 2225) == (720, 588)
    assert target_size(resize(None, 588), 2725, 2225) == (720, 588)


@pytest.mark.parametrize("fit", FITS)
def test_one_side_alone_keeps_the_aspect_ratio_whatever_the_fit(fit: str) -> None:
    """With one side given there is no box to fill: every fit means the same."""
    assert target_size(resize(50, None, fit), 100, 60) == (50, 30)
    assert result_size(resize(50, None, fit), 100, 60) == (50, 30)


def test_no_side_at_all_leaves_the_size() -> None:
    """A resize without a box changes nothing."""
    assert target_size(Resize(), 7, 5) == (7, 5)


def test_inside_never_enlarges() -> None:
    """A box larger than the picture on every side that is given leaves it alone; a smaller one shrinks it."""
    assert target_size(resize(500, 500, "inside"), 400, 300) == (400, 300)
    assert target_size(resize(None, 300, "inside"), 400, 300) == (400, 300)
    assert target_size(resize(500, 150, "inside"), 400, 300) == (200, 150)
    assert target_size(resize(500, None, "contain"), 400, 300) == (500, 375)


def test_percent_is_of_the_sources_side() -> None:
    """Half the width and a fifth of the height are taken of that very side."""
    stretched = Resize(width=Length(50, is_percent=True), height=Length(20, is_percent=True), fit="fill")
    assert target_size(stretched, 400, 300) == (200, 60)
    assert target_size(Resize(width=Length(150, is_percent=True)), 400, 300) == (600, 450)


def test_dpr_counts_once_in_canonical_form_or_not() -> None:
    """A plan's canonical form has dpr multiplied in: the size is the same as from the form before it."""
    given_form = resize(100, 80, "cover", dpr=2.5)
    canonical = given_form.canonical()
    assert isinstance(canonical, Resize)
    assert result_size(given_form, 640, 480) == result_size(canonical, 640, 480) == (250, 200)


@pytest.mark.parametrize("fit", ["cover", "pad"])
def test_cover_and_pad_end_at_the_box(fit: str) -> None:
    """Whatever the scaling made, the result is the box."""
    assert result_size(resize(100, 30, fit), 640, 480) == (100, 30)


def test_no_side_becomes_shorter_than_a_pixel() -> None:
    """A very long picture in a small box keeps a pixel of width."""
    assert target_size(resize(100, 100), 1, 10_000) == (1, 100)
    assert target_size(Resize(width=Length(0.1, is_percent=True)), 30, 30) == (1, 1)


@PROPERTY
@given(picture=sizes, box=sizes, fit=st.sampled_from(FITS))
def test_scaled_size_meets_the_box_and_keeps_the_aspect_ratio(
    picture: tuple[int, int], box: tuple[int, int], fit: str
) -> None:
    """One side is the box's own, the other within a pixel of the aspect ratio and on the right side of the box."""
    (width, height), (box_width, box_height) = picture, box
    scaled_width, scaled_height = target_size(resize(*box, fit), width, height)
    if fit == "fill":
        assert (scaled_width, scaled_height) == box
        return
    if fit == "inside" and width <= box_width and height <= box_height:
        assert (scaled_width, scaled_height) == picture
        return
    assert scaled_width == box_width or scaled_height == box_height
    if fit in ("cover", "outside"):
        assert scaled_width >= box_width
        assert scaled_height >= box_height
    else:
        assert scaled_width <= box_width
        assert scaled_height <= box_height
    exact_width, exact_height = scaled_height * width / height, scaled_width * height / width
    assert min(abs(scaled_width - exact_width), abs(scaled_height - exact_height)) < 1
    assert min(scaled_width, scaled_height) >= 1


@PROPERTY
@given(picture=sizes, box=sizes, gravity=points)
def test_cover_region_lies_inside_and_has_the_boxs_shape(
    picture: tuple[int, int], box: tuple[int, int], gravity: Point
) -> None:
    """It is never outside the picture, spans one side of it, and is as wide for its height as the box."""
    left, top, right, bottom = cover_region(picture, box, gravity)
    assert 0 <= left < right <= picture[0]
    assert 0 <= top < bottom <= picture[1]
    assert math.isclose((right - left) * box[1], (bottom - top) * box[0], rel_tol=1e-6)
    assert (left, right) == (0, picture[0]) or (top, bottom) == (0, picture[1])


@PROPERTY
@given(picture=sizes, gravity=points)
def test_cover_without_scaling_lies_on_whole_pixels(picture: tuple[int, int], gravity: Point) -> None:
    """A box of the picture's height needs no resampling, so its pixels must not be mixed."""
    region = cover_region(picture, (max(1, picture[0] // 2), picture[1]), gravity)
    assert region == tuple(map(int, region))


@pytest.mark.parametrize(
    ("direction", "left"), [("w", 0), ("nw", 0), ("n", 100), ("center", 100), ("e", 200), ("se", 200)]
)
def test_compass_chooses_the_end_that_stays(direction: str, left: int) -> None:
    """A square of a 300×100 picture: left, middle or right."""
    assert cover_region((300, 100), (50, 50), COMPASS[direction]) == Region(left, 0, left + 100, 100)


def test_focal_point_is_the_centre_until_the_edge() -> None:
    """The window is centred on the point, and stops at the picture's edge."""
    assert cover_region((300, 100), (50, 50), Point(0.4, 0.9)).left == 70
    assert cover_region((300, 100), (50, 50), Point(0.05, 0.5)).left == 0
    assert cover_region((300, 100), (50, 50), Point(0.95, 0.5)).right == 300


def test_padding_is_shared_out_by_gravity() -> None:
    """The point is the share of the free space before the picture; an odd pixel goes behind it."""
    assert place((10, 10), (31, 20), CENTER) == (10, 5)
    assert place((10, 10), (30, 20), COMPASS["se"]) == (20, 10)
    assert place((10, 10), (30, 20), Point(0.3, 0)) == (6, 0)


@PROPERTY
@given(inner=sizes, extra=sizes, gravity=points)
def test_a_placed_picture_is_inside(inner: tuple[int, int], extra: tuple[int, int], gravity: Point) -> None:
    """Wherever gravity pulls, no pixel leaves the canvas."""
    outer = (inner[0] + extra[0], inner[1] + extra[1])
    left, top = place(inner, outer, gravity)
    assert 0 <= left <= extra[0]
    assert 0 <= top <= extra[1]


def box(*texts: str) -> Box:
    """A crop as a user writes it."""
    return Box(*(Length(float(t.rstrip("p")), is_percent=t.endswith("p")) for t in texts))


def test_crop_counts_pixels_and_percent_of_its_own_side() -> None:
    """Both spellings may be mixed."""
    assert crop_box(box("10", "20p", "50p", "40"), 200, 100) == (10, 20, 110, 60)


def test_crop_leaves_out_what_lies_outside() -> None:
    """A rectangle over the edge ends at the edge; one of a fraction of a pixel is a pixel."""
    assert crop_box(box("190", "0", "50", "500"), 200, 100) == (190, 0, 200, 100)
    assert crop_box(box("0", "0", "0.1p", "1"), 200, 100) == (0, 0, 1, 1)


@pytest.mark.parametrize("outside", [("200", "0", "1", "1"), ("0", "100p", "1", "1")])
def test_crop_wholly_outside_names_the_size(outside: tuple[str, ...]) -> None:
    """The user is told which parameter, and how large the image is."""
    with pytest.raises(BadParameterError, match=r"^crop='.*200×100 pixels"):
        crop_box(box(*outside), 200, 100)


def test_turned_canvas_holds_the_picture() -> None:
    """Right angles swap the sides, half a right angle needs the diagonal."""
    assert rotated_size(300, 200, 90) == (200, 300)
    assert rotated_size(300, 200, 180) == (300, 200)
    assert rotated_size(100, 100, 45) == (142, 142)
    assert rotated_size(100, 100, -45) == (142, 142)


@PROPERTY
@given(size=sizes, angle=st.floats(-720, 720))
def test_turned_canvas_is_never_smaller_than_the_shorter_side(size: tuple[int, int], angle: float) -> None:
    """And never larger than the diagonal."""
    turned = rotated_size(*size, angle)
    assert min(size) <= min(turned)
    assert max(turned) <= math.ceil(math.hypot(*size))


def test_canvas_turned_back_is_the_picture() -> None:
    """Turned clockwise by a right angle, the top left corner was the bottom left one; the centres are one."""
    across, down, left, across_y, down_y, top = turned_back((300, 200), (200, 300), 90)
    seen = [
        (across * x + down * y + left, across_y * x + down_y * y + top)
        for x, y in ((0, 0), (200, 0), (200, 300), (100, 150))
    ]
    corners_and_centre = [(0, 200), (0, 0), (300, 0), (150, 100)]
    assert [pytest.approx(point) for point in seen] == corners_and_centre


@PROPERTY
@given(picture=sizes, width=st.integers(1, 8000), height=st.integers(1, 8000), dpr=st.floats(0.1, 8))
def test_result_depends_on_the_canonical_form_only(
    picture: tuple[int, int], width: int, height: int, dpr: float
) -> None:
    """Equal plans make equal sizes: the canonical form, which the cache key is made of, loses nothing."""
    for fit in FITS:
        given_form = resize(width, height, fit, dpr=dpr)
        canonical = given_form.canonical()
        assert isinstance(canonical, Resize)
        assert result_size(given_form, *picture) == result_size(canonical, *picture)
