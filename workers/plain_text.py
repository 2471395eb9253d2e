"""Texts that lie in image files, made fit to be stored, logged and shown: anybody may have written them."""

from __future__ import annotations

MAX_CHARS = 300

# Letters of some scripts, and families of emoji, hang together by these; all else that cannot be seen goes.
_JOINERS = "\u200c\u200d"


def plain_text(found: object) -> str:
    """Return a text without control characters, on one line, not too long; empty for what is no text.

    What was decoded as Latin-1, as EXIF's texts are by Pillow, and is UTF-8 is read as that.
    """
    if not isinstance(found, str):
        return ""
    found = found[: 8 * MAX_CHARS]
    visible = (char if char.isprintable() or char in _JOINERS else " " for char in _decoded_again(found))
    return " ".join("".join(visible).split())[:MAX_CHARS].rstrip()


def _decoded_again(text: str) -> str:
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text
