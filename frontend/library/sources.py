"""Where images may be taken from on request: folders of this machine, and the web. Opens both alike."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import trio

from frontend.library.image_stream import ImageStream
from frontend.library.local_source import LocalFolders
from frontend.library.public_address import AllowList
from frontend.library.remote_fetch import FetchPolicy, fetch
from frontend.settings import LibrarySettings
from frontend.start_error import StartError
from shared.limits import Limits

TAKEN_AT_ONCE = 8
"""So many images are copied or fetched at the same time; others wait their turn."""

SourceKind = Literal["local", "url"]


class ImageSources:
    """Opens an image by its path or its URL, within what the operator has allowed."""

    def __init__(self, folders: LocalFolders, policy: FetchPolicy) -> None:
        self._folders = folders
        self._policy = policy
        self._turns = trio.CapacityLimiter(TAKEN_AT_ONCE)

    @classmethod
    def of(cls, settings: LibrarySettings, *, limits: Limits) -> ImageSources:
        """Allow what the settings allow. Raises StartError for a place that is none."""
        try:
            allow = AllowList.parse(settings.allow_source)
        except ValueError as error:
            raise StartError(f"allow_source: {error}") from error
        policy = FetchPolicy(allow=allow, max_bytes=limits.max_bytes, total_timeout_s=settings.fetch_timeout_s)
        return cls(LocalFolders([Path(folder).expanduser() for folder in settings.allow_local]), policy)

    @asynccontextmanager
    async def open(self, path: str, *, kind: SourceKind) -> AsyncIterator[ImageStream]:
        """Open the image; the block iterates over its bytes.

        Raises SourceForbiddenError, TooLargeError, UnsupportedFormatError; of a URL also BadUrlError and the other
        kinds of SourceError.
        """
        async with self._turns:
            if kind == "local":
                async with self._folders.open(path, max_bytes=self._policy.max_bytes) as stream:
                    yield stream
            else:
                async with fetch(path, self._policy) as stream:
                    yield stream
