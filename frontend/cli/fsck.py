"""``tintype fsck``: tells whether catalogue and originals agree, and with ``--mend`` puts right what can be."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from functools import partial
from typing import NamedTuple

from frontend.cli.errand import EXIT_FOUND, run_errand
from frontend.library import hash_rows
from frontend.library.consistency import Entry, Flaw, flaw_of, mend, side_by_side
from frontend.library.opening import Stores, open_stores
from frontend.progress import Progress, display_on
from frontend.settings import Settings
from frontend.settings_sources import LoadedSettings
from frontend.start_error import StartError

_SENTENCES = {
    Flaw.MISSING: "has a record, but no bytes",
    Flaw.ORPHAN: "has bytes, but no record",
    Flaw.WRONG_SIZE: "does not have its size any more: bring it back from a backup, or delete the image",
    Flaw.WRONG_HASH: "does not have its bytes any more: bring it back from a backup, or delete the image",
    Flaw.UNREADABLE: "cannot be read: look after the disk, then bring it back from a backup",
}


class Found(NamedTuple):
    """What is wrong with an original, or was until now."""

    flaw: Flaw
    is_mended: bool


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what only this command knows."""
    parser.usage = "%(prog)s [--mend] [--deep] [--json] [--SETTING VALUE ...]"
    parser.add_argument("--mend", action="store_true", help="remove bytes without a record, and the reverse")
    parser.add_argument("--deep", action="store_true", help="read every original, and compare its hash")
    parser.add_argument("--json", action="store_true", help="a line of JSON for every find, and one at the end")


def run(loaded: LoadedSettings, arguments: argparse.Namespace) -> int:
    """Check; the exit code is 1 if something is wrong and was not mended. Raises StartError."""
    return run_errand(partial(_check, loaded.settings, arguments), loaded)


async def _check(settings: Settings, arguments: argparse.Namespace) -> int:
    async with open_stores(settings) as stores:
        if arguments.mend:
            await _refuse_if_all_is_gone(stores, settings)
        held = stores.originals.statistics()
        display = display_on(sys.stderr, as_json=arguments.json)
        with Progress(display, total=held.entries, total_bytes=held.bytes) as progress:
            report = Report(progress, as_json=arguments.json)
            async with side_by_side(stores.database, stores.originals) as entries:
                async for entry in entries:
                    report.add(entry, await _looked_at(entry, stores, arguments))
            report.conclude()
    return EXIT_FOUND if report.left else 0


async def _looked_at(entry: Entry, stores: Stores, arguments: argparse.Namespace) -> Found | None:
    flaw = await flaw_of(entry, stores.originals, deep=arguments.deep)
    if flaw is None:
        return None
    is_mended = arguments.mend and await mend(entry, flaw, database=stores.database, originals=stores.originals)
    return Found(flaw, is_mended)


async def _refuse_if_all_is_gone(stores: Stores, settings: Settings) -> None:
    """A disk that is not mounted looks like this; to mend it would be to forget every image."""
    some = await stores.database.read(hash_rows.originals_after, "", limit=1)
    if some and stores.originals.statistics().entries == 0:
        raise StartError(f"not one original is in {settings.data_path}: is its disk mounted? Nothing was mended")


class Report:
    """Tells of every flaw, and counts all that was looked at."""

    def __init__(self, progress: Progress, *, as_json: bool) -> None:
        self.left = 0
        self._examined = 0
        self._found: Counter[Flaw] = Counter()
        self._progress = progress
        self._as_json = as_json

    def add(self, entry: Entry, found: Found | None) -> None:
        """Hear of an original."""
        self._examined += 1
        self._progress.advance(size_bytes=entry.size_bytes)
        if found is not None:
            self._found[found.flaw] += 1
            self.left += not found.is_mended
            text = _json_line(entry, found) if self._as_json else _sentence(entry, found)
            self._progress.aside(text, stream=sys.stdout)

    def conclude(self) -> None:
        """Say how many there were of what."""
        mended = self._found.total() - self.left
        if self._as_json:
            found = {flaw.value: self._found[flaw] for flaw in Flaw}
            counts = {"examined": self._examined, "mended": mended, "left": self.left, **found}
            text = json.dumps({"summary": counts})
        elif not self._found:
            text = f"{self._examined} originals, all as they should be"
        else:
            text = f"{self._examined} originals, {self._found.total()} flaws, {mended} of them mended"
        self._progress.aside(text, stream=sys.stdout)


def _sentence(entry: Entry, found: Found) -> str:
    name = f" ({entry.record.filename})" if entry.record else ""
    return f"{entry.hash}{name} {_SENTENCES[found.flaw]}{'; removed' if found.is_mended else ''}"


def _json_line(entry: Entry, found: Found) -> str:
    facts = {
        "flaw": found.flaw,
        "hash": entry.hash,
        "filename": entry.record.filename if entry.record else None,
        "size_bytes": entry.stamp.size_bytes if entry.stamp else None,
        "expected_bytes": entry.record.size_bytes if entry.record else None,
        "mended": found.is_mended,
    }
    return json.dumps(facts)
