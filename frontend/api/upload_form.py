"""The fields of an upload, beside its files: which there are, and what they may say."""

from __future__ import annotations

from pydantic_core import from_json

from frontend.library.ingest import Wishes
from frontend.library.multipart import FieldPart
from frontend.library.tag_names import parse_tags
from shared.errors import BadParameterError

FIELDS = ("tags", "name", "private")
_TRUTH = {"true": True, "1": True, "false": False, "0": False, "": False}


class UploadForm:
    """Gathers the fields as they come, each at most once."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}

    def add(self, field: FieldPart) -> None:
        """Take a field. Raises BadParameterError for one that there is not, or that came before."""
        if field.name not in FIELDS:
            allowed = f"there is no such field, only file, {', '.join(FIELDS)}"
            raise BadParameterError.of(field.name, field.value, allowed)
        if field.name in self._values:
            raise BadParameterError.of(field.name, field.value, "it may be given once")
        self._values[field.name] = field.value

    def wishes(self) -> Wishes:
        """What they say. Raises BadParameterError."""
        return Wishes(
            tags=_tags(self._values.get("tags", "")),
            name=self._values.get("name") or None,
            private=_is_private(self._values.get("private", "")),
        )


def _tags(text: str) -> tuple[str, ...]:
    if not text.strip():
        return ()
    try:
        value = from_json(text)
    except ValueError:
        value = None
    if not isinstance(value, list):
        raise BadParameterError.of("tags", text, 'a JSON array of texts, such as ["cat", "night"]')
    return parse_tags(value)


def _is_private(text: str) -> bool:
    try:
        return _TRUTH[text.strip().lower()]
    except KeyError:
        raise BadParameterError.of("private", text, "true or false") from None
