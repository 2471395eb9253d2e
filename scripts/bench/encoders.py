#!/usr/bin/env python3
"""What each encoder setting costs and gives: milliseconds, bytes, and likeness to the picture that was encoded.

    python scripts/bench/encoders.py photo.jpg drawing.png [--side 720] [--json results.json] [--only avif,webp]

Each picture is first fitted into ``--side`` pixels, since that is what a server encodes. The time is the best of
``--repeat``. Likeness is the mean structural similarity (Wang et al., 2004) of luma over 8×8 blocks: 1 is equal,
below about 0.95 the eye sees it. The defaults in ``workers/encoding_still.py`` were chosen from these tables.
"""

from __future__ import annotations

import argparse
import io
import json
import platform
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

from PIL import Image, ImageMath, features

_BLOCK_PX = 8
_Z_RLE = 3
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One way to encode: a format of Pillow's and its options."""

    format: str
    label: str
    options: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """What one setting made of one picture."""

    picture: str
    format: str
    setting: str
    encode_ms: float
    decode_ms: float
    size_bytes: int
    likeness: float


def settings() -> Iterator[Setting]:
    """Every setting worth comparing."""
    for quality in (70, 75, 80, 85, 90):
        yield _setting("JPEG", f"q{quality} optimised", quality=quality, optimize=True)
    yield _setting("JPEG", "q80 plain", quality=80)
    yield _setting("JPEG", "q80 progressive", quality=80, progressive=True)
    yield from _webp_settings()
    yield from _avif_settings()
    yield from _lossless_settings()
    for decibel in (36, 38, 40, 42, 44):
        layers = {"quality_mode": "dB", "quality_layers": [decibel]}
        yield _setting("JPEG2000", f"{decibel} dB", irreversible=True, mct=1, **layers)


def _webp_settings() -> Iterator[Setting]:
    for method in (0, 1, 2, 3, 4, 5, 6):
        yield _setting("WEBP", f"q79 method {method}", quality=79, method=method)
    for quality in (70, 75, 85):
        yield _setting("WEBP", f"q{quality} method 4", quality=quality, method=4)
    for effort, method in ((0, 0), (20, 1), (50, 2), (75, 4)):
        label = f"lossless effort {effort} method {method}"
        yield _setting("WEBP", label, lossless=True, quality=effort, method=method)


def _avif_settings() -> Iterator[Setting]:
    for speed in (5, 6, 7, 8, 9, 10):
        yield _setting("AVIF", f"q63 speed {speed}", quality=63, speed=speed, max_threads=1)
    for speed in (8, 9):
        for quality in (50, 55, 60, 70):
            yield _setting("AVIF", f"q{quality} speed {speed}", quality=quality, speed=speed, max_threads=1)


def _lossless_settings() -> Iterator[Setting]:
    for level in (1, 2, 3, 6):
        yield _setting("PNG", f"level {level}", compress_level=level)
    yield _setting("PNG", "run lengths", compress_level=1, compress_type=_Z_RLE)
    for compression in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "zstd"):
        yield _setting("TIFF", compression, compression=compression)
    yield _setting("JPEG2000", "lossless", mct=1)


def _setting(pillow_format: str, label: str, **options: Any) -> Setting:  # noqa: ANN401 - Pillow's own
    return Setting(format=pillow_format, label=label, options=options)


def measure(picture: Image.Image, setting: Setting, *, name: str, repeat: int) -> Measurement:
    """Encode ``picture`` and look at what came out."""
    body, encode_s = b"", float("inf")
    for _ in range(repeat):
        file = io.BytesIO()
        start_s = time.perf_counter()
        picture.save(file, setting.format, **setting.options)
        encode_s = min(encode_s, time.perf_counter() - start_s)
        body = file.getvalue()
    start_s = time.perf_counter()
    with Image.open(io.BytesIO(body)) as decoded:
        decoded.load()
        decode_s = time.perf_counter() - start_s
        return Measurement(
            picture=name,
            format=setting.format,
            setting=setting.label,
            encode_ms=round(encode_s * 1000, 1),
            decode_ms=round(decode_s * 1000, 1),
            size_bytes=len(body),
            likeness=round(likeness(picture, decoded), 4),
        )


def likeness(one: Image.Image, other: Image.Image) -> float:
    """Mean structural similarity of luma, over blocks that do not overlap."""
    x, y = (image.convert("RGB").convert("L").convert("F") for image in (one, other))
    mean_x, mean_y = x.reduce(_BLOCK_PX), y.reduce(_BLOCK_PX)

    def mean_of_product(first: Image.Image, second: Image.Image) -> Image.Image:
        product = ImageMath.lambda_eval(lambda band: band["a"] * band["b"], a=first, b=second)
        return product.reduce(_BLOCK_PX)

    def similarity(band: dict[str, Any]) -> Any:  # noqa: ANN401 - ImageMath's own operands
        spread_x = band["xx"] - band["mx"] * band["mx"]
        spread_y = band["yy"] - band["my"] * band["my"]
        spread_xy = band["xy"] - band["mx"] * band["my"]
        return ((2 * band["mx"] * band["my"] + _C1) * (2 * spread_xy + _C2)) / (
            (band["mx"] * band["mx"] + band["my"] * band["my"] + _C1) * (spread_x + spread_y + _C2)
        )

    map_of_blocks = ImageMath.lambda_eval(
        similarity,
        mx=mean_x,
        my=mean_y,
        xx=mean_of_product(x, x),
        yy=mean_of_product(y, y),
        xy=mean_of_product(x, y),
    )
    mean = map_of_blocks.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    return cast("float", mean)


def load(path: Path, *, side: int) -> Image.Image:
    """The picture as a server would encode it: fitted into a square, RGB or RGBA."""
    with Image.open(path) as image:
        picture = image.convert("RGBA" if image.has_transparency_data else "RGB")
    picture.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=None)
    picture.info.clear()
    return picture


def encodable(picture: Image.Image, setting: Setting) -> Image.Image:
    """Without alpha where the format has none."""
    return picture.convert("RGB") if setting.format == "JPEG" else picture


def main(arguments: list[str]) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images", nargs="+", type=Path)
    parser.add_argument("--side", type=int, default=720, help="fit pictures into this many pixels a side")
    parser.add_argument("--repeat", type=int, default=3, help="take the best of this many encodes")
    parser.add_argument("--only", default="", help="formats, separated by commas")
    parser.add_argument("--json", type=Path, help="write the measurements here as well")
    given = parser.parse_args(arguments)
    wanted = {word.strip().upper() for word in given.only.split(",") if word.strip()}
    codecs = ", ".join(f"{name} {features.version(name)}" for name in ("pil", "jpg", "webp", "avif", "zlib"))
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, {codecs}\n")
    found: list[Measurement] = []
    for path in given.images:
        picture = load(path, side=given.side)
        print(f"{path.name}, {picture.width}×{picture.height} {picture.mode}")
        print(f"  {'format':9} {'setting':32} {'encode ms':>9} {'decode ms':>9} {'bytes':>9} {'likeness':>9}")
        for setting in settings():
            if wanted and setting.format not in wanted:
                continue
            row = measure(encodable(picture, setting), setting, name=path.name, repeat=given.repeat)
            found.append(row)
            print(
                f"  {row.format:9} {row.setting:32} {row.encode_ms:9.1f} {row.decode_ms:9.1f} "
                f"{row.size_bytes:9} {row.likeness:9.4f}"
            )
        print()
    if given.json:
        given.json.write_text(json.dumps([asdict(row) for row in found], indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
