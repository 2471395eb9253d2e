"""Colours: every mode and profile ends as sRGB, and libvips sees the same."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import pyvips
from PIL import Image, ImageChops, ImageCms

from tests import pictures, profiles
from tests.workers.jobs import result
from workers import icc

# libvips converts with the same library, but computes in floats and rounds once.
_VIPS_LEVELS = 1.0


def _png(picture: Image.Image, profile: bytes | None = None) -> bytes:
    return pictures.encoded(picture, "png", **({"icc_profile": profile} if profile else {}))


def _made(body: bytes, plan: str = "encode:png") -> Image.Image:
    made = pictures.opened(result(plan, body).body)
    # Few colours are written as a palette.
    return made.convert("RGB") if made.mode == "P" else made


def _by_vips(body: bytes) -> Image.Image:
    image = pyvips.Image.new_from_buffer(body, "").icc_transform(
        "srgb", intent="relative", black_point_compensation=True
    )
    return Image.frombytes("RGB", (image.width, image.height), image.write_to_memory())


@pytest.mark.parametrize("profile", [profiles.adobe_rgb, profiles.display_p3])
def test_a_wide_gamut_picture_gets_srgb_colours(profile: Callable[[], bytes]) -> None:
    """The embedded profile is applied, as libvips applies it, and then dropped."""
    body = _png(pictures.gradients(), profile())
    made = _made(body)
    assert pictures.distance(made, pictures.gradients()) > 5
    assert pictures.distance(made, _by_vips(body)) < _VIPS_LEVELS
    assert "icc_profile" not in made.info


def test_alpha_is_no_colour() -> None:
    """A profile changes colours only."""
    made = _made(_png(pictures.gradients("RGBA"), profiles.adobe_rgb()))
    assert pictures.distance(made.getchannel("A"), pictures.gradients("RGBA").getchannel("A")) == 0
    assert pictures.distance(made.convert("RGB"), pictures.gradients()) > 5


def test_srgb_by_any_name_is_left_as_it_is() -> None:
    """A profile that says what is assumed anyway changes no pixel."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert icc.to_srgb(profile, "RGB") is None
    assert pictures.distance(_made(_png(pictures.gradients(), profile)), pictures.gradients()) == 0


@pytest.mark.parametrize(("mode", "profile"), [("L", profiles.grey), ("LA", profiles.grey)])
def test_grey_of_another_gamma_stays_grey(mode: str, profile: Callable[[], bytes]) -> None:
    """One table for the one channel; alpha is left alone."""
    made = _made(_png(pictures.gradients(mode), profile()))
    assert made.mode == mode
    levels = [round(255 * colour_of((level / 255) ** 1.8)) for level in range(256)]
    wanted = pictures.gradients("L").point(levels)
    assert pictures.distance(made.getchannel(0), wanted) < 1
    if mode == "LA":
        assert pictures.distance(made.getchannel("A"), pictures.gradients("LA").getchannel("A")) == 0


def test_deep_grey_with_alpha_follows_its_profile() -> None:
    """Sixteen bits of grey and alpha in eight: still grey, in the colours that its profile says."""
    pixels = pyvips.Image.new_from_array(np.asarray(pictures.gradients("LA")).astype(np.uint16) * 257)
    plain = pixels.copy(interpretation="grey16").write_to_buffer(".png")
    deep = plain[:33] + pictures.png_chunk(b"iCCP", b"grey\0\0" + zlib.compress(profiles.grey())) + plain[33:]
    made = _made(deep, "encode:tga")
    shallow = _made(_png(pictures.gradients("LA"), profiles.grey()), "encode:tga")
    assert made.mode == "LA"
    assert pictures.distance(made, shallow) < 0.1


def colour_of(light: float) -> float:
    """The sRGB transfer function."""
    return 12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055


def test_inks_with_a_profile_become_what_the_profile_says() -> None:
    """A CMYK picture goes through its table, as it does in libvips."""
    body = pictures.encoded(pictures.gradients("CMYK"), "tiff", icc_profile=profiles.press())
    assert pictures.distance(_made(body), _by_vips(body)) < _VIPS_LEVELS


