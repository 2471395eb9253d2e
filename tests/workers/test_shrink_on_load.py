"""Decoding JPEG smaller: the same sizes and places as the long way, and nearly the same pixels."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageFilter

from shared.limits import Limits
from shared.operations import Crop, Resize
from shared.parameters import Length
from shared.plan import Plan
from tests import pictures
from tests.workers.focus.drawn_face import face
from tests.workers.jobs import result
from workers.opening import opened
from workers.shrink_on_load import shrink

# Neither is a multiple of eight, so that the last blocks reach beyond the picture.
_SIZE = (503, 379)
# A misplacement by half a pixel of the result makes more than 3.
_LEVELS = 2.0


@pytest.fixture(scope="module")
def photograph() -> Image.Image:
    """Gradients with soft stripes: something to be out of place."""
    picture = pictures.gradients(size=_SIZE)
    for x in range(0, _SIZE[0], 40):
        picture.paste((250, 250, 250), (x, 0, x + 12, _SIZE[1]))
    for y in range(0, _SIZE[1], 50):
        picture.paste((10, 10, 10), (0, y, _SIZE[0], y + 12))
    return picture.filter(ImageFilter.GaussianBlur(2))


def _scale(body: bytes, plan: str) -> int:
    with opened(body, extension="", limits=Limits()) as source:
        shrunk = shrink(source, Plan.parse(plan).steps[0])
        return 1 if shrunk is None else shrunk.scale


@pytest.fixture(scope="module")
def files(photograph: Image.Image) -> dict[int, tuple[bytes, bytes]]:
    """For each orientation the photograph as JPEG, and its pixels, upright, in a format without short ways."""
    made = {}
    for orientation in range(1, 9):
        jpeg = _oriented(photograph, orientation)
        made[orientation] = jpeg, pictures.encoded(_upright(pictures.opened(jpeg), orientation), "bmp")
    return made


@pytest.mark.parametrize(
    ("width", "scale"), [(300, 1), (140, 1), (139, 2), (70, 2), (69, 4), (35, 4), (34, 8), (5, 8)]
)
def test_the_decoder_leaves_enough_for_the_filter(
    files: dict[int, tuple[bytes, bytes]], width: int, scale: int
) -> None:
    """It never does more than leaves a factor of 1.8."""
    assert _scale(files[1][0], f"resize:width={width}") == scale


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(
    "step",
    [
        "resize:width=55",
        "resize:height=40",
        "resize:width=11p",
        "resize:width=50:height=50:fit=fill",
        "resize:width=50:height=50:fit=cover",
        "resize:width=50:height=30:fit=cover:gravity=fp,0.9,0.1",
        "resize:width=30:height=50:fit=cover:gravity=se",
        "resize:width=60:height=60:fit=inside",
        "resize:width=45:height=45:fit=outside",
        "resize:width=50:height=60:fit=pad:bg=red",
        "resize:width=10p:height=20p:fit=pad:bg=red",
        "resize:width=55:filter=gaussian",
    ],
)
def test_the_short_way_leads_where_the_long_one_does(
    files: dict[int, tuple[bytes, bytes]], step: str, orientation: int
) -> None:
    """Size, place and pixels agree with what another format of the same picture gives, however it lies."""
    jpeg, bitmap = files[orientation]
    assert _scale(jpeg, step) > 1
    short, long = (pictures.opened(result(f"{step};encode:bmp", body).body) for body in (jpeg, bitmap))
    assert short.size == long.size
    assert pictures.distance(short, long) < _LEVELS


@pytest.fixture(scope="module")
def portrait() -> Image.Image:
    """A face in front of soft stripes, large enough to be looked at in a smaller rendition."""
    picture = Image.new("L", (1307, 989), 150)
    for x in range(0, 1307, 130):
        picture.paste(165, (x, 0, x + 40, 989))
    picture.paste(face(330), (170, 540))
    return picture.filter(ImageFilter.GaussianBlur(2))


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("box", ["width=160:height=160", "width=60:height=200", "width=200:height=60"])
@pytest.mark.parametrize("gravity", ["smart", "entropy", "face"])
def test_the_short_way_looks_where_the_long_one_does(
    portrait: Image.Image, gravity: str, box: str, orientation: int
) -> None:
    """What is looked for in the smaller rendition is found at the same place, to within a pixel of the result."""
    jpeg = _oriented(portrait, orientation)
    bitmap = pictures.encoded(_upright(pictures.opened(jpeg), orientation), "bmp")
    step = f"resize:{box}:fit=cover:gravity={gravity}"
    assert _scale(jpeg, step) > 1
    short, long = (pictures.opened(result(f"{step};encode:bmp", body).body) for body in (jpeg, bitmap))
    assert min(pictures.distance(*_overlap(short, long, dx, dy)) for dx in (-1, 0, 1) for dy in (-1, 0, 1)) < 1


def _overlap(one: Image.Image, other: Image.Image, dx: int, dy: int) -> tuple[Image.Image, Image.Image]:
    """What both show when the other is moved by so many pixels; none of the outermost."""
    width, height = one.size
    moved = other.crop((1 + dx, 1 + dy, width - 1 + dx, height - 1 + dy))
    return one.crop((1, 1, width - 1, height - 1)), moved


def test_enough_is_decoded_to_look_at(portrait: Image.Image) -> None:
    """A small result would do with less, but faces would be lost."""
    body = pictures.encoded(portrait, "jpeg")
    scales = [_scale(body, f"resize:width=20:height=20:fit=cover:gravity={g}") for g in ("n", "smart", "face")]
    assert scales == [8, 8, 2]


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_other_modes_are_shrunk_too(mode: str) -> None:
    """Grey and inks."""
    picture = pictures.gradients(mode, _SIZE)
    short = pictures.opened(result("resize:width=50;encode:png", pictures.encoded(picture, "jpeg")).body)
    long = pictures.opened(result("resize:width=50;encode:png", pictures.encoded(picture, "tiff")).body)
    assert pictures.distance(short, long) < _LEVELS


@pytest.mark.parametrize("step", [Crop(), Resize(width=Length(10), filter="nearest"), None])
def test_other_first_steps_see_every_pixel(photograph: Image.Image, step: Crop | Resize | None) -> None:
    """Crops and trims are in pixels of the whole picture; the nearest pixel has to be one that exists."""
    with opened(pictures.encoded(photograph, "jpeg"), extension="", limits=Limits()) as source:
        assert shrink(source, step) is None
        assert source.image.size == _SIZE


def test_a_crop_before_a_resize_is_in_pixels_of_the_whole_picture(photograph: Image.Image) -> None:
    """The resize is not the first step, and nothing is decoded smaller."""
    plan = "crop:box=250,150,250,200;resize:width=25;encode:png"
    short = result(plan, pictures.encoded(photograph, "jpeg"))
    long = result(plan, pictures.encoded(photograph, "png"))
    assert pictures.distance(*(pictures.opened(made.body) for made in (short, long))) < _LEVELS


def test_other_formats_are_decoded_whole(photograph: Image.Image) -> None:
    """Only JPEG's decoder can do it."""
    assert _scale(pictures.encoded(photograph, "png"), "resize:width=25") == 1


def _oriented(picture: Image.Image, orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=95, subsampling=0, exif=exif)
    return file.getvalue()


def _upright(picture: Image.Image, orientation: int) -> Image.Image:
    """What the orientation means, said with rotations and mirrors only (TIFF 6.0, tag 274)."""
    mirrored = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if orientation in (2, 4, 5, 7) else picture
    return mirrored.rotate({3: 180, 4: 180, 5: 90, 6: -90, 7: -90, 8: 90}.get(orientation, 0), expand=True)
