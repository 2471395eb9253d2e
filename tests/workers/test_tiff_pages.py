"""Pages: what TIFF takes from animations and documents, and what others take from TIFF. libvips reads along."""

from __future__ import annotations

import io

import pytest
import pyvips
from PIL import Image

from shared.errors import TooManyFramesError, TooManyPixelsError
from shared.limits import Limits
from tests import pictures
from tests.workers.jobs import result

_SIZES = ((64, 48), (30, 50), (64, 48))


def _document(*sizes: tuple[int, int]) -> bytes:
    """A TIFF with a page of each size, the pages of one size equal."""
    file = io.BytesIO()
    first, *others = (pictures.gradients("RGB", size) for size in sizes)
    first.save(file, "TIFF", save_all=True, append_images=others)
    return file.getvalue()


def _pages(body: bytes) -> list[Image.Image]:
    found = []
    with Image.open(io.BytesIO(body), formats=["TIFF"]) as image:
        for index in range(image.n_frames):  # type: ignore[attr-defined]
            image.seek(index)
            found.append(image.convert("RGB"))
    return found


@pytest.mark.parametrize("name", ["gif", "webp", "png"])
def test_all_frames_of_an_animation_become_pages(name: str) -> None:
    """In order, each whole; and other readers find them."""
    made = result("encode:tiff", pictures.animated(name))
    pages = _pages(made.body)
    assert len(pages) == 4
    for page, frame in zip(pages, pictures.animation_frames(), strict=True):
        assert pictures.distance(page, frame) < 6
    assert pyvips.Image.new_from_buffer(made.body, "").get("n-pages") == 4


def test_all_pages_of_a_document_stay() -> None:
    """With the sizes they have."""
    pages = _pages(result("encode:tiff:keep=none", _document(*_SIZES)).body)
    assert [page.size for page in pages] == list(_SIZES)
    for page, size in zip(pages, _SIZES, strict=True):
        assert pictures.distance(page, pictures.gradients("RGB", size)) == 0


def test_equal_neighbours_are_two_pages() -> None:
    """Two blank pages are not one page that is shown for longer."""
    assert len(_pages(result("grayscale;encode:tiff", _document((8, 8), (8, 8), (8, 8))).body)) == 3


def test_operations_change_every_page() -> None:
    """Each by its own size."""
    made = result("resize:width=50p;encode:tiff", _document(*_SIZES))
    assert [page.size for page in _pages(made.body)] == [(32, 24), (15, 25), (32, 24)]


@pytest.mark.parametrize(("plan", "sizes"), [("open:frame=1", _SIZES[1:2]), ("open:frames=2", _SIZES[:2])])
def test_pages_are_picked_and_capped(plan: str, sizes: tuple[tuple[int, int], ...]) -> None:
    """By the same parameters as frames."""
    assert [page.size for page in _pages(result(f"{plan};encode:tiff", _document(*_SIZES)).body)] == list(sizes)


@pytest.mark.parametrize("name", pictures.ANIMATED)
def test_pages_do_not_move(name: str) -> None:
    """A document as an animated format is its first page."""
    made = result(f"encode:{name}", _document(*_SIZES))
    assert (made.frames, made.width) == (1, 64)


def test_an_icon_s_sizes_are_no_pages() -> None:
    """They are one picture."""
    assert len(_pages(result("encode:tiff", pictures.sample("ico")).body)) == 1


def test_pages_are_bounded_in_number() -> None:
    """As frames are, unless fewer are asked for."""
    body = _document(*[(8, 8)] * 4)
    with pytest.raises(TooManyFramesError, match="more than 3 frames"):
        result("encode:tiff", body, limits=Limits(max_frames=3))
    assert len(_pages(result("open:frames=3;encode:tiff", body, limits=Limits(max_frames=3)).body)) == 3


def test_pages_are_bounded_together() -> None:
    """A small first page does not let in large ones after it."""
    body = _document((10, 10), (40, 40), (40, 40))
    with pytest.raises(TooManyPixelsError, match="the first 3 pages have 3300 pixels, at most 3000 are read"):
        result("resize:width=1:height=1;encode:tiff", body, limits=Limits(max_pixels=3000))
