"""Imports a tree of files: each image in it that the library does not have yet. Whoever stops it can begin again.

What is hidden is left out. Links may lead around inside the folder, not out of it; those to folders are not
followed, for what they lead to inside is met at its own place. How an image is taken in is ``ingest.py``.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path, PurePath

import trio

from frontend.library.catalogue import Catalogue
from frontend.library.errors import CatalogueUnavailableError, DuplicateImageError
from frontend.library.ingest import Ingest, Wishes
from frontend.library.local_source import LocalFolders
from frontend.library.names import generated_name
from frontend.volumes.errors import VolumeError
from shared.errors import ImageNotFoundError, ServiceError, UnsupportedFormatError

_LISTED_AT_ONCE = 200


class Outcome(StrEnum):
    """What became of a file."""

    ADDED = "added"
    KNOWN = "known"
    NO_IMAGE = "no_image"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class TreeFile:
    """A file by its path from the top of the tree; or a folder that cannot be listed, with the reason."""

    path: str
    size_bytes: int
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of a file, and under which name the library has it, or why not."""

    file: TreeFile
    outcome: Outcome
    name: str | None = None
    hash: str | None = None
    reason: str | None = None


class TreeImport:
    """Brings the files of one folder in, ``workers`` of them at a time."""

    def __init__(
        self, folder: Path, wishes: Wishes, *, ingest: Ingest, catalogue: Catalogue, max_bytes: int, workers: int
    ) -> None:
        self._folder = folder
        self._wishes = wishes
        self._ingest = ingest
        self._catalogue = catalogue
        self._max_bytes = max_bytes
        self._workers = workers
        self._source = LocalFolders((folder,))
        self._feeding = trio.CancelScope()
        self._halted_by: ServiceError | None = None

    async def run(self, report: Callable[[Imported], None]) -> None:
        """Import everything, and report each file when its fate is known: an image added stays, come what may.

        What is wrong with one file does not stop the others. Raises VolumeError or CatalogueUnavailableError when
        the library takes no more; what was in hand by then is still carried through.
        """
        send, receive = trio.open_memory_channel[TreeFile](0)
        async with trio.open_nursery() as nursery:
            for _ in range(self._workers):
                nursery.start_soon(self._take, receive.clone(), report)
            receive.close()
            with self._feeding:
                async with send, aclosing(list_tree(self._folder)) as files:
                    async for file in files:
                        await send.send(file)
        if self._halted_by is not None:
            raise self._halted_by

    async def _take(self, files: trio.MemoryReceiveChannel[TreeFile], report: Callable[[Imported], None]) -> None:
        async with files:
            async for file in files:
                try:
                    report(await self._import(file))
                except (VolumeError, CatalogueUnavailableError) as error:
                    self._halted_by = self._halted_by or error
                    self._feeding.cancel()

    async def _import(self, file: TreeFile) -> Imported:
        if file.problem is not None:
            return Imported(file=file, outcome=Outcome.FAILED, reason=file.problem)
        try:
            return await self._import_image(file)
        except DuplicateImageError as error:
            return Imported(file=file, outcome=Outcome.KNOWN, name=error.filename)
        except UnsupportedFormatError as error:
            return Imported(file=file, outcome=Outcome.NO_IMAGE, reason=str(error))
        except (VolumeError, CatalogueUnavailableError):
            raise
        except ServiceError as error:
            return Imported(file=file, outcome=Outcome.FAILED, reason=f"{error.message} ({error})")
        except OSError as error:
            return Imported(file=file, outcome=Outcome.FAILED, reason=str(error))

    async def _import_image(self, file: TreeFile) -> Imported:
        async with (
            self._source.open(file.path, max_bytes=self._max_bytes) as stream,
            self._ingest.receive(stream) as incoming,
        ):
            sha256 = incoming.hash
            name = generated_name(sha256, stream.format.name)
            # What an earlier import brought in has this name. Any other that we have already is found, too, but
            # only after a worker has looked at it.
            if await self._has(name, sha256):
                return Imported(file=file, outcome=Outcome.KNOWN, name=name, hash=sha256)
            extension = PurePath(file.path).suffix[1:].lower()
            record = await self._ingest.accept(incoming, self._wishes, extension=extension)
        return Imported(file=file, outcome=Outcome.ADDED, name=record.filename, hash=sha256)

    async def _has(self, name: str, sha256: str) -> bool:
        try:
            return (await self._catalogue.get(name)).hash == sha256
        except ImageNotFoundError:
            return False


async def list_tree(folder: Path) -> AsyncGenerator[TreeFile, None]:
    """Yield every file that is to be tried, in an order that depends on the names alone."""
    files = _walk(folder)
    while some := await trio.to_thread.run_sync(lambda: list(islice(files, _LISTED_AT_ONCE))):
        for file in some:
            yield file


def _walk(folder: Path) -> Iterator[TreeFile]:
    """Yield the files of each folder before those of the folders in it."""
    problems: list[OSError] = []
    for parent, folders, names in os.walk(folder, onerror=problems.append):
        folders[:] = sorted(filter(_is_shown, folders))
        for name in sorted(filter(_is_shown, names)):
            path = os.path.join(parent, name)
            yield TreeFile(os.path.relpath(path, folder), _size_of(path))
    for problem in problems:
        yield TreeFile(os.path.relpath(problem.filename, folder), 0, problem=problem.strerror)


def _is_shown(name: str) -> bool:
    return not name.startswith(".")


def _size_of(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:  # to open it says what is wrong
        return 0
