"""The perceptual hash: what leaves it nearly as it is, and what does not."""

from __future__ import annotations

import io
import itertools
import math
import random
from collections.abc import Callable

import pytest
from PIL import Image, ImageEnhance, ImageFilter
from PIL.Image import Resampling, Transpose

from tests.workers.jobs import inspection
from tests.workers.wavy import wavy
from workers.perceptual_hash import perceptual_hash

_SIZE = (320, 240)
_COPIES, _STRANGERS = 10, 20
"""Bits that copies of one picture differ in at most, and different pictures at least."""


def picture(seed: int) -> Image.Image:
    """Soft blobs under grain, others for each seed."""
    dice = random.Random(seed)
    blobs = Image.frombytes("RGB", (12, 9), dice.randbytes(12 * 9 * 3)).resize(_SIZE, Resampling.BICUBIC)
    grain = Image.frombytes("RGB", _SIZE, dice.randbytes(_SIZE[0] * _SIZE[1] * 3))
    return Image.blend(blobs, grain, 0.1)


def symmetric(seed: int) -> Image.Image:
    """A picture whose quarters are mirrored: of half of its waves there is nothing."""
    made = picture(seed)
    quarter = made.crop((0, 0, _SIZE[0] // 2, _SIZE[1] // 2))
    for turn, corner in (
        (Transpose.FLIP_LEFT_RIGHT, (_SIZE[0] // 2, 0)),
        (Transpose.FLIP_TOP_BOTTOM, (0, _SIZE[1] // 2)),
        (Transpose.ROTATE_180, (_SIZE[0] // 2, _SIZE[1] // 2)),
    ):
        made.paste(quarter.transpose(turn), corner)
    return made


def hash_of(image: Image.Image, kind: str = "PNG", **options: object) -> int:
    """What an inspection of the picture's file says."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return int(inspection(file.getvalue()).phash or "", 16)


def distance(one: int, other: int) -> int:
    """Bits that differ."""
    return (one ^ other).bit_count()


CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "smaller": lambda image: image.resize((100, 75)),
    "larger": lambda image: image.resize((800, 600)),
    "stretched": lambda image: image.resize((300, 150)),
    "lighter": lambda image: image.point(lambda level: min(255, level + 40)),
    "darker": lambda image: image.point(lambda level: max(0, level - 40)),
    "more contrast": lambda image: ImageEnhance.Contrast(image).enhance(1.3),
    "gamma": lambda image: image.point([round(255 * (level / 255) ** 0.7) for level in range(256)] * 3),
    "grey": lambda image: image.convert("L"),
    "blurred": lambda image: image.filter(ImageFilter.GaussianBlur(2)),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("make", [picture, symmetric])
def test_copy_is_near(make: Callable[[int], Image.Image], change: str) -> None:
    """Scaled, lit or toned otherwise, a picture is still known."""
    for seed in range(3):
        assert distance(hash_of(make(seed)), hash_of(CHANGES[change](make(seed)))) <= _COPIES


@pytest.mark.parametrize(("kind", "quality"), [("JPEG", 50), ("JPEG", 10), ("WEBP", 30), ("AVIF", 30)])
@pytest.mark.parametrize("make", [picture, symmetric])
def test_coded_copy_is_near(make: Callable[[int], Image.Image], kind: str, quality: int) -> None:
    """What coding takes away is not in the lowest waves."""
    for seed in range(3):
        assert distance(hash_of(make(seed)), hash_of(make(seed), kind, quality=quality)) <= _COPIES


def test_other_pictures_are_far() -> None:
    """Ten pictures: no two are near each other."""
    hashes = [hash_of(picture(seed)) for seed in range(10)]
    assert min(distance(one, other) for one, other in itertools.combinations(hashes, 2)) > _STRANGERS


@pytest.mark.parametrize("turn", [Transpose.FLIP_LEFT_RIGHT, Transpose.FLIP_TOP_BOTTOM, Transpose.ROTATE_90])
def test_turned_picture_is_another(turn: Transpose) -> None:
    """The hash knows left from right and up from down."""
    assert distance(hash_of(picture(1)), hash_of(picture(1).transpose(turn))) > _STRANGERS


def test_negative_is_as_far_as_can_be() -> None:
    """Every wave that is above the median is below it then."""
    assert distance(hash_of(picture(1)), hash_of(picture(1).point(lambda level: 255 - level))) >= 60


@pytest.mark.parametrize("colour", ["black", "white", "#c86432"])
def test_plain_picture_has_no_waves(colour: str) -> None:
    """What rounding leaves over is not taken for a picture."""
    assert perceptual_hash(Image.new("RGB", (31, 17), colour)) == "0" * 16


@pytest.mark.parametrize(("across", "down", "bit"), [(2, 1, 62), (1, 2, 55), (1, 8, 7), (8, 8, 0)])
def test_bit_stands_for_a_wave(across: int, down: int, bit: int) -> None:
    """Row by row, from the most significant bit on."""
    levels = (
        128 + 100 * math.cos(math.pi * across * (x + 0.5) / 32) * math.cos(math.pi * down * (y + 0.5) / 32)
        for y in range(32)
        for x in range(32)
    )
    wave = Image.frombytes("L", (32, 32), bytes(map(round, levels)))
    assert int(perceptual_hash(wave), 16) == 1 << bit


def test_hash_is_the_same_everywhere() -> None:
    """Hashes are kept and compared for years: whoever changes them has to know."""
    assert perceptual_hash(wavy((32, 24)).convert("RGB")) == "076a56daa9852377"
