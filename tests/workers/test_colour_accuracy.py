"""How right colours are: mean ΔE (CIE 1976) to what libvips and littleCMS make of the same files, below 1 each.

``pytest -s`` prints the table. Both references convert relatively, with black point compensation. libvips reads
the file itself and computes in floating point; littleCMS gets the pixels from before they were written.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pytest
import pyvips
from PIL import Image, ImageCms

from tests import pictures, profiles
from tests.delta_e import differences
from tests.workers.jobs import result
from tests.workers.second_reader import read
from tests.workers.source_kinds import picture

MEAN_BOUND = 1.0
_RELATIVE = ImageCms.Intent.RELATIVE_COLORIMETRIC
_BPC = ImageCms.Flags.BLACKPOINTCOMPENSATION
_AS_READ = {"jpeg", "avif", "webp"}
"""Formats whose coding changes pixels: littleCMS gets what was read of them."""

Profile = Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Case:
    """A file, and what each reference makes of it, opaque; None where libvips means something else by the file."""

    name: str
    body: bytes
    by_vips: Image.Image | None
    by_lcms: Image.Image

    def __str__(self) -> str:
        return self.name


def vips_image(body: bytes) -> pyvips.Image:
    """The file, opened by libvips."""
    return pyvips.Image.new_from_buffer(body, "")


def of_vips(image: pyvips.Image) -> Image.Image:
    """What libvips made, as a picture of eight bits."""
    eight = image.cast("uchar")
    mode = {1: "L", 3: "RGB"}[eight.bands]
    return Image.frombytes(mode, (eight.width, eight.height), eight.write_to_memory()).convert("RGB")


def by_vips(body: bytes) -> Image.Image:
    """The file's colours through its profile; its alpha is dropped."""
    image = vips_image(body)
    image = image[: image.bands - 1] if image.hasalpha() else image
    converted = image.icc_transform("srgb", intent="relative", black_point_compensation=True, depth=8)
    return of_vips(converted)


def by_lcms(pixels: Image.Image, profile: bytes) -> Image.Image:
    """The pixels through the profile."""
    source, target = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
    transform = ImageCms.buildTransform(source, target, pixels.mode, "RGB", renderingIntent=_RELATIVE, flags=_BPC)
    converted = ImageCms.applyTransform(pixels, transform)
    assert converted is not None
    return converted


def described(name: str, mode: str, profile: Profile, label: str) -> Case:
    """A picture of the mode in a file of the format, with the profile."""
    made, _ = picture(mode)
    body = pictures.encoded(made, name, icc_profile=profile(), **({"lossless": True} if name == "webp" else {}))
    pixels = made if name not in _AS_READ else pictures.opened(body)
    plain = {"P": "RGB", "RGBA": "RGB", "LA": "L"}.get(pixels.mode, pixels.mode)
    return Case(f"{label}, {mode} in {name}", body, by_vips(body), by_lcms(pixels.convert(plain), profile()))


def cases() -> Iterator[Case]:
    """Every file that the table is about."""
    for label, profile in (("Adobe RGB", profiles.adobe_rgb), ("Display P3", profiles.display_p3)):
        for name in ("png", "jpeg", "webp", "avif", "tiff"):
            yield described(name, "RGB", profile, label)
        yield described("png", "P", profile, label)
        yield described("png", "RGBA", profile, label)
        yield _deep(profile, label)
    yield described("jpeg", "CMYK", profiles.press, "press, Adobe's inverted")
    yield _inks_as_they_are()
    yield described("tiff", "CMYK", profiles.press, "press")
    for gamma in (1.0, 1.8, 2.2):
        for name, mode in (("png", "L"), ("png", "LA"), ("jpeg", "L"), ("tiff", "L")):
            yield described(name, mode, lambda gamma=gamma: profiles.grey(gamma), f"grey of gamma {gamma}")  # type: ignore[misc]
    yield from _lab()


