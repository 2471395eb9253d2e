"""Words and texts: one of several, on or off, a name, anything at all."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

MAX_NAME_CHARS = 512


@dataclass(frozen=True, slots=True)
class Choice:
    """One word of several; ``aliases`` are further spellings of some of them."""

    words: tuple[str, ...]
    aliases: Mapping[str, str] = field(default_factory=dict)

    @property
    def allowed(self) -> str:
        """The words."""
        return "one of " + ", ".join(filter(None, self.words))

    def parse(self, text: str) -> str:
        """Return the word, in lower case, aliases resolved."""
        word = text.strip().lower()
        word = self.aliases.get(word, word)
        if word not in self.words:
            raise ValueError(text)
        return word

    def format(self, value: str) -> str:
        """The word itself."""
        return value


@dataclass(frozen=True, slots=True)
class Switch:
    """On or off; the bare name switches on."""

    @property
    def allowed(self) -> str:
        """The words."""
        return "1, true, yes, on or nothing; 0, false, no or off"

    def parse(self, text: str) -> bool:
        """Return whether it is on."""
        word = text.strip().lower()
        if word in ("", "1", "true", "yes", "on"):
            return True
        if word in ("0", "false", "no", "off"):
            return False
        raise ValueError(text)

    def format(self, value: bool) -> str:
        """One digit."""
        return "1" if value else "0"


@dataclass(frozen=True, slots=True)
class TextKind:
    """A text to be shown: lines of printable characters."""

    max_chars: int

    @property
    def allowed(self) -> str:
        """How long it may be."""
        return f"1 to {self.max_chars} printable characters; a line feed begins a new line"

    def parse(self, text: str) -> str:
        """Return the text in Unicode's composed form, lines ended by line feeds."""
        lines = unicodedata.normalize("NFC", text.replace("\r\n", "\n")).split("\n")
        value = "\n".join(lines)
        if not 1 <= len(value) <= self.max_chars or not value.strip() or not all(map(_is_printable, lines)):
            raise ValueError(text)
        return value

    def format(self, value: str) -> str:
        """The text itself."""
        return value


def _is_printable(line: str) -> bool:
    """Also what joins letters and turns directions, which complex scripts are written with."""
    return all(char.isprintable() or unicodedata.category(char) in ("Cf", "Zs") for char in line)


@dataclass(frozen=True, slots=True)
class NameKind:
    """The name of an image in the library or in the folder of images."""

    @property
    def allowed(self) -> str:
        """What names are made of."""
        return f"the name of an image, at most {MAX_NAME_CHARS} characters"

    def parse(self, text: str) -> str:
        """Return the name, without a slash before it."""
        name = text.removeprefix("/")
        if not 1 <= len(name) <= MAX_NAME_CHARS or not name.isprintable():
            raise ValueError(text)
        return name

    def format(self, value: str) -> str:
        """The name itself."""
        return value
