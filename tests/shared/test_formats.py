"""The table of formats, held against what Pillow writes, and the naming of files by their first bytes."""

from __future__ import annotations

import io
import random
from dataclasses import dataclass

import pytest
from PIL import Image, ImageCms

from shared.formats import (
    ALL,
    AVIF,
    BMP,
    BUILT_IN,
    BY_EXTENSION,
    BY_NAME,
    DDS,
    EXR,
    HDR,
    JP2,
    PAM,
    PFM,
    PNM,
    SNIFF_BYTES,
    TGA,
    TIFF,
    Format,
    detect,
)
from tests import deep_pictures, pictures
from workers import codecs as codecs  # registers the formats

NAMES = [image_format.name for image_format in ALL]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A small file, as one of Pillow's writers makes it."""

    format: Format
    pillow: str
    mode: str = "RGB"
    suffix: str = ""

    @property
    def data(self) -> bytes:
        """The file's bytes."""
        if self.format in (PAM, HDR, EXR):
            return deep_pictures.encoded(Image.new(self.mode, (5, 7), 1), self.format.name)
        file = io.BytesIO()
        # JPEG 2000 chooses between a bare codestream and a box file by the name.
        file.name = f"sample.{self.suffix or self.format.extensions[0]}"
        Image.new(self.mode, (5, 7), 1).save(file, self.pillow)
        return file.getvalue()

    @property
    def extension(self) -> str:
        """What the file's name ends in, where that decides."""
        return "tga" if self.format is TGA else ""


SAMPLES = [
    *(Sample(format=each, pillow=each.pillow[0]) for each in BUILT_IN if each not in (PFM, PNM, TGA)),
    Sample(format=BY_NAME["jpeg"], pillow="MPO"),
    Sample(format=BY_NAME["gif"], pillow="GIF", mode="P"),
    Sample(format=JP2, pillow="JPEG2000", suffix="j2k"),
    Sample(format=BMP, pillow="BMP", mode="1"),
    Sample(format=TIFF, pillow="TIFF", mode="F"),
    Sample(format=PFM, pillow="PPM", mode="F"),
    *(Sample(format=each, pillow="", mode=mode) for each in (PAM, HDR, EXR) for mode in ("L", "LA", "RGBA")),
    *(Sample(format=PNM, pillow="PPM", mode=mode) for mode in ("1", "L", "RGB")),
    *(Sample(format=TGA, pillow="TGA", mode=mode) for mode in ("1", "L", "LA", "P", "RGB", "RGBA")),
]
sample_cases = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample.format.name}-{sample.mode}")


def head_of(text: str) -> bytes:
    """Take the first bytes of a longer text file."""
    return text.encode().ljust(SNIFF_BYTES * 2, b"~")[:SNIFF_BYTES]


def ftyp(major: bytes, *compatible: bytes, size: int | None = None) -> bytes:
    """Make the first box of an ISO base media file."""
    brands = b"".join(compatible)
    length = 16 + len(brands) if size is None else size
    return length.to_bytes(4, "big") + b"ftyp" + major + bytes(4) + brands


def bmp_head(header_bytes: int) -> bytes:
    """Make the start of a BMP whose second header is so long."""
    return (b"BM" + bytes(12) + header_bytes.to_bytes(4, "little")).ljust(SNIFF_BYTES, b"\0")


def test_extensions_and_names_are_unique() -> None:
    """Every extension, name and MIME type leads to one format."""
    extensions = [extension for each in ALL for extension in each.extensions]
    assert len(set(extensions)) == len(extensions) == len(BY_EXTENSION)
    assert len({each.name for each in ALL}) == len({each.mime for each in ALL}) == len(ALL)
    assert all(BY_EXTENSION[each.extensions[0]] is each for each in ALL)
    assert all(extension == extension.lower().strip(".") for extension in extensions)


@pytest.mark.parametrize("name", NAMES)
def test_name_of_a_format_is_a_spelling_of_it(name: str) -> None:
    """An extension that is some format's name is that format's: ``to=tiff`` has one meaning."""
    assert BY_EXTENSION.get(name, BY_NAME[name]) is BY_NAME[name]


