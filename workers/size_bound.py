"""Keeps results below ``max_bytes``: the best quality that fits; or, where nothing can be tuned, fits or fails.

The lowest quality is 1. Without a quality in the request the search ends at 95: above it files double, and nobody
sees what for. Animations and large pictures get fewer encodes, so that a job ends in time.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from shared.errors import DoesNotFitError
from workers.lossy_coding import LossyCoding
from workers.quality_search import LOWEST, Search

HIGHEST_UNASKED = 95


def best_that_fits(
    encode: Callable[[int], bytes], *, coding: LossyCoding, max_bytes: int, wanted: int | None, px: int
) -> bytes:
    """Encode at the best quality whose result has at most ``max_bytes``, and no better one than ``wanted``.

    ``px`` are the pixels of all frames. Raises DoesNotFitError when even the lowest quality has more.
    """
    sizes_bytes: list[int] = []
    best: bytes | None = None

    def log_size(quality: int) -> float:
        nonlocal best
        body = encode(quality)
        sizes_bytes.append(len(body))
        if len(body) <= max_bytes:
            best = body  # each one that fits is better than those before
        return math.log(len(body))

    Search(
        scale=coding.scale,
        start=wanted or coding.default,
        high=wanted or HIGHEST_UNASKED,
        most_measurements=coding.affordable_encodes(px),
    ).crossing(log_size, bound=math.log(max_bytes))
    if best is None:
        raise _does_not_fit(min(sizes_bytes), max_bytes, f"at quality {LOWEST}")
    return best


def smallest_that_fits(*encodes: Callable[[], bytes], max_bytes: int) -> bytes:
    """Return the first of several encodings without a quality, each more thorough than the last, that fits.

    Raises DoesNotFitError when none does.
    """
    smallest_bytes = None
    for encode in encodes:
        body = encode()
        if len(body) <= max_bytes:
            return body
        smallest_bytes = min(len(body), smallest_bytes or len(body))
    raise _does_not_fit(smallest_bytes or 0, max_bytes, "without a quality to lower")


def _does_not_fit(smallest_bytes: int, max_bytes: int, how: str) -> DoesNotFitError:
    return DoesNotFitError(f"the smallest result has {smallest_bytes} bytes {how}, max_bytes is {max_bytes}")
