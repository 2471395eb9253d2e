"""Time the catalogue at growing numbers of images: random, lists, tags, insert.

Each library is generated in a temporary folder: rows only, with sizes as photographs have them and tags as
people give them, a few very often and most of them hardly ever. Every image has one of the tags day and night,
so that both are common, and nobody has both. Run it with

    python scripts/bench/catalogue.py --images 100000 1000000 --json catalogue.json
"""

from __future__ import annotations

import argparse
import itertools
import json
import platform
import random
import resource
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import trio
from sqlalchemy import Connection

from frontend.library.catalogue import FILE_NAME, Catalogue
from frontend.library.database import Database
from frontend.library.image_filter import ImageFilter
from frontend.library.ordering import Order, Place
from frontend.library.records import NewImage
from frontend.library.schema import image_tags, images, tags

TAGS = ["day", "night", *(f"tag-{number}" for number in range(5000))]
ROWS_AT_ONCE = 20_000
NOBODY_HAS = {"tags": "day,night"}
TWO_TAGS = {"tags": "tag-0,tag-1"}
TAGS_AND_RANGE = {"tags": "tag-0,tag-1", "size_min": "200000", "size_max": "400000"}

Call = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """How long one kind of call took."""

    call: str
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One library: how long it took to fill and to index, what it takes, and how long calls took."""

    images: int
    fill_s: float
    index_s: float
    file_mib: float
    peak_memory_mib: float
    figures: list[Figure]


class Generator:
    """Makes up images, the same each time."""

    def __init__(self) -> None:
        self._dice = random.Random(5)  # noqa: S311  (dice, not secrets)
        # Zipf's law: tag-0 is twice as common as tag-1.
        self._weights = list(itertools.accumulate((rank + 1) ** -1.0 for rank in range(len(TAGS) - 2)))

    def image(self) -> NewImage:
        """Make up an image."""
        dice = self._dice
        sha256 = f"{dice.getrandbits(256):064x}"
        width = dice.choice((640, 800, 1024, 1280, 1920, 2560, 3000, 4000, 6000)) + dice.randrange(8)
        return NewImage(
            filename=f"{sha256[:16]}.jpg",
            hash=sha256,
            format=dice.choices(("jpeg", "png", "webp", "avif"), (70, 20, 7, 3))[0],
            width=width,
            height=int(width * dice.choice((0.56, 0.67, 0.75, 1.0, 1.33, 1.5))),
            size_bytes=1000 + int(dice.lognormvariate(12.7, 1.1)),
            mode="RGB",
            blurhash="LEHV6nWB2yk8pyo0adR*.7kCMdnj",
            dominant_color="#7f8a6b",
        )

    def tag_numbers(self) -> set[int]:
        """Make up the tags of an image, as places in ``TAGS``."""
        others = self._dice.choices(range(2, len(TAGS)), cum_weights=self._weights, k=self._dice.randint(1, 6))
        return {self._dice.randrange(2), *others}


async def fill(path: Path, count: int, generator: Generator) -> None:
    """Write the rows in large transactions, which is all that ``Catalogue.add`` does differently."""
    async with Database.open(path, threads=1) as database:
        await database.write(_write_tags)
        for first in range(1, count + 1, ROWS_AT_ONCE):
            ids = range(first, min(first + ROWS_AT_ONCE, count + 1))
            await database.write(_write_rows, ids, generator)


def _write_tags(connection: Connection) -> None:
    connection.execute(tags.insert(), [{"id": number + 1, "name": name} for number, name in enumerate(TAGS)])


def _write_rows(connection: Connection, ids: range, generator: Generator) -> None:
    now = datetime.now(UTC)
    rest = {"created_at": now, "modified_at": now, "access_count": 0}
    connection.execute(images.insert(), [{"id": number, **asdict(generator.image()), **rest} for number in ids])
    connection.execute(
        image_tags.insert(),
        [{"image_id": number, "tag_id": tag + 1} for number in ids for tag in sorted(generator.tag_numbers())],
    )


def calls(catalogue: Catalogue, deep: dict[Order, str], generator: Generator) -> Iterator[tuple[str, Call]]:
    """Name everything that is timed."""

    def draw(values: dict[str, str]) -> Call:
        wanted = ImageFilter.parse(values)
        return lambda: catalogue.random(wanted)

    def read_page(order: Order, values: dict[str, str]) -> Call:
        wanted = ImageFilter.parse(values)
        return lambda: catalogue.page(wanted, order=order, cursor=deep[order])

    newest, largest = deep
    yield "random, no filter", draw({})
    yield "random, two tags", draw(TWO_TAGS)
    yield "random, two tags and a size range", draw(TAGS_AND_RANGE)
    yield "random, two rare tags", draw({"tags": "tag-900,tag-901"})
    yield "random, two common tags that nobody has", draw(NOBODY_HAS)
    yield "list, newest first, in the middle", read_page(newest, {})
    yield "list, largest first, in the middle", read_page(largest, {})
    yield "list, two tags, newest first, in the middle", read_page(newest, TWO_TAGS)
    yield "list, two tags, largest first, in the middle", read_page(largest, TWO_TAGS)
    yield "list, tags that nobody has, largest first", read_page(largest, NOBODY_HAS)
    yield "count, two tags and a size range", lambda: catalogue.count(ImageFilter.parse(TAGS_AND_RANGE))
    yield "all tags with their counts", catalogue.tags
    yield (
        "insert, on disk when it returns",
        lambda: catalogue.add(generator.image(), tags=[TAGS[number] for number in generator.tag_numbers()]),
    )


async def time_calls(call: Call, *, times: int) -> tuple[float, float]:
    """Return the median and the 99th percentile in milliseconds."""
    taken_ms = []
    for _ in range(times):
        started_s = time.perf_counter()
        await call()
        taken_ms.append((time.perf_counter() - started_s) * 1000)
    taken_ms.sort()
    return taken_ms[times // 2], taken_ms[times * 99 // 100]


async def measure(count: int, *, times: int) -> Result:
    """Fill a library, open it, and time everything."""
    generator = Generator()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / FILE_NAME
        started_s = time.perf_counter()
        await fill(path, count, generator)
        filled_s = time.perf_counter()
        async with Catalogue.open(path) as catalogue:
            await catalogue.random()
            indexed_s = time.perf_counter()
            print(
                f"{count} images: filled in {filled_s - started_s:.1f} s, indexed in {indexed_s - filled_s:.1f} s"
            )
            deep = {order: await middle(catalogue, order) for order in (Order(), Order("size"))}
            figures = []
            for name, call in calls(catalogue, deep, generator):
                p50_ms, p99_ms = await time_calls(call, times=times)
                print(f"{name:<48}{p50_ms:>9.2f}{p99_ms:>9.2f}", flush=True)
                figures.append(Figure(call=name, p50_ms=p50_ms, p99_ms=p99_ms))
        return Result(
            images=count,
            fill_s=filled_s - started_s,
            index_s=indexed_s - filled_s,
            file_mib=path.stat().st_size / (1 << 20),
            peak_memory_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            figures=figures,
        )


async def middle(catalogue: Catalogue, order: Order) -> str:
    """Return a cursor from around the middle of a list."""
    drawn = await catalogue.random(count=101)
    places = sorted((Place.of(image, order) for image in drawn), key=lambda place: (place.value, place.id))
    return places[50].cursor(order)


def main() -> None:
    """Measure, print a table, and write the JSON file if one is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--images", type=int, nargs="+", default=[10_000, 100_000, 1_000_000], help="to fill with")
    parser.add_argument("--times", type=int, default=500, help="how often each call is timed")
    parser.add_argument("--json", type=Path, help="file to write the figures to")
    options = parser.parse_args()

    print(f"{'milliseconds':<48}{'p50':>9}{'p99':>9}")
    results = [trio.run(partial(measure, count, times=options.times)) for count in options.images]
    if options.json:
        machine = f"{platform.machine()}, {platform.python_implementation()} {platform.python_version()}"
        figures = {"machine": machine, "libraries": [asdict(result) for result in results]}
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
