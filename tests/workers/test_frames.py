"""Frames and pages: which are decoded, for how long each is shown, and how often all of them."""

from __future__ import annotations

import io
import struct

import pytest
from PIL import Image

from shared.errors import BadParameterError, CorruptImageError
from shared.operations import Encode
from tests import pictures
from tests.workers.jobs import result
from workers import encoding_gif
from workers.picture import Picture


def _pages(pillow_format: str) -> bytes:
    file = io.BytesIO()
    first, *others = pictures.animation_frames(3)
    first.save(file, pillow_format, save_all=True, append_images=others)
    return file.getvalue()


def _with_default_image(frames: int = 3) -> bytes:
    """An animated PNG that begins with a white picture for those who cannot see it move."""
    file = io.BytesIO()
    white = Image.new("RGB", pictures.SIZE, "white")
    moving = pictures.animation_frames(frames)
    white.save(file, "PNG", save_all=True, append_images=moving, default_image=True, duration=100)
    return file.getvalue()


def _icon() -> bytes:
    file = io.BytesIO()
    pictures.gradients("RGBA", (64, 64)).save(file, "ICO", sizes=[(16, 16), (32, 32), (64, 64)])
    return file.getvalue()


@pytest.mark.parametrize("name", pictures.ANIMATED)
def test_one_frame_can_be_picked(name: str) -> None:
    """The first is 0, and the frame is whole, not a difference to the one before."""
    made = result("open:frame=2;encode:png", pictures.animated(name))
    assert made.frames == 1
    assert pictures.distance(pictures.opened(made.body).convert("RGB"), pictures.animation_frames()[2]) < 6


@pytest.mark.parametrize("name", pictures.ANIMATED)
def test_a_frame_beyond_the_last_is_the_request_s_fault(name: str) -> None:
    """The message names the frame and how many there are."""
    with pytest.raises(BadParameterError, match="frame='4' is not allowed: the image has 4"):
        result("open:frame=4;encode:png", pictures.animated(name))


@pytest.mark.parametrize("name", pictures.FORMATS)
def test_a_still_has_one_frame(name: str) -> None:
    """Frame 0 is the picture, and there is no other."""
    body = pictures.sample(name)
    assert result("open:frame=0;encode:png", body, extension=name).frames == 1
    with pytest.raises(BadParameterError, match="the image has 1,"):
        result("open:frame=1;encode:png", body, extension=name)


@pytest.mark.parametrize("name", pictures.ANIMATED)
def test_frames_can_be_capped(name: str) -> None:
    """The first so many stay, with their durations."""
    made = result("open:frames=2", pictures.animated(name))
    assert (made.format, made.frames) == (name, 2)
    assert round(pictures.opened(made.body).info["duration"]) == 100


@pytest.mark.parametrize("pillow_format", ["TIFF", "MPO"])
def test_pages_are_no_animation(pillow_format: str) -> None:
    """The first page is the picture; others have to be asked for, and exist."""
    body = _pages(pillow_format)
    first = result("encode:webp:lossless=1", body)
    second = result("open:frame=1;encode:webp:lossless=1", body)
    assert (first.frames, second.frames) == (1, 1)
    wanted = pictures.animation_frames(3)
    assert pictures.distance(pictures.opened(first.body), wanted[0]) < 4
    assert pictures.distance(pictures.opened(second.body), wanted[1]) < 4
    with pytest.raises(BadParameterError, match="the image has 3,"):
        result("open:frame=3;encode:png", body)


def test_an_icon_s_pages_are_its_sizes() -> None:
    """The largest comes first."""
    body = _icon()
    sizes = [result(f"open:frame={index};encode:png", body).width for index in range(3)]
    assert sizes == [64, 32, 16]
    with pytest.raises(BadParameterError, match="the image has 3,"):
        result("open:frame=3;encode:png", body)


def test_the_picture_before_an_animated_png_is_no_frame_of_it() -> None:
    """Neither the still nor the animation shows it."""
    body = _with_default_image()
    still = pictures.opened(result("encode:bmp", body).body)
    assert pictures.distance(still, pictures.animation_frames()[0]) == 0
    moving = result("", body)
    assert moving.frames == 3
    assert pictures.distance(pictures.opened(moving.body).convert("RGB"), pictures.animation_frames()[0]) == 0
    with pytest.raises(BadParameterError, match="the image has 3,"):
        result("open:frame=3;encode:png", body)


@pytest.mark.parametrize(
    ("source", "loop", "target", "expected"),
    [
        ("gif", None, "gif", None), ("gif", 0, "gif", 0), ("gif", 4, "gif", 4),
        ("gif", None, "webp", 1), ("gif", 0, "webp", 0), ("gif", 4, "webp", 5), ("gif", 65_535, "webp", 65_535),
        ("webp", 0, "gif", 0), ("webp", 1, "gif", None), ("webp", 5, "gif", 4),
        ("png", 5, "webp", 5), ("webp", 5, "png", 5), ("png", 100_000, "gif", 65_535),
        ("avif", None, "gif", 0), ("avif", None, "png", 0),
    ],
)  # fmt: skip
def test_animations_are_shown_as_often_as_they_were(
    source: str, loop: int | None, target: str, expected: int | None
) -> None:
    """GIF counts repetitions, the others showings; nought is for ever, and in a GIF nothing is once."""
    made = result(f"encode:{target}", pictures.animated(source, loop=loop))
    assert pictures.opened(made.body).info.get("loop") == expected


def test_a_frame_without_a_duration_is_shown_for_a_tenth_of_a_second() -> None:
    """As browsers do with the many GIFs that say nought."""
    made = result("encode:webp", pictures.animated("gif", durations_ms=(0, 0, 50)))
    durations_ms = []
    image = pictures.opened(made.body)
    for index in range(made.frames):
        image.seek(index)
        image.load()
        durations_ms.append(image.info["duration"])
    assert durations_ms == [100, 100, 50]


def test_a_gif_s_frame_that_sticks_out_is_cut_off() -> None:
    """All frames have the size of the first."""
    small = Picture(frames=tuple(pictures.animation_frames(2)), durations_ms=(100, 100))
    body = bytearray(encoding_gif.animation(small, Encode()))
    at = body.rindex(b"\x00,") + 2  # the position of the second frame
    struct.pack_into("<H", body, at, 60)
    made = result("encode:webp", bytes(body))
    assert (made.width, made.height, made.frames) == (*pictures.SIZE, 2)


def test_a_header_that_promises_more_frames_than_follow_is_corrupt() -> None:
    """An animated PNG that ends early."""
    body = pictures.animated("png")
    at = body.index(b"acTL")
    control = struct.pack(">II", 9, 0)
    lying = body[: at - 4] + pictures.png_chunk(b"acTL", control) + body[at + 16 :]
    with pytest.raises(CorruptImageError):
        result("", lying)
