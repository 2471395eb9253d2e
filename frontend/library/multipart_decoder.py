"""Takes the bytes of a multipart/form-data body and gives its parts, piece by piece; does no I/O.

python-multipart finds the boundaries. What it leaves open is settled here: what may come before the first
boundary, how much there may be of anything, and which parts are read at all. Sources: RFC 7578, RFC 2046.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser

from frontend.library.header_parameters import decode_extended, parse_header
from frontend.library.ingest_errors import BadMultipartError
from shared.errors import shown

MAX_HEADERS = 16
MAX_HEADER_BYTES = 8 << 10
"""Of all headers of one part together."""

# It would log what it refuses, straight to standard error and not in our lines; what it raises says the same.
logging.getLogger("python_multipart").addHandler(logging.NullHandler())

_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")
_PLAIN_ENCODINGS = frozenset(("", "7bit", "8bit", "binary"))


@dataclass(frozen=True, slots=True, kw_only=True)
class PartBegins:
    """A part's headers. It is a file if it has a ``filename``, be it empty, and a field if not."""

    name: str
    filename: str | None
    content_type: str
    charset: str


@dataclass(frozen=True, slots=True)
class PartData:
    """Some of a part's bytes."""

    data: bytes


@dataclass(frozen=True, slots=True)
class PartEnds:
    """The part is whole."""


PartEvent = PartBegins | PartData | PartEnds


def read_boundary(content_type: str) -> str:
    """Find the boundary in a request's Content-Type. Raises BadMultipartError."""
    try:
        value, parameters = parse_header(content_type)
    except ValueError as error:
        raise BadMultipartError(f"the Content-Type is malformed: {error}") from error
    if value != "multipart/form-data":
        raise BadMultipartError(f"the body must be multipart/form-data, not {shown(value)}")
    boundary = parameters.get("boundary", "")
    if not _BOUNDARY.fullmatch(boundary):
        raise BadMultipartError("the Content-Type names no boundary, or one that RFC 2046 does not allow")
    return boundary


class MultipartDecoder:
    """Decodes one body. ``feed`` it bytes as they come and tell it when they ``finish``."""

    def __init__(self, boundary: str, *, max_parts: int) -> None:
        self._parts_left = self._max_parts = max_parts
        self._events: list[PartEvent] = []
        self._headers = _PartHeaders()
        self._is_in_headers = False
        self._is_complete = False
        self._delimiter = f"\r\n--{boundary}".encode()
        # The end of what came before the first boundary, in front of which the first line has none of its own.
        self._preamble: bytes | None = b"\r\n"
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin_part,
                "on_header_field": self._headers.add_to_name,
                "on_header_value": self._headers.add_to_value,
                "on_header_end": self._headers.end_header,
                "on_headers_finished": self._end_headers,
                "on_part_data": self._add_data,
                "on_part_end": self._end_part,
                "on_end": self._complete,
            },
            max_header_count=MAX_HEADERS + 1,
            max_header_size=MAX_HEADER_BYTES,
        )

    def feed(self, data: bytes) -> list[PartEvent]:
        """Give the events that these bytes complete. Raises BadMultipartError."""
        if self._preamble is not None:
            data = self._skip_preamble(data)
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise BadMultipartError(self._complaint()) from error
        events, self._events = self._events, []
        return events

    def finish(self) -> None:
        """There are no more bytes. Raises BadMultipartError if there should be."""
        if self._preamble is not None:
            raise BadMultipartError("the boundary that the Content-Type names is not in the body")
        if not self._is_complete:
            raise BadMultipartError("the body ends before its final boundary")

    def _complaint(self) -> str:
        """Say what may be wrong where the parser has stopped; its own words count the bytes of pieces."""
        if self._is_in_headers:
            return (
                f"the headers of part {self._number} are malformed, or one has more than {MAX_HEADER_BYTES} bytes"
            )
        before = f"part {self._number}" if self._number else "the first boundary"
        return f"what follows {before} is neither a boundary nor data"

    @property
    def _number(self) -> int:
        """The part we are in or have been in last, counted from 1."""
        return self._max_parts - self._parts_left

    def _skip_preamble(self, data: bytes) -> bytes:
        """Leave out what comes before the first boundary, which may arrive in pieces itself."""
        seen = (self._preamble or b"") + data
        at = seen.find(self._delimiter)
        if at < 0:
            self._preamble = seen[1 - len(self._delimiter) :]
            return b""
        self._preamble = None
        return seen[at + 2 :]

    def _begin_part(self) -> None:
        if self._parts_left == 0:
            raise BadMultipartError(f"the body has more than {self._max_parts} parts")
        self._parts_left -= 1
        self._headers.clear()
        self._is_in_headers = True

    def _end_headers(self) -> None:
        self._is_in_headers = False
        try:
            self._events.append(self._headers.describe())
        except ValueError as error:
            raise BadMultipartError(f"part {self._number}: {error}") from error

    def _add_data(self, data: bytes, start: int, end: int) -> None:
        self._events.append(PartData(data[start:end]))

    def _end_part(self) -> None:
        self._events.append(PartEnds())

    def _complete(self) -> None:
        self._is_complete = True


class _PartHeaders:
    """The headers of the part that is being read. Its methods raise ValueError and BadMultipartError."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self._values: dict[str, str] = {}
        self._name = b""
        self._value = b""
        self._size_bytes = 0

    def add_to_name(self, data: bytes, start: int, end: int) -> None:
        self._count(end - start)
        self._name += data[start:end]

    def add_to_value(self, data: bytes, start: int, end: int) -> None:
        self._count(end - start)
        self._value += data[start:end]

    def end_header(self) -> None:
        name = self._name.decode("ascii").lower()
        if name in self._values:
            raise BadMultipartError(f"a part has the header {shown(name)} twice")
        if len(self._values) == MAX_HEADERS:
            raise BadMultipartError(f"a part has more than {MAX_HEADERS} headers")
        self._values[name] = self._value.decode("utf-8", "replace").strip(" \t")
        self._name = self._value = b""

    def _count(self, size_bytes: int) -> None:
        self._size_bytes += size_bytes
        if self._size_bytes > MAX_HEADER_BYTES:
            raise BadMultipartError(f"the headers of a part have more than {MAX_HEADER_BYTES} bytes")

    def describe(self) -> PartBegins:
        """Say what the headers say. Raises ValueError."""
        disposition, parameters = self._parse("content-disposition", default="none")
        if disposition != "form-data" or "name" not in parameters:
            raise ValueError("its Content-Disposition is not form-data with a name")
        if self._values.get("content-transfer-encoding", "").lower() not in _PLAIN_ENCODINGS:
            raise ValueError("its content is encoded for transfer, which is not read")
        content_type, about = self._parse("content-type", default="text/plain")
        if content_type.startswith("multipart/"):
            raise ValueError("it holds parts within a part, which are not read")
        return PartBegins(
            name=parameters["name"],
            filename=_filename(parameters),
            content_type=content_type,
            charset=about.get("charset", "utf-8").lower(),
        )

    def _parse(self, name: str, *, default: str) -> tuple[str, dict[str, str]]:
        try:
            return parse_header(self._values.get(name) or default)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error


def _filename(parameters: dict[str, str]) -> str | None:
    """The file's own name, without folders."""
    name = parameters.get("filename")
    # RFC 7578 forbids the form with the star, so it counts only for those who know no other.
    if name is None and "filename*" in parameters:
        name = decode_extended(parameters["filename*"])
    return None if name is None else re.split(r"[/\\]", name)[-1]
