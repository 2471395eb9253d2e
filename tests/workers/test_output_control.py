"""What is written when a quality is chosen, and what is counted beforehand."""

from __future__ import annotations

import pytest

from shared.errors import OutOfMemoryError
from shared.formats import JPEG
from shared.operations import Encode
from tests.workers.scenes import moving_scene, scene
from workers import encoding
from workers.encoding import encode
from workers.encoding_still import webp
from workers.lossy_coding import WEBP_CODING
from workers.output_control import at_quality
from workers.picture import Picture


class _Writer:
    """Writes WebP, and remembers at which qualities, and how many frames."""

    def __init__(self) -> None:
        self.qualities: list[object] = []
        self.frames: set[int] = set()

    def __call__(self, picture: Picture, tail: Encode) -> bytes:
        self.qualities.append(tail.quality)
        self.frames.add(len(picture.frames))
        return webp(picture, tail)


@pytest.mark.parametrize("max_bytes", [None, 4000])
def test_what_was_tried_is_not_encoded_again(max_bytes: int | None) -> None:
    """A small still is judged by the very file that is the result, and the bound is tried with it first."""
    write, write_still = _Writer(), _Writer()
    tail = Encode(quality="auto", max_bytes=max_bytes)
    at_quality(Picture(frames=(scene(),)), tail, coding=WEBP_CODING, write=write, write_still=write_still)
    assert len(set(write.qualities)) == len(write.qualities) > 1
    assert not write_still.qualities


def test_an_animation_is_encoded_once() -> None:
    """Its quality is looked for on the first frame alone."""
    write, write_still = _Writer(), _Writer()
    moving = Picture(frames=tuple(moving_scene()), durations_ms=(100,) * 4)
    at_quality(moving, Encode(quality="auto"), coding=WEBP_CODING, write=write, write_still=write_still)
    assert len(write.qualities) == 1
    assert write_still.frames == {1}


@pytest.mark.parametrize("tail", [Encode(max_bytes=1000), Encode(quality="auto")])
def test_memory_is_counted_for_the_highest_quality_that_may_be_tried(
    tail: Encode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """JPEG takes twice as much from 90 on, and a search may go there."""
    picture = Picture(frames=(scene((64, 48)),))
    monkeypatch.setattr(encoding, "headroom_bytes", lambda: 64 * 48 * 8)
    assert encode(picture, JPEG, Encode()).width == 64
    assert encode(picture, JPEG, Encode(quality=80, max_bytes=5000)).width == 64
    with pytest.raises(OutOfMemoryError, match="encoding 64×48"):
        encode(picture, JPEG, tail)
