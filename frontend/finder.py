"""Which original a name means: an image of the library if there is one, else a file of the drop-in folder."""

from __future__ import annotations

from frontend.drop_in import DropInFolder
from frontend.library.library import Library
from frontend.originals import SourceImage
from shared.errors import ImageNotFoundError


class LibraryThenFolder:
    """The library wins, so that nobody can put a file in front of what it owns."""

    def __init__(self, library: Library, folder: DropInFolder) -> None:
        self._library = library
        self._folder = folder

    async def find(self, name: str) -> SourceImage:
        """Look the name up in both. Raises ImageNotFoundError."""
        try:
            return await self._library.find(name)
        except ImageNotFoundError:
            return await self._folder.find(name)
