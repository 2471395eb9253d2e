"""Whole jobs against libvips: operations that both have make the same colours, to within a mean ΔE that is stated.

Where libvips has no operation of the kind, it is made of its arithmetic. Smooth blobs in every channel are worked
on, alpha among them where there is one; results are PNGs.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
import pyvips
from PIL import Image

from shared.messages import Source
from tests import pictures
from tests.delta_e import mean_delta_e
from tests.workers.jobs import job
from tests.workers.modules.pictures import from_vips, texture, to_vips
from tests.workers.second_reader import read
from workers.job import run

_LUMA = [0.299, 0.587, 0.114]
_LOGO_SIZE = (40, 30)
Vips = Any
"""An image of libvips', which has no types."""


@dataclass(frozen=True, slots=True)
class Case:
    """What a plan asks for, how libvips does it, and the mean ΔE that may lie between."""

    plan: str
    by_vips: Callable[[Vips], Vips]
    bound: float
    mode: str = "RGB"

    def __str__(self) -> str:
        return f"{self.plan} of {self.mode}, mean ΔE at most {self.bound}"


@cache
def logo() -> Image.Image:
    """What is laid upon others: soft at its edges."""
    return texture("RGBA", _LOGO_SIZE, seed=5)


def _resized(width: int, height: int, kernel: str) -> Callable[[Vips], Vips]:
    return lambda image: _in_straight(
        image, lambda it: it.resize(width / it.width, vscale=height / it.height, kernel=kernel)
    )


def _enlarged(width: int, height: int, interpolation: str) -> Callable[[Vips], Vips]:
    """Each pixel an area, not a point: of the corners the outer edges stay where they are."""

    def enlarged(image: Vips) -> Vips:
        across, down = width / image.width, height / image.height
        return image.affine(
            [across, 0, 0, down],
            interpolate=pyvips.Interpolate.new(interpolation),
            oarea=[0, 0, width, height],
            odx=(across - 1) / 2,
            ody=(down - 1) / 2,
            extend="copy",
        )

    return lambda image: _in_straight(image, enlarged)


def _in_straight(image: Vips, change: Callable[[Vips], Vips]) -> Vips:
    """Do something with colours multiplied by alpha, where there is one."""
    if not image.hasalpha():
        return change(image)
    return change(image.premultiply()).unpremultiply()


def _turned(angle: float) -> Callable[[Vips], Vips]:
    """About the centre onto a black canvas; libvips counts from the centre of the first pixel."""
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))

    def turned(image: Vips) -> Vips:
        width = math.ceil(round(image.width * abs(cos) + image.height * abs(sin), 6))
        height = math.ceil(round(image.width * abs(sin) + image.height * abs(cos), 6))
        x, y = (image.width - 1) / 2, (image.height - 1) / 2
        return image.affine(
            [cos, -sin, sin, cos],
            interpolate=pyvips.Interpolate.new("bicubic"),
            oarea=[0, 0, width, height],
            odx=(width - 1) / 2 - cos * x + sin * y,
            ody=(height - 1) / 2 - sin * x - cos * y,
            background=[0, 0, 0],
            extend="background",
        )

    return turned


def _blurred(sigma: float) -> Callable[[Vips], Vips]:
    return lambda image: _in_straight(image, lambda it: it.gaussblur(sigma, precision="float", min_ampl=0.001))


def _unsharp(image: Vips) -> Vips:
    return image + (image - image.gaussblur(2, precision="float", min_ampl=0.001)) * 1.5


def _linear(factor: float, offset: float) -> Callable[[Vips], Vips]:
    return lambda image: image.linear(factor, offset)


def _saturated(strength: float) -> list[list[float]]:
    rest = [(1 - strength) * luma for luma in _LUMA]
    return [[rest[column] + strength * (row == column) for column in range(3)] for row in range(3)]


def _hue_of_half_a_turn() -> list[list[float]]:
    """Filter Effects Module Level 1, hueRotate, for 180 degrees."""
    luminance = (0.213, 0.715, 0.072)
    return [[2 * luminance[column] - (row == column) for column in range(3)] for row in range(3)]


def _padded(image: Vips) -> Vips:
    return image.embed(4, 1, image.width + 6, image.height + 4, extend="background", background=[255, 0, 0])


def _watermarked(image: Vips) -> Vips:
    mark, at = to_vips(logo()), (image.width - _LOGO_SIZE[0] - 5, image.height - _LOGO_SIZE[1] - 5)
    made = image.composite2(mark, "over", x=at[0], y=at[1], compositing_space="srgb")
    return made if image.hasalpha() else made.flatten()


