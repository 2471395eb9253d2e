"""Writes the gallery's page from the examples and the pictures that were made of them. It asks no server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, StrictUndefined
from markupsafe import Markup
from PIL import Image

from scripts.gallery.examples import EXAMPLES, Example
from scripts.gallery.sources import Source, sources
from shared.operations import ALL_OPERATIONS

PAGE, PICTURES = "index.html", "pictures"
MAX_PICTURE_BYTES = 15_000
"""Pages with many pictures are looked at on telephones."""
SOURCES = "What all pictures below are made from."
TOGETHER = "Several operations at once. In a plain query their order is fixed; in ops it is as they are written."


class Figure(NamedTuple):
    """One picture as the page shows it."""

    file: str
    width: int
    height: int
    size: str
    path: str
    told: str
    rest: str
    about: str
    alt: str


class Section(NamedTuple):
    """All pictures of one operation."""

    name: str
    about: str
    figures: tuple[Figure, ...]


def render(folder: Path, *, photo: Source) -> str:
    """Return the page of the gallery in ``folder``, whose pictures are there."""
    known = sources(photo)
    sections = [
        Section(name, about, tuple(_figure(folder, each, known) for each in EXAMPLES[name]))
        for name, about in _abouts()
    ]
    templates = Environment(
        loader=ChoiceLoader([FileSystemLoader(Path(__file__).parent), PackageLoader("frontend")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["breakable"] = _breakable
    return templates.get_template("gallery.html").render(sections=sections) + "\n"


def _breakable(query: str) -> Markup:
    """A line may end before each parameter, and behind each step of a chain."""
    return Markup("<wbr>&amp;").join(Markup(";<wbr>").join(part.split(";")) for part in query.split("&"))


def _abouts() -> Iterator[tuple[str, str]]:
    """Sections in the page's order, and what is said of each."""
    yield "sources", SOURCES
    for kind in ALL_OPERATIONS:
        yield kind.name, " ".join((kind.__doc__ or "").split())
    yield "together", TOGETHER


def _figure(folder: Path, example: Example, known: Mapping[str, Source]) -> Figure:
    file = folder / PICTURES / example.file
    with Image.open(file) as opened:
        width, height = opened.size
    return Figure(
        file=f"{PICTURES}/{example.file}",
        width=width,
        height=height,
        size=f"{file.stat().st_size / 1000:.1f} kB",
        path=example.path(known),
        told=example.told,
        rest=f"&{example.rest}" if example.told and example.rest else example.rest,
        about=example.about,
        alt=f"{known[example.source].shows}: {example.about[0].lower()}{example.about[1:].removesuffix('.')}",
    )
