"""Inspections of what is too much, or is no image at all: refused, before it is decoded where that can be."""

from __future__ import annotations

import dataclasses

import pytest

from shared.errors import (
    CorruptImageError,
    OutOfMemoryError,
    ServiceError,
    SourceChangedError,
    TooLargeError,
    TooManyFramesError,
    TooManyPixelsError,
    UnsupportedFormatError,
)
from shared.limits import Limits
from shared.messages import Source
from tests import pictures
from tests.workers.documents import pages
from tests.workers.jobs import inspect_request, inspection
from workers import opening
from workers.inspecting import inspect


def test_file_of_too_many_bytes_is_refused() -> None:
    """It is not even read."""
    with pytest.raises(TooLargeError, match="at most 1000"):
        inspection(pictures.sample("bmp"), limits=Limits(max_bytes=1000))


@pytest.mark.parametrize("name", pictures.FORMATS)
def test_pixel_limit_is_exact(name: str) -> None:
    """As many pixels as allowed are read, one more is not."""
    pixels, body = 16 * 12, pictures.sample(name, (16, 12))
    assert inspection(body, extension=name, limits=Limits(max_pixels=pixels)).width == 16
    with pytest.raises(TooManyPixelsError):
        inspection(body, extension=name, limits=Limits(max_pixels=pixels - 1))


@pytest.mark.parametrize("name", pictures.FORMATS)
def test_header_that_claims_too_much_is_refused(name: str) -> None:
    """Before any of its pixels is decoded."""
    side = 10_000 if name == "avif" else 30_000  # libavif has a limit of its own
    with pytest.raises(TooManyPixelsError):
        inspection(pictures.bomb(name, side=side), extension=name)


@pytest.mark.parametrize("name", pictures.ANIMATED)
def test_pixels_of_all_frames_count(name: str) -> None:
    """Four frames of 64×48 are 12288 pixels."""
    body = pictures.animated(name)
    assert inspection(body, limits=Limits(max_pixels=12_288)).frames == 4
    with pytest.raises(TooManyPixelsError):
        inspection(body, limits=Limits(max_pixels=12_287))


@pytest.mark.parametrize("name", pictures.ANIMATED)
def test_too_many_frames_are_refused(name: str) -> None:
    """All of them would have to be decoded."""
    assert inspection(pictures.animated(name), limits=Limits(max_frames=4)).frames == 4
    with pytest.raises(TooManyFramesError):
        inspection(pictures.animated(name), limits=Limits(max_frames=3))


@pytest.mark.parametrize("name", ["TIFF", "MPO"])
def test_pages_are_limited_like_frames(name: str) -> None:
    """They are counted, and their pixels are added up, each page by its own size."""
    body = pages(name, (64, 48), (32, 24), (80, 10))
    pixels = 64 * 48 + 32 * 24 + 80 * 10
    assert inspection(body, limits=Limits(max_pixels=pixels, max_frames=3)).frames == 3
    with pytest.raises(TooManyPixelsError):
        inspection(body, limits=Limits(max_pixels=pixels - 1))
    with pytest.raises(TooManyFramesError):
        inspection(body, limits=Limits(max_frames=2))


def test_what_cannot_fit_into_memory_is_refused_before_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Codecs that run out of memory in the middle call the image corrupt, or crash."""
    monkeypatch.setattr(opening, "headroom_bytes", lambda: 10_000)
    with pytest.raises(OutOfMemoryError, match="64×48"):
        inspection(pictures.sample("webp"))


@pytest.mark.parametrize("data", [b"", b"GIF", b"%PDF-1.7", b"<svg/>", b"\0" * 64])
def test_what_is_no_image_is_unsupported(data: bytes) -> None:
    """The leading bytes decide, whatever the file is called."""
    with pytest.raises(UnsupportedFormatError):
        inspection(data, extension="png")


def test_icon_inside_an_icon_is_damage() -> None:
    """An image that a job would refuse is not accepted."""
    body = bytearray(pictures.sample("ico"))
    body[22:26] = b"\0\0\1\0"
    with pytest.raises(CorruptImageError):
        inspection(bytes(body))


def test_vanished_file_is_a_change() -> None:
    """The source is read as a job reads it."""
    with pytest.raises(SourceChangedError):
        inspect(dataclasses.replace(inspect_request(), source=Source(path="/nowhere/cat.png")))


def test_request_without_a_source_is_our_own_mistake() -> None:
    """It is no one's image that is at fault."""
    with pytest.raises(ServiceError) as caught:
        inspect(dataclasses.replace(inspect_request(), source=Source()))
    assert type(caught.value) is ServiceError
