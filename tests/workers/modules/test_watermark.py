"""Watermarks: where they lie, how large, how faint, how often, and what they do to modes."""

from __future__ import annotations

import pytest
from PIL import Image

from shared.limits import Limits
from shared.messages import Source
from shared.operations import Watermark
from shared.parameters import COMPASS
from tests import pictures
from tests.workers.jobs import job
from tests.workers.modules.pictures import MODES, Size, apply, distance, gradients
from workers.job import run
from workers.scene import Scene

LIME = (0, 255, 0)


def watermarked(frame: Image.Image, mark: Image.Image, step: Watermark) -> Image.Image:
    """The frame with the mark on it."""
    scene = Scene(limits=Limits(), overlays={"logo": Source(data=pictures.encoded(mark, "png"))})
    return apply(step, frame, scene)


def lime(size: Size) -> Image.Image:
    """A mark that is easily found."""
    return Image.new("RGB", size, LIME)


def box_of(mark: str | tuple[int, int, int], frame: Image.Image) -> tuple[int, int, int, int] | None:
    """Where the frame is of that colour."""
    is_marked = Image.new("L", frame.size)
    for x in range(frame.width):
        for y in range(frame.height):
            if frame.getpixel((x, y)) == mark:
                is_marked.putpixel((x, y), 255)
    return is_marked.getbbox()


@pytest.mark.parametrize(
    ("position", "corner"),
    [("nw", (3, 3)), ("n", (28, 3)), ("ne", (53, 3)), ("w", (3, 22)), ("center", (28, 22)), ("se", (53, 41))],
)
def test_mark_lies_at_its_place(position: str, corner: tuple[int, int]) -> None:
    """A margin away from the edges, in its own size."""
    step = Watermark(image="logo", position=COMPASS[position], margin=3)
    result = watermarked(Image.new("RGB", (64, 48)), lime((8, 4)), step)
    assert box_of(LIME, result) == (*corner, corner[0] + 8, corner[1] + 4)


def test_rest_of_the_frame_is_untouched() -> None:
    """Only where the mark lies does anything change."""
    frame = gradients("RGB")
    result = watermarked(frame, lime((8, 4)), Watermark(image="logo", position=COMPASS["nw"]))
    result.paste(frame.crop((0, 0, 8, 4)))
    assert distance(result, frame) == 0


@pytest.mark.parametrize(
    ("mark", "scale", "margin", "size"),
    [
        ((8, 4), 0.0, 0, (8, 4)),
        ((8, 4), 0.5, 0, (32, 16)),
        ((8, 4), 1.0, 2, (60, 30)),
        ((4, 8), 1.0, 0, (24, 48)),
        ((256, 64), 0.0, 0, (64, 16)),
        ((100, 100), 0.0, 4, (40, 40)),
        ((1, 10_000), 0.0, 0, (1, 48)),
        ((10_000, 1), 0.0, 0, (64, 1)),
        ((1, 1), 1.0, 0, (48, 48)),
        ((8, 4), 0.0, 4096, (2, 1)),
    ],
)
def test_mark_has_its_size(mark: Size, scale: float, margin: int, size: Size) -> None:
    """A part of the frame's width, and never more than there is room for between the margins."""
    step = Watermark(image="logo", position=COMPASS["center"], scale=scale, margin=margin)
    box = box_of(LIME, watermarked(Image.new("RGB", (64, 48)), lime(mark), step))
    assert box is not None
    assert (box[2] - box[0], box[3] - box[1]) == size


def test_a_frame_of_one_pixel_takes_a_mark() -> None:
    """There is always room for one pixel."""
    step = Watermark(image="logo", margin=100)
    assert watermarked(Image.new("RGB", (1, 1)), lime((8, 4)), step).getpixel((0, 0)) == LIME


@pytest.mark.parametrize("mode", MODES)
def test_opacity_is_a_share_of_the_mark(mode: str) -> None:
    """Half of it over opaque black is half its brightness."""
    frame = Image.new("RGB", (8, 8)).convert(mode)
    result = watermarked(frame, Image.new("L", (8, 8), 200), Watermark(image="logo", opacity=0.5))
    seen = result.convert("RGBA").getpixel((4, 4))
    assert seen == (100, 100, 100, 255)


def test_opacity_and_the_marks_own_alpha_multiply() -> None:
    """On a transparent frame the result's alpha is their product, its colour the mark's."""
    mark = Image.new("RGBA", (8, 8), (200, 0, 0, 128))
    result = watermarked(Image.new("RGBA", (8, 8)), mark, Watermark(image="logo", opacity=0.5))
    assert result.getpixel((4, 4)) == (200, 0, 0, 64)


