"""GIF: palettes, holes, and animations that say only what changes. libvips reads along."""

from __future__ import annotations

import random

import pytest
import pyvips
from PIL import Image

from shared.operations import Encode
from tests import pictures
from tests.workers.jobs import result
from workers import encoding_gif
from workers.picture import Picture


def _written(*frames: Image.Image, durations_ms: tuple[int, ...] | None = None, plays: int = 0) -> bytes:
    times = durations_ms or (100,) * len(frames)
    return encoding_gif.animation(Picture(frames=frames, durations_ms=times, plays=plays), Encode())


def _shown(body: bytes) -> list[Image.Image]:
    """Every frame as libvips, which follows browsers, shows it."""
    image = pyvips.Image.new_from_buffer(body, "", n=-1)
    if not image.hasalpha():
        image = image.addalpha()
    height = image.get("page-height") if image.get_typeof("page-height") else image.height
    sheet = Image.frombytes("RGBA", (image.width, image.height), image.write_to_memory())
    return [sheet.crop((0, top, image.width, top + height)) for top in range(0, image.height, height)]


def _few_colours(index: int, mode: str = "RGB") -> Image.Image:
    frame = Image.new(mode, (40, 30), (240, 240, 240, 255)[: len(mode)])
    frame.paste((200, 20, 30, 255)[: len(mode)], (4 * index, 5, 4 * index + 10, 20))
    return frame


def _with_hole(index: int) -> Image.Image:
    """A square that moves over nothing."""
    frame = Image.new("RGBA", (40, 30), (0, 0, 0, 0))
    frame.paste((200, 20, 30, 255), (4 * index, 5, 4 * index + 10, 20))
    return frame


def test_few_colours_are_kept_exactly() -> None:
    """An animation of fewer than 256 colours loses nothing."""
    frames = [_few_colours(index) for index in range(5)]
    for wanted, shown in zip(frames, _shown(_written(*frames)), strict=True):
        assert pictures.distance(wanted, shown.convert("RGB")) == 0


def test_what_moves_on_leaves_nothing_behind() -> None:
    """Where a frame is transparent, nothing of the one before shines through."""
    frames = [_with_hole(index) for index in range(5)]
    for wanted, shown in zip(frames, _shown(_written(*frames)), strict=True):
        assert pictures.distance(wanted.getchannel("A"), shown.getchannel("A")) == 0
        assert pictures.distance(wanted, shown) == 0


def test_what_vanishes_may_lie_far_from_what_moves() -> None:
    """A frame's box reaches as far as what is not to be seen in the next."""
    frames = [_with_hole(0) for _ in range(3)]
    for frame in frames[:2]:
        frame.paste((20, 30, 200, 255), (34, 24, 38, 28))
    for frame in frames[1:]:
        frame.paste((20, 200, 30, 255), (2, 2, 4, 4))
    for wanted, shown in zip(frames, _shown(_written(*frames)), strict=True):
        assert pictures.distance(wanted, shown) == 0


def test_holes_may_come_and_go_anywhere() -> None:
    """Random frames with random holes are shown as they are."""
    dice = random.Random(5)
    frames = []
    for _ in range(40):
        frame = Image.new("RGBA", (20, 16), (0, 0, 0, 0))
        for _ in range(dice.randrange(4)):
            x, y = dice.randrange(16), dice.randrange(12)
            colour = dice.choice([(255, 0, 0, 255), (0, 0, 255, 255), (0, 0, 0, 0)])
            frame.paste(colour, (x, y, x + dice.randrange(1, 9), y + dice.randrange(1, 9)))
        frames.append(frame)
    for index, (wanted, shown) in enumerate(zip(frames, _shown(_written(*frames)), strict=True)):
        assert wanted.tobytes() == shown.tobytes(), index


def test_what_does_not_change_is_not_written_again() -> None:
    """A small change in a large picture costs little."""
    still = pictures.gradients(size=(200, 150))
    moved = still.copy()
    moved.paste(0, (10, 10, 14, 14))
    assert len(_written(still, moved)) < len(_written(still, still)) + 400


def test_noise_too_small_to_see_is_not_written() -> None:
    """Frames that differ by a level or two count as equal, and errors do not add up."""
    still = pictures.gradients(size=(100, 80))
    shimmering = [still.point([min(255, level + index % 3) for level in range(256)] * 3) for index in range(9)]
    body = _written(*shimmering)
    assert len(body) < len(_written(still)) * 1.2
    shown = _shown(body)
    assert all(frame.tobytes() == shown[0].tobytes() for frame in shown)


