#!/usr/bin/env python3
"""What ``quality=auto`` and ``max_bytes`` choose: quality, bytes, likeness, and how many encodes it takes.

    python -m scripts.bench.qualities photo.jpg … [--side 720] [--json results.json] [--only jpeg,webp]

Each picture is first fitted into ``--side`` pixels (0: left as it is). The first table compares what
``quality=auto`` makes to quality 90; milliseconds are those of all encodes and comparisons, on one core.
Likeness is the measure of ``workers/similarity.py``, SSIM the plain mean. The second one asks for many different
``max_bytes``, from a tenth of what the default quality takes to twice as much: how many encodes it takes, and
how much of the bound is used.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import platform
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from PIL import Image, features

from scripts.bench.encoders import likeness as mean_ssim
from shared.errors import DoesNotFitError
from shared.formats import AVIF, BY_NAME, JP2, JPEG, WEBP, Format
from shared.operations import Encode
from workers.auto_quality import LIKENESS
from workers.encoding import encode
from workers.lossy_coding import AVIF_CODING, JP2_CODING, JPEG_CODING, WEBP_CODING, LossyCoding
from workers.output_control import at_quality
from workers.picture import Picture
from workers.similarity import Likeness

CODINGS: dict[Format, LossyCoding] = {
    JPEG: JPEG_CODING,
    WEBP: WEBP_CODING,
    AVIF: AVIF_CODING,
    JP2: JP2_CODING,
}
COMPARED_TO = 90
BOUNDS = tuple(10 * step for step in range(1, 21))
"""Per cent of what the default quality takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Auto:
    """What ``quality=auto`` made of one picture in one format."""

    picture: str
    format: str
    quality: int
    size_bytes: int
    of_quality_90: float
    likeness: float
    mean_ssim: float
    encodes: int
    ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounded:
    """What many ``max_bytes`` made of one picture in one format."""

    picture: str
    format: str
    encodes: dict[int, int]
    """How many of the bounds took so many encodes."""
    used: float
    """How much of the bound the result takes, on average."""
    refused: int
    ms: float


class CountingEncoder:
    """Encodes in one format, and remembers what came out, and how often."""

    def __init__(self, image_format: Format) -> None:
        self._format = image_format
        self.encodes = 0
        self.qualities: dict[bytes, int] = {}

    def __call__(self, picture: Picture, tail: Encode) -> bytes:
        """Return the picture as a file of the quality that is asked for."""
        self.encodes += 1
        body = encode(picture, self._format, Encode(quality=tail.quality)).body
        self.qualities[body] = CODINGS[self._format].quality(tail)
        return body

    def controlled(self, frame: Image.Image, tail: Encode) -> bytes:
        """Return the frame as the server would encode it."""
        coding = CODINGS[self._format]
        return at_quality(Picture(frames=(frame,)), tail, coding=coding, write=self, write_still=self)


def measure_auto(frame: Image.Image, image_format: Format, *, name: str) -> Auto:
    """Let the quality be chosen, and look at what comes out."""
    encoder = CountingEncoder(image_format)
    start_s = time.perf_counter()
    body = encoder.controlled(frame, Encode(quality="auto"))
    ms = (time.perf_counter() - start_s) * 1000
    encodes = encoder.encodes
    made = Image.open(io.BytesIO(body), formats=[CODINGS[image_format].pillow])
    return Auto(
        picture=name,
        format=image_format.name,
        quality=encoder.qualities[body],
        size_bytes=len(body),
        of_quality_90=round(len(body) / len(encoder.controlled(frame, Encode(quality=COMPARED_TO))), 3),
        likeness=round(Likeness(frame.convert("L")).of(made.convert("L")), 4),
        mean_ssim=round(mean_ssim(frame, made), 4),
        encodes=encodes,
        ms=round(ms, 1),
    )


def measure_bounds(frame: Image.Image, image_format: Format, *, name: str) -> Bounded:
    """Ask for many bounds."""
    usual_bytes = len(CountingEncoder(image_format).controlled(frame, Encode()))
    encodes: Counter[int] = Counter()
    used: list[float] = []
    start_s = time.perf_counter()
    for percent in BOUNDS:
        encoder = CountingEncoder(image_format)
        max_bytes = usual_bytes * percent // 100
        used.append(_share_used(encoder, frame, max_bytes=max_bytes))
        encodes[encoder.encodes] += 1
    fitting = [share for share in used if share]
    return Bounded(
        picture=name,
        format=image_format.name,
        encodes=dict(sorted(encodes.items())),
        used=round(sum(fitting) / max(1, len(fitting)), 3),
        refused=len(used) - len(fitting),
        ms=round((time.perf_counter() - start_s) * 1000 / len(BOUNDS), 1),
    )


def _share_used(encoder: CountingEncoder, frame: Image.Image, *, max_bytes: int) -> float:
    """How much of the bound the result takes; nought where nothing fits."""
    try:
        return len(encoder.controlled(frame, Encode(max_bytes=max_bytes))) / max_bytes
    except DoesNotFitError:
        return 0.0


def load(path: Path, *, side: int) -> Image.Image:
    """The picture as a server would encode it: RGB, fitted into a square."""
    with Image.open(path) as image:
        frame = image.convert("RGBA" if image.has_transparency_data else "RGB")
    if frame.mode == "RGBA":
        ground = Image.new("RGBA", frame.size, "white")
        frame = Image.alpha_composite(ground, frame).convert("RGB")
    if side:
        frame.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=None)
    frame.info.clear()
    return frame


def print_autos(rows: Sequence[Auto]) -> None:
    """Print the first table."""
    print(f"\nquality=auto: likeness {LIKENESS}")
    print(f"  {'picture':24} {'format':6}   q    bytes of q90 likeness   SSIM encodes    ms")
    for row in rows:
        print(
            f"  {row.picture[:24]:24} {row.format:6} {row.quality:3} {row.size_bytes:8} {row.of_quality_90:6.2f} "
            f"{row.likeness:8.4f} {row.mean_ssim:6.4f} {row.encodes:7} {row.ms:5.0f}"
        )


def print_bounds(rows: Sequence[Bounded]) -> None:
    """Print the second table."""
    print(f"\nmax_bytes: {len(BOUNDS)} bounds each")
    for row in rows:
        counts = ", ".join(f"{count}× {encodes}" for encodes, count in row.encodes.items())
        print(
            f"  {row.picture[:24]:24} {row.format:6} encodes: {counts:32} "
            f"used {row.used:.1%}, refused {row.refused}, {row.ms:.0f} ms"
        )


def main(arguments: list[str]) -> int:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images", nargs="+", type=Path)
    parser.add_argument("--side", type=int, default=720, help="fit pictures into this many pixels a side; 0: not")
    parser.add_argument("--only", default="jpeg,webp,avif", help="formats, separated by commas")
    parser.add_argument("--json", type=Path, help="write the measurements here as well")
    given = parser.parse_args(arguments)
    formats = [BY_NAME[word.strip()] for word in given.only.split(",")]
    codecs = ", ".join(f"{name} {features.version(name)}" for name in ("pil", "jpg", "webp", "avif"))
    print(f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, {codecs}")
    frames = {path.name: load(path, side=given.side) for path in given.images}
    autos = [measure_auto(frame, known, name=name) for name, frame in frames.items() for known in formats]
    print_autos(autos)
    bounds = [measure_bounds(frame, known, name=name) for name, frame in frames.items() for known in formats]
    print_bounds(bounds)
    if given.json:
        found = {"auto": [asdict(row) for row in autos], "max_bytes": [asdict(row) for row in bounds]}
        given.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
