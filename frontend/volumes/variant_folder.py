"""How variants lie in their folder: as ``ab/<image>/<variant>``, so that those of one image are found at once.

A variant is called ``<image>/<variant>`` here. Blocking: for threads only.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from frontend.volumes.durable_files import FOLDER_MODE, UnfinishedFile, empty_folder
from frontend.volumes.fans import list_fans, list_files, list_folders
from frontend.volumes.variant_file import DamagedVariantError, is_key, read_variant

VARIANTS = "evol"
"""What the folder is called in the data folder."""
INCOMING = "incoming"


class FoundVariant(NamedTuple):
    """A file and when it was last written or, as far as the file system keeps account of it, read."""

    used_ns: int
    name: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """What became of files to be removed: which are gone, how many were there, and what went wrong first."""

    gone: frozenset[str]
    found: int
    error: OSError | None


class VariantFolder:
    """Finds, names and removes the files of variants."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.incoming = folder / INCOMING

    def path(self, name: str) -> Path:
        """Return where the variant of this name lies, if it does."""
        return self._folder / name[:2] / name

    def prepare(self) -> int:
        """Make the folder, remove what a crash left unfinished, and say how many there were. Raises OSError."""
        os.makedirs(self._folder, FOLDER_MODE, exist_ok=True)
        return empty_folder(self.incoming)

    def publish(self, file: UnfinishedFile, name: str) -> None:
        """Give a written file its name, in place of an earlier one. Raises OSError."""
        path = self.path(name)
        try:
            file.rename(path)
        except FileNotFoundError:
            # The first variant of its image, or the first after all others have gone.
            os.makedirs(path.parent, FOLDER_MODE, exist_ok=True)
            file.rename(path)

    def remove(self, names: Iterable[str]) -> Removal:
        """Remove files, and the folder of an image when it is empty."""
        gone, found, error = [], 0, None
        for name in names:
            path = self.path(name)
            try:
                found += _remove(path)
            except OSError as caught:
                error = error or caught
            else:
                gone.append(name)
        return Removal(gone=frozenset(gone), found=found, error=error)

    def remove_unless_whole(self, name: str) -> bool:
        """Remove a file that cannot be served; say whether there is none any more. Raises OSError."""
        path = self.path(name)
        try:
            read_variant(path, name)
        except FileNotFoundError:
            return True
        except DamagedVariantError:
            _remove(path)
            return True
        return False

    def fans(self) -> list[str]:
        """Return the parts of the folder that ``list_fan`` takes. Raises OSError."""
        return list_fans(self._folder)

    def list_fan(self, fan: str) -> list[FoundVariant]:
        """Return every variant in one part of the folder, the least recently used first. Raises OSError."""
        images = [image for image in list_folders(self._folder / fan) if is_key(image) and image.startswith(fan)]
        return sorted(found for image in images for found in self.list_image(image))

    def list_image(self, image: str) -> list[FoundVariant]:
        """Return every variant of one image, in no order. Raises OSError."""
        with suppress(FileNotFoundError):
            return [
                FoundVariant(max(status.st_mtime_ns, status.st_atime_ns), f"{image}/{variant}", status.st_size)
                for variant, status in list_files(self.path(image))
                if is_key(variant)
            ]
        return []


def _remove(path: Path) -> bool:
    """Say whether there was a file."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        return False
    with suppress(OSError):  # others of the image are there
        os.rmdir(path.parent)
    return True
