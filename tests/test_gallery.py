"""The gallery: it shows every operation, by queries that are read, and its page is made from what is there."""

from __future__ import annotations

from html.parser import HTMLParser
from itertools import chain
from pathlib import Path

import pytest
from PIL import Image

from scripts.gallery.examples import EXAMPLES, Example
from scripts.gallery.page import MAX_PICTURE_BYTES, PAGE, PICTURES, render
from scripts.gallery.sources import PHOTO, put_sources, sources
from shared.formats import BY_NAME
from shared.grammar import Grammar
from shared.operation import Operation
from shared.operations import ALL_OPERATIONS, FITS, MASKS
from shared.operations.registry import OPERATIONS, target
from shared.plan import Plan

GALLERY = Path(__file__).parents[1] / "docs" / "gallery"
MAX_GALLERY_BYTES = 1_500_000
EVERY = [pytest.param(each, id=f"{name} {each.query}") for name, found in EXAMPLES.items() for each in found]
VOID = {"meta", "img", "wbr"}


class Page(HTMLParser):
    """What is on the page: tags with their attributes, and the text of each address."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.addresses: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Tags that have an end are open until it comes."""
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "code":
            self.addresses.append("")

    def handle_endtag(self, tag: str) -> None:
        """Ends come in the opposite order."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Texts of ``code`` are addresses."""
        if "code" in self.open:
            self.addresses[-1] += data

    def every(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of all tags of a kind."""
        return [attributes for found, attributes in self.tags if found == tag]


@pytest.fixture(scope="module")
def text() -> str:
    """The page as it is in the repository."""
    return (GALLERY / PAGE).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    """The same, read."""
    return Page(text)


def plan_of(example: Example) -> Plan:
    """What an example asks for."""
    return Grammar().parse(example.query).plan


def operations(plan: Plan) -> list[Operation]:
    """All of its operations."""
    return [plan.head, *plan.steps, plan.tail]


@pytest.mark.parametrize("kind", ALL_OPERATIONS, ids=lambda kind: kind.name)
def test_every_operation_is_shown(kind: type[Operation]) -> None:
    """Whoever adds an operation adds examples, in which it really does something."""
    examples = EXAMPLES.get(kind.name, ())
    assert any(kind() != each for one in examples for each in operations(plan_of(one)) if isinstance(each, kind))


@pytest.mark.parametrize("example", EVERY)
def test_example_is_read(example: Example) -> None:
    """Nothing in it is ignored, and its picture is of the format that it asks for."""
    parsed = Grammar().parse(example.query)
    assert not parsed.ignored
    assert parsed.plan.format == example.format


@pytest.mark.parametrize(
    ("operation", "field", "values"),
    [
        ("resize", "fit", FITS),
        ("resize", "gravity", ("center", "n", "e", "s", "w", "smart", "entropy", "face")),
        ("mask", "shape", MASKS),
        ("watermark", "position", ("center", "n", "ne", "e", "se", "s", "sw", "w", "nw")),
        ("text", "font", ("sans", "sans-bold", "serif", "mono")),
        ("encode", "format", ("jpeg", "png", "gif", "webp", "avif", "bmp", "ico")),
    ],
)
def test_every_choice_is_shown(operation: str, field: str, values: tuple[str, ...]) -> None:
    """Of what has a list of names each one is there."""
    kind = target(OPERATIONS.by_name[operation], field).parameter.kind
    found = chain.from_iterable(operations(plan_of(example)) for example in EXAMPLES[operation])
    shown = {getattr(each, field) for each in found if each.name == operation}
    assert {value for value in values if kind.parse(value) not in shown} == set()


def test_pictures_are_those_of_the_examples() -> None:
    """None is missing or left over, and none is the picture of two examples that are not the same."""
    examples = list(chain.from_iterable(EXAMPLES.values()))
    files = {example.file: (example.source, example.query) for example in examples}
    assert all(files[example.file] == (example.source, example.query) for example in examples)
    assert {path.name for path in (GALLERY / PICTURES).iterdir()} == set(files)


@pytest.mark.parametrize("example", EVERY)
def test_picture_is_a_small_file_of_its_format(example: Example) -> None:
    """Whatever it shows."""
    path = GALLERY / PICTURES / example.file
    assert path.stat().st_size <= MAX_PICTURE_BYTES
    with Image.open(path) as picture:
        assert picture.format == BY_NAME[example.format].pillow[0]


def test_gallery_is_small() -> None:
    """It is part of every clone."""
    assert sum(path.stat().st_size for path in GALLERY.rglob("*.*")) <= MAX_GALLERY_BYTES


def test_page_is_that_of_the_examples(text: str) -> None:
    """Who changes an example, an operation's description or the template makes the gallery anew."""
    assert text == render(GALLERY, photo=PHOTO)


def test_page_shows_each_query_with_its_picture(page: Page) -> None:
    """The address below a picture is the one that it was made by."""
    known = sources()
    by_file = {
        f"{PICTURES}/{example.file}": f"{example.path(known)}?{example.query}"
        for example in chain.from_iterable(EXAMPLES.values())
    }
    told = dict(zip((str(image["src"]) for image in page.every("img")), page.addresses, strict=True))
    assert told == by_file


def test_page_is_well_formed_and_needs_nothing_else(page: Page) -> None:
    """Every tag has its end, and all that is loaded lies beside the page, wherever that is."""
    assert page.open == []
    loaded = {attributes["src"] for _, attributes in page.tags if "src" in attributes}
    assert all(str(source).startswith(f"{PICTURES}/") for source in loaded)
    assert not {"script", "link", "iframe", "form"} & {tag for tag, _ in page.tags}


def test_page_can_be_read_without_seeing_it(page: Page) -> None:
    """Pictures are told of in words and have their size; links lead to headings that are there."""
    for image in page.every("img"):
        assert len(image["alt"] or "") > 10
        assert int(image["width"] or 0) > 0
        assert int(image["height"] or 0) > 0
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {str(link["href"]).removeprefix("#") for link in page.every("a")}
    assert targets - {""} == set(ids) == {section["aria-labelledby"] for section in page.every("section")}


def test_photo_takes_the_place_of_the_drawn_one(tmp_path: Path) -> None:
    """Its copies are made from it too, upright."""
    photo = tmp_path / "Harbour.PNG"
    Image.new("RGB", (64, 48), "#2f6f6a").save(photo)
    folder = tmp_path / "images"
    folder.mkdir()
    for name in ("sunset.jpg", "bloom.png", "orbit.gif", "mosaic.webp", "portrait.jpg"):
        (folder / name).touch()  # so that none is drawn
    main = put_sources(folder, photo=photo, shows="A harbour")
    assert (main.name, main.shows) == ("photo.png", "A harbour")
    assert all((folder / source.name).is_file() for source in sources(main).values())
    with Image.open(folder / "matted.jpg") as matted, Image.open(folder / "hazy.jpg") as hazy:
        assert (matted.size, hazy.size) == ((64 + 180, 48 + 180), (64, 48))
