"""Writes GIF: palettes, transparency, and of an animation only what changes from frame to frame.

Pillow compresses the pixels; blocks, palettes and disposal are ours, since Pillow gives each frame of an animation
a palette of its own, which makes it flicker and grow, and never clears what a later frame lets shine through.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Sequence
from itertools import pairwise

from PIL import GifImagePlugin, Image, ImageChops, ImageStat
from PIL.Image import Dither, Quantize, Resampling

from shared.operations import Encode
from workers.picture import Picture

_COLOURS = 256
_TRANSPARENT = 255
"""The palette index of animations that stands for "as before", or for nothing."""
_OPAQUE_FROM = 128
"""Alpha from here on counts as there."""

# A pixel that differs by no more from what is shown stays: nobody sees it, and it compresses to nothing. On a
# rotating globe of 44 frames scaled to 200 pixels: 408 kB at 0, 378 at 3, 320 at 8, where it begins to show.
_UNSEEN_LEVELS = 3
# One palette for all frames, without dithering: pixels that stay do so exactly. A frame that it represents worse
# than this, on average, is of another scene and gets its own. The globe: 0.9.
_SHARED_ERROR_LEVELS = 5.0
# Choosing a palette costs by the pixel, and a sample of this size chooses as well as all of them.
_SAMPLED_PX = 50_000

_Box = tuple[int, int, int, int]
_KEEP, _CLEAR = 1, 2
_LONGEST_CS = 65_535
_MOST_REPETITIONS = 65_535


def without_half_transparency(frame: Image.Image) -> Image.Image:
    """Decide for every pixel whether it is there: GIF knows nothing in between."""
    if frame.mode not in ("LA", "RGBA"):
        return frame
    alpha = frame.getchannel("A")
    if not any(alpha.histogram()[1:-1]):
        return frame
    decided = frame.copy()
    decided.putalpha(alpha.point([0] * _OPAQUE_FROM + [255] * (256 - _OPAQUE_FROM)))
    return decided


def still(picture: Picture, tail: Encode) -> bytes:
    """Write one frame, its palette dithered where it has more colours than fit."""
    layer = _Layer(picture.frames[0])
    colours = _COLOURS - 1 if layer.has_holes else _COLOURS
    if layer.colours.getcolors(colours) is not None:
        indexed = layer.colours.quantize(colours, method=Quantize.MEDIANCUT)
    else:
        palette = _sample(picture.frames).quantize(colours, method=Quantize.MEDIANCUT)
        indexed = layer.colours.quantize(palette=palette, dither=Dither.FLOYDSTEINBERG)
    options = {}
    if layer.has_holes:
        options["transparency"] = _add_transparent(indexed, layer.opaque)
    file = io.BytesIO()
    indexed.save(file, "GIF", optimize=False, interlace=0, **options)
    return file.getvalue()


def animation(picture: Picture, tail: Encode) -> bytes:
    """Write several frames, of each what changes."""
    return b"".join(_animation(picture))


class _Layer:
    """A frame as GIF sees it: colours, and which pixels are there at all."""

    __slots__ = ("colours", "has_holes", "opaque")

    def __init__(self, frame: Image.Image) -> None:
        self.colours = frame
        self.opaque = Image.new("L", frame.size, 255)
        self.has_holes = frame.mode == "RGBA"
        if self.has_holes:
            self.opaque = frame.getchannel("A")
            # Colours that nobody sees must not take places in the palette.
            self.colours = Image.new("RGB", frame.size)
            self.colours.paste(frame.convert("RGB"), mask=self.opaque)


def _add_transparent(indexed: Image.Image, opaque: Image.Image) -> int:
    """Give the palette one more entry, and the pixels that are not there its index."""
    palette = bytes(indexed.getpalette() or ())
    index = len(palette) // 3
    indexed.putpalette(palette + bytes(3))
    indexed.paste(index, mask=ImageChops.invert(opaque))
    return index


def _animation(picture: Picture) -> Iterator[bytes]:
    palette, is_exact = _shared_palette(picture.frames)
    yield _header(picture, palette)
    screen = _Screen(picture.size, unseen_levels=0 if is_exact else _UNSEEN_LEVELS)
    times_cs = _in_centiseconds(picture.durations_ms)
    for (layer, next_layer), time_cs in zip(_with_next(picture.frames), times_cs, strict=True):
        changed, box, disposal = screen.show(layer, next_layer)
        indexed = layer.colours.quantize(palette=palette, dither=Dither.NONE)
        has_own_palette = not is_exact and _error_levels(indexed, layer) > _SHARED_ERROR_LEVELS
        if has_own_palette:
            own_palette = _sample([layer.colours]).quantize(_COLOURS - 1, method=Quantize.MEDIANCUT)
            indexed = layer.colours.quantize(palette=own_palette, dither=Dither.NONE)
        drawn = Image.new("P", picture.size, _TRANSPARENT)
        drawn.putpalette(_padded(indexed))
        drawn.paste(indexed, mask=changed)
        yield from GifImagePlugin.getdata(
            drawn.crop(box),
            box[:2],
            duration=time_cs * 10,
            disposal=disposal,
            transparency=_TRANSPARENT,
            include_color_table=has_own_palette,
        )
    yield b";"


def _with_next(frames: Sequence[Image.Image]) -> Iterator[tuple[_Layer, _Layer | None]]:
    """Each frame's layer, and that of the one after it; no others are held."""
    layer = _Layer(frames[0])
    for frame in frames[1:]:
        next_layer = _Layer(frame)
        yield layer, next_layer
        layer = next_layer
    yield layer, None


