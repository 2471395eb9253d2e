"""Serves SVG: as it is, and so that nothing in it can run or reach anywhere.

There are no pixels to change: what a query asks for is ignored, and said to be, unless it is another format.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl

from frontend.originals import OriginalReader, SourceImage
from frontend.reply import Headers
from shared.errors import UnsupportedFormatError
from shared.formats import SVG, Format, detect, sniff_bytes
from shared.grammar import ParsedQuery
from shared.operations import AUTO
from shared.plan import Plan

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; "
    "form-action 'none'; sandbox"
)
"""What a browser lets an SVG do that it opens as a page: look like itself, from what is in it.

``sandbox`` takes scripts, forms, pop-ups and the origin from it, ``default-src`` every other load; style sheets,
images and fonts may be in the file itself. Pages that show it with ``img`` allow even less.
"""
# These mean the same for a vector: how it is saved, and who may have it.
_MEANT = frozenset(("f", "format", "to", "download", "sig", "exp"))


async def is_vector(image: SourceImage, reader: OriginalReader) -> bool:
    """Whether the image has no pixels. Only what is called like one that has none is looked into.

    Raises ImageNotFoundError.
    """
    if image.extension not in SVG.extensions:
        return False
    file = await reader.open(image)
    try:
        head = await file.read(sniff_bytes(image.extension), offset=0)
    finally:
        file.close()
    return detect(head, extension=image.extension) is SVG


def without_plan(query: ParsedQuery, text: str) -> ParsedQuery:
    """The same query with nothing to be done, and with the names of what is ignored for that.

    ``text`` is the query as it came. Raises UnsupportedFormatError when pixels are asked for by their format.
    """
    if query.plan.format not in (None, AUTO, SVG.name):
        raise UnsupportedFormatError(f"an SVG is served as it is: it is not made into {query.plan.format} here")
    asked = dict.fromkeys(name for name, _ in parse_qsl(text, keep_blank_values=True) if name not in _MEANT)
    return replace(query, plan=Plan(), ignored=tuple(asked))


def headers(image_format: Format) -> Headers:
    """What a reply with a file of this format says beside the usual."""
    return (("content-security-policy", POLICY),) if image_format.is_vector else ()
