"""Content negotiation for ``format=auto``. Source: RFC 9110, section 12.5.1 (Accept)."""

from __future__ import annotations

from functools import lru_cache

from shared.formats import AVIF, JPEG, JXL, PNG, WEBP, Format
from shared.operations import AUTO

PREFERRED: tuple[Format, ...] = (AVIF, JXL, WEBP)
"""From the smallest for the same looks; a client must name them, for ``*/*`` is sent by those who know neither."""


@lru_cache(maxsize=1024)
def negotiate(accept: str, encodes: tuple[str, ...], *, may_move: bool = False) -> str:
    """Return the name of the best format the client names and we encode, or ``auto``.

    An image that ``may_move`` gets one that can.

    ``auto`` in a worker's plan is JPEG, or PNG where there is transparency: what every client shows, and some
    say they would rather have.
    """
    weights = _weights(accept)
    shown_by_all = max(weights.get(JPEG.mime, 0), weights.get(PNG.mime, 0))
    fitting = [item for item in PREFERRED if item.name in encodes and (item.animated or not may_move)]
    offered = [item for item in fitting if weights.get(item.mime, 0) > 0]
    best = max(offered, key=lambda item: weights[item.mime], default=None)
    return best.name if best and weights[best.mime] >= shown_by_all else AUTO


def accepts_html(accept: str) -> bool:
    """Tell whether a browser is asking: only those name HTML."""
    return _weights(accept).get("text/html", 0) > 0


def _weights(accept: str) -> dict[str, float]:
    """Read the media types that are named, each with its weight from 0 to 1; junk weighs nothing."""
    weights = {}
    for part in accept.split(","):
        mime, *parameters = (word.strip().lower() for word in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                weight = _weight(parameter[2:])
        weights[mime] = weight
    return weights


def _weight(text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0
