"""Every operation, at several values and its extremes, on every kind of picture, through whole jobs.

A picture comes out as it does when the same picture is stored in plain eight bits: that, and size, channels, depth
and frames, is what each operation owes each kind. What an operation does to a plain picture is tested elsewhere.
"""

from __future__ import annotations

import dataclasses
import io
from functools import cache

import numpy as np
import pytest
from PIL import Image

from shared.errors import BadParameterError, TooManyPixelsError
from shared.limits import Limits
from shared.messages import Result
from shared.messages import Source as MessageSource
from shared.operations.registry import OPERATIONS
from tests import pictures
from tests.delta_e import mean_delta_e
from tests.workers.jobs import job
from tests.workers.operation_cases import ENDS, STEPS, Case
from tests.workers.second_reader import read
from tests.workers.source_kinds import Source, all_sources, by_name, encoded
from workers.job import run

LIMITS = Limits(max_side=12_000, max_pixels=3_000_000)
KINDS = (
    "png-RGB", "png-RGBA", "png-P", "png-PA", "png-L", "png-LA", "png-1", "tiff-CMYK", "jpeg-CMYK", "tiff-LAB",
    "png-L16", "png-LA16", "png-RGB16", "png-RGBA16", "tiff-LA16", "tiff-F", "pfm-RGBF", "exr-RGBA",
    "gif-animated", "webp-animated",
)  # fmt: skip
PLAIN = ("png-RGB", "png-RGBA", "png-L", "png-LA")
SHAPES = ((1, 1), (1, 10_000), (10_000, 1))


@cache
def source_of(name: str) -> Source:
    """A kind of picture by its name; a shape is one with soft alpha."""
    if "×" not in name:
        return by_name(name)
    width, height = map(int, name.split("×"))
    shows = pictures.gradients("RGBA", (width, height))
    if shows.size == (1, 1):
        shows.putalpha(100)
    return Source("png", name, encoded(shows, "png"), shows)


def carried_out(text: str, source: Source) -> Result:
    """What becomes of the source, with a logo at hand."""
    asked = job(text, source.body, extension=source.format, limits=LIMITS)
    logo = MessageSource(data=encoded(pictures.gradients("RGBA", (16, 12)), "png"))
    return run(dataclasses.replace(asked, overlays={"logo.png": logo}))


@cache
def on_a_plain_picture(text: str, name: str) -> Image.Image:
    """What becomes of what the source shows, as a PNG of eight bits."""
    shows = source_of(name).shows
    return read(carried_out(text, Source("png", "plain", encoded(shows, "png"), shows)).body, "png").picture


@pytest.mark.parametrize("name", [*KINDS, *(f"{width}×{height}" for width, height in SHAPES)])
@pytest.mark.parametrize("case", STEPS, ids=str)
def test_every_operation_does_its_work_on_every_kind(case: Case, name: str) -> None:
    """Size, channels, depth and frames are as they should be, and colours those of a plain picture."""
    source, text = source_of(name), f"{case.text};encode:png"
    size = case.size(*source.shows.size) if case.size is not None else None
    if size is not None and (max(size) > LIMITS.max_side or size[0] * size[1] * source.frames > LIMITS.max_pixels):
        with pytest.raises(TooManyPixelsError):
            carried_out(text, source)
        return
    made = carried_out(text, source)
    seen, plain = read(made.body, "png"), on_a_plain_picture(text, name)
    assert seen.picture.size == (made.width, made.height) == (size or plain.size)
    assert seen.bits == (16 if source.bits > 8 and case.is_deep else 8)
    assert seen.frames == made.frames
    assert made.frames == source.frames or (made.frames < source.frames and case.may_join)
    assert mean_delta_e(seen.picture, plain) <= _bound(case, source)
    assert seen.picture.mode == plain.mode
    if name in PLAIN and case.size is not None and size != (1, 1):
        assert seen.picture.mode == case.mode(source.shows.mode)


def _bound(case: Case, source: Source) -> float:
    """Light is mixed as light, and what becomes brighter than white is tone mapped in the end and not cut off."""
    if source.bits == 32 and case.operation in _ARE_OTHER_IN_LIGHT:
        return case.bound + 40
    if source.kind == "LAB" and case.operation == "resize":
        return case.bound + 10  # L*a*b* is mixed as such
    return case.bound + 3 * source.loss


_ARE_OTHER_IN_LIGHT = frozenset((
    "resize", "rotate", "blur", "brightness", "contrast", "saturation", "background",
))  # fmt: skip


@pytest.mark.parametrize("name", [*KINDS, "1×1"])
@pytest.mark.parametrize("case", ENDS, ids=str)
def test_every_way_to_read_and_write_works_on_every_kind(case: Case, name: str) -> None:
    """The result has the source's size, and can be read."""
    source = source_of(name)
    made = carried_out(case.text, source)
    with Image.open(io.BytesIO(made.body)) as image:
        image.load()
        assert image.size == source.shows.size == (made.width, made.height)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("text", ["open:frame=4", "open:frame=65535", "crop:64,0,1,1", "crop:0,65535,1,1"])
def test_what_is_not_there_is_refused(text: str, name: str) -> None:
    """A frame behind the last one, a part beyond the edge: the request's mistake, of every kind of picture."""
    with pytest.raises(BadParameterError):
        carried_out(f"{text};encode:png", source_of(name))


@pytest.mark.parametrize("size", SHAPES[1:], ids=str)
def test_what_is_too_long_is_refused_before_it_is_made(size: tuple[int, int]) -> None:
    """Turned by 45 degrees, a line is a square of fifty megapixels; and the default limit has shorter sides."""
    line = encoded(pictures.gradients("L", size), "png")
    for text in ("rotate:45;encode:png", "invert;encode:png"):
        with pytest.raises(TooManyPixelsError):
            run(job(text, line, limits=Limits()))


def test_every_operation_is_among_the_cases() -> None:
    """A new operation cannot slip past the matrix."""
    built_in = {kind.name for kind in OPERATIONS.all if kind.__module__.startswith("shared.")}
    assert {case.operation for case in (*STEPS, *ENDS)} == built_in


def test_the_kinds_are_those_that_have_a_way_of_their_own() -> None:
    """Every kind of pixels in the matrix of formats is here, in one format at least."""
    here = {by_name(name).kind for name in KINDS}
    assert {source.kind for source in all_sources()} - here <= {"F", "YCbCr"}
    assert np.isfinite([by_name(name).loss for name in KINDS]).all()
