"""``loop``: how often an animation is shown, in the terms of every format. libvips reads along."""

from __future__ import annotations

import struct

import pytest
import pyvips

from tests import pictures
from tests.workers.jobs import result
from workers import avif_movie


@pytest.mark.parametrize(
    ("target", "loop", "written"),
    [
        ("webp", 0, 0), ("webp", 1, 1), ("webp", 5, 5), ("webp", 65_535, 65_535),
        ("png", 0, 0), ("png", 1, 1), ("png", 5, 5), ("png", 65_535, 65_535),
        ("gif", 0, 0), ("gif", 1, None), ("gif", 2, 1), ("gif", 65_535, 65_534),
    ],
)  # fmt: skip
def test_loop_is_how_often_an_animation_is_shown(target: str, loop: int, written: int | None) -> None:
    """WebP and PNG count showings; a GIF counts repetitions after the first, and says nothing for once."""
    body = pictures.animated("webp", loop=3)
    assert pictures.opened(result(f"encode:{target}:loop={loop}", body).body).info.get("loop") == written


@pytest.mark.parametrize("target", ["gif", "webp"])
@pytest.mark.parametrize("loop", [0, 1, 2, 7])
def test_other_readers_count_the_same(target: str, loop: int) -> None:
    """libvips tells how often both are shown."""
    made = result(f"encode:{target}:loop={loop}", pictures.animated("png"))
    assert pyvips.Image.new_from_buffer(made.body, "", n=-1).get("loop") == loop


@pytest.mark.parametrize("target", pictures.ANIMATED)
@pytest.mark.parametrize("plays", [0, 3])
def test_without_loop_the_source_decides(target: str, plays: int) -> None:
    """And through every format it stays what it was."""
    source = pictures.animated("webp", loop=plays)
    again = result("encode:webp", result(f"encode:{target}", source).body)
    assert pictures.opened(again.body).info["loop"] == plays


@pytest.mark.parametrize("loop", [0, 1, 2, 5, 65_535])
def test_an_animated_avif_knows_how_often_it_is_shown(loop: int) -> None:
    """With and without alpha, whose track repeats as well; nothing else about it changes."""
    for mode in ("RGB", "RGBA"):
        frames = pictures.animation_frames(3, mode=mode)
        source = pictures.encoded(frames[0], "webp", save_all=True, append_images=frames[1:], duration=70)
        made = result(f"encode:avif:loop={loop}", source)
        assert (made.frames, made.has_alpha) == (3, mode == "RGBA")
        assert avif_movie.plays(made.body) == loop
        endless = result("encode:avif:loop=0", source)
        assert len(made.body) == len(endless.body)
        assert pictures.distance(pictures.opened(made.body), pictures.opened(endless.body)) == 0


def test_what_pillow_writes_is_played_for_ever() -> None:
    """As browsers do."""
    assert avif_movie.plays(pictures.animated("avif")) == 0


def test_an_edit_that_is_not_repeated_is_played_once() -> None:
    """The flag of the edit list decides."""
    body = bytearray(pictures.animated("avif"))
    flags = body.index(b"elst") + 7
    assert body[flags] == 1
    body[flags] = 0
    assert avif_movie.plays(bytes(body)) == 1


def test_movies_with_short_times_are_read() -> None:
    """Boxes of version 0 have 32 bits for a duration."""

    def box(kind: bytes, *parts: bytes) -> bytes:
        content = b"".join(parts)
        return (len(content) + 8).to_bytes(4, "big") + kind + content

    def movie(duration: int) -> bytes:
        track = bytes(20) + duration.to_bytes(4, "big") + bytes(60)
        edit = bytes(3) + b"\1" + (1).to_bytes(4, "big") + (500).to_bytes(4, "big") + bytes(8)
        return box(b"moov", box(b"trak", box(b"tkhd", track), box(b"edts", box(b"elst", edit))))

    assert [avif_movie.plays(movie(duration)) for duration in (500, 2000, 2001, 0xFFFFFFFF)] == [1, 4, 5, 0]


def test_more_plays_than_can_be_asked_for_are_so_many() -> None:
    """A duration that was damaged may be hundreds of years: it is neither read as such nor in the way."""
    body = bytearray(pictures.animated("avif", durations_ms=(100, 200)))
    duration = body.index(b"tkhd") + 32
    for longest in (1 << 63, (1 << 64) - 2):
        struct.pack_into(">Q", body, duration, longest)
        assert avif_movie.plays(bytes(body)) == 65_535
        for target in ("avif", "png", "webp", "gif"):
            assert result(f"encode:{target}", bytes(body)).frames == 2


@pytest.mark.parametrize("body", [b"", b"\0\0\0\0moov", bytes(5000), b"\0\0\0\x08moov" * 50_000])
def test_what_is_no_movie_is_played_for_ever(body: bytes) -> None:
    """Nothing is looked for where nothing is."""
    assert avif_movie.plays(body) == 0


def test_a_damaged_movie_breaks_nothing() -> None:
    """Cut off anywhere, or with any one byte changed, some number comes out."""
    body = pictures.animated("avif")
    until = body.index(b"stbl")
    for at in range(until):
        assert avif_movie.plays(body[:at]) >= 0
        assert avif_movie.plays(body[:at] + bytes([body[at] ^ 0x81]) + body[at + 1 :]) >= 0


def test_containers_within_containers_end() -> None:
    """A file of nothing but nested boxes is not followed to its depth."""
    body = b""
    for _ in range(3000):
        body = (len(body) + 8).to_bytes(4, "big") + b"moov" + body
    assert avif_movie.plays(body) == 0


def test_equal_work_makes_equal_files() -> None:
    """libavif writes the time of day; here it is cleared."""
    made = result("encode:avif", pictures.animated("gif")).body
    movie = made[made.index(b"moov") :]
    for kind in (b"mvhd", b"tkhd", b"mdhd"):
        at = movie.index(kind) + 8
        assert movie[at : at + 16] == bytes(16)


@pytest.mark.parametrize("bounded", ["", ":max_bytes=100000"])
def test_an_animated_avif_is_right(bounded: str) -> None:
    """Pillow reads every frame, its duration and its alpha, however fast it was encoded."""
    frames = [frame.convert("RGBA") for frame in pictures.animation_frames(4)]
    for index, frame in enumerate(frames):
        frame.paste((0, 0, 0, 0), (10 * index, 30, 10 * index + 10, 40))
    times_ms = [70, 130, 200, 1000]
    options = {"save_all": True, "append_images": frames[1:], "duration": times_ms}
    made = result(f"encode:avif:quality=90{bounded}", pictures.encoded(frames[0], "png", **options))
    image = pictures.opened(made.body)
    assert made.frames == 4
    for index, (frame, time_ms) in enumerate(zip(frames, times_ms, strict=True)):
        image.seek(index)
        image.load()
        assert round(image.info["duration"]) == time_ms
        assert pictures.distance(image.getchannel("A"), frame.getchannel("A")) < 3
        assert (
            pictures.distance(image.convert("RGB").crop((0, 0, 64, 28)), frame.convert("RGB").crop((0, 0, 64, 28)))
            < 5
        )
