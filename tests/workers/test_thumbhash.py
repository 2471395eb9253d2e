"""ThumbHash: the same bytes as its inventor's implementation makes, and what they say."""

from __future__ import annotations

import base64

import pytest
from PIL import Image

from tests.workers.wavy import wavy
from workers.thumbhash import thumbhash

# By Evan Wallace's own `thumbhash` 0.1.1 for JavaScript.
_BY_OTHERS = [
    ((32, 24), False, "HggGDYRAI1MRVHZChweWg8YIzHb6"),
    ((24, 32), False, "HwgGFQJTUzBUNnQ4h3JHaflE95jk"),
    ((16, 16), False, "3AcKDwhChXhQh4mDiGeYp2h1qAuiM38M"),
    ((32, 5), False, "GSgOIYhQZXd0iGeIk4/9s3c="),
    ((7, 32), False, "XCgKGghTUCl5doR370FUJpA="),
    ((32, 24), True, "HgiGDIIZMDMBUzIWZozAfad/q3Znu/eaBg=="),
    ((24, 32), True, "HwiGDAIJUgRCJmNikj+En1ltm4m6lsX5Bw=="),
    ((16, 16), True, "2xeKDQYZQYVQd3Rml8sCTvS3l5n4aYyThQ=="),
    ((32, 5), True, "GCiKEYYaUFV1h4eBf/+zePg8mVmHd3g="),
    ((7, 32), True, "WyiKEQQpZFApaFfdUDMGgHmIioiY+Hc="),
]


@pytest.mark.parametrize(("size", "has_alpha", "expected"), _BY_OTHERS)
def test_hash_is_what_others_make(size: tuple[int, int], has_alpha: bool, expected: str) -> None:
    """Landscape, portrait and extreme shapes, opaque and not: every byte is the same."""
    assert base64.b64encode(thumbhash(wavy(size, has_alpha=has_alpha))).decode() == expected


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (200, 100, 50), (255, 0, 128)])
def test_hash_holds_the_average_colour(colour: tuple[int, int, int]) -> None:
    """Brightness and the two hues are in the first eighteen bits, to within their steps."""
    head = int.from_bytes(thumbhash(Image.new("RGBA", (9, 7), colour))[:3], "little")
    light, yellow, red = (head & 63) / 63, (head >> 6 & 63) / 31.5 - 1, (head >> 12 & 63) / 31.5 - 1
    blue = light - 2 / 3 * yellow
    found = ((3 * light - blue + red) / 2, (3 * light - blue - red) / 2, blue)
    assert found == pytest.approx([level / 255 for level in colour], abs=0.05)


def test_plain_picture_has_no_waves() -> None:
    """What rounding leaves over is not blown up to waves: they are of no strength, and all alike."""
    found = thumbhash(Image.new("RGBA", (31, 17), (200, 100, 50)))
    assert not any(found[5:])
    assert int.from_bytes(found[:3], "little") >> 18 == 0


@pytest.mark.parametrize(
    ("size", "has_alpha", "waves"),
    [((32, 16), False, 4), ((16, 32), False, 4), ((20, 20), False, 7), ((32, 16), True, 3), ((32, 1), True, 1)],
)
def test_hash_tells_the_shape(size: tuple[int, int], has_alpha: bool, waves: int) -> None:
    """One bit says whether the picture is wide, three how many waves fit along the shorter side, halves up."""
    shape = int.from_bytes(thumbhash(wavy(size, has_alpha=has_alpha))[3:5], "little")
    assert (shape >> 15, shape & 7) == (size[0] > size[1], waves)


def test_colours_of_what_cannot_be_seen_do_not_count() -> None:
    """Whatever lies under full transparency, the hash is the same."""
    hidden = [Image.new("RGBA", (16, 16), colour) for colour in ((255, 0, 0, 0), (0, 0, 255, 0))]
    for picture in hidden:
        picture.paste((10, 200, 30, 255), (0, 0, 8, 16))
    assert thumbhash(hidden[0]) == thumbhash(hidden[1])


def test_wholly_transparent_picture_has_a_hash() -> None:
    """There is no colour to be averaged, and nothing is divided by nought."""
    assert thumbhash(Image.new("RGBA", (5, 4)))[2] >> 7 == 1
