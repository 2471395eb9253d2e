"""Inspections: what is told of pictures of every format and kind."""

from __future__ import annotations

import base64
import dataclasses
import io

import pytest
from PIL import Image
from PIL.Image import Transpose

from shared.formats import BY_NAME
from shared.messages import Inspection, Swatch
from tests import pictures, profiles
from tests.workers.documents import pages
from tests.workers.jobs import inspection, result
from tests.workers.wavy import wavy
from workers.blurhash import blurhash
from workers.perceptual_hash import perceptual_hash
from workers.thumbhash import thumbhash

_MODES = {"jpeg": "RGB", "bmp": "RGB", "pnm": "RGB", "pfm": "L;F", "hdr": "RGB;F", "exr": "RGBA;F", "gif": "P"}


def png(picture: Image.Image, **options: object) -> bytes:
    """The picture as a PNG."""
    return pictures.encoded(picture, "png", **options)


def without_timings(found: Inspection) -> Inspection:
    """What two inspections of one image have in common."""
    return dataclasses.replace(found, timings_ms={})


def nearly(colour: str, expected: tuple[int, int, int], *, levels: int = 3) -> bool:
    """Whether a colour is what it should be, give or take what coding costs."""
    found = bytes.fromhex(colour.removeprefix("#"))
    return all(abs(one - other) <= levels for one, other in zip(found, expected, strict=True))


@pytest.mark.parametrize("name", pictures.FORMATS)
def test_every_format_is_told(name: str) -> None:
    """Format, size, mode, frames and alpha are those of the file; nothing is told that it does not say."""
    found = inspection(pictures.sample(name), extension=name)
    assert (found.job_id, found.format, found.width, found.height) == (7, name, *pictures.SIZE)
    assert (found.frames, found.duration_ms) == (1, None)
    assert found.has_alpha == BY_NAME[name].alpha
    assert found.mode == _MODES.get(name, "RGBA")
    assert (found.exif, found.latitude, found.longitude, found.icc_name) == ({}, None, None, None)
    assert 1 <= len(found.palette) <= 6
    assert sum(swatch.share for swatch in found.palette) <= 1
    assert found.bit_depth == (32 if found.mode.endswith(";F") else 8)


@pytest.mark.parametrize("name", ["png", "webp", "tiff", "tga", "qoi", "jp2"])
def test_hashes_are_of_the_picture_as_it_is_seen(name: str) -> None:
    """Without any scaling the hashes are those of the very pixels; behind what shines through is white."""
    picture = wavy((32, 24), has_alpha=True)
    found = inspection(pictures.encoded(picture, name), extension=name)
    on_white = Image.new("RGB", picture.size, "white")
    on_white.paste(picture.convert("RGB"), mask=picture.getchannel("A"))
    assert found.blurhash == blurhash(on_white)
    assert found.phash == perceptual_hash(on_white)
    assert base64.b64decode(found.thumbhash or "") == thumbhash(picture)


def test_stages_are_timed() -> None:
    """Decoding, and the computing that follows it."""
    timings = inspection(pictures.sample("jpeg")).timings_ms
    assert set(timings) == {"decode", "describe"}
    assert all(timing > 0 for timing in timings.values())


@pytest.mark.parametrize("name", pictures.ANIMATED)
def test_animation_is_told(name: str) -> None:
    """How many frames, how long all of them take, and how the first one looks."""
    found = inspection(pictures.animated(name))
    assert (found.format, found.frames, found.duration_ms) == (name, 4, 1000)
    still = inspection(result("open:frame=0;encode:png", pictures.animated(name)).body)
    assert (found.blurhash, found.thumbhash, found.phash) == (still.blurhash, still.thumbhash, still.phash)


def test_picture_for_those_who_see_no_animation_is_no_frame() -> None:
    """An animated PNG may begin with one: it is decoded, but neither counted nor shown."""
    default, *frames = [Image.new("RGB", (16, 12), colour) for colour in ("red", "lime", "blue")]
    file = io.BytesIO()
    default.save(file, "PNG", save_all=True, append_images=frames, default_image=True, duration=250)
    found = inspection(file.getvalue())
    assert (found.frames, found.duration_ms, found.colors) == (2, 500, ("#00ff00",))


