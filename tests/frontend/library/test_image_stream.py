"""The bytes of a new image: begun like an image, counted, and otherwise left as they come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Self

import pytest

from frontend.library.image_stream import ImageStream
from shared.errors import TooLargeError, UnsupportedFormatError
from tests.frontend.library.web_servers import picture


class Chunks:
    """Gives these chunks; ``given`` counts them."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks: Iterator[bytes] = iter(chunks)
        self.given = 0

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        for chunk in self._chunks:
            self.given += 1
            return chunk
        raise StopAsyncIteration


async def take(image: ImageStream, *, into: list[bytes]) -> None:
    """Take all chunks that are given out."""
    async for chunk in image:
        into.append(chunk)  # noqa: PERF401 - must be there when the next one is refused


@pytest.mark.parametrize("size", [1, 7, 63, 64, 65, 1000])
async def test_bytes_pass_through(size: int) -> None:
    """However the bytes are cut, they come out whole and in order."""
    body = picture(500)
    image = await ImageStream.begin(Chunks(body[at : at + size] for at in range(0, 500, size)), max_bytes=500)
    assert image.format.name == "png"
    assert b"".join([chunk async for chunk in image]) == body


async def test_no_more_is_read_than_shows_the_format() -> None:
    """An image's format is known from its first bytes, and nobody waits for the rest."""
    chunks = Chunks([picture(40), bytes(40), bytes(40)])
    await ImageStream.begin(chunks, max_bytes=1000)
    assert chunks.given == 2


@pytest.mark.parametrize("body", [[], [b""], [b"\x89PNG"], [b"<svg>" + bytes(100)]])
async def test_other_bytes_are_refused(body: list[bytes]) -> None:
    """What begins like no image, or ends before it could, is a 415."""
    with pytest.raises(UnsupportedFormatError):
        await ImageStream.begin(Chunks(body), max_bytes=1000)


async def test_tiny_image_is_one() -> None:
    """A file shorter than what is looked at may be an image all the same."""
    image = await ImageStream.begin(Chunks([b"GIF89a"]), max_bytes=1000)
    assert [chunk async for chunk in image] == [b"GIF89a"]


@pytest.mark.parametrize("max_bytes", [10, 99, 199])
async def test_first_byte_too_many_is_not_given_out(max_bytes: int) -> None:
    """The chunk that goes beyond the limit is a 413 in its place."""
    image = await ImageStream.begin(Chunks([picture(100), bytes(100)]), max_bytes=max_bytes)
    got: list[bytes] = []
    with pytest.raises(TooLargeError, match=f"more than {max_bytes} bytes"):
        await take(image, into=got)
    assert sum(map(len, got)) <= max_bytes
