"""How light is shown, and that what is shown comes back from light as it was."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from tests import pictures
from tests.deep_pictures import Floats, light_of, sunset
from tests.workers.jobs import result
from workers.deep import Deep, from_straight
from workers.tone_mapping import Operator, eight_bits, in_light, shown, to_light, to_srgb


def light(*values: float) -> Deep:
    """A row of grey light."""
    return Deep(pixels=np.array(values, np.float32).reshape(1, -1, 1), is_light=True)


def levels(deep: Deep) -> list[int]:
    """What is shown of a row of grey."""
    return list(eight_bits(deep).tobytes())


def test_every_level_of_srgb_comes_back() -> None:
    """Where nothing is brighter than white, showing is encoding."""
    ramp = Image.frombytes("L", (256, 1), bytes(range(256)))
    assert levels(Deep(pixels=light_of(ramp), is_light=True)) == list(range(256))


def test_reinhard_with_a_white() -> None:
    """Equation 4: L (1 + L / white²) / (1 + L), encoded; white is white."""
    operator = Operator(exposure=1, white=10)
    found = operator(np.array([[[0.5], [1], [4], [10], [1000]]], np.float32)).ravel()
    assert np.allclose(found, [0.335, 0.505, 0.832, 1, 1], atol=1e-6)


def test_white_is_what_nearly_all_pixels_stay_below() -> None:
    """A sun of one pixel in ten thousand does not darken the rest."""
    values = np.full((100, 100, 1), 0.5, np.float32)
    values[50, 50] = 10_000
    assert Operator.of(Deep(pixels=values, is_light=True)) == Operator(exposure=1, white=1)


def test_units_of_any_size_are_brought_down() -> None:
    """Candela per square metre, by the thousand, are no white sheet: their median is white before mapping."""
    operator = Operator.of(Deep(pixels=sunset() * np.float32(5000), is_light=True))
    assert operator.exposure == pytest.approx(1 / np.median(sunset() @ (0.2126, 0.7152, 0.0722)) / 5000, rel=1e-3)
    seen = np.asarray(eight_bits(Deep(pixels=sunset() * np.float32(5000), is_light=True)))
    assert 100 < np.median(seen) < 200


def test_mapping_keeps_the_hue() -> None:
    """The channels of a pixel are scaled by one number, as long as none of them meets white."""
    found = Operator(exposure=1, white=50)(np.array([[[1.6, 0.8, 0.4]]], np.float32))[0, 0]
    assert found[0] / found[1] == pytest.approx(2)
    assert found[1] / found[2] == pytest.approx(2)


def test_brighter_stays_brighter() -> None:
    """Two hundred times white and all below keep their order, and their differences."""
    row = levels(light(*np.geomspace(0.001, 200, 60)))
    assert row == sorted(row)
    assert len(set(row)) > 50


def test_negative_light_is_black() -> None:
    """It comes of colours beyond the primaries, and of filters."""
    assert levels(light(-1, -1e30, 0)) == [0, 0, 0]


def test_light_is_bounded_by_nothing() -> None:
    """The largest floats are shown: as white, where nothing is brighter."""
    assert levels(light(0, 3e38, 3e38, 3e38)) == [0, 255, 255, 255]
    assert levels(light(0, 1e30, 3e38)) == [0, 188, 255]


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_light_and_back_is_the_picture(mode: str) -> None:
    """Of every mode; where nothing is seen there is no colour."""
    picture = pictures.gradients(mode)
    values = np.asarray(picture, np.float32).reshape(48, 64, -1) / np.float32(255)
    deep = in_light(from_straight(values.copy(), is_light=False))
    found = np.asarray(eight_bits(deep)).reshape(48, 64, -1)
    is_seen = values[..., -1] > 0 if mode.endswith("A") else np.ones((48, 64), bool)
    assert np.abs(found[is_seen] - np.rint(values[is_seen] * 255)).max() <= 1


def test_the_curve_goes_on_beyond_white() -> None:
    """Light above 1 is encoded above 1, and comes back."""
    values: Floats = np.geomspace(1e-6, 1e4, 100).astype("f4")
    assert np.allclose(to_light(to_srgb(values)), values, rtol=1e-4)
    assert to_srgb(np.array([1.0], "f4"))[0] == pytest.approx(1)


def test_encoded_pictures_are_shown_as_they_are() -> None:
    """Sixteen bits of sRGB are no light."""
    deep = Deep(pixels=np.full((2, 2, 3), 0.5, np.float32), is_light=False)
    assert shown(deep) is deep
    assert set(eight_bits(deep).tobytes()) == {128}


@pytest.mark.parametrize("target", ["hdr", "exr", "pfm"])
def test_eight_bits_come_back_from_every_format_of_light(target: str) -> None:
    """To half a step of the format: greys, which have equal channels, exactly."""
    ramp = pictures.encoded(Image.frombytes("L", (256, 1), bytes(range(256))), "png")
    back = pictures.opened(result("encode:tga", result(f"encode:{target}", ramp).body).body)
    assert list(back.convert("L").tobytes()) == list(range(256))
