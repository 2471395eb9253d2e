"""Reads a multipart/form-data request as it comes: fields whole, files as streams of bytes.

The next event is asked of the ASGI server only when the last one has been used up, so that whoever is slow to take
the bytes slows the client down, and nothing piles up. The format is known to
``frontend/library/multipart_decoder.py``. Source: ASGI 3.0, ``http.request``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import trio

from frontend.library.ingest_errors import BadMultipartError, UploadAbortedError, UploadTooSlowError
from frontend.library.multipart_decoder import MultipartDecoder, PartBegins, PartData, PartEvent, read_boundary
from frontend.library.pace import Pace
from shared.errors import TooLargeError, shown

Receive = Callable[[], Awaitable[Mapping[str, Any]]]

_TEXT_CHARSETS = frozenset(("utf-8", "utf8", "us-ascii"))


@dataclass(frozen=True, slots=True, kw_only=True)
class MultipartLimits:
    """What one body may have in it. Nothing bounds a single file here but the body's size."""

    max_body_bytes: int
    max_files: int = 1000
    max_fields: int = 32
    max_field_bytes: int = 64 << 10
    # A client may be silent for the slack, and slower than the least speed for no longer.
    least_bytes_per_s: float = 1024.0
    slack_s: float = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldPart:
    """A part that is a text."""

    name: str
    value: str


class FilePart:
    """A part that is a file: iterate over its bytes. What is left of them when the next part is asked for is gone.

    ``filename`` is the client's word, without folders; empty when no file was chosen.
    """

    def __init__(self, begins: PartBegins, next_data: Callable[[], Awaitable[bytes | None]]) -> None:
        self.name = begins.name
        self.filename = begins.filename or ""
        self.content_type = begins.content_type
        self._next_data = next_data
        self._has_ended = False

    @property
    def extension(self) -> str:
        """What the file's name says of its format: in lower case, without the dot; empty when it says nothing."""
        return self.filename.rpartition(".")[2].lower() if "." in self.filename else ""

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        data = None if self._has_ended else await self._next_data()
        if data is None:
            self._has_ended = True
            raise StopAsyncIteration
        return data


class MultipartReader:
    """Iterates over the parts of one body, in its order, names as often as they occur.

    Raises BadMultipartError, TooLargeError, UploadTooSlowError, and UploadAbortedError when the client leaves;
    after any of them nothing more can be read.
    """

    def __init__(self, receive: Receive, *, content_type: str, limits: MultipartLimits) -> None:
        self._receive = receive
        self._limits = limits
        self._pace = Pace(least_bytes_per_s=limits.least_bytes_per_s, slack_s=limits.slack_s)
        self._decoder = MultipartDecoder(
            read_boundary(content_type), max_parts=limits.max_files + limits.max_fields
        )
        self._events: deque[PartEvent] = deque()
        self._file: FilePart | None = None
        self._received_bytes = 0
        self._files_left = limits.max_files
        self._fields_left = limits.max_fields
        self._is_at_end = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> FieldPart | FilePart:
        await self._skip_rest_of_file()
        begins = await self._next_event()
        if not isinstance(begins, PartBegins):
            raise StopAsyncIteration
        if begins.filename is None:
            return await self._read_field(begins)
        self._files_left -= 1
        if self._files_left < 0:
            raise BadMultipartError(f"the body has more than {self._limits.max_files} files")
        self._file = FilePart(begins, self._next_data)
        return self._file

    async def _skip_rest_of_file(self) -> None:
        if self._file is not None:
            async for _data in self._file:
                pass

    async def _read_field(self, begins: PartBegins) -> FieldPart:
        self._fields_left -= 1
        if self._fields_left < 0:
            raise BadMultipartError(f"the body has more than {self._limits.max_fields} fields")
        if begins.charset not in _TEXT_CHARSETS:
            raise BadMultipartError(f"the field {shown(begins.name)} is in {shown(begins.charset)}, not in UTF-8")
        value = bytearray()
        while (data := await self._next_data()) is not None:
            value += data
            if len(value) > self._limits.max_field_bytes:
                raise BadMultipartError(
                    f"the field {shown(begins.name)} has more than {self._limits.max_field_bytes} bytes"
                    " (a file needs a filename)"
                )
        try:
            return FieldPart(name=begins.name, value=value.decode())
        except UnicodeDecodeError:
            raise BadMultipartError(f"the field {shown(begins.name)} is not in UTF-8") from None

    async def _next_data(self) -> bytes | None:
        """The next bytes of the part we are in; None at its end."""
        event = await self._next_event()
        return event.data if isinstance(event, PartData) else None

    async def _next_event(self) -> PartEvent | None:
        """The next event of the body; None once all of it, also what follows the last boundary, has been read."""
        while not self._events:
            if self._is_at_end:
                self._decoder.finish()
                return None
            await self._read()
        return self._events.popleft()

    async def _read(self) -> None:
        """Take one event from the server."""
        try:
            with self._pace.waiting():
                event = await self._receive()
        except trio.TooSlowError:
            raise UploadTooSlowError() from None
        if event["type"] == "http.disconnect":
            raise UploadAbortedError(f"the client left after {self._received_bytes} bytes")
        body = bytes(event.get("body", b""))
        self._pace.credit(len(body))
        self._received_bytes += len(body)
        if self._received_bytes > self._limits.max_body_bytes:
            raise TooLargeError(f"the body has more than {self._limits.max_body_bytes} bytes")
        self._is_at_end = not event.get("more_body", False)
        self._events.extend(self._decoder.feed(body))
