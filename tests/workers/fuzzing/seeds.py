"""Whole files of every format, of many kinds each: what is to be damaged. All are made here, and are small."""

from __future__ import annotations

import functools
import io
import struct
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import OpenEXR
import pyvips
from PIL import Image

from shared.formats import ALL
from tests import deep_pictures, pictures
from tests.workers.documents import pages
from tests.workers.exif_blocks import carrying, photograph
from tests.workers.modern_files import heic, jxl, jxl_of, packed_jpeg

FORMATS = tuple(known.name for known in ALL)
_SIZE = (40, 24)


@functools.cache
def seeds(name: str) -> tuple[bytes, ...]:
    """Every kind of file of the format."""
    return tuple(_KINDS[name]())


def _saved(mode: str, kind: str, **options: Any) -> bytes:  # noqa: ANN401 - Pillow's own
    file = io.BytesIO()
    pictures.gradients(mode, _SIZE).save(file, kind, **options)
    return file.getvalue()


def _of_vips(channels: int, suffix: str, *, deep: bool = True) -> bytes:
    samples = deep_pictures.noise16(channels)
    kind = "rgb16" if channels > 2 else "grey16"
    if not deep:
        samples, kind = (samples >> 8).astype("u1"), "srgb" if channels > 2 else "b-w"
    body: bytes = pyvips.Image.new_from_array(samples).copy(interpretation=kind).write_to_buffer(suffix)
    return body


def _jpeg() -> Iterator[bytes]:
    yield pictures.sample("jpeg", _SIZE)
    yield _saved("L", "JPEG")
    yield _saved("CMYK", "JPEG", progressive=True)
    yield _saved("RGB", "JPEG", progressive=True, restart_marker_blocks=2)
    yield carrying(photograph(), "jpeg")
    yield pages("MPO", (16, 12), (12, 16))


def _png() -> Iterator[bytes]:
    yield from (_saved(mode, "PNG") for mode in ("1", "L", "LA", "RGB", "RGBA", "I;16"))
    yield pictures.encoded(pictures.palette_with_hole(_SIZE), "png", transparency=16)
    yield pictures.animated("png")
    yield pictures.animated("png", default_image=True)
    yield from (_of_vips(channels, ".png[interlace]") for channels in (1, 4))
    yield _of_vips(3, ".png[interlace]", deep=False)
    yield carrying(photograph(), "png")


def _gif() -> Iterator[bytes]:
    yield pictures.sample("gif", _SIZE)
    yield _saved("L", "GIF", interlace=1, comment=b"made here")
    yield pictures.animated("gif")
    yield pictures.animated("gif", loop=None, disposal=2)


def _webp() -> Iterator[bytes]:
    yield _saved("RGB", "WEBP", quality=60)
    yield _saved("RGBA", "WEBP", quality=60)
    yield pictures.sample("webp", _SIZE)
    yield pictures.animated("webp")
    yield carrying(photograph(), "webp")


def _avif() -> Iterator[bytes]:
    yield pictures.sample("avif", _SIZE)
    yield _saved("RGB", "AVIF", speed=9, max_threads=1)
    yield pictures.animated("avif")
    yield carrying(photograph(), "avif")


def _bmp() -> Iterator[bytes]:
    yield from (_saved(mode, "BMP") for mode in ("1", "L", "P", "RGB", "RGBA"))
    yield _bmp_of_runs()


