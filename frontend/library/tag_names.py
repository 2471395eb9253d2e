"""Which texts are tags, and how a list of them is written: in JSON as an array, in a query with commas."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from shared.errors import BadParameterError

MAX_TAG_CHARS = 100
MAX_TAGS = 100
"""How many tags an image may have, and how many a request may name."""

_ALLOWED = f"tags are of 1 to {MAX_TAG_CHARS} characters, without commas and control characters"
_NEVER_IN_A_TAG = re.compile(r"[,\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def clean_tag(text: str) -> str:
    """Return the tag in its one form: composed (NFC), without blanks around it. Raises BadParameterError."""
    if _NEVER_IN_A_TAG.search(text):
        raise BadParameterError.of("tags", text, _ALLOWED)
    tag = unicodedata.normalize("NFC", text.strip())
    if not 1 <= len(tag) <= MAX_TAG_CHARS:
        raise BadParameterError.of("tags", text, _ALLOWED)
    return tag


def clean_tags(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the tags in their one form, sorted, each once. Raises BadParameterError."""
    tags = tuple(sorted({clean_tag(text) for text in texts}))
    if len(tags) > MAX_TAGS:
        raise BadParameterError(f"{len(tags)} tags are too many: up to {MAX_TAGS} are allowed")
    return tags


def parse_tags(value: object) -> tuple[str, ...]:
    """Read tags from the text of a query or an array of a JSON document. Raises BadParameterError."""
    if isinstance(value, str):
        return clean_tags(value.split(",")) if value.strip() else ()
    if isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value):
        return clean_tags(value)
    raise BadParameterError.of("tags", str(value), "a list of texts")