def _deep(profile: Profile, label: str) -> Case:
    samples = np.asarray(pictures.gradients("RGB")).astype(np.uint16) * 257
    image = pyvips.Image.new_from_array(samples).copy(interpretation="rgb16")
    image.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile())
    body = image.write_to_buffer(".png")
    return Case(f"{label}, RGB16 in png", body, by_vips(body), by_lcms(pictures.gradients("RGB"), profile()))


def _inks_as_they_are() -> Case:
    """A JPEG without Adobe's marker: four channels that nobody has inverted. libvips inverts them all the same."""
    made, _ = picture("CMYK")
    marked = pictures.encoded(Image.eval(made, lambda ink: 255 - ink), "jpeg", icc_profile=profiles.press())
    at = marked.index(b"Adobe") - 4
    body = marked[:at] + marked[at + 16 :]
    return Case("press, not inverted, CMYK in jpeg", body, None, by_lcms(made, profiles.press()))


def _lab() -> Iterator[Case]:
    made, shows = picture("LAB")
    # Of eight bits in TIFF libvips reads its own files no more: it gets the numbers.
    signed = np.asarray(made).view(np.int8).astype(np.float32)
    numbers = np.dstack((np.asarray(made)[..., 0] * np.float32(100 / 255), signed[..., 1:]))
    lab = (
        pyvips.Image.new_from_array(numbers)
        .copy(interpretation="lab")
        .icc_export(output_profile="srgb", intent="relative", pcs="lab")
    )
    yield Case("CIE L*a*b*, LAB in tiff", pictures.encoded(made, "tiff"), of_vips(lab), shows)


@pytest.mark.parametrize("case", list(cases()), ids=str)
def test_colours_are_those_of_libvips_and_of_littlecms(case: Case) -> None:
    """Mean ΔE below 1 to either."""
    made = read(result("encode:png", case.body).body, "png").picture.convert("RGB")
    to_vips = differences(made, case.by_vips or case.by_lcms)
    to_lcms = differences(made, case.by_lcms)
    print(row(case.name, to_vips.mean(), to_vips.max(), to_lcms.mean(), to_lcms.max()))
    assert to_vips.mean() < MEAN_BOUND
    assert to_lcms.mean() < MEAN_BOUND


def row(name: str, *figures: float) -> str:
    """A line of the table: mean and largest ΔE to libvips, then to littleCMS or the formula."""
    return f"\n{name:45}" + "".join(f"{figure:8.2f}" for figure in figures)


@pytest.mark.parametrize(
    ("name", "orientation"), list(itertools.product(("jpeg", "png", "webp", "tiff", "avif"), range(1, 9)))
)
def test_turning_upright_changes_no_colour(name: str, orientation: int) -> None:
    """Mean ΔE below 1 to the picture as it was meant, for each orientation in each format that says it."""
    body = pictures.oriented(orientation, name)
    made = read(result("encode:png", body).body, "png").picture
    apart = differences(made, pictures.gradients())
    vips = differences(made, of_vips(vips_image(body).autorot()))
    print(row(f"orientation {orientation} in {name}", vips.mean(), vips.max(), apart.mean(), apart.max()))
    assert apart.mean() < MEAN_BOUND
    assert vips.mean() < MEAN_BOUND


@pytest.mark.parametrize("name", ["jpeg", "tiff"])
def test_inks_without_a_profile_are_what_browsers_make_of_them(name: str) -> None:
    """Mean ΔE below 1 to the plain formula, (1 − ink)(1 − black): nobody knows the press."""
    made, _ = picture("CMYK")
    inks = 1 - np.asarray(made).astype(np.float64) / 255
    formula = Image.fromarray(np.rint(255 * inks[..., :3] * inks[..., 3:]).astype(np.uint8))
    shown = read(result("encode:png", pictures.encoded(made, name)).body, "png").picture
    apart = differences(shown, formula)
    print(row(f"inks without a profile in {name}", np.nan, np.nan, apart.mean(), apart.max()))
    assert apart.mean() < MEAN_BOUND
