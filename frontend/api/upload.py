"""``POST /upload``: one or many images in a multipart body, streamed to disk as they come.

Not through Quart, which would keep what a slow disk has not taken yet: the next piece is asked of the server when
the last one is written. Fields may come before or after the files. Nothing is added before the body is complete,
so that of an upload that breaks off nothing is left.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import Self

from frontend.access.doorkeeper import Visitor
from frontend.access.roles import ApiKey, Role
from frontend.access.table import need
from frontend.api.adding import Item, add_all, reply_of_many, reply_of_one
from frontend.api.services import Services
from frontend.api.upload_form import UploadForm
from frontend.client_presence import Receive, while_client_stays
from frontend.library.image_stream import ImageStream
from frontend.library.ingest import Wishes
from frontend.library.multipart import FieldPart, FilePart, MultipartLimits, MultipartReader
from frontend.library.records import ImageRecord
from frontend.reply import Reply
from frontend.volumes.incoming import Incoming
from shared.errors import BadParameterError, ServiceError, TooLargeError

_MAX_BESIDE_FILES_BYTES = 1 << 20
"""What fields and the headers of parts may add to a body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Received:
    """A file that is on disk, or why it is not."""

    filename: str
    incoming: Incoming | None = None
    extension: str = ""
    error: ServiceError | None = None


class Uploads:
    """Takes uploads in, straight from the ASGI server."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._max_bytes = services.limits.max_bytes

    async def reply(
        self, headers: Mapping[str, str], receive: Receive, *, visitor: Visitor, scheme: str
    ) -> Reply | None:
        """Read the body and add what is in it; None when the client has left meanwhile.

        Raises the ServiceError that all of it ends in, or that an image ends in which came alone.
        """
        role = need("POST", "/upload")
        limits = self._limits(await visitor.require(role or Role.READER))
        _check_length(headers.get("content-length", ""), limits)
        base = self._services.base_url(scheme=scheme, host=headers.get("host", ""))
        outcomes = None
        async with AsyncExitStack() as held:
            reader = MultipartReader(receive, content_type=headers.get("content-type", ""), limits=limits)
            form, files = await self._read(reader, held)
            wishes = self._wishes(form, files)
            items = [Item(label={"file": file.filename}, add=partial(self._add, file, wishes)) for file in files]
            async with while_client_stays(receive):
                outcomes = await add_all(items)
        if outcomes is None:
            return None
        return reply_of_one(outcomes[0], base=base) if len(outcomes) == 1 else reply_of_many(outcomes, base=base)

    def _limits(self, key: ApiKey) -> MultipartLimits:
        most = self._services.batch_limit(key)
        return MultipartLimits(max_body_bytes=most * self._max_bytes + _MAX_BESIDE_FILES_BYTES, max_files=most)

    async def _read(self, reader: MultipartReader, held: AsyncExitStack) -> tuple[UploadForm, list[_Received]]:
        """Read the body to its end; ``held`` keeps the files on disk for so long."""
        form, files = UploadForm(), list[_Received]()
        async for part in reader:
            if isinstance(part, FieldPart):
                form.add(part)
            else:
                files.append(await self._receive(part, held))
        return form, files

    async def _receive(self, part: FilePart, held: AsyncExitStack) -> _Received:
        if part.name != "file":
            raise BadParameterError.of(part.name, part.filename, "files are in parts named file")
        chunks = _BodyBytes(part)
        try:
            async with AsyncExitStack() as block:
                stream = await ImageStream.begin(chunks, max_bytes=self._max_bytes, extension=part.extension)
                incoming = await block.enter_async_context(self._services.library.ingest.receive(stream))
                held.push_async_exit(block.pop_all())
        except ServiceError as error:
            if chunks.has_failed:
                raise  # the body, and not only this file
            return _Received(filename=part.filename, error=error)
        return _Received(filename=part.filename, incoming=incoming, extension=stream.format.extensions[0])

    def _wishes(self, form: UploadForm, files: list[_Received]) -> Wishes:
        """What is wanted of all the files. Raises BadParameterError."""
        if not files:
            raise BadParameterError("there is no file in the body: at least one part named file is needed")
        wishes = self._services.library.ingest.checked(form.wishes())
        if wishes.name is not None and len(files) > 1:
            raise BadParameterError.of("name", wishes.name, f"{len(files)} images cannot have one name")
        return wishes

    async def _add(self, file: _Received, wishes: Wishes) -> ImageRecord:
        if file.incoming is None:
            raise file.error or ServiceError("a file was neither received nor refused")
        return await self._services.library.add(file.incoming, wishes, extension=file.extension)


def _check_length(told: str, limits: MultipartLimits) -> None:
    """Refuse at once what says that it will be too long."""
    if told.isascii() and told.isdigit() and int(told) > limits.max_body_bytes:
        raise TooLargeError(f"the body has more than {limits.max_body_bytes} bytes")


class _BodyBytes:
    """The bytes of a file in the body; remembers whether it was the body that failed."""

    def __init__(self, part: FilePart) -> None:
        self._part = part
        self.has_failed = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        try:
            return await anext(self._part)
        except ServiceError:
            self.has_failed = True
            raise