@pytest.mark.parametrize("name", NAMES)
def test_every_plug_in_that_the_table_lists_is_there(name: str) -> None:
    """Files are opened by Pillow's plug-ins, and by ours."""
    assert all(plugin in Image.OPEN for plugin in BY_NAME[name].pillow)


@pytest.mark.parametrize("each", [each for each in BUILT_IN if each.alpha], ids=lambda each: each.name)
def test_format_with_alpha_keeps_it(each: Format) -> None:
    """What is half transparent or wholly so still shines through after writing and reading."""
    picture = Image.new("RGBA", (16, 16), (200, 100, 50, 0))
    body = pictures.encoded(picture, each.name, **({"sizes": [picture.size]} if each.name == "ico" else {}))
    with Image.open(io.BytesIO(body), formats=each.pillow) as image:
        assert image.convert("RGBA").getpixel((5, 5))[3] == 0  # type: ignore[index]


@pytest.mark.parametrize("each", [each for each in BUILT_IN if each.animated], ids=lambda each: each.name)
def test_animated_format_keeps_its_frames(each: Format) -> None:
    """Two frames that are written are two frames when read."""
    file = io.BytesIO()
    first, second = Image.new("RGB", (16, 16), "red"), Image.new("RGB", (16, 16), "blue")
    first.save(file, each.pillow[0], save_all=True, append_images=[second])
    with Image.open(file, formats=each.pillow) as image:
        assert getattr(image, "n_frames", 1) == 2


@pytest.mark.parametrize("each", [each for each in BUILT_IN if each.exif or each.icc], ids=lambda each: each.name)
def test_format_with_metadata_keeps_it(each: Format) -> None:
    """EXIF and colour profile come back where the table says so."""
    exif = Image.Exif()
    exif[0x8298] = "The Photographer"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    file = io.BytesIO()
    Image.new("RGB", (16, 16)).save(file, each.pillow[0], exif=exif, icc_profile=profile)
    with Image.open(file, formats=each.pillow) as image:
        assert (image.getexif().get(0x8298) == "The Photographer") is each.exif
        assert (image.info.get("icc_profile") == profile) is each.icc


@sample_cases
def test_detect_names_what_pillow_wrote(sample: Sample) -> None:
    """The first bytes are enough, for every format and every kind of pixel."""
    assert detect(sample.data[:SNIFF_BYTES], extension=sample.extension) is sample.format


@sample_cases
@pytest.mark.parametrize("extension", ["", "jpg", "tga", "exe"])
def test_extension_never_overrules_the_bytes(sample: Sample, extension: str) -> None:
    """A file that shows its format is that format, whatever it is called."""
    if sample.format is not TGA:
        assert detect(sample.data[:SNIFF_BYTES], extension=extension) is sample.format


@sample_cases
def test_truncated_head_is_right_or_nothing(sample: Sample) -> None:
    """Cut after any byte a file is its own format or none, and never another."""
    data = sample.data
    named = [detect(data[:size], extension=sample.extension) for size in range(SNIFF_BYTES)]
    assert set(named) <= {None, sample.format}
    assert named[0] is None


def test_tga_needs_its_extension() -> None:
    """TGA has no leading bytes: without the name, and with the name alone, there is none."""
    head = Sample(format=TGA, pillow="TGA").data[:SNIFF_BYTES]
    assert detect(head) is None
    assert detect(head_of("Just a text"), extension="tga") is None


def test_random_heads_name_next_to_nothing() -> None:
    """Noise of any length never breaks the naming, and is hardly ever taken for an image."""
    dice = random.Random(20_261_121)
    heads = [dice.randbytes(dice.randrange(SNIFF_BYTES + 1)) for _ in range(10_000)]
    named = [detect(head, extension=dice.choice(("", "tga", "png"))) for head in heads]
    assert sum(each is not None for each in named) < 10


@pytest.mark.parametrize("sample", [sample for sample in SAMPLES if sample.extension == ""])
def test_noise_behind_the_first_letters_never_breaks(sample: Sample) -> None:
    """A head that begins right and goes on at random is that format or none."""
    dice = random.Random(sample.format.name)
    for _ in range(200):
        kept = dice.randrange(3, 13)
        assert detect(sample.data[:kept] + dice.randbytes(SNIFF_BYTES - kept)) in (None, sample.format)


