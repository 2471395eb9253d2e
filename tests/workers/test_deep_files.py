"""PNG and TIFF of sixteen bits: what libvips writes and reads is the reference, to the last bit."""

from __future__ import annotations

import contextlib
import io
import itertools
import random
import struct

import numpy as np
import numpy.typing as npt
import pytest
import pyvips
from PIL import Image

from shared.errors import CorruptImageError, ImageError
from tests import pictures, profiles
from tests.deep_pictures import noise16
from tests.workers.jobs import inspection, result
from workers.png16 import png16
from workers.tiff16 import tiff16

_Samples = npt.NDArray[np.uint16]
_MODES = {1: "L;16", 2: "LA;16", 3: "RGB;16", 4: "RGBA;16"}


def by_vips(samples: _Samples, suffix: str) -> bytes:
    """The samples as a file of libvips'."""
    kind = "rgb16" if samples.shape[2] > 2 else "grey16"
    body: bytes = pyvips.Image.new_from_array(samples).copy(interpretation=kind).write_to_buffer(suffix)
    return body


def as_vips_reads(body: bytes) -> _Samples:
    """The samples of a file, as libvips reads them."""
    found: npt.NDArray[np.uint16] = pyvips.Image.new_from_buffer(body, "").numpy()
    assert found.dtype == np.uint16
    return found[..., np.newaxis] if found.ndim == 2 else found


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize(
    ("source", "target"),
    list(
        itertools.product(
            (".png", ".png[interlace]", ".tif", ".tif[compression=deflate,predictor=horizontal]", ".tif[tile]"),
            ("png", "tiff"),
        )
    ),
)
def test_sixteen_bits_come_through(channels: int, source: str, target: str) -> None:
    """Plain, interlaced, in strips, tiles and differences: every bit that was in is out."""
    if channels == 2 and source.startswith(".tif"):
        pytest.skip("Pillow does not open TIFFs of grey and alpha in sixteen bits")
    made = result(f"encode:{target}", by_vips(noise16(channels), source)).body
    assert np.array_equal(as_vips_reads(made), noise16(channels))


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_inspection_tells_of_sixteen_bits(channels: int) -> None:
    """In the mode; what is looked at are eight of them."""
    assert inspection(by_vips(noise16(channels), ".png")).mode == _MODES[channels]


@pytest.mark.parametrize("write", [png16, tiff16])
@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (257, 300)])
def test_our_writers_hold_any_size(write: object, size: tuple[int, int]) -> None:
    """One block, one row, one column, many blocks."""
    samples = noise16(4, size)
    assert np.array_equal(as_vips_reads(write(samples)), samples)  # type: ignore[operator]


def test_a_smooth_picture_is_small_as_png() -> None:
    """Filters are chosen by row: within a tenth of what libvips makes of it with all of them."""
    across, down = np.meshgrid(np.arange(256), np.arange(256))
    grain = np.random.default_rng(1).integers(0, 256, (256, 256, 3))
    smooth = (np.stack([across * 200, down * 200, (across + down) * 100], 2) + grain).astype(np.uint16)
    assert len(png16(smooth)) < 1.1 * len(by_vips(smooth, ".png[filter=all,compression=3]"))


@pytest.mark.parametrize(("mode", "hole"), [("L", 0), ("RGB", (1, 2, 3))])
def test_a_transparent_colour_is_compared_in_all_bits(mode: str, hole: int | tuple[int, ...]) -> None:
    """A neighbour that differs in the lowest bit is seen."""
    values = [hole] if isinstance(hole, int) else list(hole)
    samples = np.array([[values, [value + 1 for value in values]]], np.uint16)
    plain = png16(samples)
    chunk = pictures.png_chunk(b"tRNS", np.array(values, ">u2").tobytes())
    made = as_vips_reads(result("encode:png", plain[:33] + chunk + plain[33:]).body)
    assert made[0, :, -1].tolist() == [0, 65_535]


def test_a_profile_is_converted_unless_it_is_kept() -> None:
    """Colours of its own make eight bits of sRGB; kept, they stay sixteen."""
    body = png16(noise16(3), profile=profiles.display_p3())
    converted, kept = result("encode:png", body).body, result("encode:png:keep=icc", body).body
    assert Image.open(io.BytesIO(converted)).info.get("icc_profile") is None
    assert pyvips.Image.new_from_buffer(converted, "").numpy().dtype == np.uint8
    assert np.array_equal(as_vips_reads(kept), noise16(3))
    assert Image.open(io.BytesIO(kept)).info["icc_profile"] == profiles.display_p3()