@pytest.mark.parametrize("name", ["tiff", "jpeg"])
def test_inks_without_a_profile_are_not_inverted(name: str) -> None:
    """Paper is white, whether the file is Adobe's inverted JPEG or a TIFF."""
    inks = Image.new("CMYK", pictures.SIZE, (0, 0, 0, 0))
    inks.paste((0, 255, 255, 0), (0, 0, 32, 48))
    made = _made(pictures.encoded(inks, name))
    red, paper = made.getpixel((8, 24)), made.getpixel((56, 24))
    assert paper == (255, 255, 255)
    assert isinstance(red, tuple)
    assert red[0] > 200
    assert max(red[1:]) < 60


def test_inks_of_a_jpeg_that_is_not_adobe_s_are_as_they_are_written() -> None:
    """Only Adobe's marker says that inks are inverted."""
    body = pictures.encoded(Image.new("CMYK", pictures.SIZE, (255, 255, 255, 255)), "jpeg")
    at = body.index(b"Adobe") - 4
    unmarked = body[:at] + body[at + 16 :]
    assert _made(body).getpixel((8, 8)) == (0, 0, 0)
    assert _made(unmarked).getpixel((8, 8)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("mode", "profile"),
    [("RGB", profiles.grey), ("RGB", profiles.press), ("CMYK", profiles.adobe_rgb), ("L", profiles.press)],
)
def test_a_profile_of_other_colours_is_ignored(mode: str, profile: Callable[[], bytes]) -> None:
    """A profile that cannot belong to the picture says nothing about it."""
    with_profile = pictures.encoded(pictures.gradients(mode), "tiff", icc_profile=profile())
    without = pictures.encoded(pictures.gradients(mode), "tiff")
    assert pictures.distance(_made(with_profile), _made(without)) == 0


def test_grey_with_a_colour_profile_follows_its_curve() -> None:
    """Photographs in grey often carry the camera's RGB profile."""
    made = _made(_png(pictures.gradients("L"), profiles.display_p3()))
    assert made.mode == "L"
    assert 0 < pictures.distance(made, pictures.gradients("L")) < 5


@pytest.mark.parametrize("cut", [0, 3, 100, 300])
def test_a_broken_profile_is_ignored(cut: int) -> None:
    """It is not the picture that is broken."""
    body = _png(pictures.gradients(), profiles.adobe_rgb()[:cut] + b"x")
    assert pictures.distance(_made(body), pictures.gradients()) == 0


def test_lab_needs_no_profile() -> None:
    """CIE L*a*b* says itself which colours it means."""
    lab = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
    picture = ImageCms.applyTransform(pictures.gradients(), lab)
    assert picture is not None
    assert pictures.distance(_made(pictures.encoded(picture, "tiff")), pictures.gradients()) < 3


