"""Inspections by a real worker process, asked for over a real socket."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from PIL import Image

from shared.limits import Limits
from shared.messages import Failure, FileStamp, Inspection, Result, Source
from tests import pictures
from tests.workers.exif_blocks import carrying, photograph
from tests.workers.jobs import inspect_request, inspection, job
from tests.workers.process import worker
from workers.limits import MIN_MEMORY_BYTES
from workers.serve import EXIT_OUT_OF_MEMORY


def test_inspections_are_answered_among_jobs(tmp_path: Path) -> None:
    """An inspection, a failure, a job and an inspection again, from bytes and from a file, by one process."""
    path = tmp_path / "cat.png"
    path.write_bytes(pictures.sample("png"))
    found = path.stat()
    stamp = FileStamp(size_bytes=found.st_size, mtime_ns=found.st_mtime_ns, inode=found.st_ino)
    from_file = dataclasses.replace(inspect_request(), source=Source(path=str(path), stamp=stamp))
    body = carrying(photograph(), "jpeg")
    with worker() as process:
        first = process.ask(inspect_request(body))
        assert isinstance(first, Inspection)
        assert dataclasses.replace(first, timings_ms={}) == dataclasses.replace(inspection(body), timings_ms={})
        second = process.ask(inspect_request(body[:-40]))
        assert isinstance(second, Failure)
        assert (second.job_id, second.error, second.is_images_fault) == (7, "corrupt_image", True)
        assert isinstance(process.ask(job("encode:webp", body)), Result)
        third = process.ask(from_file)
        assert isinstance(third, Inspection)
        assert third.format == "png"
        path.write_bytes(b"")
        fourth = process.ask(from_file)
        assert isinstance(fourth, Failure)
        assert fourth.error == "source_changed"


def test_limits_come_with_the_request() -> None:
    """What one request may not, the next one may."""
    with worker() as process:
        refused = process.ask(inspect_request(pictures.animated("gif"), limits=Limits(max_frames=3)))
        assert isinstance(refused, Failure)
        assert (refused.error, "3 frames" in refused.message) == ("too_many_frames", True)
        assert isinstance(process.ask(inspect_request(pictures.animated("gif"))), Inspection)


def test_bug_costs_one_inspection() -> None:
    """What is nobody's fault but ours is told to the log only, and the worker goes on."""
    with worker() as process:
        failure = process.ask(dataclasses.replace(inspect_request(), source=Source(path="\0")))
        assert isinstance(failure, Failure)
        assert (failure.error, failure.is_images_fault) == ("internal_error", False)
        assert isinstance(process.ask(inspect_request(pictures.sample("png"))), Inspection)


def test_memory_that_runs_out_ends_the_inspection_and_then_the_worker() -> None:
    """The smallest worker inspects ordinary pictures; a palette of many pixels becomes too many colours for it."""
    with worker("--memory-bytes", str(MIN_MEMORY_BYTES)) as process:
        for name in ("jpeg", "webp", "avif", "gif"):
            answer = process.ask(inspect_request(pictures.sample(name, (800, 600))))
            assert isinstance(answer, Inspection), answer
        vast = pictures.encoded(Image.new("P", (5400, 5400)), "png", transparency=0)
        failure = process.ask(inspect_request(vast))
        assert isinstance(failure, Failure)
        assert (failure.error, failure.is_images_fault) == ("out_of_memory", True)
        assert process.status() == EXIT_OUT_OF_MEMORY
