"""The table of image formats: names, MIME types, extensions, leading bytes, abilities.

Front end and workers read it; only the workers decode. A format is named by its leading bytes wherever they
decide, since extensions lie; TGA and SVG have none, and are known by their extension and a beginning that can be
theirs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from shared.svg import is_svg

SNIFF_BYTES = 64
"""How many leading bytes ``detect`` needs, but for SVG."""
SVG_SNIFF_BYTES = 4096
"""How many it needs for an SVG, which may begin with comments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One image format. ``max_decode_px`` bounds those whose decoder is slow per pixel."""

    name: str
    mime: str
    extensions: tuple[str, ...]
    pillow: tuple[str, ...]
    """The plug-ins that read it, as ``Image.open`` takes them: Pillow's, or ours (``workers/codecs.py``)."""
    alpha: bool = False
    animated: bool = False
    lossy: bool = False
    lossless_option: bool = False
    """``lossless`` chooses between two kinds of coding."""
    progressive_option: bool = False
    exif: bool = False
    icc: bool = False
    bits: int = 8
    """The most bits a channel that a result has, 32 in floating point; fewer where the source has fewer."""
    max_decode_px: int | None = None
    extra: str | None = None
    """Which extra of this package has to be installed for it."""
    is_written: bool = True
    is_vector: bool = False
    """Served as it is: there are no pixels to be had."""


# Its plug-in reads MPO as well, and then says so in the image's ``format``.
JPEG = Format(
    name="jpeg", mime="image/jpeg", extensions=("jpg", "jpeg", "jpe", "jfif"), pillow=("JPEG",),
    lossy=True, progressive_option=True, exif=True, icc=True,
)  # fmt: skip
PNG = Format(
    name="png", mime="image/png", extensions=("png", "apng"), pillow=("PNG",),
    alpha=True, animated=True, exif=True, icc=True, bits=16,
)  # fmt: skip
GIF = Format(
    name="gif", mime="image/gif", extensions=("gif",), pillow=("GIF",), alpha=True, animated=True,
)  # fmt: skip
WEBP = Format(
    name="webp", mime="image/webp", extensions=("webp",), pillow=("WEBP",),
    alpha=True, animated=True, lossy=True, lossless_option=True, exif=True, icc=True,
)  # fmt: skip
AVIF = Format(
    name="avif", mime="image/avif", extensions=("avif",), pillow=("AVIF",),
    alpha=True, animated=True, lossy=True, exif=True, icc=True,
)  # fmt: skip
BMP = Format(name="bmp", mime="image/bmp", extensions=("bmp", "dib"), pillow=("BMP",))
ICO = Format(name="ico", mime="image/vnd.microsoft.icon", extensions=("ico",), pillow=("ICO",), alpha=True)
TIFF = Format(
    name="tiff", mime="image/tiff", extensions=("tif", "tiff"), pillow=("TIFF",),
    alpha=True, exif=True, icc=True, bits=16,
)  # fmt: skip
TGA = Format(name="tga", mime="image/x-tga", extensions=("tga",), pillow=("TGA",), alpha=True)
JP2 = Format(
    name="jp2", mime="image/jp2", extensions=("jp2", "j2k", "jpx"), pillow=("JPEG2000",),
    alpha=True, lossy=True, lossless_option=True,
)  # fmt: skip
DDS = Format(name="dds", mime="image/vnd-ms.dds", extensions=("dds",), pillow=("DDS",), alpha=True)
PNM = Format(
    name="pnm", mime="image/x-portable-anymap", extensions=("pnm", "pbm", "pgm", "ppm"), pillow=("PPM",), bits=16,
)  # fmt: skip
# Apart from PNM, which it is often counted to: who asks for a PPM can read no PAM.
PAM = Format(
    name="pam", mime="image/x-portable-arbitrarymap", extensions=("pam",), pillow=("PPM",), alpha=True, bits=16,
)  # fmt: skip
PFM = Format(name="pfm", mime="image/x-portable-floatmap", extensions=("pfm",), pillow=("PPM",), bits=32)
HDR = Format(
    name="hdr", mime="image/vnd.radiance", extensions=("hdr", "pic", "rgbe", "xyze"), pillow=("HDR",), bits=32,
)  # fmt: skip
EXR = Format(name="exr", mime="image/x-exr", extensions=("exr",), pillow=("EXR",), alpha=True, bits=32)
# Pillow's QOI codec is pure Python: about two seconds a megapixel.
QOI = Format(
    name="qoi", mime="image/qoi", extensions=("qoi",), pillow=("QOI",), alpha=True, max_decode_px=2_000_000,
)  # fmt: skip