@pytest.mark.parametrize(
    "head",
    [
        ftyp(b"avif"),
        ftyp(b"avis", b"msf1"),
        ftyp(b"avif", b"mif1", b"miaf", b"MA1B"),
        ftyp(b"mif1", b"mif1", b"avif", b"miaf"),
        ftyp(b"msf1", b"iso8", b"avis"),
        ftyp(b"mif1", *[b"miaf"] * 11, b"avif"),
        ftyp(b"mif1", b"avif", size=4096),
    ],
)
def test_avif_is_known_by_any_of_its_brands(head: bytes) -> None:
    """The major brand or a compatible one, as far as the head reaches."""
    assert detect(head.ljust(SNIFF_BYTES, b"\0")[:SNIFF_BYTES]) is AVIF


@pytest.mark.parametrize(
    "head",
    [
        ftyp(b"isom", b"iso2", b"avc1", b"mp41"),
        ftyp(b"mif1", b"miaf") + b"avif" * 4,
        ftyp(b"mif1", b"miaf", b"..av", b"if.."),
        b"\0\0\0\x18ftypmif1avifmiafmiaf",
        ftyp(b"mif1", size=0) + b"avif",
    ],
    ids=["mp4", "behind the box", "across two brands", "as the version", "box without a length"],
)
def test_other_media_are_no_avif(head: bytes) -> None:
    """A brand counts in its place only: HEIC and films share the container."""
    assert detect(head.ljust(SNIFF_BYTES, b"\0")[:SNIFF_BYTES]) is None


@pytest.mark.parametrize("header_bytes", [12, 40, 52, 56, 64, 108, 124])
def test_bmp_of_every_age(header_bytes: int) -> None:
    """OS/2 1 and 2 and every Windows header are BMP."""
    assert detect(bmp_head(header_bytes)) is BMP


@pytest.mark.parametrize("header_bytes", [0, 11, 13, 41, 125, 0x0C00, 0xFFFFFFFF])
def test_bmp_of_no_age(header_bytes: int) -> None:
    """A header of a length that never was is no BMP."""
    assert detect(bmp_head(header_bytes)) is None


@pytest.mark.parametrize("magic", [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"])
def test_tiff_of_both_byte_orders_and_sizes(magic: bytes) -> None:
    """Intel's and Motorola's byte order, classic and big."""
    assert detect(magic.ljust(SNIFF_BYTES, b"\0")) is TIFF


@pytest.mark.parametrize("magic", ["P1", "P2", "P3", "P4", "P5", "P6"])
@pytest.mark.parametrize("rest", ["\n5 7\n255\n", " 5 7 255 ", "\r\n5\t7", "\n# by hand\n5 7\n", "\n\n 5 7\n"])
def test_pnm_of_every_kind(magic: str, rest: str) -> None:
    """Six letters, blanks of every kind, a comment before the size."""
    assert detect(head_of(magic + rest)) is PNM
    assert detect(head_of("Pf" + rest)) is detect(head_of("PF" + rest)) is PFM


@pytest.mark.parametrize("magic", ["P0", "P7", "P8", "PyRGBA", "p6"])
def test_relatives_of_pnm_that_are_not_read(magic: str) -> None:
    """Thumbnails of xv's, which begin like a PAM, and Pillow's own test formats are none that we read."""
    assert detect(head_of(magic + "\n5 7\n255\n")) is None


@pytest.mark.parametrize(
    "text",
    [
        "P1 is the first point of our agenda",
        "P3\nThe third paragraph",
        "Pf du liebe Zeit",
        "P6",
        "BMW builds cars in Munich",
        "BM is short for something",
        "DDS stands for Direct Draw Surface",
        "RIFF and WEBP",
        "GIF files are animated",
        "II is two in Rome, MM* is two thousand",
        "<svg xmlns='http://www.w3.org/2000/svg'/>",
        "",
    ],
)
def test_text_is_no_image(text: str) -> None:
    """A text that happens to begin with a format's letters is of no format that we read."""
    assert detect(head_of(text)) is None
    assert detect(text.encode()) is None


def test_dds_of_pillow_and_of_others_begin_alike() -> None:
    """Four letters and the length of the header that follows, which has only ever been one."""
    assert detect((b"DDS " + (124).to_bytes(4, "little")).ljust(SNIFF_BYTES, b"\0")) is DDS
