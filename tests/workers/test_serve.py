"""The worker process: what it says, what it survives, and how it ends."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from shared.formats import ALL
from shared.messages import PROTOCOL_VERSION, Failure, FileStamp, Hello, Result, Source
from shared.operations import STEPS
from shared.wire import encode
from tests import pictures
from tests.workers.jobs import job
from tests.workers.process import worker
from workers.serve import EXIT_END_OF_STREAM, EXIT_OUT_OF_MEMORY, EXIT_PROTOCOL

# A picture in which a worker is busy for longer than any test waits: text PNM is read in Python.
_SLOW = b"P3\n1400 1400\n255\n" + b"1 " * (1400 * 1400 * 3)


def test_a_worker_introduces_itself() -> None:
    """Versions, formats and modules come first."""
    with worker() as process:
        hello = process.hello
        assert isinstance(hello, Hello)
        assert (hello.pid, hello.protocol) == (process.process.pid, PROTOCOL_VERSION)
        assert set(hello.decodes) == {known.name for known in ALL if not known.is_vector}
        assert set(hello.encodes) == {known.name for known in ALL if known.is_written}
        assert set(hello.modules) == {step.name for step in STEPS}
        assert {"pillow", "webp", "avif", "imagecodecs", "pillow_heif"} <= hello.versions.keys()


def test_jobs_are_answered_one_after_the_other(tmp_path: Path) -> None:
    """A result, a failure and a result again, from bytes and from a file."""
    path = tmp_path / "picture.png"
    path.write_bytes(pictures.sample("png"))
    found = path.stat()
    stamp = FileStamp(size_bytes=found.st_size, mtime_ns=found.st_mtime_ns, inode=found.st_ino)
    from_file = dataclasses.replace(job("encode:webp"), source=Source(path=str(path), stamp=stamp))
    with worker() as process:
        first = process.ask(job("resize:width=32;encode:avif", pictures.sample("jpeg")))
        assert isinstance(first, Result)
        assert (first.job_id, first.format, first.width) == (7, "avif", 32)
        second = process.ask(job("encode:png", b"no image"))
        assert second == Failure(
            job_id=7,
            error="unsupported_format",
            message="The file is not an image of a supported format",
            detail="The file is not an image of a supported format",
            is_images_fault=True,
        )
        third = process.ask(from_file)
        assert isinstance(third, Result)
        assert third.format == "webp"
        path.write_bytes(b"")
        fourth = process.ask(from_file)
        assert isinstance(fourth, Failure)
        assert fourth.error == "source_changed"


def test_the_end_of_the_stream_is_the_end_of_the_worker() -> None:
    """It leaves without a word when the front end hangs up."""
    with worker() as process:
        assert process.status_after_hanging_up() == EXIT_END_OF_STREAM
        assert process.complaints() == ""


@pytest.mark.parametrize(
    "frame",
    [
        b"\xff\xff\xff\xff",
        b"\0\0\0\x03abc",
        encode(Failure(job_id=1, error="", message="", detail="", is_images_fault=False)),
    ],
    ids=["too long", "no map", "not for workers"],
)
def test_a_front_end_that_makes_no_sense_is_left(frame: bytes) -> None:
    """One line says why, and the exit status too."""
    with worker() as process:
        process.connection.sendall(frame)
        assert process.status() == EXIT_PROTOCOL
        complaint = process.complaints()
        assert complaint.startswith("tintype worker: the front end does not make sense: ")
        assert complaint.count("\n") == 1


def test_a_bug_costs_one_job() -> None:
    """What is nobody's fault but ours is told to the log only, and the worker goes on."""
    with worker() as process:
        failure = process.ask(dataclasses.replace(job("encode:png"), source=Source(path="\0")))
        assert isinstance(failure, Failure)
        assert (failure.error, failure.is_images_fault) == ("internal_error", False)
        assert "Traceback" in failure.detail
        assert "Traceback" not in failure.message
        assert isinstance(process.ask(job("encode:png", pictures.sample("gif"))), Result)


def test_a_worker_that_hangs_dies_of_its_own_timer() -> None:
    """Even a front end that is gone without a trace does not leave it running."""
    with worker() as process:
        process.connection.sendall(encode(dataclasses.replace(job("encode:png", _SLOW), deadline_s=-1.9)))
        assert process.status() == -signal.SIGALRM


def test_the_timer_stops_with_the_job() -> None:
    """An idle worker is not late."""
    with worker() as process:
        quick = dataclasses.replace(job("encode:png", pictures.sample("gif")), deadline_s=-1.7)
        assert isinstance(process.ask(quick), Result)
        with pytest.raises(subprocess.TimeoutExpired):
            process.process.wait(0.5)


def test_a_worker_whose_answer_nobody_takes_leaves() -> None:
    """The front end's death in the middle of a job is the worker's end as soon as it speaks."""
    with worker() as process:
        process.connection.sendall(encode(job("encode:png", pictures.sample("jpeg"))))
        assert process.status_after_hanging_up() == EXIT_END_OF_STREAM


def test_ctrl_c_is_the_front_end_s_to_answer() -> None:
    """The terminal sends it to everyone; workers go on."""
    with worker() as process:
        os.kill(process.process.pid, signal.SIGINT)
        assert isinstance(process.ask(job("encode:png", pictures.sample("gif"))), Result)


def test_memory_that_runs_out_ends_the_job_and_then_the_worker() -> None:
    """The job is told; the process, its memory in pieces, is not used again."""
    with worker("--memory-bytes", str(256 << 20)) as process:
        failure = process.ask(job("rotate:angle=20;encode:png", pictures.encoded_blank((5500, 5500))))
        assert isinstance(failure, Failure)
        assert (failure.error, failure.is_images_fault, failure.is_last) == ("out_of_memory", True, True)
        assert process.status() == EXIT_OUT_OF_MEMORY


@pytest.mark.parametrize("arguments", [["--fd", "0"], ["--fd", "999"], ["--fd", "x"], []])
def test_a_worker_without_a_socket_says_so(arguments: list[str]) -> None:
    """Exit status 2 and one line, as for any command that is used wrongly."""
    done = subprocess.run(
        [sys.executable, "-m", "workers", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "--fd" in done.stderr
    assert "Traceback" not in done.stderr
