"""``max_bytes``: never more, the best quality that fits, and a plain word where nothing does."""

from __future__ import annotations

import re

import pytest
from PIL import Image

from shared.errors import DoesNotFitError
from shared.formats import AVIF, BMP, DDS, GIF, ICO, JP2, JPEG, PNG, PNM, QOI, TGA, TIFF, WEBP, Format
from shared.operations import Encode
from tests import pictures
from tests.workers.jobs import result
from tests.workers.scenes import moving_scene, scene
from workers import output_control
from workers.encoding import encode
from workers.lossy_coding import AVIF_CODING, JPEG_CODING, LossyCoding
from workers.picture import Picture
from workers.size_bound import best_that_fits, smallest_that_fits

_LOSSY = (JPEG, WEBP, AVIF, JP2)
_KNOWN = (*_LOSSY, PNG, GIF, BMP, ICO, TIFF, TGA, DDS, PNM, QOI)
_STILL = Picture(frames=(scene(),))
_SMALL = Picture(frames=(scene((96, 72)),))
_MOVING = Picture(frames=tuple(moving_scene()), durations_ms=(100, 200, 300, 400))


def _size_bytes(picture: Picture, image_format: Format, tail: Encode | None = None) -> int:
    return len(encode(picture, image_format, tail or Encode()).body)


@pytest.mark.parametrize("image_format", _LOSSY, ids=lambda known: known.name)
@pytest.mark.parametrize("percent", [35, 60, 85, 130])
def test_the_best_quality_that_fits_is_found(image_format: Format, percent: int) -> None:
    """The result has no more bytes than are allowed, and the next quality that makes another file has more."""
    picture = _SMALL if image_format is JP2 else _STILL  # it takes its time
    max_bytes = _size_bytes(picture, image_format) * percent // 100
    body = encode(picture, image_format, Encode(max_bytes=max_bytes)).body
    assert len(body) <= max_bytes
    qualities = range(1, 96)
    chosen = max(q for q in qualities if encode(picture, image_format, Encode(quality=q)).body == body)
    assert chosen == 95 or _size_bytes(picture, image_format, Encode(quality=chosen + 1)) > max_bytes


@pytest.mark.parametrize("image_format", [WEBP, AVIF], ids=lambda known: known.name)
def test_animations_fit_as_well(image_format: Format) -> None:
    """All frames stay, and so do their durations."""
    max_bytes = _size_bytes(_MOVING, image_format, Encode(quality=60)) * 8 // 10
    made = encode(_MOVING, image_format, Encode(max_bytes=max_bytes))
    assert max_bytes / 2 < len(made.body) <= max_bytes
    assert made.frames == 4


@pytest.mark.parametrize("image_format", _KNOWN, ids=lambda known: known.name)
def test_what_cannot_fit_is_refused(image_format: Format) -> None:
    """The message names the bound, and what was reached."""
    body = pictures.encoded(scene(), "png")
    with pytest.raises(DoesNotFitError, match=r"the smallest result has \d+ bytes .*, max_bytes is 150") as caught:
        result(f"encode:{image_format.name}:max_bytes=150", body)
    named = re.search(r"has (\d+) bytes", caught.value.message)
    assert named is not None
    if image_format in _LOSSY:
        smallest = result(f"encode:{image_format.name}:quality=1", body)
        assert int(named[1]) == len(smallest.body)


@pytest.mark.parametrize("image_format", _KNOWN, ids=lambda known: known.name)
def test_what_fits_anyway_stays_as_it_is(image_format: Format) -> None:
    """A bound that the quality asked for does not meet changes nothing."""
    body = pictures.encoded(scene(), "png")
    plain = result(f"encode:{image_format.name}:quality=70", body)
    bounded = result(f"encode:{image_format.name}:quality=70:max_bytes=10000000", body)
    if image_format.name != "avif":  # under a bound some drawings are encoded faster
        assert bounded.body == plain.body
    assert bounded.width == plain.width


