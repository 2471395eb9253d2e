"""Breaks a text into lines that are no wider than asked for; how wide something is, the caller knows.

A simple form of Unicode's line breaking: between words, around ideographs but not before what closes nor after
what opens, and inside a word only where it alone is too wide. Letters are never torn from their marks.

Source: Unicode Standard Annex 14, rules LB4 to LB31 in outline; Annex 29, section 3.1 for what belongs together.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator

# Thirty marks are what the stream-safe format of Unicode Standard Annex 15 (section 13) allows; no writing needs
# more, and each may stand higher than the one before.
_MAX_MARKS = 30

_JOINER = "\u200d"
_EXTENDING = frozenset("\u200c\u200d") | frozenset(map(chr, (*range(0x1F3FB, 0x1F400), *range(0xE0020, 0xE0080))))
"""What goes with the character before it, beside marks: joiners, skin colours, tags."""

BLANKS = " \u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2008\u2009\u200a\u205f\u3000"
"""The blanks that lines are broken at: all but those made not to be."""

_BREAK_AFTER = frozenset(BLANKS) | {"\u200b"}
_HYPHENS = frozenset("-\u2010\u2013\u2014")
_NEVER_FIRST = frozenset("ーゝゞヽヾ々ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ")


def broken(text: str, *, max_width_px: float, max_lines: int, width_px: Callable[[str], float]) -> tuple[str, ...]:
    """Return the first ``max_lines`` lines. One is wider than asked for only if a single character is.

    A line's width is taken for the sum of its words' widths.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        for line in _filled(_words(paragraph), max_width_px, width_px):
            lines.append(line.rstrip(BLANKS))
            if len(lines) == max_lines:
                return tuple(lines)
    return tuple(lines)


def clusters(text: str) -> list[str]:
    """What a reader takes for one character each, such as a letter with its marks; floods of marks are cut."""
    parts: list[str] = []
    for char in text:
        if not parts or not (_extends(char) or parts[-1][-1] == _JOINER):
            parts.append(char)
        elif len(parts[-1]) <= _MAX_MARKS:
            parts[-1] += char
    return parts


def _filled(parts: Iterable[str], max_width_px: float, width_px: Callable[[str], float]) -> Iterator[str]:
    """Lines of as many parts as fit; blanks at a line's end need no room."""
    line, line_px = "", 0.0
    for part in parts:
        bare_px = width_px(part.rstrip(BLANKS))
        if line and line_px + bare_px > max_width_px:
            yield line
            line, line_px = "", 0.0
        pieces = clusters(part)
        if bare_px > max_width_px and len(pieces) > 1:
            *full, part = _filled(pieces, max_width_px, width_px)
            yield from full
        line += part
        line_px += width_px(part)
    yield line


def _words(paragraph: str) -> Iterator[str]:
    """What may not be broken, each with the blanks behind it."""
    word = ""
    for cluster in clusters(paragraph):
        if word and _may_break(word[-1], cluster[0]):
            yield word
            word = ""
        word += cluster
    if word:
        yield word


def _may_break(before: str, after: str) -> bool:
    if after in _BREAK_AFTER:
        return False
    if before in _BREAK_AFTER:
        return True
    if before in _HYPHENS:
        return after.isalpha()
    if not (_is_ideographic(before) or _is_ideographic(after)):
        return False
    opens = unicodedata.category(before) in ("Ps", "Pi")
    closes = unicodedata.category(after) in ("Pe", "Pf", "Po") or after in _NEVER_FIRST
    return not (opens or closes)


def _is_ideographic(char: str) -> bool:
    """Whether it fills a square, as signs of Chinese, Japanese and Korean do."""
    return unicodedata.east_asian_width(char) in ("W", "F")


def _extends(char: str) -> bool:
    return char in _EXTENDING or unicodedata.category(char).startswith("M")
