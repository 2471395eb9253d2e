"""QOI in C: any size, and nothing made up where a file ends early."""

from __future__ import annotations

import io
import struct

import pytest
from PIL import Image
from PIL.QoiImagePlugin import QoiImageFile

from shared.errors import CorruptImageError, OutOfMemoryError
from tests import pictures
from tests.workers.jobs import result
from workers import opening


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("size", [(1, 1), (301, 77), (2100, 1900)])
def test_nothing_is_lost(mode: str, size: tuple[int, int]) -> None:
    """At more pixels, too, than Python would have time for."""
    picture = pictures.gradients(mode, size)
    body = result("encode:qoi", pictures.encoded(picture, "bmp" if mode == "RGB" else "png")).body
    back = pictures.opened(result("encode:tga", body).body)
    assert pictures.distance(back.convert(mode), picture) == 0


def test_it_reads_as_it_does_elsewhere() -> None:
    """Pillow's reader, which was written by others, gives the same picture; and Pillow's file is read here."""
    picture = pictures.gradients("RGBA")
    ours = result("encode:qoi", pictures.encoded(picture, "png")).body
    with QoiImageFile(io.BytesIO(ours)) as image:
        assert pictures.distance(image.convert("RGBA"), picture) == 0
    theirs = pictures.encoded(picture, "qoi")
    assert pictures.distance(pictures.opened(result("encode:png", theirs).body), picture) == 0


def test_a_file_that_ends_early_is_corrupt() -> None:
    """The decoder would go on with the last colour."""
    body = pictures.encoded(Image.effect_noise((64, 48), 50).convert("RGB"), "qoi")
    for end in range(15, len(body), 97):
        with pytest.raises(CorruptImageError):
            result("encode:png", body[:end])


@pytest.mark.parametrize("fields", [(0, 5, 3), (5, 0, 3), (5, 5, 0), (5, 5, 2), (5, 5, 255)])
def test_a_header_that_means_nothing_is_corrupt(fields: tuple[int, int, int]) -> None:
    """No side is 0, and there are three channels or four."""
    with pytest.raises(CorruptImageError):
        result("encode:png", struct.pack(">4sIIBB", b"qoif", *fields, 0) + bytes(7) + b"\1")


def test_what_would_meet_the_ceiling_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is asked for before it is taken."""
    monkeypatch.setattr(opening, "headroom_bytes", lambda: 10_000)
    with pytest.raises(OutOfMemoryError):
        result("encode:png", pictures.sample("qoi"))
