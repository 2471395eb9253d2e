"""The demo pictures: what they are, and how they come to lie in a folder."""

from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from PIL.ExifTags import Base

from workers.demo_pictures.__main__ import PICTURES, draw_missing, main

QUICKEST = "mosaic.webp"


@cache
def drawn(name: str) -> bytes:
    """One picture's file, drawn once however many tests look at it."""
    return PICTURES[name]()


def opened(name: str) -> Image.Image:
    """One picture, decoded."""
    image = Image.open(BytesIO(drawn(name)))
    image.load()
    return image


def with_only_one_missing(directory: Path) -> Path:
    """A folder in which every picture but the quickest has a file already."""
    for name in PICTURES:
        (directory / name).write_text("mine")
    (directory / QUICKEST).unlink()
    return directory


@pytest.mark.parametrize(
    ("name", "kind", "size"),
    [
        ("sunset.jpg", "JPEG", (2400, 1600)),
        ("bloom.png", "PNG", (1024, 1024)),
        ("orbit.gif", "GIF", (640, 440)),
        ("mosaic.webp", "WEBP", (1600, 1200)),
        ("portrait.jpg", "JPEG", (1440, 1080)),
    ],
)
def test_picture_is_what_its_name_says(name: str, kind: str, size: tuple[int, int]) -> None:
    """Each file decodes, and is of the format its extension names."""
    image = opened(name)
    assert (image.format, image.size) == (kind, size)


def test_pictures_are_light() -> None:
    """A first start writes less than 3 MB."""
    assert sum(len(drawn(name)) for name in PICTURES) < 3_000_000


def test_bloom_has_soft_transparency() -> None:
    """The flower has nothing around it, an opaque heart, and much that is in between."""
    levels = opened("bloom.png").getchannel("A").histogram()
    assert levels[0] > 100_000
    assert levels[255] > 1_000
    assert sum(levels[32:224]) > 100_000


def test_orbit_moves_for_ever() -> None:
    """The animation has frames that differ, and no last round."""
    image = opened("orbit.gif")
    assert getattr(image, "n_frames", 1) == 36
    assert image.info["loop"] == 0
    first = image.convert("RGB").tobytes()
    image.seek(18)
    assert image.convert("RGB").tobytes() != first


def test_portrait_stands_upright_by_its_exif_orientation_only() -> None:
    """The stored pixels lie on their side; orientation 6 says so."""
    image = opened("portrait.jpg")
    assert image.width > image.height
    assert image.getexif()[Base.Orientation] == 6


@pytest.mark.parametrize("name", ["mosaic.webp", "orbit.gif", "portrait.jpg"])
def test_picture_is_the_same_every_time(name: str) -> None:
    """Drawn again, a picture is the same to the byte."""
    assert PICTURES[name]() == drawn(name)


def test_file_that_is_there_is_kept(tmp_path: Path) -> None:
    """Only what is missing is drawn; a file of the same name is not touched."""
    directory = with_only_one_missing(tmp_path)
    assert [path.name for path in draw_missing(directory)] == [QUICKEST]
    kept = [path for path in directory.iterdir() if path.name != QUICKEST]
    assert {path.read_text() for path in kept} == {"mine"}


def test_nothing_unfinished_is_left(tmp_path: Path) -> None:
    """Afterwards the folder holds the pictures and nothing else."""
    list(draw_missing(with_only_one_missing(tmp_path)))
    assert {path.name for path in tmp_path.iterdir()} == set(PICTURES)


def test_command_says_what_it_drew(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command prints one line for each new file."""
    directory = with_only_one_missing(tmp_path)
    assert main([str(directory)]) == 0
    assert capsys.readouterr().out == f"drew {directory / QUICKEST} ({len(drawn(QUICKEST)) // 1000} kB)\n"


def test_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where no folder can be, the command ends with exit code 1 and says why, without a traceback."""
    in_the_way = tmp_path / "images"
    in_the_way.write_text("a file")
    assert main([str(in_the_way)]) == 1
    error = capsys.readouterr().err
    assert error.startswith("cannot draw demo pictures:")
    assert error.count("\n") == 1
