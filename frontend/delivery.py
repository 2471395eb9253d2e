"""Image request to reply: the one path that every lane uses. Free of Quart and Hypercorn.

It decides what is asked for and whether the client has it already; making a variant is the dispatcher's
business, finding a file the drop-in folder's, and turning an error into a reply the lane's.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from typing import Protocol

from frontend import vector
from frontend.access.image_access import Entry, ImageAccess
from frontend.cache_policy import CachePolicy
from frontend.conditional import etag, is_not_modified, last_modified, may_use_range
from frontend.dispatcher import Dispatched, Dispatcher, Ledger, Wanted
from frontend.disposition import attachment
from frontend.negotiation import negotiate
from frontend.originals import OpenImage, OriginalReader, SourceImage
from frontend.ranges import ByteRange, parse_range
from frontend.reply import FileBody, Headers, ImageRequest, Reply
from frontend.settings import DeliverySettings
from frontend.worker_pool import WorkerPool
from shared.errors import (
    BadParameterError,
    ImageNotFoundError,
    SourceChangedError,
    TooLargeError,
    UnsupportedFormatError,
)
from shared.formats import BY_EXTENSION, BY_MIME, detect, sniff_bytes
from shared.grammar import Grammar, ParsedQuery
from shared.limits import Limits
from shared.operations import AUTO, Watermark
from shared.plan import Plan

MAX_NAMED_IGNORED = 20
_TOKEN = re.compile(r"[A-Za-z0-9_.~-]{1,64}")


class Finder(Protocol):
    """Knows which name means which original."""

    async def find(self, name: str) -> SourceImage:
        """Look the name up. Raises ImageNotFoundError."""


class Delivery:
    """Answers GET and HEAD of one image."""

    def __init__(
        self,
        *,
        originals: Finder,
        grammar: Grammar,
        access: ImageAccess,
        dispatcher: Dispatcher,
        ledger: Ledger,
        pool: WorkerPool,
        limits: Limits,
        settings: DeliverySettings,
    ) -> None:
        self._originals = originals
        self._reader = OriginalReader()
        self._grammar = grammar
        self._access = access
        self._ledger = ledger
        self._dispatcher = dispatcher
        self._pool = pool
        self._limits = limits
        self._caching = CachePolicy(settings)

    async def reply(self, request: ImageRequest) -> Reply:
        """Answer the request. Raises the ServiceError it ends in."""
        started_s = time.perf_counter()
        # Parsed first: it bounds how many parameters a signature is looked for among.
        query = self._grammar.parse(request.query, pipeline=request.pipeline)
        entry = await self._access.enter(request.path, request.query, request.visitor)
        self._access.require_plan(query, entry)
        query.plan.check(self._limits)
        try:
            return await self._found(request, query, entry=entry, started_s=started_s)
        except SourceChangedError:
            # Replaced while it waited for a worker: what lies there now is what is asked for.
            return await self._found(request, query, entry=entry, started_s=started_s)

    async def _found(self, request: ImageRequest, query: ParsedQuery, *, entry: Entry, started_s: float) -> Reply:
        image = await self._originals.find(request.name)
        await self._access.require_image(image, entry)
        if not query.plan.is_idle and await vector.is_vector(image, self._reader):
            query = vector.without_plan(query, request.query)
        if query.plan.is_idle:
            return await self._original(request, query, image, entry)
        plan = self._negotiated(query.plan, request, image)
        overlays = await self._overlays(plan, entry)
        identity = _identity(image, overlays)
        wanted = Wanted(
            image=image, plan=plan, key=plan.key(identity, engine=self._pool.engine), overlays=overlays
        )
        return await self._variant(request, query, wanted, entry, started_s=started_s)

    async def _overlays(self, plan: Plan, entry: Entry) -> dict[str, SourceImage]:
        """Look up the images that are laid upon this one. Raises BadParameterError for one that is not there."""
        overlays: dict[str, SourceImage] = {}
        for step in plan.each(Watermark):
            name = step.image or ""
            if name not in overlays:
                try:
                    overlays[name] = await self._originals.find(name)
                except ImageNotFoundError:
                    raise BadParameterError.of("wm", name, "there is no image of this name") from None
                await self._access.require_image(overlays[name], entry)
        return overlays

    async def _variant(
        self, request: ImageRequest, query: ParsedQuery, wanted: Wanted, entry: Entry, *, started_s: float
    ) -> Reply:
        image, key = wanted.image, wanted.key
        seen = (image, *wanted.overlays.values())
        headers = self._headers(query, seen, entry, key=key)
        if is_not_modified(request.headers, tag=etag(key), modified_ns=_modified_ns(seen)):
            return Reply(status=304, headers=headers)
        if image.stamp.size_bytes > self._limits.max_bytes:
            raise TooLargeError(f"the image has {image.stamp.size_bytes} bytes, limit is {self._limits.max_bytes}")
        lookup_ms = (time.perf_counter() - started_s) * 1000
        dispatched = await self._dispatcher.variant(wanted, admit=request.visitor.spend_new_image)
        mime = dispatched.variant.meta.mime
        headers += (
            *_saved_as(query, image, BY_MIME[mime].extensions[0]),
            ("content-type", mime),
            ("x-cache", dispatched.cache),
            ("server-timing", _server_timing(dispatched, lookup_ms=lookup_ms)),
        )
        return _whole_or_part(request, seen, key=key, headers=headers, body=dispatched.variant.body)

    async def _original(
        self, request: ImageRequest, query: ParsedQuery, found: SourceImage, entry: Entry
    ) -> Reply:
        """The file's own bytes, as they are at the moment it is opened."""
        file = await self._reader.open(found)
        try:
            reply = await self._opened(request, query, file, entry)
        except BaseException:
            file.close()
            raise
        if not isinstance(reply.body, FileBody):
            file.close()
        return reply

    async def _opened(self, request: ImageRequest, query: ParsedQuery, file: OpenImage, entry: Entry) -> Reply:
        image = file.image
        image_format = detect(await file.read(sniff_bytes(image.extension), offset=0), extension=image.extension)
        if image_format is None:
            raise UnsupportedFormatError()
        key = Plan().key(image.identity, engine="")
        headers = self._headers(query, (image,), entry, key=key) + vector.headers(image_format)
        if is_not_modified(request.headers, tag=etag(key), modified_ns=image.stamp.mtime_ns):
            return Reply(status=304, headers=headers)
        headers += (*_saved_as(query, image, image.extension), ("content-type", image_format.mime))
        self._ledger.served(image)
        body = FileBody(file=file, first=0, length=image.stamp.size_bytes)
        return _whole_or_part(request, (image,), key=key, headers=headers, body=body)

    def _negotiated(self, plan: Plan, request: ImageRequest, image: SourceImage) -> Plan:
        if plan.format != AUTO:
            return plan
        # By its extension: whether it moves is not known before it is read.
        known = BY_EXTENSION.get(image.extension)
        accept, encodes = request.headers.get("accept", ""), self._pool.hello.encodes
        return plan.with_format(negotiate(accept, encodes, may_move=known is None or known.animated))

    def _headers(self, query: ParsedQuery, seen: Sequence[SourceImage], entry: Entry, *, key: str) -> Headers:
        """What 200, 206 and 304 have in common; ``seen`` are all images of which something is to be seen."""
        standings = (image.standing for image in seen)
        headers = [
            ("etag", etag(key)),
            ("cache-control", self._caching.control(*standings, ends_in_s=entry.ends_in_s)),
            ("last-modified", last_modified(_modified_ns(seen), now_ns=time.time_ns())),
            ("accept-ranges", "bytes"),
            ("x-content-type-options", "nosniff"),
        ]
        if query.plan.format == AUTO:
            headers.append(("vary", "Accept"))
        if query.ignored:
            headers.append(("x-tintype-ignored", _name_ignored(query.ignored)))
        return tuple(headers)


