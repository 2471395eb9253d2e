"""Collects what is wrong in a file of TOML: each mistake with the line it is on and the place in the tables."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from frontend.toml_lines import Path
from shared.errors import BadParameterError

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


class FileMistakes:
    """Sentences such as ``tintype.toml:14: pipelines.thumb.modules[1]: there is no module called blurr``."""

    def __init__(self, file: str, lines: Mapping[Path, int]) -> None:
        self.sentences: list[str] = []
        self._file = file
        self._lines = lines

    def tell(self, place: Path, sentence: str, *, at: Path | None = None) -> None:
        """Say what is wrong at a place; with ``at`` its line is that of something within."""
        self.sentences.append(f"{self._file}:{self._lines[at or place]}: {_in_words(place)}: {sentence}")

    @contextmanager
    def telling(self, place: Path, *, at: Path | None = None) -> Iterator[None]:
        """Take a BadParameterError for a mistake of this place."""
        try:
            yield
        except BadParameterError as error:
            self.tell(place, str(error), at=at)


def _in_words(place: Path) -> str:
    """``pipelines.thumb.modules[1]``."""
    text = ""
    for part in place:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part if _BARE_KEY.fullmatch(part) else json.dumps(part, ensure_ascii=False)}"
    return text.removeprefix(".")