def _bmp_of_runs() -> bytes:
    lines = b"".join(bytes((17, line, 3, line, 0, 3, 1, 2, 3, 0, 0, 0)) for line in range(16)) + b"\0\1"
    palette = b"".join(bytes((level, 255 - level, level // 2, 0)) for level in range(256))
    start = 54 + len(palette)
    head = struct.pack("<2sIIIIiiHHIIiiII", b"BM", start + len(lines), 0, start, 40, 23, 16, 1, 8, 1, len(lines),
                       0, 0, 256, 0)  # fmt: skip
    return head + palette + lines


def _ico() -> Iterator[bytes]:
    yield pictures.sample("ico", (32, 32))
    yield _saved("RGBA", "ICO", sizes=[(16, 16), (24, 24)], bitmap_format="bmp")
    yield _saved("P", "ICO", sizes=[(16, 16)], bitmap_format="bmp")


def _tiff() -> Iterator[bytes]:
    for compression in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"):
        yield _saved("RGB", "TIFF", compression=compression)
    yield from (_saved("1", "TIFF", compression=kind) for kind in ("group3", "group4"))
    yield from (_saved(mode, "TIFF") for mode in ("L", "RGBA", "CMYK", "LAB", "I;16", "F"))
    yield from (_of_vips(channels, ".tif[compression=deflate,predictor=horizontal]") for channels in (1, 3, 4))
    yield _of_vips(3, ".tif[tile,tile-width=16,tile-height=16]")
    yield _of_vips(3, ".tif[bigtiff]")
    yield pages("TIFF", (16, 12), (12, 16), (20, 20))
    yield carrying(photograph(), "tiff")


def _tga() -> Iterator[bytes]:
    for mode in ("L", "LA", "P", "RGB", "RGBA"):
        yield _saved(mode, "TGA")
        yield _saved(mode, "TGA", compression="tga_rle")


def _jp2() -> Iterator[bytes]:
    yield from (_saved(mode, "JPEG2000") for mode in ("L", "LA", "RGB", "RGBA"))
    yield _saved("RGB", "JPEG2000", irreversible=True, quality_mode="rates", quality_layers=[20, 5])
    yield _saved("RGB", "JPEG2000", no_jp2=True, tile_size=(16, 16), progression="RPCL")
    yield _saved("I;16", "JPEG2000")


def _dds() -> Iterator[bytes]:
    yield from (_saved(mode, "DDS") for mode in ("L", "LA", "RGB", "RGBA"))
    yield from (_saved("RGBA", "DDS", pixel_format=kind) for kind in ("DXT1", "DXT3", "DXT5", "BC2", "BC3"))
    yield _saved("RGB", "DDS", pixel_format="BC5")
    pixels = bytes(range(256)) * 2  # 8 × 4 blocks: enough for each of those that Pillow only reads
    head = bytearray(_saved("RGB", "DDS", pixel_format="BC5")[:148])
    struct.pack_into("<II", head, 12, 16, 32)
    for kind in (95, 98):  # BC6H, BC7
        struct.pack_into("<I", head, 128, kind)
        yield bytes(head) + pixels


def _pnm() -> Iterator[bytes]:
    size = b"%d %d\n" % _SIZE
    grey, colour = pictures.gradients("L", _SIZE).tobytes(), pictures.gradients("RGB", _SIZE).tobytes()
    yield b"P1\n# bits\n" + size + b"1 0 0 1 0 " * (_SIZE[0] * _SIZE[1] // 5)
    yield b"P2\n" + size + b"255\n" + b" ".join(b"%d" % level for level in grey)
    yield b"P3\n" + size + b"1023\n" + b" ".join(b"%d" % (level * 4) for level in colour)
    yield b"P4\n" + size + grey[: (_SIZE[0] + 7) // 8 * _SIZE[1]]
    yield b"P5\n" + size + b"200\n" + bytes(level * 200 // 255 for level in grey)
    yield b"P6\n" + size + b"65535\n" + colour + colour
    yield b"P6\n" + size + b"255\n" + colour


def _pam() -> Iterator[bytes]:
    for channels in (1, 2, 3, 4):
        yield deep_pictures.pam(deep_pictures.noise16(channels), maximum=65_535)
        yield deep_pictures.pam((deep_pictures.noise16(channels) >> 8).astype("u1"), maximum=255)


def _pfm() -> Iterator[bytes]:
    light = deep_pictures.sunset((24, 16))
    yield pictures.sample("pfm", _SIZE)
    yield b"PF\n24 16\n-1.0\n" + light.astype("<f4").tobytes()
    yield b"PF\n24 16\n2.5\n" + light.astype(">f4").tobytes()


def _hdr() -> Iterator[bytes]:
    light = deep_pictures.sunset((24, 16))
    yield deep_pictures.radiance(light)
    yield deep_pictures.radiance(light, fields="FORMAT=32-bit_rle_xyze\nEXPOSURE=2", resolution="+X 16 -Y 24")
    yield deep_pictures.radiance_in_runs(light)
    yield deep_pictures.radiance_with_repetitions(light)


def _exr() -> Iterator[bytes]:
    light = deep_pictures.sunset((24, 16))
    channels: dict[str, npt.NDArray[np.generic]] = {"R": light[..., 0], "G": light[..., 1], "B": light[..., 2]}
    for kind in ("NO", "RLE", "ZIPS", "ZIP", "PIZ", "PXR24", "B44", "B44A", "DWAA", "DWAB"):
        yield deep_pictures.openexr(channels, compression=getattr(OpenEXR, f"{kind}_COMPRESSION"))
    yield deep_pictures.openexr({name: plane.astype(np.float16) for name, plane in channels.items()})
    yield deep_pictures.openexr({"Y": light[..., 0], "A": light[..., 1]})
    yield pictures.sample("exr", _SIZE)


def _qoi() -> Iterator[bytes]:
    yield from (_saved(mode, "QOI") for mode in ("RGB", "RGBA"))


def _jxl() -> Iterator[bytes]:
    yield from (jxl(pictures.gradients(mode, _SIZE)) for mode in ("L", "LA", "RGB", "RGBA"))
    yield jxl(pictures.gradients("RGB", _SIZE), lossless=False, distance=2.0)
    yield jxl_of(deep_pictures.noise16(3))
    yield packed_jpeg(pictures.sample("jpeg", _SIZE))
    yield packed_jpeg(carrying(photograph(), "jpeg"))


def _heic() -> Iterator[bytes]:
    yield from (heic(pictures.gradients(mode, (64, 64))) for mode in ("L", "RGB", "RGBA"))
    exif = Image.Exif()
    exif[0x0112] = 6
    yield heic(pictures.gradients("RGB", (70, 64)), exif=exif.tobytes(), quality=40, chroma=420)


def _svg() -> Iterator[bytes]:
    yield b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="24"><rect width="9" height="9"/></svg>'
    yield (
        b'<?xml version="1.0" encoding="UTF-8"?>\n<!-- by hand -->\n<!DOCTYPE svg>\n'
        b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40.5 2e1" width="4cm" height="50%">\n'
        b"<title>a &amp; b</title>\n<style><![CDATA[ a { fill: red } ]]></style>\n"
        b'<g><path d="M0 0L9 9"/></g>\n</svg>\n'
    )
    yield '\ufeff<svg:svg xmlns:svg="http://www.w3.org/2000/svg" viewBox="0,0,9,9"/>'.encode()


_KINDS: dict[str, Callable[[], Iterator[bytes]]] = {
    "jpeg": _jpeg, "png": _png, "gif": _gif, "webp": _webp, "avif": _avif, "bmp": _bmp, "ico": _ico, "tiff": _tiff,
    "tga": _tga, "jp2": _jp2, "dds": _dds, "pnm": _pnm, "pam": _pam, "pfm": _pfm, "hdr": _hdr, "exr": _exr,
    "qoi": _qoi, "jxl": _jxl, "heic": _heic, "svg": _svg,
}  # fmt: skip