@pytest.mark.parametrize("target", ["png", "tiff"])
def test_exif_is_kept(target: str) -> None:
    """The author and the place are said in the result, too."""
    exif = Image.Exif()
    exif[315], exif[274], exif[34_853] = "Ada", 6, {1: "N"}
    body = png16(noise16(3), exif=exif.tobytes())
    made = result(f"encode:{target}:keep=exif", body)
    assert (made.width, made.height) == (13, 19)
    found = Image.open(io.BytesIO(made.body)).getexif()
    assert found[315] == "Ada"
    assert found.get_ifd(34_853) == {1: "N"}
    assert np.array_equal(as_vips_reads(made.body), np.rot90(noise16(3), 3))


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_a_file_cut_off_is_corrupt(suffix: str) -> None:
    """Anywhere in its pixels."""
    body = by_vips(noise16(3), suffix)
    for end in range(8, len(body) - (20 if suffix == ".png" else 400), 7):
        with pytest.raises(CorruptImageError):
            result("encode:png", body[:end])


@pytest.mark.parametrize("suffix", [".png", ".tif", ".tif[compression=deflate]"])
def test_changed_bytes_make_a_picture_or_an_error_of_ours(suffix: str) -> None:
    """Two hundred files with one to six bytes changed."""
    body, dice = by_vips(noise16(4), suffix), random.Random(suffix)
    for _ in range(200):
        damaged = bytearray(body)
        for _ in range(dice.choice((1, 1, 2, 6))):
            damaged[dice.randrange(8, len(body))] = dice.randrange(256)
        with contextlib.suppress(ImageError):
            assert result("encode:tiff", bytes(damaged)).width


@pytest.mark.parametrize("options", ["miniswhite", "miniswhite,compression=lzw"])
def test_grey_whose_white_is_nought_is_no_negative(options: str) -> None:
    """TIFF's WhiteIsZero, in sixteen bits and brought down to eight."""
    body = by_vips(noise16(1), f".tif[{options}]")
    assert np.array_equal(as_vips_reads(result("encode:png", body).body), noise16(1))
    eight = np.asarray(pictures.opened(result("encode:tga", body).body))
    assert np.array_equal(eight, (noise16(1)[..., 0].astype(np.uint32) + 128) // 257)


@pytest.mark.parametrize("byte_order", ["<", ">"])
def test_grey_and_alpha_in_a_tiff_are_read_in_either_byte_order(byte_order: str) -> None:
    """Uncompressed they stand in the file's own; as sixteen bits and as eight they are what was written."""
    samples = noise16(2)
    plain = tiff_of(samples, byte_order)
    assert np.array_equal(as_vips_reads(result("encode:png", plain).body), samples)
    eight = np.asarray(pictures.opened(result("encode:tga", plain).body))
    assert np.array_equal(eight, (samples.astype(np.uint32) + 128) // 257)


def test_every_page_of_grey_and_alpha_is_read() -> None:
    """Also those behind the first."""
    body = result("encode:tiff", tiff_of(noise16(2), "<", pages=2)).body
    with Image.open(io.BytesIO(body)) as image:
        image.seek(1)
        assert np.array_equal(np.asarray(image), (noise16(2).astype(np.uint32) + 128) // 257)


def tiff_of(samples: _Samples, byte_order: str, *, pages: int = 1) -> bytes:
    """Grey and alpha in uncompressed TIFF pages, by hand (TIFF 6.0, sections 2 and 18)."""
    height, width, _ = samples.shape
    pixels = samples.astype(f"{byte_order}u2").tobytes()
    body = struct.pack(f"{byte_order}2sHI", b"II" if byte_order == "<" else b"MM", 42, 8 + len(pixels)) + pixels
    bits = struct.unpack(f"{byte_order}I", struct.pack(f"{byte_order}HH", 16, 16))[0]
    fields = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 2, bits), (259, 4, 1, 1), (262, 4, 1, 1)]
    fields += [(273, 4, 1, 8), (277, 4, 1, 2), (278, 4, 1, height), (279, 4, 1, len(pixels)), (338, 4, 1, 2)]
    for page in range(pages):
        directory = struct.pack(f"{byte_order}H", len(fields))
        directory += b"".join(struct.pack(f"{byte_order}HHII", *field) for field in fields)
        after = len(body) + len(directory) + 4 if page < pages - 1 else 0
        body += directory + struct.pack(f"{byte_order}I", after)
    return body
