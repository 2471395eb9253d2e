"""OpenEXR: what is read of files that the OpenEXR library has written, and what it reads of ours."""

from __future__ import annotations

import io
import random
import struct

import numpy as np
import OpenEXR
import pytest

from shared.errors import CorruptImageError, ImageError, TooManyPixelsError
from shared.limits import Limits
from tests.deep_pictures import Floats, openexr, sunset
from tests.workers.jobs import inspection, result
from workers import exr
from workers.deep import Deep

_COMPRESSIONS = ("NO", "RLE", "ZIPS", "ZIP", "PIZ")


def read(data: bytes) -> Deep:
    """What we read."""
    return exr.decode(data, exr.header(data))


def planes(light: Floats, names: str = "RGB") -> dict[str, np.ndarray]:
    """Channels by name."""
    return {name: light[..., index] for index, name in enumerate(names)}


def windows(data: bytes, *, shown: tuple[int, int, int, int], stored: tuple[int, int, int, int]) -> bytes:
    """The file with other windows: left, top, right and bottom, the latter two inclusive."""
    body = bytearray(data)
    if shown[1] or stored[1]:
        # One block of lines only, whose number stands behind the table with its place.
        at = next(at for at in range(len(body) - 16) if body[at : at + 8] == (at + 8).to_bytes(8, "little"))
        struct.pack_into("<i", body, at + 8, stored[1])
    for name, window in ((b"displayWindow", shown), (b"dataWindow", stored)):
        marker = name + b"\0box2i\0"
        struct.pack_into("<4i", body, body.index(marker) + len(marker) + 4, *window)
    return bytes(body)


@pytest.mark.parametrize("compression", _COMPRESSIONS)
@pytest.mark.parametrize("kind", ["f4", "f2"])
def test_light_is_read_exactly(compression: str, kind: str) -> None:
    """Every lossless compression, in single and half floats."""
    light = sunset().astype(kind)
    data = openexr(planes(light), compression=getattr(OpenEXR, f"{compression}_COMPRESSION"))
    assert np.array_equal(read(data).pixels, light.astype("f4"))


def test_tiles_are_read() -> None:
    """As scanlines are."""
    data = openexr(planes(sunset()), type=OpenEXR.tiledimage, tiles=OpenEXR.TileDescription())
    assert np.array_equal(read(data).pixels, sunset())


@pytest.mark.parametrize("names", ["Y", "YA", "RGB", "RGBA"])
@pytest.mark.parametrize("half", [False, True])
def test_the_library_reads_what_we_write(names: str, half: bool) -> None:
    """Bit by bit in single floats, rounded in half ones."""
    light = np.clip(np.concatenate((sunset(), sunset()), axis=2)[..., : len(names)], 0, 1)
    data = exr.encode(Deep(pixels=light, is_light=True), half=half)
    with OpenEXR.File(io.BytesIO(data), separate_channels=True) as file:
        found = {name: np.array(channel.pixels) for name, channel in file.channels().items()}
    assert set(found) == set(names)
    for name, plane in planes(light, names).items():
        assert np.array_equal(found[name], plane.astype("f2" if half else "f4"))


def test_other_channels_are_left_out() -> None:
    """Depth, identifiers and layers do not disturb a picture."""
    others = {"Z": sunset()[..., 0], "id": np.ones((48, 64), np.uint32), "layer.R": sunset()[..., 1]}
    assert np.array_equal(read(openexr(planes(sunset()) | others)).pixels, sunset())


@pytest.mark.parametrize("names", ["Z", "RG", "A"])
def test_no_picture_is_damage(names: str) -> None:
    """A file with other channels only, or not enough."""
    with pytest.raises(CorruptImageError):
        exr.header(openexr(planes(sunset(), names)))


def test_whole_numbers_are_no_light() -> None:
    """Channels of identifiers that are called like colours."""
    with pytest.raises(CorruptImageError):
        read(openexr({name: np.ones((4, 4), np.uint32) for name in "RGB"}))


def test_the_first_part_that_is_a_picture_is_read() -> None:
    """Parts before it are passed over."""
    settings = {"type": OpenEXR.scanlineimage, "compression": OpenEXR.ZIP_COMPRESSION}
    depth = OpenEXR.Part(settings | {"name": "depth"}, {"Z": sunset()[..., 0].copy()})
    colour = OpenEXR.Part(settings | {"name": "colour"}, {"RGB": sunset()})
    made = io.BytesIO()
    with OpenEXR.File([depth, colour]) as file:
        file.write(made)
    assert np.array_equal(read(made.getvalue()).pixels, sunset())


