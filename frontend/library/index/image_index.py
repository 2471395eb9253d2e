"""The index of the library in memory: from a filter to exactly the images that it means.

It follows the catalogue and owns nothing: what it holds comes from the tables (``loading.py``) and then from the
log of changes (``live_index.py``). It knows no database itself. The package's own docstring says why it is there.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Literal

from frontend.library.image_filter import ImageFilter
from frontend.library.index.bit_slices import BitSlices
from frontend.library.index.bits import SEGMENT_SHIFT, SEGMENT_SLOTS, members
from frontend.library.index.matches import Matches
from frontend.library.index.outermost import outermost
from frontend.library.index.segment import ImageTuple, IndexedImage, Segment
from frontend.library.index.slot_set import SlotSet

NumberColumn = Literal["width", "height", "size_bytes"]


class ImageIndex:
    """Images by slot, in the order of their ids; tags as sets of slots.

    The slots of deleted images stay empty: only the next start gives out slots without gaps again.
    """

    def __init__(self) -> None:
        self._ids = array("q")
        self._segments: list[Segment] = []
        self._tags: dict[str, SlotSet] = {}

    def matching(self, wanted: ImageFilter) -> Matches:
        """Return the images for which the filter holds."""
        return Matches(self._ids, list(self._matching_slots(wanted)))

    def outermost(
        self,
        wanted: ImageFilter,
        column: NumberColumn,
        *,
        limit: int,
        greatest: bool,
        after: tuple[int, int] | None,
    ) -> list[int]:
        """Return the ids of those ``limit`` matching images that have the smallest or the greatest numbers.

        ``after``, a number and an id, leaves out what comes before it in this order, and itself. The ids are in no
        particular order. Where numbers are equal, ids decide in the same direction.
        """
        numbers: list[BitSlices] = [getattr(segment, column) for segment in self._segments]
        slots = self._matching_slots(wanted)
        if after is not None:
            value, image_id = after
            # Slots run as ids do: those before the edge have smaller ids.
            edge = bisect_left(self._ids, image_id if greatest else image_id + 1)
            slots = (
                part.beyond(value, among, edge=edge - (number << SEGMENT_SHIFT), greatest=greatest)
                for number, (part, among) in enumerate(zip(numbers, slots, strict=True))
            )
        found = outermost(numbers, list(slots), limit, greatest=greatest)
        return [
            self._ids[(number << SEGMENT_SHIFT) + offset]
            for number, members_of in enumerate(found)
            for offset in members(members_of)
        ]

    def tag_counts(self) -> dict[str, int]:
        """Return how many images each tag has, in alphabetical order."""
        return {name: len(self._tags[name]) for name in sorted(self._tags)}

    def add(self, image: IndexedImage) -> None:
        """Put in an image; it may be there, and ids are greater each time."""
        if self._slot_of(image.id) is not None:
            return
        slot = len(self._ids)
        if slot >> SEGMENT_SHIFT == len(self._segments):
            self._segments.append(Segment())
        self._segments[-1].add(slot & (SEGMENT_SLOTS - 1), image)
        self._ids.append(image.id)

    def add_segment(self, images: Sequence[ImageTuple]) -> None:
        """Put in the next images, in the order of ids: always ``SEGMENT_SLOTS`` but for the last time."""
        self._segments.append(Segment(images))
        self._ids.extend(image[0] for image in images)

    def add_tag(self, name: str, slots: Sequence[int]) -> None:
        """Give a tag that no image has yet to many at once, in the order of slots."""
        self._tags[name] = SlotSet(slots)

    def slots(self) -> dict[int, int]:
        """Return the slot of every image by its id."""
        return {image_id: slot for slot, image_id in enumerate(self._ids)}

    def remove(self, image_id: int) -> None:
        """Take out an image, whose tags were taken from it before; it may be gone."""
        slot = self._slot_of(image_id)
        if slot is not None:
            self._segments[slot >> SEGMENT_SHIFT].remove(slot & (SEGMENT_SLOTS - 1))

    def tag(self, image_id: int, name: str) -> None:
        """Give an image a tag; it may have it."""
        slot = self._slot_of(image_id)
        if slot is not None:
            self._tags.setdefault(name, SlotSet()).add(slot)

    def untag(self, image_id: int, name: str) -> None:
        """Take a tag from an image; it may not have it."""
        slot, slots = self._slot_of(image_id), self._tags.get(name)
        if slot is None or slots is None:
            return
        slots.discard(slot)
        if not slots:
            del self._tags[name]

    def _slot_of(self, image_id: int) -> int | None:
        slot = bisect_left(self._ids, image_id)
        return slot if slot < len(self._ids) and self._ids[slot] == image_id else None

    def _matching_slots(self, wanted: ImageFilter) -> Iterator[int]:
        """Yield for each segment which of its slots match."""
        tags = [self._tags.get(name, _NO_SLOTS) for name in wanted.tags]
        # The rarest first: with most segments we are done then after one look.
        tags.sort(key=len)
        for number, segment in enumerate(self._segments):
            slots = segment.present
            for tag in tags:
                slots = slots and slots & tag.bits(number)
            yield segment.matching(wanted, slots)


_NO_SLOTS = SlotSet()
