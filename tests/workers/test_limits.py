"""The limits of the process itself, read from a running one."""

from __future__ import annotations

import os
import resource
from pathlib import Path

import pytest

from shared.messages import Failure, Result
from tests import pictures
from tests.workers.jobs import job
from tests.workers.process import worker
from workers import limits


def test_a_worker_is_bound_before_it_works() -> None:
    """Memory, core files, open files, priority, scheduling and its place before the out-of-memory killer."""
    with worker("--memory-bytes", str(512 << 20), "--nice", "7") as process:
        pid = process.process.pid
        assert resource.prlimit(pid, resource.RLIMIT_AS) == (512 << 20, 512 << 20)
        assert resource.prlimit(pid, resource.RLIMIT_CORE) == (0, 0)
        assert resource.prlimit(pid, resource.RLIMIT_NOFILE) == (limits.OPEN_FILES, limits.OPEN_FILES)
        assert os.getpriority(os.PRIO_PROCESS, pid) == os.getpriority(os.PRIO_PROCESS, 0) + 7
        assert os.sched_getscheduler(pid) == os.SCHED_BATCH
        assert int(Path(f"/proc/{pid}/oom_score_adj").read_text(encoding="ascii")) > 0


def test_the_smallest_ceiling_is_enough_for_ordinary_pictures() -> None:
    """256 MiB read two megapixels of every format, one after the other; of OpenEXR half of one."""
    with worker("--memory-bytes", str(limits.MIN_MEMORY_BYTES)) as process:
        for name in pictures.FORMATS:
            size = {"ico": (256, 192), "qoi": (160, 120), "dds": (160, 120), "exr": (800, 600)}.get(
                name, (1600, 1200)
            )
            body = pictures.sample(name, size)
            answer = process.ask(job("resize:width=100;encode:webp", body, extension=name))
            assert isinstance(answer, Result), answer


def test_a_ceiling_below_the_smallest_is_refused() -> None:
    """Nothing would work, so nothing starts."""
    with pytest.raises(EOFError), worker("--memory-bytes", str(limits.MIN_MEMORY_BYTES - 1)):
        pass


def test_a_picture_beyond_the_ceiling_is_refused_without_harm() -> None:
    """What is known to need more memory than there is does not cost the worker."""
    with worker("--memory-bytes", str(limits.MIN_MEMORY_BYTES)) as process:
        answer = process.ask(job("encode:avif", pictures.encoded_blank((4000, 4000))))
        assert isinstance(answer, Failure)
        assert answer.error == "out_of_memory"
        assert isinstance(process.ask(job("encode:png", pictures.sample("webp"))), Result)


def test_room_is_counted_down_to_the_ceiling() -> None:
    """Without a ceiling there is no end of room."""
    assert limits.headroom_bytes() > 1 << 40
