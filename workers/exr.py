"""OpenEXR files: which channels of which part make the picture, and its colours; the codec is the OpenEXR library.

The picture is the display window; what of it the data window leaves out is black, or transparent where there is
alpha. Nothing is decoded before both were checked: the library would take the memory that a header claims.
"""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import OpenEXR

from shared.errors import CorruptImageError
from workers.deep import Deep, finite
from workers.primaries import REC709, Primaries, to_rec709

_Window = tuple[int, int, int, int]
_FLAT = (OpenEXR.scanlineimage, OpenEXR.tiledimage)
_CHANNELS = (("R", "G", "B"), ("Y",))
_MAX_COORDINATE = 1 << 24
_STDERR = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a file says of its picture. Windows are left, top, right and bottom, the latter two exclusive."""

    part: int
    channels: tuple[str, ...]
    shown: _Window
    stored: _Window
    stored_px: int
    """How many pixels there are in the data windows of all parts."""
    samples: int
    """How many numbers all its parts hold: the library decodes every channel."""
    primaries: Primaries

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.shown[2] - self.shown[0], self.shown[3] - self.shown[1]


def header(data: bytes) -> Header:
    """Read the headers and choose the first part that is a picture. Raises CorruptImageError."""
    with _silence(), OpenEXR.File(io.BytesIO(data), header_only=True, num_threads=0) as file:
        # Leaving the block takes everything back out of them.
        parts = [file.header(index) for index in range(len(file.parts))]
        areas = [_area(_window(part["dataWindow"])) for part in parts]
        samples = sum(area * len(part["channels"]) for area, part in zip(areas, parts, strict=True))
        for index, part in enumerate(parts):
            channels = _channels(part)
            if channels:
                return Header(
                    part=index,
                    channels=channels,
                    shown=_window(part["displayWindow"]),
                    stored=_window(part["dataWindow"]),
                    stored_px=sum(areas),
                    samples=samples,
                    primaries=_primaries(part.get("chromaticities")),
                )
    raise CorruptImageError("no part of the OpenEXR file has the channels of a picture")


def decode(data: bytes, head: Header) -> Deep:
    """Decode the picture. Raises what the library raises, or CorruptImageError."""
    with _silence(), OpenEXR.File(io.BytesIO(data), separate_channels=True, num_threads=0) as file:
        found = file.channels(head.part)
        planes = {name: found[name].pixels for name in head.channels}
        found.clear()
    if any(not _is_light(plane, head) for plane in planes.values()):
        raise CorruptImageError("a channel of the OpenEXR file holds whole numbers, or is not of its size")
    width, height = head.size
    pixels = np.zeros((height, width, len(head.channels)), np.float32)
    inner, outer = _overlap(head)
    for index, name in enumerate(head.channels):
        pixels[(*inner, index)] = planes.pop(name)[outer]
    finite(pixels)
    if len(head.channels) > 2:
        to_rec709(pixels, head.primaries)
    if "A" in head.channels:
        np.clip(pixels[..., -1], 0, 1, out=pixels[..., -1])
    return Deep(pixels=pixels, is_light=True)


def encode(deep: Deep, *, half: bool) -> bytes:
    """Write light, as ``half`` floats of sixteen bits where no more is known."""
    kind = np.float16 if half else np.float32
    names = _names(deep.pixels.shape[2])
    planes = {name: np.ascontiguousarray(deep.pixels[..., i], dtype=kind) for i, name in enumerate(names)}
    settings = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    made = io.BytesIO()
    with OpenEXR.File(settings, planes, num_threads=0) as file:
        file.write(made)
    return made.getvalue()


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Keep what the library says of damaged files from our output: anyone can make it talk there."""
    kept, nowhere = os.dup(_STDERR), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, _STDERR)  # where C++ writes
        with contextlib.redirect_stdout(io.StringIO()):  # and Python prints
            yield
    finally:
        os.dup2(kept, _STDERR)
        os.close(kept)
        os.close(nowhere)


def _is_light(plane: Any, head: Header) -> bool:  # noqa: ANN401 - what the library made
    return plane is not None and plane.shape == _shape(head.stored) and plane.dtype.kind == "f"


def _names(count: int) -> tuple[str, ...]:
    colours = ("Y",) if count < 3 else ("R", "G", "B")
    return (*colours, "A") if count in (2, 4) else colours


def _channels(part: dict[str, Any]) -> tuple[str, ...]:
    """Name the channels of a part that make a picture; subsampled ones, and whole numbers, do not."""
    usable = {channel.name for channel in part["channels"] if (channel.xSampling, channel.ySampling) == (1, 1)}
    if part["type"] not in _FLAT:
        return ()
    colours = next((names for names in _CHANNELS if usable.issuperset(names)), ())
    return (*colours, "A") if colours and "A" in usable else colours


def _window(corners: Any) -> _Window:  # noqa: ANN401 - two arrays
    (left, top), (right, bottom) = ([int(value) for value in corner] for corner in corners)
    if max(map(abs, (left, top, right, bottom))) > _MAX_COORDINATE or right < left or bottom < top:
        raise CorruptImageError("a window of the OpenEXR file makes no sense")
    return left, top, right + 1, bottom + 1


def _shape(window: _Window) -> tuple[int, int]:
    return window[3] - window[1], window[2] - window[0]


def _area(window: _Window) -> int:
    height, width = _shape(window)
    return width * height


def _overlap(head: Header) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Where the data window lies in the display window, and the other way round: rows and columns."""
    inner, outer = [], []
    for low, high in ((1, 3), (0, 2)):
        start, end = max(head.shown[low], head.stored[low]), min(head.shown[high], head.stored[high])
        end = max(start, end)
        inner.append(slice(start - head.shown[low], end - head.shown[low]))
        outer.append(slice(start - head.stored[low], end - head.stored[low]))
    return (inner[0], inner[1]), (outer[0], outer[1])


def _primaries(found: Any) -> Primaries:  # noqa: ANN401 - eight numbers
    if found is None:
        return REC709
    x = [float(value) for value in found]
    return Primaries((x[0], x[1]), (x[2], x[3]), (x[4], x[5]), (x[6], x[7]))
