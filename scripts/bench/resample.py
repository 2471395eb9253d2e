"""Compares ways to scale pictures: milliseconds on one core, and likeness to Lanczos over every pixel.

    python scripts/bench/resample.py [IMAGE …] [--shrink 2 4 8] [--json FILE]

Without images it makes one. Likeness is SSIM of the luma in blocks of eight pixels: 1 is the same picture. The
figures in ``workers/modules/resample.py`` come from here.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from PIL import Image, ImageMath
from PIL import __version__ as pillow_version
from PIL.Image import Resampling

from workers.modules.resample import scaled

SHRINKS = (0.5, 1.3, 2.0, 3.0, 3.25, 3.8, 4.5, 5.0, 6.0, 8.0, 12.0, 20.0, 64.0)
RUNS = 3
BLOCK_PX = 8
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2

Size = tuple[int, int]
Method = Callable[[Image.Image, Size], Image.Image]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One way to scale one picture by one factor."""

    image: str
    source: Size
    result: Size
    shrink: float
    method: str
    ms: float
    likeness: float


def reference(frame: Image.Image, size: Size) -> Image.Image:
    """Lanczos over every pixel of the source."""
    return frame.resize(size, Resampling.LANCZOS)


def pillow(frame: Image.Image, size: Size, *, resampling: Resampling, gap: float | None = None) -> Image.Image:
    """Scale with one of Pillow's filters, after averaging blocks where ``gap`` allows it."""
    return frame.resize(size, resampling, reducing_gap=gap)


METHODS: dict[str, Method] = {
    "lanczos": reference,
    "optimal": scaled,
    **{
        f"lanczos gap {gap}": partial(pillow, resampling=Resampling.LANCZOS, gap=gap)
        for gap in (1.5, 1.75, 2.0, 2.5, 3.0)
    },
    "bicubic": partial(pillow, resampling=Resampling.BICUBIC),
    "hamming": partial(pillow, resampling=Resampling.HAMMING),
    "box": partial(pillow, resampling=Resampling.BOX),
    "box by reduce": partial(pillow, resampling=Resampling.BOX, gap=1.0),
}


def with_libvips(methods: dict[str, Method]) -> dict[str, Method]:
    """Add libvips on one thread, where it is installed."""
    os.environ["VIPS_CONCURRENCY"] = "1"
    try:
        import pyvips
    except ImportError:
        return methods

    def libvips(frame: Image.Image, size: Size) -> Image.Image:
        source = pyvips.Image.new_from_memory(frame.tobytes(), *frame.size, len(frame.getbands()), "uchar")
        result = source.resize(size[0] / frame.width, vscale=size[1] / frame.height)
        data = result.write_to_memory()
        return Image.frombytes(frame.mode, (result.width, result.height), data).crop((0, 0, *size))

    return {**methods, "libvips": libvips}


def likeness(one: Image.Image, other: Image.Image) -> float:
    """Mean SSIM of the luma over blocks."""
    a, b = one.convert("L").convert("F"), other.convert("L").convert("F")
    block = max(1, min(BLOCK_PX, *one.size))

    def mean_product(first: Image.Image, second: Image.Image) -> Image.Image:
        product: Image.Image = ImageMath.lambda_eval(lambda v: v["x"] * v["y"], x=first, y=second)
        return product.reduce(block)

    similarity: Image.Image = ImageMath.lambda_eval(
        lambda v: (
            (2 * v["a"] * v["b"] + C1)
            * (2 * (v["ab"] - v["a"] * v["b"]) + C2)
            / (v["a"] * v["a"] + v["b"] * v["b"] + C1)
            / (v["aa"] - v["a"] * v["a"] + v["bb"] - v["b"] * v["b"] + C2)
        ),
        a=a.reduce(block),
        b=b.reduce(block),
        aa=mean_product(a, a),
        bb=mean_product(b, b),
        ab=mean_product(a, b),
    )
    mean: object = similarity.resize((1, 1), Resampling.BOX).getpixel((0, 0))
    if not isinstance(mean, float):
        raise TypeError(f"a similarity of {mean!r}")
    return mean


def timed(work: Callable[[], Image.Image]) -> tuple[float, Image.Image]:
    """Run it once: milliseconds, and what was made."""
    start_s = time.perf_counter()
    result = work()
    return (time.perf_counter() - start_s) * 1000, result


def fastest(work: Callable[[], Image.Image]) -> tuple[float, Image.Image]:
    """The best of a few runs."""
    return min((timed(work) for _ in range(RUNS)), key=lambda run: run[0])


def made_picture() -> Image.Image:
    """Noise whose power falls with its frequency, as in photographs; the same size every time, its grains not."""
    size = (1999, 1499)
    picture = Image.new("L", size, 128)
    for octave in range(8):
        grains = Image.effect_noise((size[0] >> octave or 1, size[1] >> octave or 1), 60)
        picture = Image.blend(picture, grains.resize(size, Resampling.BICUBIC), 0.35)
    return picture.convert("RGB")


def measure(name: str, frame: Image.Image, shrinks: list[float]) -> Iterator[Row]:
    """Scale one picture in every way by every factor."""
    methods = with_libvips(METHODS)
    for shrink in shrinks:
        size = (max(1, round(frame.width / shrink)), max(1, round(frame.height / shrink)))
        wanted = reference(frame, size)
        for method, work in methods.items():
            ms, result = fastest(partial(work, frame, size))
            yield Row(
                image=name,
                source=frame.size,
                result=size,
                shrink=shrink,
                method=method,
                ms=round(ms, 2),
                likeness=round(likeness(wanted, result), 4),
            )


def main() -> None:
    """Measure, print the table, write the file."""
    parser = argparse.ArgumentParser(description="Compare ways to scale pictures.")
    parser.add_argument("images", nargs="*", type=Path)
    parser.add_argument("--shrink", nargs="+", type=float, default=list(SHRINKS), help="factors to scale down by")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    arguments = parser.parse_args()
    pictures = {path.name: Image.open(path).convert("RGB") for path in arguments.images}
    rows = []
    print(f"{'image':24} {'source':>11} {'result':>11} {'shrink':>6}  {'method':16} {'ms':>8} {'likeness':>8}")
    for name, frame in (pictures or {"made": made_picture()}).items():
        for row in measure(name, frame, arguments.shrink):
            rows.append(asdict(row))
            source, result = ("×".join(map(str, size)) for size in (row.source, row.result))
            print(
                f"{row.image[:24]:24} {source:>11} {result:>11} {row.shrink:6}  {row.method:16} "
                f"{row.ms:8.2f} {row.likeness:8.4f}",
                flush=True,
            )
    if arguments.json:
        machine = {"machine": platform.machine(), "cpus": os.cpu_count(), "pillow": pillow_version}
        arguments.json.write_text(json.dumps({**machine, "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