@pytest.mark.parametrize("name", ["png", "tiff"])
def test_sixteen_bits_are_rounded_and_not_cut_off(name: str) -> None:
    """The deep gradient's eight bits are those of the shallow one."""
    width, _ = pictures.SIZE
    made = _made(pictures.encoded(pictures.deep_gradient(), name), "encode:tga")
    assert made.mode == "L"
    row = [made.getpixel((x, 0)) for x in range(width)]
    assert row == [(65_535 * x // (width - 1) + 128) // 257 for x in range(width)]


def test_deep_pgm_is_read() -> None:
    """Sixteen-bit PGM, rounded to eight."""
    width, height = pictures.SIZE
    row = b"".join((65_535 * x // (width - 1)).to_bytes(2, "big") for x in range(width))
    made = _made(b"P5\n%d %d\n65535\n" % (width, height) + row * height, "encode:tga")
    assert (made.getpixel((0, 0)), made.getpixel((width - 1, 0))) == (0, 255)


def test_floats_are_linear_light() -> None:
    """Half of the light is 188 of 255."""
    picture = Image.new("F", (4, 1))
    picture.putdata([0.0, 0.25, 0.5, 1.0])
    assert list(_made(pictures.encoded(picture, "tiff"), "encode:tga").tobytes()) == [0, 137, 188, 255]


@pytest.mark.parametrize("mode", ["1", "L", "I;16", "RGB"])
def test_a_single_transparent_colour_becomes_alpha(mode: str) -> None:
    """PNG's tRNS chunk names a colour that is not there."""
    hole: Any = {"1": 0, "L": 7, "I;16": 301, "RGB": (1, 2, 3)}[mode]
    if mode == "I;16":
        picture = Image.frombytes(mode, (8, 8), (b"\x2d\x01" * 4 + b"\x2c\x01" * 4) * 8)
    else:
        picture = Image.new(mode, (8, 8), "white")
        picture.paste(hole, (0, 0, 4, 8))
    made = _made(pictures.encoded(picture, "png", transparency=hole)).convert("RGBA").getchannel("A")
    assert (made.getpixel((1, 1)), made.getpixel((6, 6))) == (0, 255)


@pytest.mark.parametrize("name", ["png", "gif"])
def test_a_palette_s_transparency_becomes_alpha(name: str) -> None:
    """The left half is a hole."""
    alpha = _made(pictures.encoded(pictures.palette_with_hole(), name)).getchannel("A")
    assert (alpha.getpixel((8, 8)), alpha.getpixel((56, 8))) == (0, 255)


def test_geometry_before_colour_gives_the_same_picture() -> None:
    """Converting after resizing is cheaper, and no different."""
    body = pictures.encoded(pictures.gradients(size=(256, 192)), "png", icc_profile=profiles.display_p3())
    early = _made(body, "crop:box=16,16,200,150;resize:width=64;encode:png")
    converted = _png(_made(body))
    late = _made(converted, "crop:box=16,16,200,150;resize:width=64;encode:png")
    assert pictures.distance(early, late) < 1


def test_kept_profiles_keep_their_pixels() -> None:
    """With keep=icc the profile stays, and so the pixels that it describes."""
    profile = profiles.adobe_rgb()
    made = _made(_png(pictures.gradients(), profile), "encode:png:keep=icc")
    assert made.info["icc_profile"] == profile
    assert pictures.distance(made, pictures.gradients()) == 0


@pytest.mark.parametrize("name", ["jpeg", "png", "webp", "avif", "tiff"])
def test_every_format_that_can_carries_the_profile(name: str) -> None:
    """What comes out says what its pixels mean."""
    made = _made(_png(pictures.gradients(), profiles.adobe_rgb()), f"encode:{name}:keep=icc")
    assert made.info["icc_profile"] == profiles.adobe_rgb()


@pytest.mark.parametrize("name", ["gif", "bmp", "tga", "qoi"])
def test_formats_that_carry_no_profile_get_srgb(name: str) -> None:
    """What cannot be said must not be needed."""
    body = _png(pictures.gradients(), profiles.adobe_rgb())
    made = _made(body, f"encode:{name}:keep=icc").convert("RGB")
    assert pictures.distance(made, _made(body)) < 6


def test_a_profile_of_inks_is_not_kept_on_colours_of_light() -> None:
    """CMYK becomes sRGB, whatever is to be kept."""
    body = pictures.encoded(pictures.gradients("CMYK"), "tiff", icc_profile=profiles.press())
    made = _made(body, "encode:png:keep=icc")
    assert "icc_profile" not in made.info
    assert pictures.distance(made, _made(body)) == 0


def test_grey_pixels_under_a_kept_colour_profile_get_three_channels() -> None:
    """An RGB profile on one channel is what viewers refuse."""
    made = _made(_png(pictures.gradients(), profiles.adobe_rgb()), "grayscale:on=1;encode:png:keep=icc")
    assert (made.mode, made.info["icc_profile"]) == ("RGB", profiles.adobe_rgb())


def test_profiles_are_parsed_once() -> None:
    """The same profile again gives the same, already built conversion."""
    assert icc.to_srgb(profiles.adobe_rgb(), "RGB") is icc.to_srgb(bytes(bytearray(profiles.adobe_rgb())), "RGB")


def test_the_test_profiles_are_what_they_claim() -> None:
    """A pure green of Adobe RGB lies outside sRGB; its reds are sRGB's."""
    convert = icc.to_srgb(profiles.adobe_rgb(), "RGB")
    assert convert is not None
    assert convert(Image.new("RGB", (1, 1), (0, 255, 0))).getpixel((0, 0)) == (0, 255, 0)
    difference = ImageChops.difference(
        convert(Image.new("RGB", (1, 1), (255, 0, 0))), Image.new("RGB", (1, 1), "red")
    )
    assert max(difference.tobytes()) <= 2
    assert Image.open(io.BytesIO(_png(pictures.gradients(), profiles.press()))).info["icc_profile"]
