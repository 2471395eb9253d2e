"""Finds the line on which each key and each element of a TOML file stands, for those who are to be told.

``tomllib`` gives values without places. The text is one that it has read without complaint: nothing is checked
here, and everything is found that has a value there. Source: TOML 1.0.0.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Final

Path = tuple[str | int, ...]
"""Keys, and indexes in arrays, from the outermost inwards."""

_IDLE = re.compile(r"(?:[\s,]|#[^\n]*)*")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}'  # as many quotation marks as there are: two may be the text's own
    r"|'''.*?'{3,5}"
    r'|"(?:[^"\\]|\\.)*"'
    r"|'[^']*'",
    re.DOTALL,
)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BARE_VALUE = re.compile(r"[^,\]}#\n]+")
_BETWEEN_KEYS = re.compile(r"[ \t]*\.[ \t]*")
_EQUALS = re.compile(r"[ \t]*=[ \t]*")


def lines_of(text: str) -> Mapping[Path, int]:
    """Return by path the line, from 1, on which it begins: a table's is the first that speaks of it."""
    scanner = _Scanner(text)
    scanner.document()
    return scanner.lines


class _Scanner:
    """Goes through a text once, from the left to the right."""

    def __init__(self, text: str) -> None:
        self.lines: dict[Path, int] = {}
        self._text: Final = text
        self._at = 0
        self._line = 1
        self._line_at = 0
        self._last_elements: dict[Path, int] = {}

    def document(self) -> None:
        """Headers and pairs up to the end."""
        table: Path = ()
        while self._peek():
            if self._peek() == "[":
                table = self._header()
            else:
                self._pair(table)

    def _header(self) -> Path:
        """``[table]`` or ``[[element]]``: return the path of what follows."""
        brackets = 2 if self._text.startswith("[[", self._at) else 1
        self._at += brackets
        self._peek()
        begin = self._at
        path = self._keys(())
        if brackets == 2:
            number = self._last_elements.get(path, -1) + 1
            self._last_elements[path] = number
            path = (*path, number)
        self._note(path, at=begin)
        self._peek()
        self._at += brackets
        return path

    def _pair(self, table: Path) -> None:
        begin = self._at
        path = self._keys(table)
        self._note(path, at=begin)
        self._skip(_EQUALS)
        self._value(path)

    def _keys(self, path: Path) -> Path:
        """``a."b.c".d`` below a path; of an array of tables the last element is meant."""
        while True:
            path = (*path, self._key())
            if not self._skip(_BETWEEN_KEYS):
                return path
            if path in self._last_elements:
                path = (*path, self._last_elements[path])

    def _key(self) -> str:
        bare = self._skip(_BARE_KEY)
        return bare or str(tomllib.loads(f"key = {self._skip(_STRING)}")["key"])

    def _value(self, path: Path) -> None:
        match self._peek():
            case "{":
                self._at += 1
                while self._peek() != "}":
                    self._pair(path)
                self._at += 1
            case "[":
                self._array(path)
            case '"' | "'":
                self._skip(_STRING)
            case _:
                self._skip(_BARE_VALUE)

    def _array(self, path: Path) -> None:
        self._at += 1
        number = 0
        while self._peek() != "]":
            self._note((*path, number), at=self._at)
            self._value((*path, number))
            number += 1
        self._at += 1

    def _peek(self) -> str:
        """The next character that means something; nothing at the end."""
        self._skip(_IDLE)
        return self._text[self._at : self._at + 1]

    def _skip(self, pattern: re.Pattern[str]) -> str:
        """Go past what the pattern matches here, if it does; return that."""
        found = pattern.match(self._text, self._at)
        if found is None:
            return ""
        self._at = found.end()
        return found[0]

    def _note(self, path: Path, *, at: int) -> None:
        """Keep the line of a path, and of the tables above it that nothing has spoken of yet."""
        self._line += self._text.count("\n", self._line_at, at)
        self._line_at = at
        for length in range(1, len(path) + 1):
            self.lines.setdefault(path[:length], self._line)