def test_frames_that_are_alike_share_a_palette() -> None:
    """One global table: nothing flickers."""
    assert _local_tables(_written(*[pictures.gradients().rotate(turn) for turn in (0, 3, 6)])) == 0


def test_a_frame_of_another_scene_brings_its_own_palette() -> None:
    """256 colours are too few for everything: what they fit badly is written with better ones."""
    red, green, blue = pictures.gradients().split()
    dark = [level // 6 for level in range(256)]
    scenes = [
        Image.merge("RGB", (red, green, blue)),
        Image.merge("RGB", (blue, red, green)),
        Image.merge("RGB", (green, blue, red)).point(dark * 3),
        *[Image.merge("RGB", (green, red, blue)).rotate(turn) for turn in range(0, 90, 9)],
    ]
    body = _written(*scenes)
    assert _local_tables(body) > 0
    for shown, wanted in zip(_shown(body), scenes, strict=True):
        assert pictures.distance(shown.convert("RGB"), wanted) < 7


def _local_tables(body: bytes) -> int:
    """How many frames have a colour table of their own: the flag is in their descriptors."""
    at, tables = 13 + 768, 0
    while body[at] != ord(";"):
        if body[at] == ord(","):
            has_table = bool(body[at + 9] & 0x80)
            tables += has_table
            at += 11 + 768 * has_table
        else:
            at += 2
        while body[at]:
            at += body[at] + 1
        at += 1
    return tables


def test_durations_add_up() -> None:
    """GIF counts in hundredths of a second: what one frame loses the next one gains."""
    frames = [_few_colours(index) for index in range(6)]
    image = pictures.opened(_written(*frames, durations_ms=(33, 33, 34, 33, 33, 34)))
    found = []
    for index in range(6):
        image.seek(index)
        found.append(image.info["duration"])
    assert found == [30, 40, 30, 30, 40, 30]


@pytest.mark.parametrize(("plays", "loop"), [(0, 0), (1, None), (2, 1), (70_000, 65_535)])
def test_repetitions_are_one_less_than_showings(plays: int, loop: int | None) -> None:
    """For ever is nought, once is no word at all."""
    body = _written(_few_colours(0), _few_colours(1), plays=plays)
    assert pictures.opened(body).info.get("loop") == loop


def test_a_still_with_many_colours_is_dithered() -> None:
    """A smooth gradient has no visible bands: on average the colours are right."""
    picture = pictures.gradients(size=(256, 192))
    made = pictures.opened(result("encode:gif", pictures.encoded(picture, "png")).body).convert("RGB")
    assert pictures.distance(made.reduce(8), picture.reduce(8)) < 2


def test_a_still_with_few_colours_is_exact() -> None:
    """256 colours fit, without a hole."""
    picture = pictures.gradients("L").convert("RGB")
    made = pictures.opened(result("encode:gif", pictures.encoded(picture, "png")).body).convert("RGB")
    assert pictures.distance(made, picture) == 0


def test_half_transparent_pixels_are_decided() -> None:
    """From one half on they are there."""
    picture = Image.new("RGBA", (4, 1))
    picture.putdata([(9, 9, 9, 0), (9, 9, 9, 127), (9, 9, 9, 128), (9, 9, 9, 255)])
    made = result("encode:gif", pictures.encoded(picture, "png"))
    assert list(pictures.opened(made.body).convert("RGBA").getchannel("A").tobytes()) == [0, 0, 255, 255]
    assert made.has_alpha


def test_an_alpha_that_is_decided_away_is_none() -> None:
    """Barely transparent is opaque, and the result says so."""
    picture = pictures.gradients()
    picture.putalpha(200)
    assert not result("encode:gif", pictures.encoded(picture, "png")).has_alpha


def test_a_resized_animation_is_smaller_than_before() -> None:
    """Half the side is fewer bytes, though scaling makes new colours."""
    frames = [pictures.gradients(size=(200, 150)).quantize(200).convert("RGB").rotate(turn) for turn in (0, 5, 10)]
    body = _written(*frames)
    assert len(result("resize:width=100", body).body) < len(body) * 0.7
