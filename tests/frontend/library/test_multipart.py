"""Uploads as they come: parts in order, files as streams, and never more in memory than one event."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
import trio
from trio.testing import MockClock

from frontend.library.image_stream import ImageStream
from frontend.library.ingest_errors import BadMultipartError, UploadAbortedError, UploadTooSlowError
from frontend.library.multipart import FieldPart, FilePart, MultipartLimits, MultipartReader
from shared.errors import TooLargeError, UnsupportedFormatError
from tests.frontend.library.test_multipart_decoder import part
from tests.frontend.library.web_servers import picture

MIB = 1 << 20
END = b"--B--\r\n"


class Upload:
    """Gives a body to whoever receives, an event at a time; ``given`` counts them.

    Once ``leaves`` it says the client is gone, else that the body is whole.
    """

    def __init__(self, chunks: Iterable[bytes], *, leaves: bool = False) -> None:
        self._chunks: Iterator[bytes] = iter(chunks)
        self._leaves = leaves
        self.given = 0

    async def receive(self) -> dict[str, Any]:
        """What an ASGI server gives an application."""
        await trio.lowlevel.checkpoint()
        for chunk in self._chunks:
            self.given += 1
            return {"type": "http.request", "body": chunk, "more_body": True}
        if self._leaves:
            return {"type": "http.disconnect"}
        self.given += 1
        return {"type": "http.request", "body": b"", "more_body": False}


def read(upload: Upload, **limits: Any) -> MultipartReader:  # noqa: ANN401 - any of the limits
    """A reader of this upload."""
    return MultipartReader(
        upload.receive,
        content_type="multipart/form-data; boundary=B",
        limits=MultipartLimits(**{"max_body_bytes": MIB, **limits}),
    )


def file(data: bytes, *, name: str = "file", filename: str = "cat.png") -> bytes:
    """A part that is a file."""
    return part(
        data, f'Content-Disposition: form-data; name="{name}"; filename="{filename}"', "Content-Type: image/png"
    )


def field(name: str, value: bytes) -> bytes:
    """A part that is a field."""
    return part(value, f'Content-Disposition: form-data; name="{name}"')


async def everything(reader: MultipartReader) -> list[tuple[str, str | bytes]]:
    """All parts, whole."""
    parts: list[tuple[str, str | bytes]] = []
    async for each in reader:
        if isinstance(each, FieldPart):
            parts.append((each.name, each.value))
        else:
            parts.append((each.name, b"".join([data async for data in each])))
    return parts


@pytest.mark.parametrize("size", [1, 10, 100, 10_000])
async def test_parts_come_in_order(size: int) -> None:
    """Fields and files are given as they stand in the body, the same name as often as it occurs."""
    body = field("tags", b'["a"]') + file(picture(300)) + file(b"") + field("tags", "ä".encode()) + END
    upload = Upload(body[at : at + size] for at in range(0, len(body), size))
    assert await everything(read(upload)) == [
        ("tags", '["a"]'),
        ("file", picture(300)),
        ("file", b""),
        ("tags", "ä"),
    ]


async def test_file_tells_what_the_client_says_of_it() -> None:
    """Name, type and extension are the client's words."""
    each = await anext(read(Upload([file(b"", filename="a/Cat.TGA")])))
    assert isinstance(each, FilePart)
    assert (each.name, each.filename, each.extension, each.content_type) == ("file", "Cat.TGA", "tga", "image/png")


async def test_file_that_was_not_chosen_is_an_empty_one() -> None:
    """Browsers send an empty file without a name for an input that was left alone."""
    each = await anext(read(Upload([file(b"", filename="")])))
    assert isinstance(each, FilePart)
    assert (each.filename, each.extension) == ("", "")


async def test_nothing_is_received_before_it_is_wanted() -> None:
    """The server is asked for the next event only when the last one is used up: a slow reader slows the client."""
    upload = Upload([field("tags", b"x") + file(b"1")[:-2], b"2", b"3", b"\r\n" + END])
    reader = read(upload)
    assert upload.given == 0
    assert isinstance(await anext(reader), FieldPart)
    assert upload.given == 1
    each = await anext(reader)
    assert isinstance(each, FilePart)
    assert upload.given == 1
    for expected in (1, 2, 3):
        assert await anext(each)
        assert upload.given == expected
    with pytest.raises(StopAsyncIteration):
        await anext(each)
    assert upload.given == 4


async def test_body_is_read_to_its_end() -> None:
    """What follows the last boundary is taken off the connection, so that the next request can follow."""
    upload = Upload([field("a", b"b") + END, b"epilogue", b"--B\r\nnot a part", b""])
    assert await everything(read(upload)) == [("a", "b")]
    assert upload.given == 5


async def test_file_that_is_left_is_skipped() -> None:
    """Whoever has seen enough of a file goes on to the next part; the first one is then at its end."""
    body = file(picture(100_000)) + field("a", b"b") + END
    reader = read(Upload(body[at : at + 1000] for at in range(0, len(body), 1000)))
    first = await anext(reader)
    assert isinstance(first, FilePart)
    assert await anext(first)
    assert await anext(reader) == FieldPart(name="a", value="b")
    assert [data async for data in first] == []


async def test_bad_file_does_not_spoil_the_next() -> None:
    """After a file that is refused for its type or size the reading goes on."""
    reader = read(Upload([file(b"no image" * 20) + file(picture(500)) + file(picture(100)) + END]))
    told: list[object] = []
    async for each in reader:
        assert isinstance(each, FilePart)
        try:
            image = await ImageStream.begin(each, max_bytes=200)
            told.append(sum([len(chunk) async for chunk in image]))
        except (TooLargeError, UnsupportedFormatError) as error:
            told.append(type(error))
    assert told == [UnsupportedFormatError, TooLargeError, 100]


