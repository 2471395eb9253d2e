"""What is known of 65 536 images in a row: which are there, their formats and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from frontend.library.image_filter import ImageFilter
from frontend.library.index.bit_slices import BitSlices
from frontend.library.index.bits import from_offsets


class IndexedImage(NamedTuple):
    """As much of an image as filters ask for, beside its tags. It stays as it is as long as the image is there."""

    id: int
    width: int
    height: int
    size_bytes: int
    format: str


ImageTuple = tuple[int, int, int, int, str]
"""The same where there are many: plain tuples of plain values are none of the garbage collector's business."""


class Segment:
    """Slots for images, given out in order and never a second time."""

    def __init__(self, images: Sequence[ImageTuple] = ()) -> None:
        self.present = (1 << len(images)) - 1
        self.width = BitSlices([image[1] for image in images])
        self.height = BitSlices([image[2] for image in images])
        self.size_bytes = BitSlices([image[3] for image in images])
        offsets: dict[str, list[int]] = {}
        for offset, image in enumerate(images):
            offsets.setdefault(image[4], []).append(offset)
        self._formats = {name: from_offsets(having) for name, having in offsets.items()}

    def add(self, offset: int, image: IndexedImage) -> None:
        """Put an image into a slot that no image had."""
        self.present |= 1 << offset
        self.width.set(offset, image.width)
        self.height.set(offset, image.height)
        self.size_bytes.set(offset, image.size_bytes)
        self._formats[image.format] = self._formats.get(image.format, 0) | 1 << offset

    def remove(self, offset: int) -> None:
        """Take the image out of its slot. What else is known of the slot counts no more."""
        self.present &= ~(1 << offset)

    def matching(self, wanted: ImageFilter, among: int) -> int:
        """Return those of the slots ``among`` that have an image for which all but the tags holds."""
        among &= self.present
        if wanted.format is not None:
            among &= self._formats.get(wanted.format, 0)
        for bounds, numbers in (
            (wanted.width, self.width),
            (wanted.height, self.height),
            (wanted.size, self.size_bytes),
        ):
            if among:
                among = numbers.within(bounds, among)
        return among
