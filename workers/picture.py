"""What the steps of a plan made and an encoder gets: frames of one size, and what is to be said about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from shared.operations import FLATTEN_ON
from workers.deep import Deep

OPAQUE = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One frame, or those of an animation. Pixels are sRGB unless ``profile`` says otherwise."""

    frames: tuple[Image.Image, ...]
    durations_ms: tuple[int, ...] = (0,)
    plays: int = 0
    """How often an animation is shown; 0 is for ever."""
    exif: bytes = b""
    """A TIFF structure behind ``Exif`` and two zero bytes; empty for none."""
    profile: bytes | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of every frame."""
        return self.frames[0].size

    @property
    def has_alpha(self) -> bool:
        """Whether the frames, in a common mode by now, have an alpha channel."""
        return self.frames[0].mode.endswith("A")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeepPicture:
    """One frame with more than eight bits a channel, in the colours of ``profile``, if there is one."""

    deep: Deep
    exif: bytes = b""
    profile: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """An image file, and what is in it."""

    body: bytes
    width: int
    height: int
    frames: int
    has_alpha: bool


def shows_through(frame: Image.Image) -> bool:
    """Whether any pixel is less than opaque."""
    return frame.mode in ("LA", "RGBA") and _lowest_alpha(frame) < OPAQUE


def in_common_mode(frames: Sequence[Image.Image], modes: frozenset[str]) -> tuple[Image.Image, ...]:
    """Bring frames into the smallest one of ``modes`` that holds all of them.

    An alpha that is nowhere used is dropped; one that no mode has is flattened.
    """
    has_alpha = "RGBA" in modes and any(shows_through(frame) for frame in frames)
    is_grey = all(frame.mode in ("L", "LA") for frame in frames)
    alpha = "A" if has_alpha else ""
    wanted = [("L" if is_grey else "RGB") + alpha, "RGB" + alpha, "L"]
    mode = next(mode for mode in wanted if mode in modes)
    return tuple(_in_mode(frame, mode) for frame in frames)


def _in_mode(frame: Image.Image, mode: str) -> Image.Image:
    if not mode.endswith("A") and shows_through(frame):
        frame = _flattened(frame)
    return frame if frame.mode == mode else frame.convert(mode)


def _flattened(frame: Image.Image) -> Image.Image:
    base = frame.mode.removesuffix("A")
    canvas = Image.new(base, frame.size, FLATTEN_ON[: len(base)])
    canvas.paste(frame.convert(base), mask=frame.getchannel("A"))
    return canvas


def _lowest_alpha(frame: Image.Image) -> int:
    lowest, _ = frame.getchannel("A").getextrema()
    return int(lowest)  # type: ignore[arg-type]
