"""A made variant as a file: it is read as it was written, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from frontend.volumes.variant_file import (
    HEAD_BYTES,
    DamagedVariantError,
    VariantKey,
    VariantMeta,
    read_variant,
    write_variant,
)
from shared.image_address import ImageAddress, VolumeKind

META = VariantMeta(mime="image/avif", width=1601, height=907, frames=3, has_alpha=True)
BODY = bytes(range(256)) * 4
KEY = VariantKey("a" * 32, "b" * 32)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A whole file."""
    path = tmp_path / "variant"
    write_variant(tmp_path, str(KEY), META, BODY).rename(path)
    return path


@pytest.mark.parametrize(
    ("meta", "body"),
    [
        (META, BODY),
        (VariantMeta(mime="image/png", width=1, height=1, frames=1, has_alpha=False), b""),
        (VariantMeta(mime="m" * 47, width=2**32 - 1, height=2**32 - 1, frames=2**32 - 1, has_alpha=True), b"x"),
    ],
)
def test_variant_is_read_as_it_was_written(tmp_path: Path, meta: VariantMeta, body: bytes) -> None:
    """Facts and bytes come back the same, whatever they are."""
    path = tmp_path / "variant"
    write_variant(tmp_path, str(KEY), meta, body).rename(path)
    assert read_variant(path, str(KEY)) == (meta, body)
    assert path.stat().st_size == HEAD_BYTES + len(body)


def test_any_changed_byte_is_noticed(path: Path) -> None:
    """Of the head and of the body alike: no byte can be another without the file being refused."""
    whole = path.read_bytes()
    for position in [*range(HEAD_BYTES + 8), len(whole) // 2, len(whole) - 1]:
        damaged = bytearray(whole)
        damaged[position] ^= 0x10
        path.write_bytes(damaged)
        with pytest.raises(DamagedVariantError):
            read_variant(path, str(KEY))


def test_any_missing_end_is_noticed(path: Path) -> None:
    """A torn file is refused wherever it ends."""
    whole = path.read_bytes()
    for length in [*range(HEAD_BYTES + 3), len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(DamagedVariantError):
            read_variant(path, str(KEY))


def test_longer_file_is_refused(path: Path) -> None:
    """Bytes after the end are as wrong as missing ones; so are zeros in place of what never reached the disk."""
    whole = path.read_bytes()
    for content in (whole + b"\0", whole[:HEAD_BYTES] + bytes(len(BODY)), bytes(len(whole))):
        path.write_bytes(content)
        with pytest.raises(DamagedVariantError):
            read_variant(path, str(KEY))


def test_file_under_another_name_is_refused(path: Path) -> None:
    """A whole file that is not the one asked for is not given out in its place."""
    with pytest.raises(DamagedVariantError):
        read_variant(path, str(VariantKey("a" * 32, "c" * 32)))


def test_missing_file_is_missing(tmp_path: Path) -> None:
    """A file that is not there is not called damaged."""
    with pytest.raises(FileNotFoundError):
        read_variant(tmp_path / "missing", str(KEY))


def test_meta_that_does_not_fit_is_a_mistake(tmp_path: Path) -> None:
    """A type longer than any that we make is refused, and leaves no file."""
    with pytest.raises(ValueError, match="longer than any"):
        write_variant(
            tmp_path, str(KEY), VariantMeta(mime="m" * 48, width=1, height=1, frames=1, has_alpha=False), b""
        )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("key", ["", "a" * 31, "a" * 65, "A" * 32, "../" + "a" * 32, "a" * 31 + "\n", "é" * 32])
def test_key_is_fit_to_be_a_name(key: str) -> None:
    """Nothing but hexadecimal digits ever becomes the name of a file."""
    for image, variant in ((key, "a" * 32), ("a" * 32, key)):
        with pytest.raises(ValueError, match="is no key"):
            VariantKey(image, variant)


def test_key_has_an_address() -> None:
    """The address names the volume, the image and the variant."""
    assert KEY.address == ImageAddress(VolumeKind.EPHEMERAL, "a" * 32 + "/" + "b" * 32)
    assert ImageAddress.parse(str(KEY.address)) == KEY.address
