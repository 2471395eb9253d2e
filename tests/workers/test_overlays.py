"""Overlays: decoded like any image, and to blame by their own name."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from shared.errors import BadParameterError, SourceChangedError
from shared.limits import Limits
from shared.messages import FileStamp, Source
from tests import pictures
from tests.workers.modules.pictures import distance
from workers.overlays import decoded_overlay


def _overlay(body: bytes, *, extension: str = "", limits: Limits | None = None) -> Image.Image:
    sources = {"logo.png": Source(data=body, extension=extension)}
    return decoded_overlay("logo.png", sources, limits=limits or Limits())


@pytest.mark.parametrize("name", ["jpeg", "png", "gif", "webp", "avif", "tiff", "bmp"])
def test_an_overlay_may_be_of_any_format(name: str) -> None:
    """What comes is of the picture's size, in a mode that modules take."""
    overlay = _overlay(pictures.sample(name), extension=name)
    assert overlay.size == pictures.SIZE
    assert overlay.mode in ("L", "LA", "RGB", "RGBA")


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_pixels_come_as_they_are(mode: str) -> None:
    """The file is closed by then."""
    picture = pictures.gradients(mode)
    overlay = _overlay(pictures.encoded(picture, "png"))
    assert distance(overlay, picture) == 0


def test_of_an_animation_the_first_frame_is_taken() -> None:
    """A watermark does not move."""
    body = pictures.animated("gif")
    with pictures.opened(body) as first:
        assert distance(_overlay(body), first.convert("RGB")) == 0


def test_an_overlay_stands_upright() -> None:
    """Its orientation is applied, as an image's is."""
    turned = pictures.gradients("RGB").transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6
    overlay = _overlay(pictures.encoded(turned, "png", exif=exif))
    assert distance(overlay, pictures.gradients("RGB")) == 0


@pytest.mark.parametrize(
    ("body", "limits", "reason"),
    [
        (b"a text", Limits(), "the file is .* image of a supported format"),
        (pictures.sample("png")[:-40], Limits(), "the image is truncated or corrupt"),
        (pictures.sample("png"), Limits(max_bytes=9), r"the image file has \d+ bytes, at most 9 are read"),
        (pictures.sample("png"), Limits(max_pixels=3000), "the image has more than 3000 pixels"),
    ],
    ids=["no image", "truncated", "too many bytes", "too many pixels"],
)
def test_an_overlay_that_cannot_be_used_is_named(body: bytes, limits: Limits, reason: str) -> None:
    """The client learns which of its images is meant, and what is wrong with it."""
    with pytest.raises(BadParameterError, match=f"^wm='logo.png' is not allowed: {reason}"):
        _overlay(body, limits=limits)


def test_an_overlay_that_is_not_there_is_named() -> None:
    """No other one is taken instead."""
    with pytest.raises(BadParameterError, match=r"wm='other.png' .* there is no image of this name"):
        decoded_overlay("other.png", {"logo.png": Source(data=b"")}, limits=Limits())


def test_an_overlay_that_was_replaced_is_looked_up_again(tmp_path: Path) -> None:
    """Nobody is to blame, and the error says so."""
    file = tmp_path / "logo.png"
    file.write_bytes(pictures.sample("png"))
    stamp = FileStamp(size_bytes=1, mtime_ns=1, inode=1)
    with pytest.raises(SourceChangedError):
        decoded_overlay("logo.png", {"logo.png": Source(path=str(file), stamp=stamp)}, limits=Limits())


def test_no_path_is_told(tmp_path: Path) -> None:
    """The client knows names, and no more."""
    file = tmp_path / "secret"
    file.write_bytes(b"a text")
    with pytest.raises(BadParameterError) as caught:
        decoded_overlay("logo.png", {"logo.png": Source(path=str(file))}, limits=Limits())
    assert "secret" not in caught.value.message