def test_the_picture_is_the_display_window() -> None:
    """What the data window lacks of it is transparent, what it has more is cut off."""
    light = np.concatenate((sunset((4, 3)), np.ones((3, 4, 1), "f4")), axis=2)
    data = windows(openexr(planes(light, "RGBA")), shown=(10, 10, 13, 13), stored=(11, 9, 14, 11))
    deep = read(data)
    assert deep.size == (4, 4)
    assert np.array_equal(deep.pixels[:2, 1:], light[1:, :3])
    assert not deep.pixels[2:].any()
    assert not deep.pixels[:, 0].any()


def test_windows_that_do_not_meet_show_nothing() -> None:
    """All of the picture is black."""
    data = windows(openexr(planes(sunset((4, 3)))), shown=(0, 0, 3, 2), stored=(100, 100, 103, 102))
    assert not read(data).pixels.any()


@pytest.mark.parametrize("window", [(0, 0, 99_999, 99_999), (-40_000, -40_000, 40_000, 40_000)])
def test_a_display_window_that_claims_too_much_is_refused(window: tuple[int, int, int, int]) -> None:
    """It costs nothing to claim: the data window stays as it is."""
    data = windows(openexr(planes(sunset((4, 3)))), shown=window, stored=(0, 0, 3, 2))
    with pytest.raises(TooManyPixelsError):
        result("encode:png", data)


def test_a_data_window_counts_although_it_is_not_shown() -> None:
    """All of it is decoded."""
    data = windows(openexr(planes(sunset((100, 100)))), shown=(0, 0, 3, 2), stored=(0, 0, 99, 99))
    with pytest.raises(TooManyPixelsError):
        result("encode:png", data, limits=Limits(max_pixels=9999))
    assert result("encode:png", data, limits=Limits(max_pixels=10_000)).width == 4


def test_a_data_window_of_ten_gigapixels_is_refused() -> None:
    """The library would try to take the memory."""
    data = windows(openexr(planes(sunset((4, 3)))), shown=(0, 0, 3, 2), stored=(0, 0, 99_999, 99_999))
    with pytest.raises(ImageError):
        result("encode:png", data)


def test_chromaticities_are_converted() -> None:
    """White of ACES is white; its pure green is beyond Rec. 709's."""
    aces = (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767)
    light = np.array([[[1, 1, 1], [0, 1, 0]]], "f4")
    found = read(openexr(planes(light), chromaticities=aces)).pixels[0]
    # The matrix from ACES2065-1 to Rec. 709, adapted by Bradford's, as ACES' own transforms have it.
    assert np.allclose(found, [[1.0, 1.0, 1.0], [-1.1341, 1.3727, -0.1530]], atol=1e-3)


def test_what_is_no_number_does_not_spread() -> None:
    """NaN and infinities become finite, and the pixels around stay what they are."""
    light = sunset()
    light[3, 3], light[5, 5, 0], light[7, 7, 1], light[9, 9] = np.nan, np.inf, -np.inf, -5
    found = read(openexr(planes(light))).pixels
    assert np.isfinite(found).all()
    known = np.isfinite(light)
    assert np.array_equal(found[known], light[known])
    made = result("resize:width=16;encode:exr", openexr(planes(light)))
    assert np.isfinite(read(made.body).pixels).all()
    assert result("encode:jpeg", openexr(planes(light))).width == 64


def test_the_library_stays_silent(capfd: pytest.CaptureFixture[str]) -> None:
    """What it says of damaged files does not come out."""
    data = openexr(planes(sunset()))
    with pytest.raises(CorruptImageError):
        result("encode:png", data[:-9])
    assert capfd.readouterr() == ("", "")


def test_a_file_cut_off_anywhere_is_corrupt() -> None:
    """In the header, the table of lines and the lines."""
    data = openexr(planes(sunset((9, 7))))
    for end in range(4, len(data)):
        with pytest.raises(CorruptImageError):
            result("encode:png", data[:end])


@pytest.mark.parametrize("compression", _COMPRESSIONS)
def test_changed_bytes_make_a_picture_or_an_error_of_ours(compression: str) -> None:
    """A hundred and fifty files with one to six bytes changed."""
    data = openexr(planes(sunset((20, 17))), compression=getattr(OpenEXR, f"{compression}_COMPRESSION"))
    dice = random.Random(compression)
    for _ in range(150):
        damaged = bytearray(data)
        for _ in range(dice.choice((1, 1, 2, 6))):
            damaged[dice.randrange(4, len(data))] = dice.randrange(256)
        try:
            made = result("resize:width=8;encode:exr", bytes(damaged), limits=Limits(max_pixels=100_000))
        except ImageError:
            continue
        assert np.isfinite(read(made.body).pixels).all()


def test_inspection_tells_of_light() -> None:
    """The channels are of floating point."""
    found = inspection(openexr(planes(sunset())))
    assert (found.format, found.mode, found.width, found.height, found.has_alpha) == (
        "exr",
        "RGB;F",
        64,
        48,
        False,
    )
