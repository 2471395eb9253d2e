"""Every format that is read, in each of its kinds of pixels, to every format that is written.

What comes out is read by another library than wrote it, and held against what the source shows: mean ΔE of CIE
1976. Without loss it is what the source's own coding has cost; the default qualities and 256 colours cost more.
"""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from shared.formats import ALL, BY_NAME
from tests import deep_pictures
from tests.delta_e import mean_delta_e
from tests.workers.jobs import result
from tests.workers.second_reader import read
from tests.workers.source_kinds import Source, all_sources

TARGETS = [known.name for known in ALL if known.is_written]

_ROUNDING = 0.1
# Of strong gradients over 64 pixels, at the default quality.
_LOSSES = {"jpeg": 2.2, "webp": 2.2, "avif": 2.2, "jp2": 2.2, "jxl": 2.2, "hdr": 0.4}
_FEW_COLOURS = 6.0
"""What lossy coding makes of the hard steps between few colours, and GIF's palette of gradients."""
# Those that know no grey; and AVIF, which does, but not as libvips reads it.
_COLOUR_ONLY = frozenset(("gif", "webp", "avif", "hdr", "qoi"))
_LIGHT = frozenset(("pfm", "hdr", "exr"))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("source", all_sources(), ids=str)
def test_every_kind_of_every_format_becomes_every_format(source: Source, target: str) -> None:
    """Size, frames, depth, alpha and grey are what the source has and the format holds; colours stay."""
    made = result(f"encode:{target}", source.body, extension=source.format)
    seen = read(made.body, target)
    wanted = _wanted(source, target)
    frames = source.frames if BY_NAME[target].animated else 1
    assert (made.format, made.width, made.height) == (target, *source.shows.size)
    assert (made.frames, made.has_alpha) == (frames, wanted.mode.endswith("A"))
    assert (seen.picture.size, seen.bits) == (source.shows.size, _bits(source, target))
    assert seen.frames == (source.frames if target == "tiff" else frames)  # pages, where nothing can move
    if source.frames == 1:
        assert seen.picture.mode == wanted.mode
    assert mean_delta_e(wanted, seen.picture) <= _bound(source, target)


def test_there_is_a_source_of_every_format_that_is_read() -> None:
    """A new format cannot slip past the matrix."""
    assert {source.format for source in all_sources()} == {known.name for known in ALL if known.pillow}


def _wanted(source: Source, target: str) -> Image.Image:
    """What the source shows, as far as the target holds it."""
    shows = source.shows
    if target == "gif" and shows.mode.endswith("A"):
        shows = shows.convert("RGBA")
        shows.putalpha(shows.getchannel("A").point(lambda alpha: 255 * (alpha > 127)))
    elif not BY_NAME[target].alpha and shows.mode.endswith("A"):
        both_are_light = source.format in _LIGHT and target in _LIGHT
        shows = _on_white_light(shows) if both_are_light else _on_white(shows)
    if target in _COLOUR_ONLY:
        return shows.convert(shows.mode.replace("L", "RGB"))
    return shows


def _on_white(picture: Image.Image) -> Image.Image:
    canvas = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(canvas, picture.convert("RGBA")).convert(picture.mode.removesuffix("A"))


def _on_white_light(picture: Image.Image) -> Image.Image:
    light = deep_pictures.light_of(picture)
    mixed = light[..., :-1] + 1 - light[..., -1:]
    values = np.where(mixed <= 0.0031308, 12.92 * mixed, 1.055 * mixed ** (1 / 2.4) - 0.055)
    return Image.fromarray(np.rint(values * 255).astype(np.uint8))


def _bits(source: Source, target: str) -> int:
    most = BY_NAME[target].bits
    return most if most == 32 or (most == 16 and source.bits > 8) else 8


def _bound(source: Source, target: str) -> float:
    has_few_colours = source.kind in ("P", "PA", "1") or source.frames > 1
    is_lossy = BY_NAME[target].lossy
    if target == "gif" or (is_lossy and has_few_colours):
        return source.loss + _FEW_COLOURS
    return source.loss + _LOSSES.get(target, 0.0) + _ROUNDING