def _identity(image: SourceImage, overlays: Mapping[str, SourceImage]) -> str:
    """What tells this image, and what lies upon it, from all others and from what they were before."""
    parts = [image.identity]
    for name, overlay in overlays.items():
        parts += [name, overlay.identity]
    return "\0".join(parts)


def _saved_as(query: ParsedQuery, image: SourceImage, extension: str) -> Headers:
    if query.download is None:
        return ()
    return (("content-disposition", attachment(query.download, name=image.name, extension=extension)),)


def _modified_ns(seen: Sequence[SourceImage]) -> int:
    """When the answer last changed: as the newest image in it did."""
    return max(image.stamp.mtime_ns for image in seen)


def _whole_or_part(
    request: ImageRequest, seen: Sequence[SourceImage], *, key: str, headers: Headers, body: bytes | FileBody
) -> Reply:
    """Send ``body``, or the range of it that is asked for. Raises RangeNotSatisfiableError."""
    size_bytes = len(body) if isinstance(body, bytes) else body.length
    part = None
    if may_use_range(request.headers, tag=etag(key), modified_ns=_modified_ns(seen)):
        part = parse_range(request.headers.get("range", ""), size_bytes=size_bytes)
    if part is None:
        return Reply(status=200, headers=(*headers, ("content-length", str(size_bytes))), body=body)
    headers += (("content-length", str(part.length)), ("content-range", part.content_range))
    return Reply(status=206, headers=headers, body=_cut(body, part))


def _cut(body: bytes | FileBody, part: ByteRange) -> bytes | FileBody:
    if isinstance(body, bytes):
        return body[part.first : part.last + 1]
    return FileBody(file=body.file, first=part.first, length=part.length)


def _server_timing(dispatched: Dispatched, *, lookup_ms: float) -> str:
    """Source: W3C Server Timing."""
    timings_ms = {"lookup": lookup_ms, **dispatched.timings_ms}
    return ", ".join(f"{name};dur={value:.2f}" for name, value in timings_ms.items())


def _name_ignored(names: tuple[str, ...]) -> str:
    """List parameters that mean nothing here, as far as they can stand in a header."""
    shown = [name if _TOKEN.fullmatch(name) else "?" for name in names[:MAX_NAMED_IGNORED]]
    if len(names) > MAX_NAMED_IGNORED:
        shown.append(f"and {len(names) - MAX_NAMED_IGNORED} more")
    return ", ".join(shown)