def _inverted(image: Vips) -> Vips:
    return image[:3].invert().bandjoin(image[3]) if image.hasalpha() else image.invert()


_INTERPOLATIONS = {"triangle": "bilinear", "catmullrom": "bicubic", "optimal": "bicubic"}
_KERNELS = {"nearest": "nearest", "triangle": "linear", "catmullrom": "cubic", "lanczos": "lanczos3"}
CASES = [
    *(
        Case(f"resize:{width}:h={height}:fit=fill:filter={name}", _resized(width, height, kernel), 0.7, mode)
        for name, kernel in _KERNELS.items()
        for width, height in ((80, 60), (53, 24))
        for mode in ("RGB", "RGBA")
        if name != "nearest" or width == 80
    ),
    *(
        Case(
            f"resize:{width}:h={height}:fit=fill:filter={name}", _enlarged(width, height, interpolation), 0.7, mode
        )
        for name, interpolation in _INTERPOLATIONS.items()
        for width, height in ((320, 240), (201, 187))
        for mode in ("RGB", "RGBA")
    ),
    Case("resize:50:h=40:fit=fill", _resized(50, 40, "lanczos3"), 0.7),
    *(
        Case(
            f"resize:{width}:h={height}:fit=cover:filter=lanczos",
            lambda image, width=width, height=height: image.thumbnail_image(width, height=height, crop="centre"),  # type: ignore[misc]
            1.0,
        )
        for width, height in ((60, 60), (80, 30))
    ),
    *(Case("crop:7,11,40,33", lambda image: image.crop(7, 11, 40, 33), 0, mode) for mode in ("RGB", "RGBA", "L")),
    *(
        Case(f"rotate:{angle}", lambda image, angle=angle: image.rot(f"d{angle}"), 0, mode)  # type: ignore[misc]
        for angle in (90, 180, 270)
        for mode in ("RGB", "RGBA")
    ),
    *(Case(f"rotate:{angle}:bg=black", _turned(angle), 1.0) for angle in (45, 10, -100)),
    Case("flip:h", lambda image: image.fliphor(), 0, "RGBA"),
    Case("flip:v", lambda image: image.flipver(), 0, "RGBA"),
    *(
        Case(f"blur:{sigma}", _blurred(sigma), 1.6 if sigma == 8 else 0.8, mode)
        for sigma in (0.6, 2, 8)
        for mode in ("RGB", "RGBA")
    ),
    Case("unsharp:2:amount=150", _unsharp, 0.8),
    *(Case(f"gamma:{gamma}", lambda image, gamma=gamma: image.gamma(exponent=gamma), 0.5) for gamma in (0.5, 2.2)),  # type: ignore[misc]
    Case("invert", _inverted, 0),
    Case("invert", _inverted, 0, "RGBA"),
    Case("grayscale", lambda image: image.recomb([_LUMA]).copy(interpretation="b-w"), 0.3),
    *(Case(f"brightness:{amount}", _linear(1, amount), 0.1) for amount in (-60, 45)),
    *(
        Case(f"contrast:{amount}", _linear(factor, 127.5 * (1 - factor)), 0.3)
        for amount, factor in ((-50, 0.25), (40, 1.96))
    ),
    *(
        Case(f"saturation:{amount}", lambda image, amount=amount: image.recomb(_saturated(1 + amount / 100)), 0.4)  # type: ignore[misc]
        for amount in (-50, 60)
    ),
    Case("hue:180", lambda image: image.recomb(_hue_of_half_a_turn()), 0.4),
    Case("pad:1,2,3,4:bg=red", _padded, 0),
    Case("background:3366cc", lambda image: image.flatten(background=[0x33, 0x66, 0xCC]), 0.6, "RGBA"),
    *(Case("watermark:logo.png:margin=5", _watermarked, 0.3, mode) for mode in ("RGB", "RGBA")),
    Case("equalize", lambda image: image.hist_equal(), 1.0, "L"),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_operation_agrees_with_libvips(case: Case) -> None:
    """The same picture, to within the mean ΔE of the case."""
    frame = texture(case.mode)
    asked = job(f"{case.plan};encode:png", pictures.encoded(frame, "png"))
    overlays = {"logo.png": Source(data=pictures.encoded(logo(), "png"))}
    made = read(run(dataclasses.replace(asked, overlays=overlays)).body, "png").picture
    wanted = case.by_vips(to_vips(frame))
    wanted = (wanted > 255).ifthenelse(255, (wanted < 0).ifthenelse(0, wanted))
    assert mean_delta_e(made, from_vips(wanted, made.mode)) <= case.bound
