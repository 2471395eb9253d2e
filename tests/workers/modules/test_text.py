"""Texts: where they stand, how they are broken, and what they do to modes."""

from __future__ import annotations

import random

import pytest
from PIL import Image, ImageChops

from shared.colours import Colour
from shared.operations import FONTS, Text
from shared.parameters import COMPASS, Point, TextKind
from tests import pictures
from tests.workers.jobs import result
from tests.workers.modules.pictures import MODES, Size, apply, distance, gradients

Box = tuple[int, int, int, int]


def ink_of(step: Text, size: Size = (400, 200), mode: str = "RGB") -> Image.Image:
    """What is written on a black frame."""
    return apply(step, Image.new("RGB", size).convert(mode)).convert("L")


def box_of(step: Text, size: Size = (400, 200)) -> Box:
    """Where it stands."""
    box = ink_of(step, size).getbbox()
    assert box is not None
    return box


@pytest.mark.parametrize("name", list(COMPASS))
def test_text_stands_at_its_place(name: str) -> None:
    """In its third of the frame on either axis, away from the edges."""
    left, top, right, bottom = box_of(Text(content="Hxg", position=COMPASS[name], size=30))
    where = Point(((left + right) / 2) // (400 / 3) / 2, ((top + bottom) / 2) // (200 / 3) / 2)
    assert where == COMPASS[name]
    assert min(left, top, 400 - right, 200 - bottom) >= 15 - 3


def test_size_is_that_of_the_em() -> None:
    """Capitals of DejaVu are 0.73 em high."""
    _, top, _, bottom = box_of(Text(content="H", size=100))
    assert bottom - top == pytest.approx(73, abs=1)


def test_fonts_differ() -> None:
    """Each of the names is a look of its own."""
    looks = {ink_of(Text(content="Quick", font=name)).tobytes() for name in FONTS}
    assert len(looks) == len(FONTS)


def test_edges_of_letters_are_smooth() -> None:
    """Many shades lie between paper and ink."""
    assert len(ink_of(Text(content="Soft")).getcolors() or ()) > 50


def test_a_long_line_is_broken() -> None:
    """All of it stays inside, on as many lines as it takes."""
    left, top, right, bottom = box_of(Text(content="long words " * 8, size=24))
    assert left >= 12 - 3
    assert right <= 400 - 12 + 3
    assert bottom - top > 3 * 24


@pytest.mark.parametrize("content", ["x" * 80, "漢字" * 30, "سلام" * 40])
def test_what_has_no_blanks_is_broken_too(content: str) -> None:
    """A word may be as long as it likes."""
    left, top, right, bottom = box_of(Text(content=content, size=24))
    assert (left >= 0, right <= 400, bottom - top > 24) == (True, True, True)


def test_line_feeds_are_kept() -> None:
    """Two lines are as high as two lines, one of them blank as high as three."""
    one, two, three = (box_of(Text(content=text, size=20)) for text in ("H", "H\nH", "H\n\nH"))
    heights = [bottom - top for _, top, _, bottom in (one, two, three)]
    assert heights[1] - heights[0] == heights[2] - heights[1] >= 20


def test_lines_are_flush_with_the_side_that_they_stand_at() -> None:
    """At the right they end together, at the left they begin together."""
    at_left = ink_of(Text(content="HHHH\nH", position=COMPASS["w"], size=40))
    at_right = ink_of(Text(content="HHHH\nH", position=COMPASS["e"], size=40))
    upper, lower = (0, 0, 400, 100), (0, 100, 400, 200)
    for picture, side in ((at_left, 0), (at_right, 2)):
        boxes = picture.crop(upper).getbbox(), picture.crop(lower).getbbox()
        assert boxes[0] is not None
        assert boxes[1] is not None
        assert abs(boxes[0][side] - boxes[1][side]) <= 1


def test_lines_without_room_are_left_out() -> None:
    """The first ones are written, and none by half."""
    many, three = (ink_of(Text(content="H\n" * lines, size=40)) for lines in (99, 3))
    assert many.tobytes() == ink_of(Text(content="H\nH\nH", size=40)).tobytes() == three.tobytes()


@pytest.mark.parametrize(
    ("mode", "color", "expected"),
    [
        ("L", "ffffff", "L"), ("L", "ff0000", "RGB"), ("L", "80808080", "L"),
        ("LA", "ffffff", "LA"), ("LA", "ff0000", "RGBA"),
        ("RGB", "ffffff", "RGB"), ("RGB", "ff000080", "RGB"),
        ("RGBA", "ffffff", "RGBA"), ("RGBA", "ff0000", "RGBA"),
    ],
)  # fmt: skip
def test_mode_grows_by_colours_and_never_by_alpha(mode: str, color: str, expected: str) -> None:
    """Grey letters leave a grey frame grey."""
    assert apply(Text(content="H", color=Colour.parse(color)), gradients(mode)).mode == expected


def test_letters_have_their_colour() -> None:
    """Inside a stem it is pure."""
    frame = apply(Text(content="█", color=Colour(10, 200, 30), size=40), Image.new("RGB", (100, 100)))
    assert frame.getpixel((50, 50)) == (10, 200, 30)


def test_colour_may_be_translucent() -> None:
    """Half of it over white is half way to it."""
    frame = Image.new("RGB", (100, 100), "white")
    made = apply(Text(content="█", color=Colour(0, 0, 255, 128), size=40), frame)
    assert made.getpixel((50, 50)) == (127, 127, 255)


def test_letters_on_a_transparent_frame_are_opaque() -> None:
    """They bring their alpha along, and leave that of the rest alone."""
    frame = apply(Text(content="█", size=40), Image.new("RGBA", (100, 100)))
    assert frame.getpixel((50, 50)) == (255, 255, 255, 255)
    assert frame.getpixel((0, 0)) == (0, 0, 0, 0)


@pytest.mark.parametrize("mode", MODES)
def test_rest_of_the_frame_is_untouched(mode: str) -> None:
    """Nothing changes where no letter stands."""
    frame = gradients(mode, (200, 100))
    made = apply(Text(content="Hxg", size=20, position=COMPASS["nw"]), frame)
    assert distance(made.crop((100, 0, 200, 100)), frame.crop((100, 0, 200, 100))) == 0


def test_what_no_font_has_is_shown_as_a_box() -> None:
    """It is no error."""
    assert ImageChops.difference(ink_of(Text(content="𒀀")), ink_of(Text(content=" 𒀁"))).getbbox() is not None


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (3, 3)])
def test_the_smallest_frame_can_be_written_on(size: Size) -> None:
    """Whatever is to be seen of it."""
    made = apply(Text(content="Hello\nworld", size=1000), gradients("RGB", size))
    assert (made.mode, made.size) == ("RGB", size)


