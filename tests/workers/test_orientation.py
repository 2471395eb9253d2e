"""EXIF orientation: all eight, in every format that says it, before anything else happens."""

from __future__ import annotations

import pytest

from tests import pictures
from tests.workers.jobs import result

_ALL = range(1, 9)
_SAYING_IT = ("jpeg", "png", "webp", "avif", "tiff")


@pytest.mark.parametrize("name", _SAYING_IT)
@pytest.mark.parametrize("orientation", _ALL)
def test_pictures_come_out_upright(orientation: int, name: str) -> None:
    """The result is the picture as it was meant, and says nothing about orientation."""
    made = pictures.opened(result("encode:png", pictures.oriented(orientation, name)).body)
    assert made.size == pictures.SIZE
    assert pictures.distance(made.convert("RGB"), pictures.gradients()) < 2
    assert not made.getexif()


@pytest.mark.parametrize("orientation", _ALL)
def test_kept_metadata_says_upright(orientation: int) -> None:
    """Pixels are turned once, not again by the viewer."""
    made = pictures.opened(result("encode:jpeg:keep=exif", pictures.oriented(orientation)).body)
    assert made.getexif()[0x0112] == 1


@pytest.mark.parametrize("orientation", _ALL)
def test_operations_see_the_picture_upright(orientation: int) -> None:
    """A crop's coordinates, and a resize's sides, are those of the picture that is seen."""
    made = result("crop:box=0,0,16,48;encode:png", pictures.oriented(orientation, "png"))
    wanted = pictures.gradients().crop((0, 0, 16, 48))
    assert pictures.distance(pictures.opened(made.body).convert("RGB"), wanted) == 0
    narrow = result("resize:width=16;encode:png", pictures.oriented(orientation, "png"))
    assert (narrow.width, narrow.height) == (16, 12)


@pytest.mark.parametrize("orientation", [0, 9, 255, 65_535])
def test_an_orientation_that_does_not_exist_is_upright(orientation: int) -> None:
    """Garbage says nothing."""
    made = pictures.opened(result("encode:png", pictures.oriented(orientation)).body)
    assert made.size == pictures.SIZE
    assert pictures.distance(made.convert("RGB"), pictures.gradients()) < 2
