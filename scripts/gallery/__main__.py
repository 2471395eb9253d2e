"""Makes the gallery anew: starts a server, asks it for every example, writes pictures and page.

    python -m scripts.gallery [--photo FILE --shows TEXT] [--to docs/gallery]

Without a photo the demo pictures are used, which are drawn by code: so it is in the repository.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from http import HTTPStatus
from itertools import chain
from pathlib import Path

from scripts.gallery.examples import EXAMPLES
from scripts.gallery.page import MAX_PICTURE_BYTES, PAGE, PICTURES, render
from scripts.gallery.sources import Source, put_sources, sources
from tests.e2e.server import RunningServer, running_server


def main() -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m scripts.gallery", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--photo", type=Path, help="the picture that most examples are made from")
    parser.add_argument("--shows", default="A photo", help="what is to be seen in it, for those who cannot")
    parser.add_argument("--to", type=Path, default=Path("docs/gallery"), help="the folder of the page")
    arguments = parser.parse_args()
    to: Path = arguments.to
    (to / PICTURES).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        images = Path(name) / "images"
        photo = put_sources(images, photo=arguments.photo, shows=arguments.shows)
        with running_server(Path(name), "--rate-limit-requests", "0", images=images) as server:
            made = dict(pictures(server, photo))
    for old in (to / PICTURES).iterdir():
        old.unlink()
    for file, body in made.items():
        (to / PICTURES / file).write_bytes(body)
    (to / PAGE).write_text(render(to, photo=photo), encoding="utf-8")
    print(f"{len(made)} pictures, {sum(map(len, made.values())) / 1000:.0f} kB, the largest:")
    for file in sorted(made, key=lambda file: -len(made[file]))[:5]:
        print(f"{len(made[file]):>8} bytes  {file}")
    return any(len(body) > MAX_PICTURE_BYTES for body in made.values())


def pictures(server: RunningServer, photo: Source) -> Iterator[tuple[str, bytes]]:
    """Ask for every example; yield the names of files and what goes into them."""
    known = sources(photo)
    with server.client() as client:
        for example in chain.from_iterable(EXAMPLES.values()):
            answer = client.get(f"{example.path(known)}?{example.query}")
            if answer.status_code != HTTPStatus.OK:
                raise SystemExit(f"{answer.url}: {answer.text}")
            yield example.file, answer.content


if __name__ == "__main__":
    sys.exit(main())
