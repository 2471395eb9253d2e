"""Radiance pictures: every way to store them, held against files made by hand and OpenCV's reader."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pytest

from shared.errors import CorruptImageError
from tests import deep_pictures
from tests.deep_pictures import Floats, sunset
from workers import radiance

_WRITERS = (
    deep_pictures.radiance,
    deep_pictures.radiance_in_runs,
    deep_pictures.radiance_with_repetitions,
)
each_writer = pytest.mark.parametrize("write", _WRITERS, ids=lambda write: write.__name__)


def read(data: bytes) -> Floats:
    """What we read."""
    return radiance.decode(data, radiance.header(data))


def blocks() -> Floats:
    """Areas of one colour, some wider than any run, and one of black."""
    light = np.repeat(np.repeat(sunset((5, 4)), 70, axis=1), 3, axis=0)
    light[3:6, :300] = 0
    return light


def error(found: Floats, expected: Floats) -> float:
    """The largest error, in parts of each pixel's brightest channel."""
    brightest = np.maximum(expected.max(axis=2, keepdims=True), 1e-6)
    return float((np.abs(found - expected) / brightest).max())


@each_writer
@pytest.mark.parametrize(
    "light", [sunset(), blocks(), sunset((7, 5)), sunset((1, 1))], ids=["sunset", "blocks", "narrow", "dot"]
)
def test_every_way_of_storing_is_read(write: Callable[[Floats], bytes], light: Floats) -> None:
    """Plain pixels, repeated pixels and run lengths by channel give the same light, to one of 128 steps."""
    if light.shape[1] < 8 and write is deep_pictures.radiance_in_runs:
        pytest.skip("narrow pictures are never in run lengths by channel")
    assert error(read(write(light)), light) < 1 / 128


@pytest.mark.parametrize("light", [sunset(), sunset() * 1e-9, sunset() * 1e9, np.ones((2, 9, 3), np.float32)])
def test_light_is_written_to_half_a_step(light: Floats) -> None:
    """A mantissa of the brightest channel has 128 steps at least, and they are rounded to."""
    assert error(read(radiance.encode(light)), light) <= 1 / 256


def test_opencv_reads_what_we_write() -> None:
    """To half a step."""
    cv2 = pytest.importorskip("cv2")
    found = cv2.imdecode(np.frombuffer(radiance.encode(sunset()), np.uint8), cv2.IMREAD_UNCHANGED)
    assert error(found[..., ::-1], sunset()) <= 1 / 256


def test_we_read_what_opencv_writes() -> None:
    """In its run lengths."""
    cv2 = pytest.importorskip("cv2")
    _, data = cv2.imencode(".hdr", sunset((300, 20))[..., ::-1])
    assert error(read(data.tobytes()), sunset((300, 20))) < 1 / 128


def test_mantissas_that_round_up_to_the_next_exponent() -> None:
    """Just below a power of two, 255.9 is 256: it takes the next exponent, and is no black."""
    light = np.full((1, 1, 3), np.nextafter(np.float32(1), np.float32(0)), np.float32)
    assert read(radiance.encode(light)).tolist() == [[[1, 1, 1]]]


def test_more_light_than_the_format_holds_is_the_most_it_holds() -> None:
    """A single float goes to twice of it."""
    light = np.array([[[3.4e38, 1.0, 3.4e38]]], np.float32)
    assert read(radiance.encode(light)).tolist() == [[[255 * 2.0**119, 0, 255 * 2.0**119]]]


@pytest.mark.parametrize("value", [0.0, -1.0, 1e-44])
def test_no_light_is_black(value: float) -> None:
    """So is negative light, and less than the smallest exponent."""
    assert not read(radiance.encode(np.full((2, 2, 3), value, np.float32))).any()


