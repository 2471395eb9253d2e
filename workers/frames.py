"""Frames and pages: how many an image has, which of them a plan wants, and what they look like one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image, PngImagePlugin
from PIL.IcoImagePlugin import IcoImageFile

from shared.errors import BadParameterError, CorruptImageError, TooManyPixelsError
from shared.formats import AVIF, GIF, TIFF
from shared.operations import Open
from workers import avif_movie, deep_source
from workers.decoding import decoding
from workers.opening import Opened

_UNTIMED_MS = 100
"""How long a frame is shown that says nothing, or nought, about it: what browsers do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One decoded frame, composited over those before it."""

    image: Image.Image
    duration_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The frames that are wanted: ``count`` from ``first`` on, in Pillow's counting."""

    first: int
    count: int
    decoded: int
    """How many have to be decoded for them: frames of an animation build on those before."""
    are_pages: bool = False
    """They are to be pages, each for itself: pages of a document may have sizes of their own."""

    @property
    def is_animation(self) -> bool:
        """There is more than one frame, and they are to move."""
        return self.count > 1 and not self.are_pages


def count(opened: Opened, *, at_most: int) -> int:
    """Count the frames or pages, but no further than ``at_most``, and without decoding any."""
    if opened.format is GIF:
        found = _count_gif_frames(opened.data, at_most=at_most)
    elif opened.format is TIFF:
        found = _count_tiff_pages(opened, at_most=at_most)
    elif isinstance(opened.image, IcoImageFile):
        found = len(opened.image.ico.entry)
    else:
        found = getattr(opened.image, "n_frames", 1) - _frames_before_animation(opened)
    return max(1, min(found, at_most))


def is_animated(opened: Opened) -> bool:
    """Whether the image moves: pages of a document do not."""
    return opened.format.animated and count(opened, at_most=2) > 1


def plays(opened: Opened) -> int:
    """How often the animation is to be shown; 0 is for ever."""
    if opened.format is AVIF:  # Pillow does not tell
        return avif_movie.plays(opened.data)
    loop = opened.image.info.get("loop")
    if opened.format is not GIF:
        return int(loop or 0)
    # A GIF counts repetitions, the others showings, and without a count it is shown once.
    return 1 if loop is None else int(loop) + 1 if loop else 0


def select(opened: Opened, head: Open, *, animate: bool, pages: bool = False) -> Selection:
    """Choose the frames that ``head`` asks for: one, or as many as there are when the result can hold them.

    One that can move (``animate``) takes those of an animation, one of ``pages`` those of a document as well.
    Raises BadParameterError for a frame that does not exist, and what ``Opened.check`` raises.
    """
    before = _frames_before_animation(opened)
    if head.frame is not None:
        _check_exists(opened, head.frame)
        chosen = Selection(first=before + head.frame, count=1, decoded=before + head.frame + 1)
    elif ((animate or pages) and is_animated(opened)) or (pages and opened.format is TIFF):
        at_most = head.frames or opened.limits.max_frames + 1
        frames = count(opened, at_most=at_most)
        chosen = Selection(first=before, count=frames, decoded=before + frames, are_pages=pages)
    else:
        chosen = Selection(first=before, count=1, decoded=before + 1)
    opened.check(decoded_frames=chosen.decoded if opened.format.animated else chosen.count)
    return chosen


def decoded(opened: Opened, selection: Selection) -> Iterator[Frame]:
    """Yield the selected frames, of one size unless they are pages; each is good until the next is asked for.

    Raises CorruptImageError where one cannot be decoded, TooManyPixelsError where pages have too many together.
    """
    size = opened.image.size
    decoded_px = 0
    for index in range(selection.first, selection.first + selection.count):
        with decoding(opened.limits):
            image = _load(opened, index)
            decoded_px += image.width * image.height
            if selection.are_pages and decoded_px > opened.limits.max_pixels:
                most = f"at most {opened.limits.max_pixels} are read"
                raise TooManyPixelsError(f"the first {index + 1} pages have {decoded_px} pixels, {most}")
            duration_ms = round(image.info.get("duration") or 0) or _UNTIMED_MS
            if selection.is_animation and image.size != size:
                # Some GIFs have frames that stick out of the first.
                image = image.crop((0, 0, *size))
        yield Frame(image=image, duration_ms=duration_ms)


def _load(opened: Opened, index: int) -> Image.Image:
    image: Image.Image = opened.image
    if isinstance(image, IcoImageFile):
        image = image if index == 0 else image.ico.frame(index)
    elif index:
        image.seek(index)
        opened.check(decoded_frames=1)  # pages have sizes of their own
    image.load()
    if image.mode == "P" and image.palette is None:
        raise CorruptImageError("the image has no palette")  # which Pillow's own code takes for granted
    return deep_source.in_eight_bits(image, deep_mode=opened.deep_mode)


def _check_exists(opened: Opened, index: int) -> None:
    frames = count(opened, at_most=opened.limits.max_frames)
    if index >= frames:
        more = " or more" if frames == opened.limits.max_frames else ""
        raise BadParameterError.of("frame", str(index), f"the image has {frames}{more}, the first is 0")


def _frames_before_animation(opened: Opened) -> int:
    """An animated PNG may begin with a picture for those who cannot see it move."""
    return int(isinstance(opened.image, PngImagePlugin.PngImageFile) and bool(opened.image.default_image))


def _count_tiff_pages(opened: Opened, *, at_most: int) -> int:
    with decoding(opened.limits):
        pages = 1
        try:
            while pages < at_most:
                opened.image.seek(pages)
                pages += 1
        except EOFError:
            pass
        opened.image.seek(0)
    return pages


def _count_gif_frames(data: bytes, *, at_most: int) -> int:
    """Walk over the blocks of a GIF. Pillow would walk to the end of a file that has none."""
    frames, at = 0, 13 + _colour_table_bytes(data[10])
    try:
        while frames < at_most:
            if data[at] == _IMAGE_DESCRIPTOR:
                frames += 1
                at += 11 + _colour_table_bytes(data[at + 9])
            elif data[at] == _EXTENSION:
                at += 2
            else:
                break
            while data[at]:
                at += data[at] + 1
            at += 1
    except IndexError:
        pass  # truncated: decoding will tell
    return frames


_IMAGE_DESCRIPTOR, _EXTENSION = 0x2C, 0x21


def _colour_table_bytes(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0
