"""Names the known word that somebody probably meant."""

import difflib
from collections.abc import Iterable


def suggest(word: str, known: Iterable[str]) -> str:
    """Name the known word that is closest, ready to stand behind a sentence; nothing where none is close."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f", did you mean {close[0]}?" if close else ""
