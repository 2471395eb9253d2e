"""Naming SVG: by the first element, after whatever XML lets stand before it, and never by the extension alone."""

from __future__ import annotations

import time

import pytest

from shared.formats import PNG, SVG, SVG_SNIFF_BYTES, detect, sniff_bytes
from shared.svg import is_svg

_SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


@pytest.mark.parametrize(
    "before",
    [
        b"",
        b"\xef\xbb\xbf",
        b" \r\n\t",
        b'<?xml version="1.0" encoding="UTF-8"?>\n',
        b"<!-- drawn by hand - or - by a -> machine -->",
        b"<?xml version='1.0'?><?xml-stylesheet href='a.css'?>\n<!-- a --> <!-- b -->\n",
        b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">\n',
        b"<!DOCTYPE svg [ <!ATTLIST svg x CDATA #IMPLIED> ]>",
    ],
)
@pytest.mark.parametrize("root", [_SVG, b"<svg:svg xmlns:svg='a'>", b"<svg>", b"<svg\nwidth='1'>", b"<svg/>"])
def test_an_svg_is_known_by_its_first_element(before: bytes, root: bytes) -> None:
    """Marks of the encoding, blanks, comments, instructions and a document type may come first."""
    assert is_svg(before + root)
    assert detect(before + root, extension="svg") is SVG


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"svg",
        b"<html><svg/></html>",
        b"<!DOCTYPE html><svg/>",
        b"<script>alert(1)</script><svg/>",
        b"<!-- never closed <svg/>",
        b"<svgx/>",
        b"text <svg/>",
        b"\x1f\x8b\x08\x00" + bytes(60),
        b"<!--" + b" " * SVG_SNIFF_BYTES + b"-->" + _SVG,
    ],
    ids=["nothing", "word", "html", "html doctype", "script", "comment", "longer", "text", "svgz", "far behind"],
)
def test_what_only_claims_to_be_svg_is_none(text: bytes) -> None:
    """Called .svg, it is of no format that we know."""
    assert detect(text[: sniff_bytes("svg")], extension="svg") is None


def test_an_svg_needs_its_extension_and_others_do_not_get_it() -> None:
    """A text under another name stays a text, and a PNG called .svg is a PNG."""
    assert detect(_SVG, extension="jpg") is None
    assert detect(_SVG) is None
    assert detect(b"\x89PNG\r\n\x1a\n", extension="svg") is PNG


@pytest.mark.parametrize("piece", [b"<!--", b"<!---", b"<?", b"<!DOCTYPE svg [", b" ", b"<!-- -->", b"<a", b"-"])
def test_no_text_takes_long(piece: bytes) -> None:
    """What is tried again and again on other patterns is read once."""
    text = (piece * SVG_SNIFF_BYTES)[:SVG_SNIFF_BYTES]
    start_s = time.perf_counter()
    is_svg(text)
    assert time.perf_counter() - start_s < 0.05
