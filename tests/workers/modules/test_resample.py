"""Resampling, against libvips, against sums written out, and against the memory it may take."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest
from PIL import Image
from PIL.Image import Resampling

from shared.operations import FILTERS
from tests.workers.modules.pictures import (
    MODES,
    Size,
    distance,
    from_vips,
    texture,
    to_vips,
)
from workers.geometry import Region
from workers.modules.resample import scaled

VIPS_KERNELS = {"triangle": "linear", "catmullrom": "cubic", "lanczos": "lanczos3"}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("filter_name", [*VIPS_KERNELS, "optimal"])
@pytest.mark.parametrize("size", [(80, 60), (57, 43), (20, 15)], ids=str)
def test_shrinking_agrees_with_libvips(mode: str, filter_name: str, size: Size) -> None:
    """Mean distance below one step of 255."""
    frame = texture(mode)
    source = to_vips(frame)
    if mode.endswith("A"):
        source = source.premultiply(max_alpha=255)
    kernel = VIPS_KERNELS.get(filter_name, "lanczos3")
    expected = source.resize(size[0] / 160, vscale=size[1] / 120, kernel=kernel, gap=0)
    if mode.endswith("A"):
        expected = expected.unpremultiply(max_alpha=255)
    assert distance(scaled(frame, size, filter_name=filter_name), from_vips(expected, mode)) < 1


@pytest.mark.parametrize("size", [(40, 30), (27, 19), (8, 6), (120, 90), (81, 12)], ids=str)
def test_gaussian_is_the_sum_it_claims_to_be(size: Size) -> None:
    """Its deviation is half a pixel of the coarser grid, along each axis; mean distance below 1.1 of 255."""
    frame = texture("L", (80, 60))
    assert distance(scaled(frame, size, filter_name="gaussian"), gaussian_sum(frame, size)) < 1.1


def gaussian_sum(frame: Image.Image, size: Size) -> Image.Image:
    """Weighted means, written out: along the rows, then along the columns."""
    data = frame.tobytes()
    rows = [list(map(float, data[start : start + frame.width])) for start in range(0, len(data), frame.width)]
    shrunk = transposed([weighted_means(row, size[0]) for row in rows])
    columns = transposed([weighted_means(column, size[1]) for column in shrunk])
    return Image.frombytes("L", size, bytes(math.floor(value + 0.5) for row in columns for value in row))


def transposed(rows: list[list[float]]) -> list[list[float]]:
    """Columns for rows."""
    return [list(column) for column in zip(*rows, strict=True)]


def weighted_means(values: list[float], count: int) -> list[float]:
    """One mean around the centre of each of ``count`` new pixels."""
    step = len(values) / count
    sigma = 0.5 * max(1.0, step)
    means = []
    for index in range(count):
        centre = (index + 0.5) * step - 0.5
        weights = [math.exp(-((at - centre) ** 2) / (2 * sigma**2)) for at in range(len(values))]
        total = sum(weight * value for weight, value in zip(weights, values, strict=True))
        means.append(total / sum(weights))
    return means


@pytest.mark.parametrize("filter_name", FILTERS)
@pytest.mark.parametrize("size", [(16, 16), (100, 100), (100, 16)], ids=str)
def test_transparent_pixels_have_no_colour_to_bleed(filter_name: str, size: Size) -> None:
    """Blue beside transparent red stays blue wherever it can be seen."""
    frame = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    frame.paste((0, 0, 255, 255), (0, 0, 33, 64))
    result = scaled(frame, size, filter_name=filter_name)
    red, _, blue, alpha = result.split()
    assert max(r for r, a in zip(red.tobytes(), alpha.tobytes(), strict=True) if a) == 0
    assert min(b for b, a in zip(blue.tobytes(), alpha.tobytes(), strict=True) if a > 32) >= 248


@pytest.mark.parametrize("filter_name", FILTERS)
def test_opaque_alpha_changes_nothing(filter_name: str) -> None:
    """With alpha 255 everywhere the colours become what they become without alpha, and alpha stays."""
    frame = texture("RGB")
    result = scaled(frame.convert("RGBA"), (70, 50), filter_name=filter_name)
    assert result.getchannel("A").getextrema() == (255, 255)
    assert result.convert("RGB").tobytes() == scaled(frame, (70, 50), filter_name=filter_name).tobytes()


def test_nearest_makes_no_new_colours() -> None:
    """Enlarged twice, every pixel stands four times."""
    frame = texture(size=(16, 16))
    enlarged = scaled(frame, (32, 32), filter_name="nearest")
    assert enlarged.reduce(2).tobytes() == frame.tobytes()
    assert enlarged.crop((0, 0, 2, 1)).getcolors() == [(2, frame.getpixel((0, 0)))]


@pytest.mark.parametrize("size", [(700, 525), (424, 318), (300, 225), (211, 158), (100, 75), (16, 12)], ids=str)
def test_optimal_stays_near_full_lanczos(size: Size) -> None:
    """At every factor it may choose another way, and none of them strays by more than two steps of 255."""
    frame = texture(size=(1400, 1050))
    assert distance(scaled(frame, size), frame.resize(size, Resampling.LANCZOS)) < 2


def test_optimal_gives_small_sources_every_pixel() -> None:
    """Icons and sprites are scaled by Lanczos over every pixel."""
    frame = texture(size=(320, 240))
    for size in ((160, 120), (32, 24), (16, 12)):
        assert scaled(frame, size).tobytes() == frame.resize(size, Resampling.LANCZOS).tobytes()


@pytest.mark.parametrize("filter_name", FILTERS)
def test_region_is_scaled_as_if_cut_out(filter_name: str) -> None:
    """Only the region is seen; beyond its edge filters may look at its neighbours."""
    frame = texture("RGBA", (320, 240))
    region = Region(80, 60, 240, 180)
    cut = scaled(frame.crop((80, 60, 240, 180)), (40, 30), filter_name=filter_name)
    inner = (3, 3, 37, 27)
    result = scaled(frame, (40, 30), filter_name=filter_name, region=region)
    assert distance(result.crop(inner), cut.crop(inner)) < 0.5


@pytest.mark.parametrize("mode", ["I;16", "I", "F", "CMYK"])
def test_optimal_scales_large_unconverted_frames(mode: str) -> None:
    """Where blocks cannot be averaged first, the filter goes over every pixel."""
    frame = Image.new(mode, (800, 600), 40_000 if mode != "CMYK" else (1, 2, 3, 4))
    result = scaled(frame, (100, 75))
    assert (result.mode, result.getpixel((50, 50))) == (mode, frame.getpixel((0, 0)))


MEMORY_PROBE = """
import resource
from PIL import Image
from workers.modules.resample import scaled
from workers.geometry import Region
resource.setrlimit(resource.RLIMIT_AS, (400 << 20, 400 << 20))
for name in ("triangle", "catmullrom", "lanczos", "gaussian", "optimal", "nearest"):
    for mode in ("RGB", "RGBA"):
        tall, flat = Image.new(mode, (20, 60000), "red"), Image.new(mode, (60000, 20), "red")
        made = [
            scaled(tall, (8000, 8), filter_name=name),
            scaled(flat, (8, 8000), filter_name=name),
            scaled(tall, (900, 900), filter_name=name, region=Region(0, 5000.5, 20, 5020.5)),
        ]
        for image in made:
            red = {image.getpixel((0, 0)), image.getpixel((image.width - 1, image.height - 1))}
            assert red == {tall.getpixel((0, 0))}, (name, mode, red)
print("done")
"""


def test_no_intermediate_is_larger_than_source_and_result() -> None:
    """20×60000 to 8000×8 takes neither 8000×60000 pixels nor any memory near that: 400 MiB hold the process."""
    probe = subprocess.run([sys.executable, "-c", MEMORY_PROBE], capture_output=True, text=True, check=False)
    assert probe.stdout == "done\n", probe.stderr
