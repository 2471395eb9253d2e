"""Deep jobs: which there are, and that each step does to a deep picture what its module does to a shallow one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import pyvips

from shared.errors import BadParameterError, OutOfMemoryError, TooManyPixelsError
from shared.limits import Limits
from tests import pictures
from tests.deep_pictures import Floats, light_of, noise16, openexr, pam, sunset
from tests.workers.jobs import result
from workers import encoding_deep, exr, opening

_STEPS = [
    "crop:box=7%2C5%2C30%2C20",
    "resize:width=23",
    "resize:width=150",
    "resize:width=20:height=30:fit=cover:gravity=n",
    "resize:width=40:height=40:fit=pad:bg=ff8000",
    "resize:width=33:height=20:fit=fill:filter=lanczos",
    "resize:width=33:height=20:fit=fill:filter=nearest",
    "pad:sides=1%2C2%2C3%2C4:bg=0080ff80",
    "pad:sides=1%2C2%2C3%2C4",
    "rotate:angle=90",
    "rotate:angle=180",
    "rotate:angle=270",
    "rotate:angle=30",
    "rotate:angle=-100:bg=336699",
    "flip:axes=h",
    "flip:axes=v",
    "flip:axes=hv",
    "brightness:amount=-40",
    "contrast:amount=25",
    "gamma:gamma=2.2",
    "saturation:amount=-60",
    "saturation:amount=70",
    "grayscale:on=1",
    "invert:on=1",
    "blur:sigma=3",
    "blur:sigma=0.6",
    "background:bg=ff0000",
]
_EIGHT_BITS_ONLY = ["hue:angle=40", "unsharp:sigma=2", "pixelate:size=4", "sepia:amount=50"]


def deep_png(mode: str) -> bytes:
    """The gradients in sixteen bits: the same levels as in eight."""
    values = np.asarray(pictures.gradients(mode)).reshape(48, 64, -1).astype(np.uint16)
    return pam(values * 257, maximum=65_535)


def samples(body: bytes) -> npt.NDArray[np.float64]:
    """A PNG's channels, from 0 to 255."""
    found: npt.NDArray[np.uint16] = pyvips.Image.new_from_buffer(body, "").numpy()
    found = found[..., np.newaxis] if found.ndim == 2 else found
    return found / (257 if found.dtype == np.uint16 else 1)


def light(body: bytes) -> Floats:
    """What is in an OpenEXR file."""
    return exr.decode(body, exr.header(body)).pixels


@pytest.mark.parametrize("step", _STEPS)
@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_a_step_does_in_sixteen_bits_what_it_does_in_eight(step: str, mode: str) -> None:
    """To within what eight bits are rounded by; premultiplied colours of little alpha are rounded more."""
    shallow = result(f"{step};encode:png", pictures.encoded(pictures.gradients(mode), "png")).body
    deep = result(f"{step};encode:png", deep_png(mode)).body
    assert pyvips.Image.new_from_buffer(deep, "").format == "ushort"
    expected, found = samples(shallow), samples(deep)
    assert found.shape[:2] == expected.shape[:2]
    if (
        found.shape[2] != expected.shape[2]
    ):  # what is grey, or opaque, is written with fewer channels in eight bits
        expected, found = (np.asarray(pictures.opened(body).convert("RGBA"), float) for body in (shallow, deep))
    if found.shape[2] in (2, 4):
        expected, found = (np.dstack((it[..., :-1] * it[..., -1:] / 255, it[..., -1])) for it in (expected, found))
    difference = np.abs(found - expected)
    assert difference.mean() < 0.8
    assert np.percentile(difference, 99) <= 3


@pytest.mark.parametrize("step", _STEPS)
def test_light_within_the_range_of_a_screen_is_shown_as_eight_bits_are(step: str) -> None:
    """Nearly: pixels are mixed as light, and what a step makes brighter than white is mapped, not cut off."""
    picture = pictures.gradients("RGB")
    data = openexr({name: light_of(picture)[..., index] for index, name in enumerate("RGB")})
    shallow = pictures.opened(result(f"{step};encode:tga", pictures.encoded(picture, "png")).body).convert("RGBA")
    made = result(f"{step};encode:exr", data).body
    deep = pictures.opened(result("encode:tga", made).body).convert("RGBA")
    assert deep.size == shallow.size
    assert pictures.distance(deep, shallow) < 6


