"""Damage: in the places where it hurts, and the same again for the same dice."""

from __future__ import annotations

import random

import pytest

from tests import pictures
from tests.workers.fuzzing.mutations import mutated, pieces, with_right_checksums
from tests.workers.fuzzing.seeds import FORMATS, seeds
from tests.workers.jobs import inspection


@pytest.mark.parametrize("name", FORMATS)
def test_same_dice_make_the_same_damage(name: str) -> None:
    """What was found can be found again; and nearly all files are changed."""
    made = [mutated(name, seeds(name), random.Random(index)) for index in range(50)]
    assert made == [mutated(name, seeds(name), random.Random(index)) for index in range(50)]
    assert sum(body not in seeds(name) for body in made) > 40


@pytest.mark.parametrize(
    ("name", "marks"),
    [
        ("png", [b"IHDR", b"IDAT", b"IEND"]),
        ("webp", [b"VP8 "]),
        ("avif", [b"ftyp", b"meta", b"ispe", b"mdat"]),
        ("jpeg", [b"\xff\xdb", b"\xff\xc0", b"\xff\xda"]),
        ("tiff", [b"\0\1\4\0\1"]),
        ("pnm", [b"P6\n", b"64 48\n", b"255\n"]),
    ],
)
def test_pieces_are_those_of_the_format(name: str, marks: list[bytes]) -> None:
    """Chunks, boxes, segments, fields and lines are found where they begin."""
    body = pictures.encoded(pictures.gradients(), name, **({"lossless": False} if name == "webp" else {}))
    begun = [body[start : start + 8] for start, _ in pieces(name, body)]
    assert all(any(mark in beginning for beginning in begun) for mark in marks), begun


@pytest.mark.parametrize("name", FORMATS)
def test_no_bytes_are_too_few(name: str) -> None:
    """Damage upon damage may leave nearly nothing."""
    for body in (b"\0", b"II*\0\xff\xff\xff\x7f", b"\xff\xd8\xff"):
        for index in range(30):
            assert mutated(name, [body], random.Random(index))


def test_files_stay_small() -> None:
    """However often a piece is doubled: it is not the amount that is tried out."""
    body = pictures.encoded(pictures.gradients(), "jpeg", comment=bytes(60_000))
    assert max(len(mutated("jpeg", [body], random.Random(index))) for index in range(100)) < 3 << 20


def test_checksums_are_made_good() -> None:
    """A PNG whose header says something else is read as it says."""
    body = bytearray(pictures.sample("png"))
    body[23] = 24
    assert inspection(with_right_checksums(bytes(body))).height == 24