def test_a_quality_is_the_best_that_is_tried() -> None:
    """With room for more, the result has the quality that was asked for; with less, a lower one."""
    at_50, at_80 = (_size_bytes(_STILL, JPEG, Encode(quality=quality)) for quality in (50, 80))
    assert _size_bytes(_STILL, JPEG, Encode(quality=50, max_bytes=at_80)) == at_50
    assert _size_bytes(_STILL, JPEG, Encode(quality=80, max_bytes=at_50)) <= at_50
    assert _size_bytes(_STILL, JPEG, Encode(max_bytes=at_80 * 2)) > at_80


def test_a_chosen_quality_is_the_best_that_is_tried() -> None:
    """Whoever lets the quality be chosen wants no more bytes than it takes."""
    chosen = _size_bytes(_STILL, WEBP, Encode(quality="auto"))
    assert _size_bytes(_STILL, WEBP, Encode(quality="auto", max_bytes=chosen * 3)) == chosen
    assert _size_bytes(_STILL, WEBP, Encode(quality="auto", max_bytes=chosen - 1)) < chosen


def test_a_photograph_as_png_is_compressed_harder_before_it_is_refused() -> None:
    """Run lengths are fast; where they do not fit, zlib's best may: this one repeats itself."""
    frame = Image.new("RGB", (240, 60))
    for left in (0, 80, 160):
        frame.paste(scene((80, 60)), (left, 0))
    picture = Picture(frames=(frame,))
    quick = _size_bytes(picture, PNG)
    made = encode(picture, PNG, Encode(max_bytes=quick - 1))
    assert len(made.body) < quick
    assert pictures.distance(pictures.opened(made.body), frame) == 0


def test_an_animated_png_is_compressed_harder_too() -> None:
    """With all its frames."""
    quick = _size_bytes(_MOVING, PNG)
    made = encode(_MOVING, PNG, Encode(max_bytes=quick - 1))
    assert (len(made.body) < quick, made.frames) == (True, 4)


def test_large_pictures_are_not_compressed_harder(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no time for it: what does not fit at once does not fit."""
    quick = _size_bytes(_MOVING, PNG)
    monkeypatch.setattr(output_control, "_THOROUGH_PX", 80 * 60 * 4 - 1)
    with pytest.raises(DoesNotFitError, match=f"has {quick} bytes without a quality to lower"):
        encode(_MOVING, PNG, Encode(max_bytes=quick - 1))


@pytest.mark.parametrize("name", ["webp", "jp2"])
def test_nothing_is_lost_to_fit(name: str) -> None:
    """Without loss there is no quality to lower, even if one is given."""
    body = pictures.encoded(scene((80, 60)), "png")
    lossless = result(f"encode:{name}:lossless=1", body)
    with pytest.raises(DoesNotFitError, match="without a quality to lower"):
        result(f"encode:{name}:quality=5:lossless=1:max_bytes={len(lossless.body) - 1}", body)
    assert result(f"encode:{name}:lossless=1:max_bytes={len(lossless.body)}", body).body == lossless.body


@pytest.mark.parametrize(("coding", "px", "most"), [(JPEG_CODING, 1000, 6), (AVIF_CODING, 10**9, 3)])
def test_encodes_are_few(coding: LossyCoding, px: int, most: int) -> None:
    """Six at most, and three where each takes long; the bound holds however files grow."""
    for max_bytes in range(300, 12_000, 700):
        asked: list[int] = []

        def body(quality: int, asked: list[int] = asked) -> bytes:
            asked.append(quality)
            return bytes(quality * quality + 120)

        made = best_that_fits(body, coding=coding, max_bytes=max_bytes, wanted=None, px=px)
        assert len(made) <= max_bytes
        assert len(asked) <= most


def test_the_first_that_fits_is_taken() -> None:
    """Slower ways are not tried without need."""
    assert smallest_that_fits(lambda: b"12345", lambda: b"123", max_bytes=5) == b"12345"
    assert smallest_that_fits(lambda: b"12345", lambda: b"123", max_bytes=4) == b"123"
    with pytest.raises(DoesNotFitError, match=r"has 3 bytes .* max_bytes is 2"):
        smallest_that_fits(lambda: b"123", lambda: b"1234", max_bytes=2)
