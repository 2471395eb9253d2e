"""Which formats this process reads and writes with what is installed beside what is always there.

An extra is looked for without being loaded: most workers never meet its format.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import metadata
from importlib.util import find_spec

from shared.errors import UnsupportedFormatError
from shared.formats import HEIC, JXL, Format

JPEG_XL_PACKAGE = "imagecodecs"
_PACKAGES = {JXL: JPEG_XL_PACKAGE, HEIC: "pillow_heif"}


@cache
def is_installed(package: str) -> bool:
    """Whether it can be imported."""
    return find_spec(package) is not None


def is_available(image_format: Format) -> bool:
    """Whether nothing that the format needs is missing."""
    package = _PACKAGES.get(image_format)
    return package is None or is_installed(package)


def check_read(image_format: Format) -> None:
    """Raise UnsupportedFormatError, with the remedy if there is one, for a format that is not read here."""
    if image_format.is_vector:
        raise UnsupportedFormatError(f"{image_format.name} is served as it is: it is not turned into pixels here")
    if not is_available(image_format):
        raise UnsupportedFormatError(
            f"{image_format.name} needs the extra {image_format.extra} where the server is installed"
        )


def check_written(image_format: Format) -> None:
    """Raise UnsupportedFormatError, with the remedy if there is one, for a format that is not written here."""
    if not image_format.is_written:
        raise UnsupportedFormatError(f"no pictures are made as {image_format.name} here")
    check_read(image_format)


def versions() -> Iterator[tuple[str, str]]:
    """Name what is installed, and its versions: others may make other bytes."""
    for package in _PACKAGES.values():
        if is_installed(package):
            yield package, metadata.version(package)