async def test_memory_stays_flat_for_a_large_file() -> None:
    """200 MB pass through while less than a few events of 64 KiB are held."""
    size, events = 64 << 10, 3200
    head = file(b"")[:-2]

    def body() -> Iterator[bytes]:
        yield head
        for number in range(events):
            yield number.to_bytes(4, "big") * (size // 4)
        yield b"\r\n" + END

    each = await anext(reader := read(Upload(body()), max_body_bytes=1 << 30))
    assert isinstance(each, FilePart)
    await anext(each)
    tracemalloc.start()
    try:
        got = sum([len(data) async for data in each])
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert got == size * (events - 1)
    assert peak_bytes < 8 * size
    with pytest.raises(StopAsyncIteration):
        await anext(reader)


async def test_body_is_bounded() -> None:
    """More bytes than a body may have are a 413, wherever they stand: in a file, or after the last part."""
    for chunks in ([file(b"")[:-2], *[bytes(1000)] * 5], [END, *[bytes(1000)] * 5], [b"preamble" * 1000]):
        with pytest.raises(TooLargeError, match="the body has more than 3000 bytes"):
            await everything(read(Upload(chunks), max_body_bytes=3000))


async def test_body_may_be_as_large_as_the_limit() -> None:
    """The limit itself is allowed."""
    body = file(picture(1000)) + END
    assert len(await everything(read(Upload([body]), max_body_bytes=len(body)))) == 1


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (field("a", b"x" * 101), "the field 'a' has more than 100 bytes (a file needs a filename)"),
        (field("a", b"b") * 4, "the body has more than 3 fields"),
        (file(b"b") * 3, "the body has more than 2 files"),
        (field("a", b"\xff") + END, "the field 'a' is not in UTF-8"),
        (
            part(b"b", "Content-Disposition: form-data; name=a", "Content-Type: text/plain; charset=KOI8-R"),
            "the field 'a' is in 'koi8-r', not in UTF-8",
        ),
        (file(b"b")[:-2], "the body ends before its final boundary"),
        (b"nothing", "the boundary that the Content-Type names is not in the body"),
    ],
)
async def test_bad_body_is_refused(body: bytes, said: str) -> None:
    """A limit that is passed, a text in another character set or a missing end is a 400 that names it."""
    with pytest.raises(BadMultipartError) as caught:
        await everything(read(Upload([body]), max_field_bytes=100, max_fields=3, max_files=2))
    assert caught.value.message == said


async def test_field_is_refused_before_it_ends() -> None:
    """A field without an end is not waited for."""
    upload = Upload([field("a", b"")[:-2], *[b"x" * 60] * 1000])
    with pytest.raises(BadMultipartError, match="more than 100 bytes"):
        await everything(read(upload, max_field_bytes=100))
    assert upload.given == 3


async def test_other_content_type_is_refused_unread() -> None:
    """A body that is not multipart/form-data is a 400 before anything is received."""
    upload = Upload([])
    with pytest.raises(BadMultipartError, match="must be multipart/form-data"):
        MultipartReader(upload.receive, content_type="application/json", limits=MultipartLimits(max_body_bytes=1))
    assert upload.given == 0


@pytest.mark.parametrize("chunks", [[], [file(b"x")[:-3]], [file(b"x"), field("a", b"b")]])
async def test_client_that_leaves_is_no_end(chunks: list[bytes]) -> None:
    """A body that was broken off never looks whole, wherever the client left."""
    with pytest.raises(UploadAbortedError):
        await everything(read(Upload(chunks, leaves=True)))


async def test_silent_client_is_refused(autojump_clock: MockClock) -> None:
    """A client that says nothing for the slack is a 408."""

    async def never() -> dict[str, Any]:
        await trio.sleep_forever()
        raise AssertionError

    upload = Upload([])
    upload.receive = never  # type: ignore[method-assign]
    with pytest.raises(UploadTooSlowError) as caught:
        await everything(read(upload, slack_s=20))
    assert caught.value.status == 408
    assert trio.current_time() == 20


class Dripping(Upload):
    """Gives an event a second."""

    async def receive(self) -> dict[str, Any]:
        """What an ASGI server gives an application, slowly."""
        await trio.sleep(1)
        return await super().receive()


async def test_patient_client_is_served(autojump_clock: MockClock) -> None:
    """A client that keeps up the least speed may take its time."""
    upload = Dripping([file(b"")[:-2], *[b"x" * 100] * 1000, b"\r\n" + END])
    assert await everything(read(upload, slack_s=20, least_bytes_per_s=100)) == [("file", b"x" * 100_000)]


async def test_dripping_client_is_refused(autojump_clock: MockClock) -> None:
    """A client that sends byte by byte is a 408 once it has used up the slack."""
    upload = Dripping([file(b"")[:-2], *[b"x"] * 1000])
    with pytest.raises(UploadTooSlowError):
        await everything(read(upload, slack_s=20, least_bytes_per_s=100))
    assert 20 <= trio.current_time() <= 22


async def test_slow_reader_is_not_the_clients_fault(autojump_clock: MockClock) -> None:
    """However long we take to store what came, the client is not refused for it."""
    reader = read(Upload([file(b"")[:-2], *[b"x"] * 10, b"\r\n" + END]), slack_s=1)
    each = await anext(reader)
    assert isinstance(each, FilePart)
    async for _data in each:
        await trio.sleep(100)
    with pytest.raises(StopAsyncIteration):
        await anext(reader)
