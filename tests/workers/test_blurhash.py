"""BlurHash: the same strings as other implementations make, and what they say."""

from __future__ import annotations

import string

import pytest
from PIL import Image

from tests import pictures
from tests.workers.wavy import wavy
from workers.blurhash import blurhash

_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase + "#$%*+,-.:;=?@[]^_{|}~"

# By the package `blurhash` 1.1.5, a port of Wolt's implementation in Swift.
_BY_OTHERS = [
    ((32, 24), (4, 3), "LAHB-?IAFCKZQ:8}E_NGhgU|XfwN"),
    ((24, 32), (4, 3), "LAHU@CrEWObB4p9@2mAoQBMfv~o_"),
    ((24, 32), (3, 4), "TAHU@CrEWO4p9@2mQBMfv~u-bWko"),
    ((16, 16), (4, 3), "LQG8+jAlA9GQQBM{S_v-MKsmWHn."),
    ((32, 5), (4, 3), "LOF;su8yG5J4=WRjS#N$ncsrWuSJ"),
    ((3, 20), (4, 3), "LN9u[d*6V;.k8zM,j{MxqRm;fim@"),
    ((32, 24), (1, 1), "00HB-?"),
    ((1, 1), (4, 3), "L3000UfZfZfZfZfZfZfZfZfZfZfZ"),
]


def number(digits: str) -> int:
    """Read a number to the base of 83."""
    value = 0
    for digit in digits:
        value = value * 83 + _DIGITS.index(digit)
    return value


@pytest.mark.parametrize(("size", "components", "expected"), _BY_OTHERS)
def test_hash_is_what_others_make(size: tuple[int, int], components: tuple[int, int], expected: str) -> None:
    """Landscape, portrait, extreme shapes, few waves: every character is the same."""
    assert blurhash(wavy(size).convert("RGB"), components=components) == expected


@pytest.mark.parametrize("components", [(1, 1), (4, 3), (9, 9), (1, 9), (9, 1)])
def test_hash_says_how_many_waves_it_has(components: tuple[int, int]) -> None:
    """The first digit holds both numbers, and two digits follow for each pair but the first."""
    across, down = components
    found = blurhash(wavy((12, 8)).convert("RGB"), components=components)
    assert number(found[0]) == across - 1 + 9 * (down - 1)
    assert len(found) == 4 + 2 * across * down


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (1, 2, 3), (200, 100, 50), (255, 0, 128)])
def test_hash_holds_the_average_colour(colour: tuple[int, int, int]) -> None:
    """What is all of one colour has that colour in digits three to six."""
    found = blurhash(Image.new("RGB", (9, 7), colour))
    assert number(found[2:6]).to_bytes(3, "big") == bytes(colour)


def test_average_is_one_of_light() -> None:
    """Half black and half white is as bright as half the light: 188, and not 128."""
    half = Image.new("RGB", (8, 8))
    half.paste("white", (0, 0, 4, 8))
    assert number(blurhash(half)[2:6]).to_bytes(3, "big") == bytes((188, 188, 188))


def test_mirrored_picture_has_another_hash() -> None:
    """Left and right, above and below are told apart."""
    picture = pictures.gradients("RGB", (32, 24))
    turns = (Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.FLIP_TOP_BOTTOM)
    assert len({blurhash(picture), *(blurhash(picture.transpose(turn)) for turn in turns)}) == 3