# Of an animation the first frame is read: nobody tells us how long the others are shown.
JXL = Format(
    name="jxl", mime="image/jxl", extensions=("jxl",), pillow=("JXL",),
    alpha=True, lossy=True, lossless_option=True, exif=True, extra="jxl",
)  # fmt: skip
HEIC = Format(
    name="heic", mime="image/heic", extensions=("heic", "heif", "hif"), pillow=("HEIF",),
    alpha=True, exif=True, icc=True, extra="heic", is_written=False,
)  # fmt: skip
SVG = Format(
    name="svg", mime="image/svg+xml", extensions=("svg",), pillow=(), alpha=True, is_written=False, is_vector=True
)  # fmt: skip

BUILT_IN: tuple[Format, ...] = (
    JPEG, PNG, GIF, WEBP, AVIF, BMP, ICO, TIFF, TGA, JP2, DDS, PNM, PAM, PFM, HDR, EXR, QOI,
)  # fmt: skip
"""Those whose pixels every worker reads and writes."""
ALL: tuple[Format, ...] = (*BUILT_IN, JXL, HEIC, SVG)
BY_NAME: dict[str, Format] = {image_format.name: image_format for image_format in ALL}
BY_MIME: dict[str, Format] = {image_format.mime: image_format for image_format in ALL}
BY_EXTENSION: dict[str, Format] = {
    extension: image_format for image_format in ALL for extension in image_format.extensions
}

_MAGIC: tuple[tuple[bytes, Format], ...] = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
    (b"II+\x00", TIFF),
    (b"MM\x00+", TIFF),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", JP2),
    (b"\xff\x4f\xff\x51", JP2),
    (b"DDS \x7c\x00\x00\x00", DDS),
    (b"qoif", QOI),
    (b"\x76\x2f\x31\x01", EXR),
    (b"\x00\x00\x01\x00", ICO),
    (b"\xff\x0a", JXL),
    (b"\0\0\0\x0cJXL \r\n\x87\n", JXL),
)
_AVIF_BRANDS = frozenset((b"avif", b"avis"))
# Still, sequence, and both with ten bits; then those in several layers. ``mif1`` says nothing of the coding.
_HEIC_BRANDS = frozenset((b"heic", b"hevc", b"heix", b"hevx", b"heim", b"heis", b"hevm", b"hevs"))


def sniff_bytes(extension: str) -> int:
    """Say how many leading bytes it takes to name the format of a file with this extension."""
    return SVG_SNIFF_BYTES if extension in SVG.extensions else SNIFF_BYTES


def detect(head: bytes, *, extension: str = "") -> Format | None:
    """Name the format of a file by its first ``sniff_bytes`` bytes; None when we know no such format.

    ``extension`` (lower case, no dot) decides only for TGA and SVG, which have no leading bytes of their own.
    """
    for magic, image_format in _MAGIC:
        if head.startswith(magic):
            return image_format
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head[4:8] == b"ftyp":
        return _of_brands(head)
    if head[:2] == b"BM" and len(head) >= 18 and head[14:18] in _BMP_HEADER_SIZES:
        return BMP
    if match := _PNM.match(head):
        return _NETPBM.get(match[1], PNM)
    if _RADIANCE.match(head):
        return HDR
    return _of_extension(head, extension)


# What follows the two letters is a number, a field of PAM's or a comment: a text may begin with "P1 " too.
_PNM = re.compile(rb"P(?:([1-6fF])\s+[#0-9]|(7)\s*\n[#A-Z])")
_NETPBM = {b"f": PFM, b"F": PFM, None: PAM}
# The name of the program that began the file, in practice one of these; its scenes begin so, too.
_RADIANCE = re.compile(rb"#\?(?:RADIANCE|RGBE|AUTOPANO[^\n]*)\r?\n")

# BITMAPCOREHEADER, OS/2 v2, BITMAPINFOHEADER and its successors.
_BMP_HEADER_SIZES = frozenset(size.to_bytes(4, "little") for size in (12, 40, 52, 56, 64, 108, 124))


def _of_brands(head: bytes) -> Format | None:
    """Tell AVIF and HEIC by their brands (ISO/IEC 14496-12 ``ftyp``): the major one or any compatible one."""
    end = min(int.from_bytes(head[:4], "big"), len(head))
    brands = {head[8:12]} | {head[at : at + 4] for at in range(16, end - 3, 4)}
    if brands & _AVIF_BRANDS:
        return AVIF
    return HEIC if brands & _HEIC_BRANDS else None


def _of_extension(head: bytes, extension: str) -> Format | None:
    """Tell those that have no leading bytes of their own, but could not begin otherwise."""
    if extension in SVG.extensions:
        return SVG if is_svg(head) else None
    return TGA if extension in TGA.extensions and _looks_like_tga(head) else None


def _looks_like_tga(head: bytes) -> bool:
    """Check the fields of a TGA header that have few legal values."""
    return (
        len(head) >= 18
        and head[1] in (0, 1)
        and head[2] in (1, 2, 3, 9, 10, 11)
        and head[16] in (1, 8, 15, 16, 24, 32)
    )
