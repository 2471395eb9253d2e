"""The command: draws every demo picture that is missing in a folder. What they show is the other files' matter."""

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from workers.demo_pictures import bloom, mosaic, orbit, portrait, sunset

PICTURES: Mapping[str, Callable[[], bytes]] = {
    "sunset.jpg": sunset.draw,
    "bloom.png": bloom.draw,
    "orbit.gif": orbit.draw,
    "mosaic.webp": mosaic.draw,
    "portrait.jpg": portrait.draw,
}


def draw_missing(directory: Path) -> Iterator[Path]:
    """Draw what is missing in ``directory``, which is made if need be; yield each new file once it is whole."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, draw in PICTURES.items():
        path = directory / name
        if path.exists():
            continue
        _write_whole(path, draw())
        yield path


def _write_whole(path: Path, content: bytes) -> None:
    # A server may be watching the folder: it must never see half a picture.
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_bytes(content)
        unfinished.rename(path)
    finally:
        unfinished.unlink(missing_ok=True)


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m workers.demo_pictures", description=__doc__)
    parser.add_argument("directory", type=Path, help="where the pictures go; what is there already is kept")
    directory: Path = parser.parse_args(arguments).directory
    try:
        for path in draw_missing(directory):
            sys.stdout.write(f"drew {path} ({path.stat().st_size // 1000} kB)\n")
    except OSError as error:
        sys.stderr.write(f"cannot draw demo pictures: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