@pytest.mark.parametrize("step", [step for step in _STEPS if step.split(":")[0] in ("crop", "flip", "pad")])
def test_moved_light_is_exact(step: str) -> None:
    """Bit by bit what it was."""
    made = light(
        result(f"{step};encode:exr", openexr(dict(zip("RGB", sunset().transpose(2, 0, 1), strict=True)))).body
    )
    known = {value.tobytes() for value in sunset().reshape(-1, 3)}
    assert sum(value.tobytes() in known for value in np.ascontiguousarray(made[..., :3]).reshape(-1, 3)) >= 600


def test_light_keeps_its_range_when_it_is_scaled() -> None:
    """Two hundred times white is no white, and no light is negative."""
    data = openexr(dict(zip("RGB", sunset((640, 480)).transpose(2, 0, 1), strict=True)))
    made = light(result("resize:width=64:filter=lanczos;encode:exr", data).body)
    assert made.max() > 150
    assert made.min() >= 0
    assert made.mean() == pytest.approx(sunset((640, 480)).mean(), rel=0.01)


def test_trim_measures_all_bits_as_they_are_shown() -> None:
    """A border that differs by less than the tolerance is cut off."""
    values = np.full((20, 30, 3), 1000, np.uint16)
    values[5:9, 7:12] = 30_000
    values[0, 5] = 1400
    made = result("trim:tolerance=2;encode:png", pam(values, maximum=65_535))
    assert (made.width, made.height) == (5, 4)
    assert result("trim:tolerance=1;encode:png", pam(values, maximum=65_535)).height == 9


@pytest.mark.parametrize("step", _EIGHT_BITS_ONLY)
def test_other_steps_are_done_in_eight_bits(step: str) -> None:
    """The picture is the one that eight bits give."""
    made = result(f"{step};encode:png", pam(noise16(3), maximum=65_535)).body
    assert pyvips.Image.new_from_buffer(made, "").format == "uchar"


@pytest.mark.parametrize("target", ["jpeg", "webp", "tga", "gif", "auto"])
def test_formats_of_eight_bits_get_eight(target: str) -> None:
    """Light is tone mapped for them."""
    assert result(f"resize:width=20;encode:{target}", deep_png("RGB")).width == 20


@pytest.mark.parametrize("target", ["png", "tiff", "pam", "pnm"])
def test_eight_bits_stay_eight(target: str) -> None:
    """A format that could hold more makes no more of them."""
    made = result(f"resize:width=20;encode:{target}", pictures.sample("bmp")).body
    assert len(made) < 20 * 15 * 3 + 400


def test_a_size_limit_is_met_in_eight_bits() -> None:
    """With a bound on bytes, the smaller coding is taken."""
    made = result("encode:png:max_bytes=100000", deep_png("RGB")).body
    assert pyvips.Image.new_from_buffer(made, "").format == "uchar"


def test_alpha_that_hides_nothing_is_left_out() -> None:
    """As in eight bits."""
    values = noise16(4)
    values[..., 3] = 65_535
    assert pyvips.Image.new_from_buffer(result("encode:png", pam(values, maximum=65_535)).body, "").bands == 3


def test_limits_hold_for_deep_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pixels of the result, places outside, and memory, asked for in time."""
    data = deep_png("RGB")
    with pytest.raises(TooManyPixelsError):
        result("resize:width=5000;encode:png", data, limits=Limits(max_side=4000))
    with pytest.raises(BadParameterError):
        result("crop:box=70%2C0%2C5%2C5;encode:png", data)
    with monkeypatch.context() as patch:
        patch.setattr(opening, "headroom_bytes", lambda: 60_000)
        with pytest.raises(OutOfMemoryError, match="decoding 64×48"):
            result("encode:png", data)
    monkeypatch.setattr(encoding_deep, "headroom_bytes", lambda: 50_000)
    with pytest.raises(OutOfMemoryError, match="encoding 64×48"):
        result("encode:png", data)


def test_timings_are_told_of_deep_jobs() -> None:
    """Decoding, the steps, and encoding."""
    timings = result("blur:sigma=2;encode:png", deep_png("RGB")).timings_ms
    assert all(timings[stage] > 0 for stage in ("decode", "transform", "encode"))
