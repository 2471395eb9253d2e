"""Inspecting SVG: what is well-formed and has a size is accepted, what would hurt a parser is not."""

from __future__ import annotations

import time

import pytest

from shared.errors import CorruptImageError, ImageError, UnsupportedFormatError
from shared.wire import encode
from tests.workers.jobs import inspection, result
from workers.svg_inspection import size_px

_NS = 'xmlns="http://www.w3.org/2000/svg"'


def _inspected(text: str) -> tuple[int, int]:
    found = inspection(text.encode(), extension="svg")
    return found.width, found.height


def test_an_svg_is_described() -> None:
    """It has a size, and none of what is known of pixels; and the description can be sent."""
    found = inspection(f'<svg {_NS} width="30" height="20"><rect/></svg>'.encode(), extension="svg")
    assert (found.format, found.mode, found.frames, found.has_alpha) == ("svg", "vector", 1, True)
    assert (found.blurhash, found.thumbhash, found.colors, found.duration_ms) == (None, None, (), None)
    assert (found.phash, found.bit_depth) == (None, None)
    assert encode(found)


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ({"width": "30", "height": "20"}, (30, 20)),
        ({"width": " 30px ", "height": "2e1"}, (30, 20)),
        ({"width": "1in", "height": "72pt"}, (96, 96)),
        ({"width": "2.54cm", "height": "25.4mm", "viewBox": "0 0 5 5"}, (96, 96)),
        ({"width": "100%", "height": "100%", "viewBox": "0 0 40 30"}, (40, 30)),
        ({"viewBox": "-5,-5, 40 ,30"}, (40, 30)),
        ({"width": "80", "viewBox": "0 0 40 30"}, (80, 60)),
        ({"height": "60", "viewBox": "0 0 40 30"}, (80, 60)),
        ({"width": "0.2", "height": "0.2"}, (1, 1)),
    ],
)
def test_the_size_is_that_in_css_pixels(attributes: dict[str, str], size: tuple[int, int]) -> None:
    """By width and height in any unit that means a length, else by the viewBox."""
    assert size_px(attributes) == size


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"width": "10"},
        {"width": "100%", "height": "100%"},
        {"width": "0", "height": "10"},
        {"width": "-1", "height": "10"},
        {"viewBox": "0 0 40"},
        {"viewBox": "0 0 0 30"},
        {"viewBox": "none"},
        {"width": "1e999", "height": "1e999"},
        {"width": "١٢", "height": "nan"},
        {"width": "10furlongs", "height": "10"},
        {"width": "99999999999", "height": "1"},
    ],
)
def test_without_a_size_it_is_refused(attributes: dict[str, str]) -> None:
    """Nobody could lay it out."""
    with pytest.raises(CorruptImageError, match="viewBox"):
        size_px(attributes)


def _entities(levels: int) -> str:
    grown = "".join(f'<!ENTITY e{level} "{f"&e{level - 1};" * 10}">' for level in range(1, levels))
    return f'<!DOCTYPE svg [<!ENTITY e0 "ha">{grown}]><svg {_NS} width="1" height="1">&e{levels - 1};</svg>'


@pytest.mark.parametrize(
    "text",
    [
        _entities(10),
        f'<!DOCTYPE svg [<!ENTITY f SYSTEM "file:///etc/passwd">]><svg {_NS} width="1" height="1">&f;</svg>',
        f'<!DOCTYPE svg [<!ENTITY % p SYSTEM "http://127.0.0.1/"> %p;]><svg {_NS} width="1" height="1"/>',
        f'<svg {_NS} width="1" height="1">' + "<g>" * 100_000 + "</g>" * 100_000 + "</svg>",
        f'<svg {_NS} width="1" height="1">' + "<g/>" * 1_000_001 + "</svg>",
        f'<svg {_NS} width="1" height="1"><g></svg>',
        f'<svg {_NS} width="1" height="1">&nbsp;</svg>',
        f'<svg {_NS} width="1" height="1"/> and more',
        f'<svg {_NS} width="1" height="1"',
    ],
    ids=["laughs", "file", "parameter", "deep", "many", "unclosed", "undeclared", "trailing", "cut"],
)
def test_what_is_broken_or_harmful_is_refused_at_once(text: str) -> None:
    """Entities are not expanded, nothing is fetched, and nesting is bounded."""
    start_s = time.perf_counter()
    with pytest.raises(CorruptImageError):
        _inspected(text)
    assert time.perf_counter() - start_s < 5


@pytest.mark.parametrize("encoding", ["UTF-0", "big5", "utf-32", "base64", "undefined", "idna"])
def test_encoding_that_nobody_reads_is_refused(encoding: str) -> None:
    """One that there is not, one of several bytes a character, and what Python has beside encodings."""
    with pytest.raises(CorruptImageError, match="encoding"):
        _inspected(f'<?xml version="1.0" encoding="{encoding}"?><svg {_NS} width="1" height="1"/>')


@pytest.mark.parametrize(
    "root", ["<svg width='1' height='1'/>", "<svg xmlns='http://a.example/' viewBox='0 0 1 1'/>"]
)
def test_only_the_svg_namespace_is_svg(root: str) -> None:
    """No browser would draw the others."""
    with pytest.raises(UnsupportedFormatError, match="namespace"):
        _inspected(root)


def test_every_cut_is_an_error() -> None:
    """Whatever is missing at the end."""
    text = f'<?xml version="1.0"?><svg {_NS} viewBox="0 0 4 3"><title>ä</title></svg>'.encode()
    for end in range(len(text)):
        with pytest.raises(ImageError):
            inspection(text[:end], extension="svg")


def test_no_pixels_are_made_of_it() -> None:
    """A worker that is asked to says why not."""
    with pytest.raises(UnsupportedFormatError, match="svg is served as it is"):
        result("encode:png", f'<svg {_NS} width="1" height="1"/>'.encode(), extension="svg")