def test_every_frame_of_an_animation_is_written_on() -> None:
    """All have the same letters."""
    answer = result("text:content=█:size=20;encode:png", pictures.animated("gif"))
    made = pictures.opened(answer.body)
    assert answer.frames > 1
    for index in range(answer.frames):
        made.seek(index)
        assert made.convert("RGB").getpixel((32, 24)) == (255, 255, 255)


_HOSTILE = (
    "abc XYZ -", "\u0301\u0302\u0323\u0489\u20dd", "\u200e\u200f\u061c",
    "\u200c\u200d\ufe0f\u200b\u2060\ufeff\u00ad", "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
    "👨👩👧🏽🏿🇩🇪🏴\U000e0061\U000e007f", "אבגדה ", "السلام عليكم ", "क्षत्रिय ि", "漢字、。「」ー", "กำ็่า", "\n",
    "𝔘𒐫﷽ꙮ", "조선\u1112\u1161\u11ab", "မြန်မာ", "([{⟨)]}⟩", "0123٣٤%,.",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_no_text_breaks_the_libraries(seed: int) -> None:
    """Floods of marks, joiners and directions in any mixture are drawn somehow, and end."""
    dice, kind, drawn = random.Random(seed), TextKind(500), 0
    while drawn < 40:
        letters = "".join(dice.sample(_HOSTILE, dice.randint(1, 6)))
        content = "".join(dice.choice(letters) for _ in range(dice.choice((1, 3, 20, 100, 500))))
        try:
            content = kind.parse(content)
        except ValueError:
            continue
        drawn += 1
        frame = gradients(dice.choice(MODES), dice.choice(((64, 48), (300, 200), (1, 500), (500, 1))))
        step = Text(content=content, size=dice.choice((4, 16, 200, 1000)), font=dice.choice(FONTS))
        made = apply(step, frame)
        assert (made.mode, made.size) == (frame.mode, frame.size)
