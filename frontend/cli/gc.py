"""``tintype gc``: removes what nobody can have any more, and says what it was."""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict
from functools import partial

from pydantic import TypeAdapter, ValidationError

from frontend.cli.errand import run_errand
from frontend.library.garbage import Removed, remove_orphans, remove_variant_files, remove_variant_records
from frontend.library.opening import open_stores
from frontend.progress import readable_bytes
from frontend.settings import Settings
from frontend.settings_sources import LoadedSettings
from frontend.settings_values import Seconds
from frontend.start_error import StartError

# Time enough for somebody who puts files back by hand to bring back the catalogue, too.
DEFAULT_AGE = "1h"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what only this command knows."""
    parser.usage = "%(prog)s [--older-than TIME] [--json] [--SETTING VALUE ...]"
    parser.add_argument(
        "--older-than",
        metavar="TIME",
        default=DEFAULT_AGE,
        help=f"leave orphaned originals alone that are younger than this [default {DEFAULT_AGE}]",
    )
    parser.add_argument("--json", action="store_true", help="print JSON, for machines")


def run(loaded: LoadedSettings, arguments: argparse.Namespace) -> int:
    """Clean up; the exit code is 0. Raises StartError."""
    older_than_s = _duration_s(arguments.older_than)
    work = partial(_clean, loaded.settings, older_than_s=older_than_s, as_json=arguments.json)
    return run_errand(work, loaded)


async def _clean(settings: Settings, *, older_than_s: float, as_json: bool) -> int:
    async with open_stores(settings) as stores:
        removed = {
            "orphaned originals": await remove_orphans(
                stores.database, stores.originals, older_than_s=older_than_s, now_s=time.time()
            ),
            # First the files: whose original is gone has no record any more either.
            "variants of images that are gone": await remove_variant_files(stores.database, stores.variants),
            "records of variants that are gone": await remove_variant_records(stores.database, stores.variants),
        }
    print(_json(removed) if as_json else _sentences(removed))
    return 0


def _duration_s(text: str) -> float:
    try:
        return TypeAdapter[float](Seconds).validate_python(text)
    except ValidationError as error:
        raise StartError(f"--older-than: {text!r} is no time such as 90s, 5m, 1h or 7d") from error


def _sentences(removed: dict[str, Removed]) -> str:
    lines = [
        f"{what.count} {name} removed" + (f", {readable_bytes(what.size_bytes)}" if what.size_bytes else "")
        for name, what in removed.items()
    ]
    return "\n".join(lines)


def _json(removed: dict[str, Removed]) -> str:
    return json.dumps({name.replace(" ", "_"): asdict(what) for name, what in removed.items()})
