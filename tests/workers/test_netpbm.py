"""Netpbm files: every kind, with comments and odd depths, made by hand, and what OpenCV reads of ours."""

from __future__ import annotations

import random

import numpy as np
import numpy.typing as npt
import pytest

from shared.errors import CorruptImageError
from tests import deep_pictures, pictures
from tests.deep_pictures import noise16, sunset
from tests.workers.jobs import inspection, result
from workers import netpbm

_TEXT = {
    "P1": b"P1 # a comment\n3 2\n1 0 1\n010",
    "P2": b"P2\n3 2 7\n0 1 2 # half way\n5 6 7",
    "P3": b"P3\n2#\n1\n255 255 0 7 1 2 3",
    "P4": b"P4\n3 2\n\xa0\x40",
    "P5": b"P5\n3 2\n7\n\0\1\2\5\6\7",
    "P6": b"P6\n2 1\n255\n\xff\0\7\1\2\3",
}


def seen(data: bytes) -> npt.NDArray[np.uint8]:
    """The picture in eight bits."""
    return np.asarray(pictures.opened(result("encode:tga", data).body))


@pytest.mark.parametrize("kinds", [("P1", "P4"), ("P2", "P5"), ("P3", "P6")])
def test_text_and_bytes_are_one_picture(kinds: tuple[str, str]) -> None:
    """Comments, blanks of every kind and none between the digits of a bitmap."""
    text, raw = (seen(_TEXT[kind]) for kind in kinds)
    assert np.array_equal(text, raw)


def test_bitmaps_are_black_where_they_are_one() -> None:
    """Other than everything else."""
    assert seen(_TEXT["P1"]).tolist() == [[0, 255, 0], [255, 0, 255]]


@pytest.mark.parametrize("maximum", [1, 2, 7, 100, 254, 255])
def test_any_maximum_is_white(maximum: int) -> None:
    """What lies between is rounded."""
    values = bytes(range(maximum + 1))
    found = seen(b"P5 %d 1 %d\n" % (len(values), maximum) + values)
    assert found.tolist() == [[int(255 * value / maximum + 0.5) for value in values]]


@pytest.mark.parametrize("maximum", [256, 1023, 40_000, 65_535])
@pytest.mark.parametrize("as_text", [False, True], ids=["bytes", "text"])
def test_deep_samples_are_read_to_sixteen_bits(maximum: int, *, as_text: bool) -> None:
    """Any maximum is brought to 65535."""
    values = noise16(3).astype(np.int64) % (maximum + 1)
    body = " ".join(map(str, values.ravel().tolist())).encode() if as_text else values.astype(">u2").tobytes()
    head = b"%s\n%d %d\n%d\n" % (b"P3" if as_text else b"P6", *values.shape[1::-1], maximum)
    made = result("encode:pnm", head + body).body
    found = np.frombuffer(made[made.index(b"65535\n") + 6 :], ">u2").reshape(values.shape)
    assert np.array_equal(found, np.rint(values / maximum * 65_535))


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("maximum", [255, 65_535])
def test_pam_of_all_channels(channels: int, maximum: int) -> None:
    """Grey and colour, with alpha and without, in eight bits and sixteen: written as it was read."""
    values = noise16(channels) >> (8 if maximum == 255 else 0)
    data = deep_pictures.pam(values, maximum=maximum)
    made = result("encode:pam", data).body
    assert made.startswith(b"P7\nWIDTH 19\nHEIGHT 13\nDEPTH %d\nMAXVAL %d\n" % (channels, maximum))
    kind = ">u2" if maximum > 255 else "u1"
    assert np.array_equal(np.frombuffer(made[made.index(b"ENDHDR\n") + 7 :], kind).reshape(values.shape), values)


def test_pam_fields_come_in_any_order() -> None:
    """With comments and fields that nobody knows."""
    data = b"P7\nMAXVAL 255\n# WIDTH 9\nDEPTH 1\nCOLOUR blue\nHEIGHT 1\nWIDTH 2\nENDHDR\n\x05\x06"
    assert seen(data).tolist() == [[5, 6]]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("channels", [1, 3])