@pytest.mark.parametrize("name", ["TIFF", "MPO"])
def test_pages_are_counted_and_do_not_move(name: str) -> None:
    """Size and looks are the first one's, whatever sizes the others have."""
    found = inspection(pages(name, (64, 48), (32, 24), (80, 10)))
    assert (found.width, found.height, found.frames, found.duration_ms) == (64, 48, 3, None)


def test_icon_is_as_large_as_its_largest_picture() -> None:
    """The others are decoded too, and counted."""
    file = io.BytesIO()
    pictures.gradients("RGBA", (64, 64)).save(file, "ICO", sizes=[(16, 16), (64, 64), (32, 32)])
    found = inspection(file.getvalue())
    assert (found.width, found.height, found.frames) == (64, 64, 3)


@pytest.mark.parametrize("name", ["jpeg", "png", "webp", "tiff"])
@pytest.mark.parametrize("orientation", range(2, 9))
def test_picture_is_described_upright(name: str, orientation: int) -> None:
    """Size, hashes and colours are those of the picture as a browser shows it."""
    size = (32, 24)
    found = inspection(pictures.oriented(orientation, name, size))
    upright = inspection(pictures.oriented(1, name, size))
    assert (found.width, found.height) == size
    if name == "jpeg":  # whose blocks lie elsewhere when it is turned
        assert str(found.blurhash)[:6] == str(upright.blurhash)[:6]
        turned = inspection(
            pictures.encoded(pictures.gradients("RGB", size).transpose(Transpose.ROTATE_180), name)
        )
        assert found.blurhash != turned.blurhash
    else:
        assert (found.blurhash, found.thumbhash, found.phash, found.palette) == (
            upright.blurhash,
            upright.thumbhash,
            upright.phash,
            upright.palette,
        )


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_alpha_that_hides_nothing_is_none(mode: str) -> None:
    """A channel full of 255 is not used; one pixel of 254 is a use."""
    picture = pictures.gradients(mode)
    picture.putalpha(255)
    assert not inspection(png(picture)).has_alpha
    picture.putpixel((63, 47), (*picture.getpixel((63, 47))[:-1], 254))  # type: ignore[index]
    found = inspection(png(picture))
    assert (found.has_alpha, found.mode) == (True, mode)


@pytest.mark.parametrize(("transparent", "has_alpha"), [((1, 2, 3), False), ((255, 0, 0), True)])
def test_transparent_colour_counts_where_it_occurs(transparent: tuple[int, int, int], has_alpha: bool) -> None:
    """A PNG may name a colour that none of its pixels has."""
    picture = Image.new("RGB", (16, 12), "blue")
    picture.putpixel((3, 4), (255, 0, 0))
    assert inspection(png(picture, transparency=transparent)).has_alpha == has_alpha


def test_transparent_entry_of_a_palette_counts() -> None:
    """Half of the picture is transparent, and its colours do not count."""
    found = inspection(png(pictures.palette_with_hole()))
    assert (found.mode, found.has_alpha) == ("P", True)


@pytest.mark.parametrize("name", ["png", "webp", "avif"])  # a GIF's frames are painted over those before
def test_alpha_of_any_frame_counts(name: str) -> None:
    """Only the last frame of the animation has a hole."""
    frames = [Image.new("RGBA", (16, 12), (10 * number, 80, 160, 255)) for number in range(4)]
    frames[3].paste((0, 0, 0, 0), (4, 4, 12, 8))
    first, *others = frames
    file = io.BytesIO()
    first.save(file, BY_NAME[name].pillow[0], save_all=True, append_images=others, duration=100, disposal=2)
    found = inspection(file.getvalue())
    assert (found.frames, found.has_alpha) == (4, True)
    opaque = io.BytesIO()
    first.save(opaque, BY_NAME[name].pillow[0], save_all=True, append_images=others[:2], duration=100)
    assert not inspection(opaque.getvalue()).has_alpha


