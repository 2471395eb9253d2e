"""Encoding: options, and the bounds of every format."""

from __future__ import annotations

import random

import pytest
from PIL import Image

from shared.errors import OutOfMemoryError, TooLargeError, TooManyPixelsError
from shared.limits import Limits
from tests import pictures
from tests.workers.jobs import result
from workers import encoding
from workers.encoding_still import is_drawing

_LOSSY = ("jpeg", "webp", "avif", "jp2")
_WIDE = Limits(max_side=70_000)


def _noise(mode: str, size: tuple[int, int] = (256, 256)) -> Image.Image:
    bands = len(Image.new(mode, (1, 1)).getbands())
    return Image.frombytes(mode, size, random.Random(1).randbytes(size[0] * size[1] * bands))


def _body(plan: str, picture: Image.Image, limits: Limits | None = None) -> bytes:
    return result(plan, pictures.encoded(picture, "png"), limits=limits).body


@pytest.mark.parametrize("name", _LOSSY)
def test_quality_costs_bytes_and_buys_likeness(name: str) -> None:
    """A higher quality is larger and closer to the picture."""
    picture = _noise("RGB").resize((256, 256), Image.Resampling.BICUBIC, (0, 0, 40, 40))
    poor, good = (_body(f"encode:{name}:quality={quality}", picture) for quality in (30, 95))
    assert len(poor) < len(good)
    loss = [pictures.distance(pictures.opened(body), picture) for body in (poor, good)]
    assert loss[1] < loss[0]


@pytest.mark.parametrize("name", ["webp", "jp2", "png", "tiff", "bmp", "tga", "dds", "pnm", "qoi"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_lossless_is_lossless(name: str, mode: str) -> None:
    """Every pixel comes back, noise included; where nothing is transparent the colours below it do not count."""
    picture = _noise(mode, (61, 47))
    made = pictures.opened(_body(f"encode:{name}:lossless=1", picture)).convert("RGBA")
    wanted = picture.convert("RGBA")
    if made.getchannel("A").getextrema() == (255, 255):
        wanted = Image.alpha_composite(Image.new("RGBA", wanted.size, "white"), wanted)
    invisible = wanted.getchannel("A").point([255] + [0] * 255)
    for image in (made, wanted):
        image.paste((0, 0, 0, 0), mask=invisible)
    assert pictures.distance(made, wanted) < (0.5 if mode == "RGBA" and name in ("bmp", "pnm") else 1e-9)


@pytest.mark.parametrize("quality", [1, 50, 80, 90, 94, 95, 100])
@pytest.mark.parametrize("progressive", ["0", "1"])
def test_noise_is_no_error_in_jpeg(quality: int, progressive: str) -> None:
    """It is larger than Pillow's buffer for optimised files expects."""
    body = _body(f"encode:jpeg:quality={quality}:progressive={progressive}", _noise("RGB", (700, 500)))
    made = pictures.opened(body)
    assert made.size == (700, 500)
    assert bool(made.info.get("progressive")) == (progressive == "1")


def test_high_quality_keeps_colours_sharp() -> None:
    """JPEG from 90 on has as many samples of colour as of light."""
    layers = {}
    for quality in (89, 90):
        made = pictures.opened(_body(f"encode:jpeg:quality={quality}", pictures.gradients()))
        layers[quality] = made.layer[0][1:3]  # type: ignore[attr-defined]
    assert layers == {89: (2, 2), 90: (1, 1)}


def test_few_colours_become_a_palette_without_loss() -> None:
    """A drawing as PNG is a third of its size, and the same."""
    picture = pictures.gradients().quantize(64).convert("RGB")
    made = pictures.opened(_body("encode:png", picture))
    assert made.mode == "P"
    assert pictures.distance(made.convert("RGB"), picture) == 0


def test_drawings_are_told_from_photographs() -> None:
    """By areas of one colour, in every mode, however small."""
    photograph = _noise("RGB").resize((300, 200), Image.Resampling.BICUBIC, (0, 0, 60, 40))
    drawing = Image.new("RGB", (300, 200), "white")
    drawing.paste((200, 30, 30), (50, 50, 200, 150))
    for mode in ("L", "LA", "RGB", "RGBA"):
        assert not is_drawing(photograph.convert(mode))
        assert is_drawing(drawing.convert(mode))
    assert is_drawing(Image.new("RGB", (1, 1)))
    assert is_drawing(Image.new("L", (1, 5000)))


@pytest.mark.parametrize(
    ("name", "side"), [("jpeg", 65_500), ("webp", 16_383), ("avif", 32_768), ("gif", 65_535), ("tga", 65_535)]
)
def test_a_side_that_a_format_cannot_hold_is_named(name: str, side: int) -> None:
    """The last side that fits does, and one pixel more is the image's fault, with both figures."""
    assert result(f"encode:{name}", _strip(side), limits=_WIDE).width == side
    with pytest.raises(TooManyPixelsError, match=f"{side + 1}×1 pixels, {name} holds at most {side} a side"):
        result(f"encode:{name}", _strip(side + 1), limits=_WIDE)


def _strip(width: int) -> bytes:
    return b"P5\n%d 1\n255\n" % width + bytes(width)


def test_an_icon_is_fitted_into_what_icons_may_be() -> None:
    """Whoever asks for a photograph as an icon wants one that fits."""
    made = result("encode:ico", pictures.sample("png", (512, 300)))
    assert (made.width, made.height) == (256, 150)
    assert pictures.opened(made.body).size == (256, 150)
    small = result("encode:ico", pictures.sample("png", (17, 13)))
    assert pictures.opened(small.body).size == (17, 13)


@pytest.mark.parametrize("name", pictures.FORMATS)
@pytest.mark.parametrize("size", [(1, 1), (1, 7), (7, 1), (3, 2)])
def test_the_smallest_pictures_can_be_written(name: str, size: tuple[int, int]) -> None:
    """One pixel is a picture."""
    for mode in ("L", "RGBA"):
        made = result(f"encode:{name}", pictures.encoded(pictures.gradients(mode, size), "png"))
        assert pictures.opened(made.body).size == size


def test_a_result_too_large_to_send_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A frame holds so many bytes; the front end would take a longer one for damage."""
    monkeypatch.setattr(encoding, "MAX_BODY_BYTES", 1000)
    with pytest.raises(TooLargeError, match="at most 1000 are sent"):
        result("encode:bmp", pictures.sample("png"))


def test_memory_is_counted_before_encoding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Encoders that run out of it fail in ways that look like damage, or crash."""
    monkeypatch.setattr(encoding, "headroom_bytes", lambda: 64 * 48 * 30)
    assert result("encode:avif", pictures.sample("jpeg")).width
    with pytest.raises(OutOfMemoryError, match="encoding 64×48"):
        result("encode:avif", pictures.sample("png"))


@pytest.mark.parametrize("name", pictures.ANIMATED)
@pytest.mark.parametrize(("duration_ms", "expected"), [(65_535, 65_535), (70_123, 70_120), (10_000_000, 655_350)])
def test_very_long_durations_are_rounded(name: str, duration_ms: int, expected: int) -> None:
    """To what every format can hold: a frame that is shown for minutes does not need milliseconds."""
    source = pictures.animated("avif", durations_ms=(duration_ms, 100))
    image = pictures.opened(result(f"encode:{name}", source).body)
    assert image.info["duration"] == pytest.approx(expected, abs=5 if name == "gif" else 0.5)