def test_floats_of_either_byte_order_are_exact(order: str, channels: int) -> None:
    """Grey and colour, bottom up."""
    light = sunset()[..., :channels]
    head = b"%s\n64 48\n%d.0\n" % (b"PF" if channels == 3 else b"Pf", -1 if order == "<" else 1)
    made = result("encode:pfm", head + light[::-1].astype(f"{order}f4").tobytes()).body
    start = made.index(b"-1.0\n") + 5
    assert np.array_equal(np.frombuffer(made[start:], "<f4").reshape(light.shape)[::-1], light)


@pytest.mark.parametrize("plan", ["encode:pfm", "encode:pnm"])
def test_opencv_reads_what_we_write(plan: str) -> None:
    """Light in PFM, and sixteen bits in PPM."""
    cv2 = pytest.importorskip("cv2")
    made = result(plan, deep_pictures.pam(noise16(3), maximum=65_535)).body
    found = cv2.imdecode(np.frombuffer(made, np.uint8), cv2.IMREAD_UNCHANGED)[..., ::-1]
    expected = noise16(3) / 65_535
    if plan == "encode:pfm":
        expected = np.where(expected <= 0.04045, expected / 12.92, ((expected + 0.055) / 1.055) ** 2.4)
        assert np.allclose(found, expected, atol=1e-6)
    else:
        assert np.array_equal(found, noise16(3))


@pytest.mark.parametrize("data", _TEXT.values(), ids=_TEXT)
def test_a_file_cut_off_anywhere_is_corrupt(data: bytes) -> None:
    """In the header, and before the last digit or byte."""
    for end in range(len(data)):
        with pytest.raises(CorruptImageError):
            netpbm.samples(data[:end], netpbm.header(data[:end]))


@pytest.mark.parametrize(
    "data",
    [
        b"P5 0 1 255\n",
        b"P5 1 1 0\n\0",
        b"P5 1 1 65536\n\0\0\0",
        b"P5 1 1 7\n\x08",
        b"P2 1 1 7\n8",
        b"P2 1 1 7\n-1",
        b"P2 1 1 7\nx",
        b"P1 2 1\n02",
        b"P6 1 1 255#\n\0",
        b"P7\nWIDTH 1\nHEIGHT 1\nDEPTH 5\nMAXVAL 255\nENDHDR\n\0\0\0\0\0",
        b"P7\nWIDTH 1\nHEIGHT 1\nMAXVAL 255\nENDHDR\n\0",
        b"Pf\n1 1\n0\n\0\0\0\0",
        b"Pf\n1 1\n-\n\0\0\0\0",
        b"P5" + b" " * 100_000 + b"1 1 255\n\0",
    ],
)
def test_what_makes_no_sense_is_damage(data: bytes) -> None:
    """Sides of nought, samples beyond the maximum, fields that are missing."""
    with pytest.raises(CorruptImageError):
        netpbm.samples(data, netpbm.header(data))


@pytest.mark.parametrize("name", [*_TEXT, "P7", "Pf"])
def test_changed_bytes_make_a_picture_or_damage(name: str) -> None:
    """Five hundred files with one to six bytes changed."""
    light = b"Pf\n3 2\n-1.0\n" + sunset((3, 2))[..., :1].tobytes()
    data = (_TEXT | {"P7": deep_pictures.pam(noise16(4)[:2, :3], maximum=65_535), "Pf": light})[name]
    dice = random.Random(name)
    for _ in range(500):
        damaged = bytearray(data)
        for _ in range(dice.choice((1, 1, 2, 6))):
            damaged[dice.randrange(2, len(data))] = dice.randrange(256)
        body = bytes(damaged)
        try:
            head = netpbm.header(body)
            if head.count > 1_000_000:
                continue
            read = netpbm.floats if head.is_float else netpbm.deep_samples if head.is_deep else netpbm.samples
            assert len(read(body, head))
        except CorruptImageError:
            pass


@pytest.mark.parametrize(
    ("channels", "maximum", "mode"), [(1, 255, "L"), (2, 65_535, "LA;16"), (3, 65_535, "RGB;16"), (4, 255, "RGBA")]
)
def test_inspection_tells_the_channels(channels: int, maximum: int, mode: str) -> None:
    """Deep ones by their bits."""
    found = inspection(deep_pictures.pam(noise16(channels) >> (8 if maximum == 255 else 0), maximum=maximum))
    assert (found.format, found.mode) == ("pam", mode)
