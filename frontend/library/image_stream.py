"""The bytes of a new image on their way in, from wherever they come: begun like an image, and not too many."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Self

from shared.errors import TooLargeError, UnsupportedFormatError
from shared.formats import Format, detect, sniff_bytes


class ImageStream:
    """An image's bytes, to be iterated over once; ``format`` is what its first bytes say, which proves little."""

    def __init__(self, rest: AsyncIterator[bytes], *, head: bytes, image_format: Format, max_bytes: int) -> None:
        self.format = image_format
        self._rest = rest
        self._head = head
        self._max_bytes = max_bytes
        self._size_bytes = 0

    @classmethod
    async def begin(cls, chunks: AsyncIterator[bytes], *, max_bytes: int, extension: str = "") -> ImageStream:
        """Read no more than it takes to know the format; ``extension`` as ``shared.formats.detect`` takes it.

        Raises UnsupportedFormatError; the iteration raises TooLargeError in place of the first byte too many.
        """
        head = b""
        needed_bytes = sniff_bytes(extension)
        while len(head) < needed_bytes:
            chunk = await anext(chunks, None)
            if chunk is None:
                break
            head += chunk
        image_format = detect(head[:needed_bytes], extension=extension)
        if image_format is None:
            raise UnsupportedFormatError()
        return cls(chunks, head=head, image_format=image_format, max_bytes=max_bytes)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        chunk, self._head = self._head or await anext(self._rest), b""
        self._size_bytes += len(chunk)
        if self._size_bytes > self._max_bytes:
            raise too_large(max_bytes=self._max_bytes)
        return chunk


def too_large(*, max_bytes: int) -> TooLargeError:
    """Say how large an image may be."""
    return TooLargeError(f"the image has more than {max_bytes} bytes")
