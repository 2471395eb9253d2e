"""Inspects an SVG before it is accepted: it is well-formed, harmless to those who parse it, and has a size.

Nothing is drawn and nothing removed: scripts stay in the file, and the policy that it is served with
(``frontend/vector.py``) keeps them from running. What is refused is what would hurt a parser: declarations of
entities, which may grow without end or name other files, and elements within elements within elements.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NoReturn
from xml.parsers import expat

from shared.errors import CorruptImageError, UnsupportedFormatError
from shared.formats import SVG
from shared.messages import Inspect, Inspection

_NAMESPACE = "http://www.w3.org/2000/svg"
_SEPARATOR = "\n"
_MAX_DEPTH = 256
_MAX_ELEMENTS = 1_000_000
_MAX_SIDE_PX = 1 << 31
# CSS pixels in each unit (CSS Values and Units 4, section 6.2); font sizes are the initial ones.
_UNITS_PX = {
    "": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "in": 96.0, "cm": 96 / 2.54, "mm": 9.6 / 2.54, "q": 2.4 / 2.54,
    "em": 16.0, "rem": 16.0, "ex": 8.0,
}  # fmt: skip
_LENGTH = re.compile(r"\s*\+?(\d+(?:\.\d*)?|\.\d+)(?:e([-+]?\d{1,3}))?\s*([a-zA-Z]*)\s*")


class _Reader:
    """Walks over the elements of one document, and keeps the attributes of the first."""

    def __init__(self) -> None:
        self.attributes: Mapping[str, str] | None = None
        self._depth = self._elements = 0
        self._parser = parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.EntityDeclHandler = self._refuse
        parser.ExternalEntityRefHandler = self._refuse

    def read(self, data: bytes) -> None:
        """Read all of the document. Raises CorruptImageError."""
        try:
            self._parser.Parse(data, True)
        except expat.ExpatError as error:
            raise CorruptImageError(f"the SVG is not well-formed: {error}") from error
        except (LookupError, ValueError) as error:
            # Python is asked for encodings that expat does not know: it may know none, or one of several bytes.
            raise CorruptImageError(f"the SVG is in an encoding that is not read: {error}") from error

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        if self.attributes is None:
            if name != f"{_NAMESPACE}{_SEPARATOR}svg":
                raise UnsupportedFormatError(f"the first element is not svg in the namespace {_NAMESPACE}")
            self.attributes = attributes
        self._depth += 1
        self._elements += 1
        if self._depth > _MAX_DEPTH or self._elements > _MAX_ELEMENTS:
            raise CorruptImageError(f"more than {_MAX_DEPTH} elements deep, or {_MAX_ELEMENTS} in all")

    def _end(self, _name: str) -> None:
        self._depth -= 1

    def _refuse(self, *_declaration: object) -> NoReturn:
        raise CorruptImageError("the SVG declares entities")


def inspect_svg(request: Inspect, data: bytes) -> Inspection:
    """Tell what is known of an SVG.

    Raises UnsupportedFormatError where it is none; CorruptImageError where it is broken, harmful or has no size.
    """
    reader = _Reader()
    reader.read(data)
    width, height = size_px(reader.attributes or {})
    return Inspection(
        job_id=request.job_id,
        format=SVG.name,
        width=width,
        height=height,
        frames=1,
        has_alpha=True,
        mode="vector",
        bit_depth=None,
        blurhash=None,
        thumbhash=None,
        phash=None,
        palette=(),
        exif={},
        latitude=None,
        longitude=None,
        icc_name=None,
        duration_ms=None,
    )


def size_px(attributes: Mapping[str, str]) -> tuple[int, int]:
    """Say how large it is shown where nothing else is said: by its width and height, else by its ``viewBox``.

    One side alone gives the other by the ``viewBox``'s proportions. Raises CorruptImageError.
    """
    width, height = (_length_px(attributes.get(name, "")) for name in ("width", "height"))
    box = _view_box(attributes.get("viewBox", ""))
    if box is not None and (width is None or height is None):
        across, down = box
        if width is None and height is None:
            width, height = across, down
        elif width is None and height is not None:
            width = height * across / down
        elif width is not None:
            height = width * down / across
    if width is None or height is None or not 0 < max(width, height) < _MAX_SIDE_PX:
        raise CorruptImageError("the SVG has neither a width and a height nor a viewBox")
    return max(1, round(width)), max(1, round(height))


def _length_px(text: str) -> float | None:
    """A length in pixels; None for one that depends on where it is shown, as percents do, or is none."""
    found = _LENGTH.fullmatch(text)
    unit = _UNITS_PX.get(found[3].lower()) if found else None
    if found is None or unit is None:
        return None
    length = float(f"{found[1]}e{found[2] or 0}") * unit
    return length if 0 < length < _MAX_SIDE_PX else None


def _view_box(text: str) -> tuple[float, float] | None:
    numbers = re.split(r"[\s,]+", text.strip())
    sides = [_length_px(number) for number in numbers[2:]] if len(numbers) == 4 else []
    across, down = sides if len(sides) == 2 else (None, None)
    return (across, down) if across and down else None
