"""The fonts that texts are written in: those that come with us, and the system's for characters that ours lack.

Ours are DejaVu (``workers/font_files``, with their licence): Latin, Greek, Cyrillic, Armenian, Georgian, Hebrew,
Arabic and many signs. What becomes of a text's lines is decided in ``workers/lettering.py``.
"""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import ImageFont

from workers.character_map import CharacterMap
from workers.unhinted_font import unhinted

SYSTEM_FOLDERS = (Path("/usr/local/share/fonts"), Path("/usr/share/fonts"))

_OURS = Path(__file__).parent / "font_files"
_FILES = {
    "sans": "DejaVuSans.ttf",
    "sans-bold": "DejaVuSans-Bold.ttf",
    "serif": "DejaVuSerif.ttf",
    "mono": "DejaVuSansMono.ttf",
}
_EXTENSIONS = (".ttf", ".otf", ".ttc", ".otc")
# Of a family the plain one is wanted, and it is not the first by name.
_STYLED = ("bold", "italic", "oblique", "light", "thin", "black", "condensed", "medium", "heavy")

# About 0.3 ms a file: what a process may spend, once, on looking through the system's fonts.
_MAX_SYSTEM_FILES = 2000
_MAX_SEARCH_S = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One font, and which characters it has."""

    path: Path
    characters: CharacterMap

    @classmethod
    def read(cls, path: Path) -> Face:
        """Read what is in that file. Raises OSError or ValueError where FreeType or we cannot make use of it."""
        face = cls(path, CharacterMap.read(path))
        face.at(16)
        return face

    def at(self, size_px: int) -> ImageFont.FreeTypeFont:
        """The font with an em of that many pixels. Raises OSError or ValueError where the file is no font."""
        return ImageFont.truetype(io.BytesIO(unhinted(self.path.read_bytes())), size_px)

    def has(self, text: str) -> bool:
        """Whether it has a glyph for each of the characters."""
        return all(char in self.characters for char in text)


class SystemFaces:
    """Fonts in the system's folders, looked through no further than a wanted character asks for."""

    def __init__(self, folders: Sequence[Path], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._found: list[Face] = []
        self._unread = _font_files(folders)
        self._clock = clock
        self._left_s = _MAX_SEARCH_S

    def find(self, text: str) -> Face | None:
        """Return the first one that has all of these characters."""
        return next((face for face in self._all() if face.has(text)), None)

    def _all(self) -> Iterator[Face]:
        yield from self._found
        while self._left_s > 0:
            start_s = self._clock()
            face = self._read_next()
            self._left_s -= self._clock() - start_s
            if face is None:
                return
            self._found.append(face)
            yield face

    def _read_next(self) -> Face | None:
        for path in self._unread:
            try:
                return Face.read(path)
            except (OSError, ValueError):
                continue  # not a font that we can use: there may be others
        return None


@cache
def bundled(name: str) -> Face:
    """One of our own, by the name that the operation knows it by."""
    return Face.read(_OURS / _FILES[name])


@cache
def system_faces() -> SystemFaces:
    """This process's view of the system's fonts."""
    return SystemFaces(SYSTEM_FOLDERS)


def _font_files(folders: Iterable[Path]) -> Iterator[Path]:
    """Plain styles first; the order is the same in every process, so that equal texts look equal."""
    found: list[Path] = []
    for folder in folders:
        for place, folders_inside, names in os.walk(folder):
            folders_inside.sort()
            found += (Path(place, name) for name in sorted(names) if name.lower().endswith(_EXTENSIONS))
            if len(found) >= _MAX_SYSTEM_FILES:
                break
    yield from sorted(found[:_MAX_SYSTEM_FILES], key=_is_styled)


def _is_styled(path: Path) -> bool:
    return any(style in path.stem.lower() for style in _STYLED)