def test_a_mark_over_a_translucent_frame() -> None:
    """Colours and alpha are composited as by Porter and Duff."""
    frame = Image.new("RGBA", (8, 8), (0, 0, 200, 128))
    mark = Image.new("RGBA", (8, 8), (200, 0, 0, 128))
    expected = Image.alpha_composite(frame, mark).getpixel((4, 4))
    assert watermarked(frame, mark, Watermark(image="logo")).getpixel((4, 4)) == expected


@pytest.mark.parametrize(
    ("frame", "mark", "mode"),
    [
        ("L", "L", "L"), ("L", "LA", "L"), ("L", "RGB", "RGB"), ("L", "RGBA", "RGB"),
        ("LA", "L", "LA"), ("LA", "RGBA", "RGBA"),
        ("RGB", "L", "RGB"), ("RGB", "LA", "RGB"), ("RGB", "RGBA", "RGB"),
        ("RGBA", "LA", "RGBA"), ("RGBA", "RGB", "RGBA"),
    ],
)  # fmt: skip
def test_mode_grows_by_colours_and_never_by_alpha(frame: str, mark: str, mode: str) -> None:
    """Every frame takes every mark."""
    result = watermarked(gradients(frame), gradients(mark, (16, 16)), Watermark(image="logo"))
    assert result.mode == mode


def test_a_mark_that_only_could_have_colours_leaves_a_frame_grey() -> None:
    """What counts are the colours that can be seen."""
    mark = Image.new("RGBA", (8, 8), (90, 90, 90, 255))
    mark.putpixel((0, 0), (255, 0, 0, 0))
    assert watermarked(gradients("L"), mark, Watermark(image="logo")).mode == "L"


def test_hidden_colours_of_a_mark_make_no_fringes() -> None:
    """A red that is wholly transparent does not bleed into its neighbours when the mark is scaled."""
    mark = Image.new("RGBA", (40, 40), (255, 0, 0, 0))
    mark.paste((0, 0, 255, 255), (0, 0, 20, 40))
    result = watermarked(Image.new("RGB", (90, 90)), mark, Watermark(image="logo", scale=0.3))
    red, _, _ = result.split()
    assert red.getextrema() == (0, 0)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("position", "margin"), [("se", 0), ("nw", 3), ("center", 50), ("se", 4096)])
def test_copies_cover_the_frame(mode: str, position: str, margin: int) -> None:
    """From the mark's place on in all directions, a margin between; those at the edges are cut."""
    mark, frame = gradients("LA", (9, 7)), Image.new("RGB", (64, 48)).convert(mode)
    once = Watermark(image="logo", position=COMPASS[position])
    repeated = Watermark(image="logo", position=COMPASS[position], margin=margin, repeat=True)
    left, top = {"nw": (0, 0), "se": (55, 41), "center": (27, 20)}[position]
    expected = frame
    for x in range(left - 20 * (9 + margin), 64, 9 + margin):
        for y in range(top - 20 * (7 + margin), 48, 7 + margin):
            if x > -9 and y > -7:
                whole = Image.new("LA", (64 + 18, 48 + 14))
                whole.paste(mark, (x + 9, y + 7))
                layer = whole.crop((9, 7, 73, 55)).convert("RGBA")
                expected = Image.alpha_composite(expected.convert("RGBA"), layer)
    made = watermarked(frame, mark, repeated)
    assert distance(made.convert("RGBA"), expected.convert("RGBA")) < 0.6
    if margin == 4096:
        assert distance(made, watermarked(frame, mark, once)) == 0


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_pixel_covers_a_whole_frame(mode: str) -> None:
    """The smallest copies make the same as one large one."""
    result = watermarked(Image.new(mode, (300, 700)), lime((1, 1)), Watermark(image="logo", repeat=True))
    assert result.convert("RGB").getcolors() == [(300 * 700, LIME)]


def test_a_layer_higher_than_a_band_is_laid_whole() -> None:
    """Large layers are composited piece by piece, and nothing shows where they meet."""
    made = watermarked(Image.new("RGBA", (16, 700)), lime((16, 700)), Watermark(image="logo"))
    assert made.getcolors() == [(16 * 700, (*LIME, 255))]


def test_without_a_name_nothing_is_laid() -> None:
    """The frame itself comes back."""
    frame = gradients()
    assert apply(Watermark(), frame) is frame


def test_every_frame_of_an_animation_is_marked() -> None:
    """By one file, which is read and decoded once."""
    asked = job("watermark:image=logo:position=nw;encode:png", pictures.animated("gif"))
    asked.overlays["logo"] = Source(data=pictures.encoded(lime((8, 4)), "png"))
    answer = run(asked)
    made = pictures.opened(answer.body)
    assert answer.frames > 1
    for index in range(answer.frames):
        made.seek(index)
        assert made.convert("RGB").getpixel((3, 3)) == LIME
