"""Dominant colours: which, in which order, and what does not count."""

from __future__ import annotations

import pytest
from PIL import Image

from tests.workers.wavy import wavy
from workers.dominant_colours import MOST, dominant_colours


def found_in(picture: Image.Image) -> list[str]:
    """The colours of a picture, as text."""
    return [str(seen.colour) for seen in dominant_colours(picture)]


def striped(*stripes: tuple[str, int]) -> Image.Image:
    """A picture of stripes, so many rows of 64 for each colour."""
    picture, top = Image.new("RGBA", (64, sum(rows for _, rows in stripes))), 0
    for colour, rows in stripes:
        picture.paste(colour, (0, top, 64, top + rows))
        top += rows
    return picture


def test_colours_are_exact_and_in_the_order_of_their_shares() -> None:
    """What is of few colours has just these, wherever they lie."""
    assert found_in(striped(("#0055a4", 10), ("#ffffff", 20), ("#ef4135", 34))) == ["ef4135", "ffffff", "0055a4"]


def test_share_is_that_of_the_pixels_that_are_seen() -> None:
    """Half of the picture is transparent: three quarters of the other half are red."""
    picture = striped(("#ff0000", 24), ("#0000ff", 8))
    picture.paste((0, 255, 0, 0), (32, 0, 64, 32))
    assert [seen.share for seen in dominant_colours(picture)] == [0.75, 0.25]


def test_shares_of_what_is_left_out_are_nobody_s() -> None:
    """A speck is no colour of the picture, but does not make the others' shares larger."""
    assert [seen.share for seen in dominant_colours(striped(("#ffffff", 99), ("#ff0000", 1)))] == [0.99]


@pytest.mark.parametrize("size", [(1, 1), (1, 64), (64, 64)])
def test_one_colour_is_one_colour(size: tuple[int, int]) -> None:
    """However large the area, it is not cut into several of the same."""
    assert found_in(Image.new("RGBA", size, "#123456")) == ["123456"]


def test_transparent_pixels_do_not_count() -> None:
    """Most of the picture is red that nobody sees."""
    picture = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    picture.paste((0, 0, 255, 255), (0, 0, 8, 8))
    assert found_in(picture) == ["0000ff"]


def test_half_transparent_pixels_count() -> None:
    """A veil of blue is blue."""
    assert found_in(Image.new("RGBA", (8, 8), (0, 0, 255, 100))) == ["0000ff"]


def test_wholly_transparent_picture_has_none() -> None:
    """Nothing is to be seen."""
    assert found_in(Image.new("RGBA", (8, 8))) == []


def test_near_equal_colours_are_one() -> None:
    """Three reds that look alike are one red between them, weighted by how much there is of each."""
    assert found_in(striped(("#c80000", 30), ("#d00404", 10), ("#0000ff", 24))) == ["ca0101", "0000ff"]


def test_order_is_that_of_the_whole_shares() -> None:
    """Two blues, of which neither has the most pixels, have the most together."""
    assert found_in(striped(("#ff0000", 24), ("#0000ff", 20), ("#0808ff", 20))) == ["0404ff", "ff0000"]


def test_specks_are_left_out() -> None:
    """One row of a hundred is not what the picture is made of."""
    assert found_in(striped(("#ffffff", 99), ("#ff0000", 1))) == ["ffffff"]


def test_there_are_never_more_than_a_few() -> None:
    """Of a picture of all colours the most frequent are told."""
    colours = found_in(wavy((64, 64)))
    assert len(colours) == len(set(colours)) == MOST
