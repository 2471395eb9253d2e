"""A library without images, and without a database and a disk behind it: for tests on a mock clock."""

from __future__ import annotations

from typing import cast

from frontend.library.catalogue import Catalogue
from frontend.library.errors import CatalogueUnavailableError
from frontend.library.keys import ApiKeys, KeySnapshot
from frontend.library.library import Library
from frontend.originals import SourceImage
from frontend.volumes.persistent import PersistentStatistics
from shared.errors import ImageNotFoundError


class NoKeys(ApiKeys):
    """Nobody has a key."""

    def __init__(self) -> None:
        self.look_ups = 0

    def version(self) -> int | None:
        """Nothing ever changes."""
        return 1

    async def look_up(self, digest: bytes) -> KeySnapshot:
        """There is none."""
        self.look_ups += 1
        return KeySnapshot("1", None)


class EmptyCatalogue(Catalogue):
    """Can be read while it ``is_well``; counts how often it was asked."""

    def __init__(self) -> None:
        self._keys = NoKeys()
        self.is_well = True
        self.checks = 0

    async def check(self) -> None:
        """Be well, or not."""
        self.checks += 1
        if not self.is_well:
            raise CatalogueUnavailableError()


class EmptyLibrary(Library):
    """Finds nothing; its disk is as well as its ``reason`` says."""

    def __init__(self) -> None:
        self.books = EmptyCatalogue()
        self.catalogue = cast("Catalogue", self.books)
        self.reason: str | None = None

    @property
    def originals(self) -> PersistentStatistics:
        """None."""
        return PersistentStatistics(
            entries=0, bytes=0, reserved_bytes=0, capacity_bytes=0, capacity_entries=0, reason=self.reason
        )

    async def find(self, name: str) -> SourceImage:
        """There is none."""
        raise ImageNotFoundError()