def test_sixteen_bits_are_rounded_to_eight() -> None:
    """Deep greys look like their eight upper bits, rounded."""
    deep = pictures.deep_gradient((32, 24))
    levels = [(value + 128) // 257 for value in range(65_536)]
    shown = deep.convert("I").point(levels, "L").convert("RGB")
    found = inspection(png(deep))
    assert (found.mode, found.bit_depth, found.blurhash) == ("L;16", 16, blurhash(shown))


@pytest.mark.parametrize(
    ("mode", "bits"), [("1", 1), ("L", 8), ("P", 8), ("LA", 8), ("RGBA", 8), ("I;16", 16), ("F", 32)]
)
def test_depth_is_that_of_the_file(mode: str, bits: int) -> None:
    """One bit is a drawing, eight are usual, sixteen are deep, and floating point is light."""
    assert inspection(pictures.encoded(pictures.gradients(mode), "tiff"), extension="tiff").bit_depth == bits


def test_palette_is_told_with_shares() -> None:
    """A third of the picture is red, to four digits."""
    picture = Image.new("RGB", (48, 32), "#0055a4")
    picture.paste("#ef4135", (0, 0, 16, 32))
    assert inspection(png(picture)).palette == (
        Swatch(color="#0055a4", share=0.6667),
        Swatch(color="#ef4135", share=0.3333),
    )


@pytest.mark.parametrize("mode", ["I;16", "L", "LA", "RGBA", "CMYK", "1"])
def test_large_picture_looks_like_a_small_one(mode: str) -> None:
    """Whatever way a mode is shrunk, brightness and hues on average are the same, to within a step."""
    name = "jpeg" if mode == "CMYK" else "png"
    large, small = (
        inspection(pictures.encoded(pictures.gradients(mode, size), name)) for size in ((640, 480), (64, 48))
    )
    assert (large.mode, large.has_alpha) == (small.mode, small.has_alpha)
    for shift in (0, 6, 12):
        one, other = (
            int.from_bytes(base64.b64decode(found.thumbhash or "")[:3], "little") >> shift & 63
            for found in (large, small)
        )
        assert abs(one - other) <= 1


def test_inks_become_colours() -> None:
    """Yellow and magenta ink, and no more, are red."""
    for options in ({}, {"icc_profile": profiles.press()}):
        body = pictures.encoded(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "jpeg", **options)
        found = inspection(body)
        shown = pictures.opened(result("encode:png", body).body).convert("RGB").getpixel((8, 8))
        assert found.mode == "CMYK"
        assert nearly(found.colors[0], shown)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("profile", "name"),
    [
        (profiles.display_p3(), "made in code"),
        (b"garbage", None),
        (profiles.grey(), "made in code"),
        (profiles.display_p3().replace(b"made in code", b"a\x1b[31m\0\xffcode"), "a [31m"),
    ],
)
def test_colour_profile_is_named(profile: bytes, name: str | None) -> None:
    """By what it calls itself, made plain; a broken one, or one for other colours, does no harm."""
    assert inspection(png(pictures.gradients(), icc_profile=profile)).icc_name == name


def test_colours_are_those_of_srgb() -> None:
    """What a wide gamut profile says of the numbers is heeded: they are what a browser shows."""
    body = png(Image.new("RGB", (16, 16), (200, 100, 50)), icc_profile=profiles.display_p3())
    shown = pictures.opened(result("encode:png", body).body).convert("RGB").getpixel((8, 8))
    (found,) = inspection(body).colors
    assert nearly(found, shown, levels=1)  # type: ignore[arg-type]
    assert not nearly(found, (200, 100, 50), levels=5)


def test_colours_of_a_drawing_are_exact() -> None:
    """However much it is shrunk, its areas keep their colours; those that are hidden do not count."""
    drawing = Image.new("RGBA", (900, 600), (255, 0, 0, 0))
    drawing.paste("#0055a4", (0, 0, 700, 300))
    drawing.paste("#e8b923", (0, 300, 500, 600))
    assert inspection(png(drawing)).colors == ("#0055a4", "#e8b923")


def test_wholly_transparent_picture_has_no_colours() -> None:
    """It has hashes, all the same."""
    found = inspection(png(Image.new("RGBA", (16, 12))))
    assert (found.colors, found.has_alpha) == ((), True)
    assert found.blurhash
    assert found.thumbhash


@pytest.mark.parametrize("size", [(1, 1), (3000, 1), (1, 3000), (65, 64)])
def test_any_shape_is_described(size: tuple[int, int]) -> None:
    """The thinnest picture keeps a pixel of its shorter side."""
    found = inspection(png(Image.new("RGB", size, "#123456")))
    assert (found.width, found.height, found.colors) == (*size, ("#123456",))


def test_same_bytes_are_told_the_same() -> None:
    """Nothing but the times depends on when or how often one asks."""
    for name in pictures.FORMATS:
        one, two = (inspection(pictures.sample(name, (16, 12)), extension=name) for _ in range(2))
        assert without_timings(one) == without_timings(two)
