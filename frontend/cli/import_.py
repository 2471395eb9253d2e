"""``tintype import``: brings a folder of images into the library; run again, it goes on where it was stopped."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from frontend.cli.errand import EXIT_FOUND, run_errand
from frontend.library.import_tree import Imported, Outcome, TreeImport, list_tree
from frontend.library.ingest import Wishes
from frontend.library.opening import Intake, open_intake
from frontend.progress import Progress, display_on
from frontend.settings import Settings
from frontend.settings_sources import LoadedSettings
from frontend.start_error import StartError
from shared.errors import BadParameterError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what only this command knows."""
    parser.usage = "%(prog)s DIR [--tags TAG,TAG] [--private] [--json] [--SETTING VALUE ...]"
    parser.add_argument("directory", metavar="DIR", type=Path, help="folder whose images are brought in")
    parser.add_argument("--tags", default="", help="tags for every image, with commas between them")
    parser.add_argument("--private", action="store_true", help="only holders of a key may have these images")
    parser.add_argument("--json", action="store_true", help="a line of JSON for every file, and one at the end")


def run(loaded: LoadedSettings, arguments: argparse.Namespace) -> int:
    """Import; the exit code is 1 if some image could not be taken in. Raises StartError."""
    if not arguments.directory.is_dir():
        raise StartError(f"{arguments.directory} is no folder")
    return run_errand(partial(_import, loaded.settings, arguments), loaded)


async def _import(settings: Settings, arguments: argparse.Namespace) -> int:
    folder: Path = arguments.directory
    async with open_intake(settings) as intake:
        wishes = _wishes(intake, arguments)
        sizes_bytes = [file.size_bytes async for file in list_tree(folder)]
        display = display_on(sys.stderr, as_json=arguments.json)
        with Progress(display, total=len(sizes_bytes), total_bytes=sum(sizes_bytes)) as progress:
            report = Report(progress, as_json=arguments.json)
            try:
                await TreeImport(
                    folder,
                    wishes,
                    ingest=intake.ingest,
                    catalogue=intake.catalogue,
                    max_bytes=intake.limits.max_bytes,
                    workers=settings.workers,
                ).run(report.add)
            finally:
                report.conclude()
    return EXIT_FOUND if report.counts[Outcome.FAILED] else 0


def _wishes(intake: Intake, arguments: argparse.Namespace) -> Wishes:
    tags: Sequence[str] = [tag for tag in arguments.tags.split(",") if tag.strip()]
    try:
        return intake.ingest.checked(Wishes(tags=tuple(tags), private=arguments.private))
    except BadParameterError as error:
        raise StartError(str(error)) from error


class Report:
    """Tells of every file to machines, to people only of those that could not be taken in; counts all of them."""

    def __init__(self, progress: Progress, *, as_json: bool) -> None:
        self.counts: Counter[Outcome] = Counter()
        self._progress = progress
        self._as_json = as_json

    def add(self, imported: Imported) -> None:
        """Hear of a file."""
        self.counts[imported.outcome] += 1
        self._progress.advance(size_bytes=imported.file.size_bytes)
        if self._as_json:
            self._progress.aside(json.dumps(_facts(imported)), stream=sys.stdout)
        elif imported.outcome is Outcome.FAILED:
            self._progress.aside(f"{_printable(imported.file.path)}: {imported.reason}", stream=sys.stderr)

    def conclude(self) -> None:
        """Say how many files came to what."""
        counts = {outcome.value: self.counts[outcome] for outcome in Outcome}
        summary = (
            f"{counts['added']} added, {counts['known']} already there, "
            f"{counts['no_image']} no images, {counts['failed']} failed"
        )
        self._progress.aside(json.dumps({"summary": counts}) if self._as_json else summary, stream=sys.stdout)


def _facts(imported: Imported) -> dict[str, object]:
    return {
        "path": imported.file.path,
        "outcome": imported.outcome,
        "size_bytes": imported.file.size_bytes,
        "name": imported.name,
        "hash": imported.hash,
        "reason": imported.reason,
    }


def _printable(path: str) -> str:
    return path if path.isprintable() else ascii(path)