class _Screen:
    """What a viewer shows, as the colours that were meant, so that rounding errors do not add up."""

    def __init__(self, size: tuple[int, int], *, unseen_levels: int) -> None:
        self._colours = Image.new("RGB", size)
        self._opaque = Image.new("L", size, 0)
        self._seen = [0] * (unseen_levels + 1) + [255] * (255 - unseen_levels)

    def show(self, layer: _Layer, next_layer: _Layer | None) -> tuple[Image.Image, _Box, int]:
        """Return which pixels are to be drawn, the box around them, and what is to be done with it afterwards."""
        red, green, blue = ImageChops.difference(layer.colours, self._colours).split()
        differs = ImageChops.lighter(ImageChops.lighter(red, green), blue).point(self._seen)
        missing = ImageChops.invert(self._opaque)
        changed = ImageChops.darker(layer.opaque, ImageChops.lighter(differs, missing))
        box = changed.getbbox()
        self._colours.paste(layer.colours, mask=changed)
        self._opaque.paste(255, mask=changed)
        vanishing = self._vanishing_before(next_layer)
        if vanishing is None:
            return changed, box or (0, 0, 1, 1), _KEEP
        # Only a frame's own box can be cleared, so that it has to reach as far as what is to vanish.
        box = _union(box, vanishing)
        self._opaque.paste(0, box)
        return changed, box, _CLEAR

    def _vanishing_before(self, next_layer: _Layer | None) -> _Box | None:
        if next_layer is None or not next_layer.has_holes:
            return None
        return ImageChops.darker(self._opaque, ImageChops.invert(next_layer.opaque)).getbbox()


def _shared_palette(frames: Sequence[Image.Image]) -> tuple[Image.Image, bool]:
    """Choose the colours of the animation; the second value says that no other ones occur in it."""
    found: set[tuple[int, ...]] = set()
    for frame in frames:
        used = _Layer(frame).colours.getcolors(_COLOURS - 1)
        found.update(colour for _, colour in used or ())  # type: ignore[misc]
        if used is None or len(found) >= _COLOURS:
            return _sample(frames).quantize(_COLOURS - 1, method=Quantize.MEDIANCUT), False
    palette = Image.new("P", (1, 1))
    palette.putpalette(bytes(channel for colour in sorted(found) for channel in colour))
    return palette, True


def _sample(frames: Sequence[Image.Image]) -> Image.Image:
    """All frames above one another, thinned out, not mixed: mixing would make colours that do not occur."""
    width, height = frames[0].size
    scale = min(1.0, (_SAMPLED_PX / (width * height * len(frames))) ** 0.5)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    sheet = Image.new("RGB", (size[0], size[1] * len(frames)))
    for index, frame in enumerate(frames):
        thin = _Layer(frame.resize(size, Resampling.NEAREST))
        sheet.paste(thin.colours, (0, size[1] * index))
    return sheet


def _error_levels(indexed: Image.Image, layer: _Layer) -> float:
    means = ImageStat.Stat(ImageChops.difference(indexed.convert("RGB"), layer.colours)).mean
    return sum(means) / len(means)


def _header(picture: Picture, palette: Image.Image) -> bytes:
    # 0xF7: a global table of 256 colours, of 8 bits a channel.
    screen = b"GIF89a" + struct.pack("<HHBBB", *picture.size, 0xF7, 0, 0) + _padded(palette)
    if picture.plays == 1:
        return screen
    repetitions = min(max(0, picture.plays - 1), _MOST_REPETITIONS)
    return screen + b"!\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<H", repetitions) + b"\0"


def _padded(indexed: Image.Image) -> bytes:
    return bytes(indexed.getpalette() or ()).ljust(3 * _COLOURS, b"\0")


def _in_centiseconds(durations_ms: Sequence[int]) -> list[int]:
    """Round so that the frames' errors cancel out, and the animation takes as long as it did."""
    ends_ms = [0]
    for duration_ms in durations_ms:
        ends_ms.append(ends_ms[-1] + duration_ms)
    return [min(round(end / 10) - round(start / 10), _LONGEST_CS) for start, end in pairwise(ends_ms)]


def _union(one: _Box | None, other: _Box) -> _Box:
    if one is None:
        return other
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])
