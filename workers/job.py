"""Carries out one job: head (read and open), modules in order, tail (encode).

Frames go through one by one, so that of the source only one is held at a time.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence

from PIL import Image, ImageChops, ImageFile

from shared.formats import BY_NAME, JPEG, PNG, TIFF, Format
from shared.messages import Job, Result
from shared.operations import AUTO
from shared.plan import Plan
from workers import icc
from workers.deep_steps import apply, deep_picture, keeps_depth
from workers.encoding import encode
from workers.encoding_deep import encode_deep
from workers.extras import check_written
from workers.frames import Frame, decoded, is_animated, plays, select
from workers.metadata import kept_exif
from workers.opening import Opened, opened
from workers.picture import DeepPicture, Picture, shows_through
from workers.reading import read
from workers.scene import Scene
from workers.shrink_on_load import shrink
from workers.steps import Steps


def run(job: Job) -> Result:
    """Return the image that the job asks for.

    Raises a ServiceError, or MemoryError; anything else is a bug of ours or of a module's.
    """
    plan = Plan.parse(job.plan)
    clock = _Clock()
    picture, target = _made(job, plan, clock)
    with clock.stage("encode"):
        if isinstance(picture, DeepPicture):
            encoded = encode_deep(picture, target, plan.tail)
        else:
            encoded = encode(picture, target, plan.tail)
    return Result(
        job_id=job.job_id,
        format=target.name,
        width=encoded.width,
        height=encoded.height,
        frames=encoded.frames,
        has_alpha=encoded.has_alpha,
        body=encoded.body,
        timings_ms=clock.stages_ms,
    )


class _Clock:
    """Adds up how long each stage takes."""

    def __init__(self) -> None:
        self.stages_ms = {"decode": 0.0, "transform": 0.0, "encode": 0.0}

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        start_s = time.perf_counter()
        try:
            yield
        finally:
            self.stages_ms[name] += (time.perf_counter() - start_s) * 1000


def _made(job: Job, plan: Plan, clock: _Clock) -> tuple[Picture | DeepPicture, Format]:
    """Do everything but encode; when this returns, nothing of the source is held any more."""
    with contextlib.ExitStack() as stack:
        with clock.stage("decode"):
            data = read(job.source, max_bytes=job.limits.max_bytes)
            source = stack.enter_context(opened(data, extension=job.source.extension, limits=job.limits))
            target = _target(plan, source)
            selection = select(
                source,
                plan.head,
                animate=target is not None and target.animated,
                pages=target is TIFF,
            )
            shrunk = shrink(source, plan.steps[0] if plan.steps else None) if selection.first == 0 else None
            source.check_memory()
        if target is not None and keeps_depth(source, plan, target, selection):
            return _made_deep(job, plan, clock, source=source, target=target), target
        steps = Steps(
            plan.steps,
            source=source,
            scene=Scene(limits=job.limits, frames=selection.count, overlays=job.overlays),
            shrunk=shrunk,
            keeps_profile=plan.tail.keep in ("icc", "all") and (target is None or target.icc),
        )
        frames, durations_ms = _through(
            steps, decoded(source, selection), clock, joins_equal=not selection.are_pages
        )
        keeps_exif = target is None or target.exif
        picture = Picture(
            frames=tuple(frames),
            durations_ms=tuple(durations_ms),
            plays=plays(source),
            exif=kept_exif(source, keep=plan.tail.keep, size=frames[0].size) if keeps_exif else b"",
            profile=_fitting(steps.kept_profile, frames),
        )
    return picture, target or (PNG if any(map(shows_through, frames)) else JPEG)


def _made_deep(job: Job, plan: Plan, clock: _Clock, *, source: Opened, target: Format) -> DeepPicture:
    with clock.stage("decode"):
        deep = source.deep()
    with clock.stage("transform"):
        deep = apply(deep, plan.steps, orientation=source.orientation, scene=Scene(limits=job.limits))
    return deep_picture(deep, source=source, plan=plan, target=target)


def _target(plan: Plan, source: Opened) -> Format | None:
    """Choose the result's format; None leaves it to whether there is something transparent to be kept.

    That is so where the source's is not written, and for ``auto``: the front end has negotiated already, and found
    nothing better than what all can show. Raises UnsupportedFormatError for a format that is not written here.
    """
    if plan.format is None:
        return source.format if source.format.is_written else None
    if plan.format != AUTO:
        target = BY_NAME[plan.format]
        check_written(target)
        return target
    return source.format if plan.head.frame is None and is_animated(source) else None


def _through(
    steps: Steps, decoded_frames: Iterator[Frame], clock: _Clock, *, joins_equal: bool
) -> tuple[list[Image.Image], list[int]]:
    """Take frames through the steps one by one; return what became of them, and how long each is shown.

    With ``joins_equal`` a frame that shows nothing new only prolongs the one before; a page is a page.
    """
    frames: list[Image.Image] = []
    durations_ms: list[int] = []
    while True:
        with clock.stage("decode"):
            frame = next(decoded_frames, None)
        if frame is None:
            return frames, durations_ms
        with clock.stage("transform"):
            image = _detached(steps.apply(frame.image))
            if joins_equal and frames and _are_same(frames[-1], image):
                durations_ms[-1] += frame.duration_ms
            else:
                frames.append(image)
                durations_ms.append(frame.duration_ms)


def _detached(image: Image.Image) -> Image.Image:
    """A plain image of its own.

    The source paints its next frame over this one, and its comments, tags and profiles would be written again.
    """
    plain = image.copy() if isinstance(image, ImageFile.ImageFile) else image
    plain.info = {}
    return plain


def _are_same(one: Image.Image, other: Image.Image) -> bool:
    """Whether the second frame of an animation shows nothing new: it only prolongs the first."""
    if one.mode != other.mode or one.size != other.size:
        return False
    return ImageChops.difference(one, other).getbbox(alpha_only=False) is None


def _fitting(profile: bytes | None, frames: Sequence[Image.Image]) -> bytes | None:
    """Drop a profile of greys that a step has given colours."""
    is_grey = all(frame.mode in ("L", "LA") for frame in frames)
    return profile if profile is None or is_grey == (icc.space(profile) == "GRAY") else None
