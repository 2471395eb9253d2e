"""TIFFs of kinds that are not read, and damaged ones."""

from __future__ import annotations

import numpy as np
import pytest
import pyvips

from shared.errors import CorruptImageError, UnsupportedFormatError
from shared.limits import Limits
from workers.opening import opened


def written(samples: np.ndarray[tuple[int, ...], np.dtype[np.generic]], kind: str) -> bytes:
    """What libvips writes of them."""
    height, width, channels = samples.shape
    image = pyvips.Image.new_from_memory(samples.tobytes(), width, height, channels, kind)
    body: bytes = image.copy(interpretation="scrgb" if channels == 3 else "b-w").write_to_buffer(".tif")
    return body


@pytest.mark.parametrize(
    ("samples", "kind", "named"),
    [
        (np.full((9, 7, 3), 0.5, np.float32), "float", "32-bit float RGB"),
        (np.full((9, 7, 3), 0.5, np.float64), "double", "64-bit float RGB"),
    ],
    ids=["float", "double"],
)
def test_kind_that_is_not_read_is_named(
    samples: np.ndarray[tuple[int, ...], np.dtype[np.generic]], kind: str, named: str
) -> None:
    """A file that is whole is not called corrupt."""
    with (
        pytest.raises(UnsupportedFormatError, match=f"TIFFs of {named} are not read here"),
        opened(written(samples, kind), extension="tif", limits=Limits()),
    ):
        raise AssertionError


def test_damaged_one_is_corrupt() -> None:
    """Cut short anywhere in its pixels or its directory, it is not of an unknown kind, but in pieces."""
    whole = written(np.full((9, 7, 3), 0.5, np.float32), "float")
    for size in range(8, len(whole) - 8, 7):
        with (
            pytest.raises(CorruptImageError),
            opened(whole[:size], extension="tif", limits=Limits()),
        ):
            raise AssertionError