@pytest.mark.parametrize(
    ("resolution", "turned"),
    [
        ("-Y 3 +X 5", lambda light: light),
        ("-Y 3 -X 5", lambda light: light[:, ::-1]),
        ("+Y 3 +X 5", lambda light: light[::-1]),
        ("+Y 3 -X 5", lambda light: light[::-1, ::-1]),
        ("+X 3 -Y 5", lambda light: light.transpose(1, 0, 2)),
        ("-X 3 -Y 5", lambda light: light.transpose(1, 0, 2)[:, ::-1]),
        ("+X 3 +Y 5", lambda light: light.transpose(1, 0, 2)[::-1]),
        ("-X 3 +Y 5", lambda light: light.transpose(1, 0, 2)[::-1, ::-1]),
    ],
)
def test_lines_may_run_in_any_direction(resolution: str, turned: Callable[[Floats], Floats]) -> None:
    """The resolution's signs and order say where the first pixel is, and where the next one."""
    data = deep_pictures.radiance(sunset((5, 3)), resolution=resolution)
    expected = turned(sunset((5, 3)))
    assert radiance.header(data).size == (expected.shape[1], expected.shape[0])
    assert error(read(data), expected) < 1 / 128


def test_xyz_becomes_red_green_and_blue() -> None:
    """Equal X, Y and Z are white; the primaries of Rec. 709, in X, Y and Z, are themselves."""
    fields = "FORMAT=32-bit_rle_xyze"
    assert np.allclose(read(deep_pictures.radiance(np.ones((1, 1, 3), "f4"), fields=fields)), 1, atol=0.01)
    y_only = read(deep_pictures.radiance(np.array([[[0, 1, 0]]], "f4"), fields=fields))
    assert y_only[0, 0, 1] > 1 > 0 > y_only[0, 0, 0]


def test_primaries_of_rec_2020_are_converted() -> None:
    """White stays white; its pure green is beyond Rec. 709's."""
    fields = "FORMAT=32-bit_rle_rgbe\nPRIMARIES= 0.708 0.292 0.170 0.797 0.131 0.046 0.3127 0.3290"
    light = np.array([[[1, 1, 1], [0, 1, 0]]], "f4")
    found = read(deep_pictures.radiance(light, fields=fields))[0]
    # ITU-R BT.2087, the inverse of its matrix.
    assert np.allclose(found, [[1.0, 1.0, 1.0], [-0.5876, 1.1329, -0.1006]], atol=0.01)


@pytest.mark.parametrize(
    "words", ["", "0 0 0 0 0 0 0 0", "1 1 1", "x y", "nan " * 8, "1e99 " * 8, "0.64 0.33 " * 4]
)
def test_primaries_that_make_no_sense_are_left_out(words: str) -> None:
    """The picture is read as if it said nothing about them."""
    fields = f"FORMAT=32-bit_rle_rgbe\nPRIMARIES= {words}"
    assert error(read(deep_pictures.radiance(sunset((5, 3)), fields=fields)), sunset((5, 3))) < 1 / 128


@each_writer
def test_a_file_cut_off_anywhere_is_corrupt(write: Callable[[Floats], bytes]) -> None:
    """In the header, in a line, and between two lines."""
    data = write(blocks()[:4, :40])
    for end in range(len(data)):
        with pytest.raises(CorruptImageError):
            read(data[:end])


@each_writer
def test_changed_bytes_make_a_picture_or_damage(write: Callable[[Floats], bytes]) -> None:
    """Five hundred files with one to six bytes changed."""
    data, dice = write(blocks()[:4, :40]), random.Random(write.__name__)
    for _ in range(500):
        damaged = bytearray(data)
        for _ in range(dice.choice((1, 1, 2, 6))):
            damaged[dice.randrange(len(data))] = dice.randrange(256)
        try:
            head = radiance.header(bytes(damaged))
            if head.lines * head.line_px < 1_000_000:
                assert radiance.decode(bytes(damaged), head).shape == (*head.size[::-1], 3)
        except CorruptImageError:
            pass


@pytest.mark.parametrize(
    "pixels",
    [
        b"\1\1\1\5" * 8,
        b"\x80\x80\x80\x80" + b"\1\1\1\xff" * 6,
        b"\2\2\0\x08" + b"\x89\0" * 4,
        b"\2\2\0\x08" + b"\0" * 64,
    ],
    ids=["repeats nothing", "repeats for ever", "over the end", "runs of nought"],
)
def test_run_lengths_that_make_no_sense_are_damage(pixels: bytes) -> None:
    """Whatever they promise, no more is made than the header has room for."""
    with pytest.raises(CorruptImageError):
        read(b"#?RADIANCE\n\n-Y 1 +X 8\n" + pixels)
