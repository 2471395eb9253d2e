"""What a worker process may take from the machine: memory, open files, its turn on the processor, time.

``lower`` is called first thing in the process (``workers/__main__.py``); how much of an *image* may be read and
made is ``shared/limits.py``.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import resource
import signal
from collections.abc import Iterator
from pathlib import Path

MIN_MEMORY_BYTES = 256 << 20
DEFAULT_MEMORY_BYTES = 1 << 30
DEFAULT_NICENESS = 10
OPEN_FILES = 32
GRACE_S = 2.0
"""How much longer than its deadline a job may take before the kernel ends the process."""

# The kernel's out-of-memory killer takes a worker rather than the front end.
_OOM_SCORE = 500


def lower(*, memory_bytes: int, niceness: int) -> None:
    """Bind this process, for good, to ``memory_bytes`` of address space and a low priority."""
    _cap(resource.RLIMIT_AS, memory_bytes)
    _cap(resource.RLIMIT_CORE, 0)
    _cap(resource.RLIMIT_NOFILE, OPEN_FILES)
    os.nice(niceness)
    with contextlib.suppress(OSError):  # a sandbox may forbid it, and nice has done most of it
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    with contextlib.suppress(OSError):  # no /proc, or not ours to write
        Path("/proc/self/oom_score_adj").write_text(str(_OOM_SCORE), encoding="ascii")
    # Ctrl-C in a terminal reaches the whole process group; the front end decides what becomes of us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Both dispositions are inherited, and `mortal` needs the default one to be delivered.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})


def _cap(kind: int, limit: int) -> None:
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    resource.setrlimit(kind, (limit, limit))


@contextlib.contextmanager
def mortal(deadline_s: float) -> Iterator[None]:
    """End this process, whatever it is stuck in, when the block takes longer than its deadline and some grace.

    The front end kills a worker that is late; this timer of the kernel's is for when there is no front end left,
    and for codecs that never come back to Python to notice it.
    """
    signal.setitimer(signal.ITIMER_REAL, deadline_s + GRACE_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def headroom_bytes() -> int:
    """How much address space is left below the ceiling."""
    ceiling, _ = resource.getrlimit(resource.RLIMIT_AS)
    if ceiling == resource.RLIM_INFINITY:
        return 1 << 62
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split(maxsplit=1)[0])
    return ceiling - pages * resource.getpagesize()


def give_back_memory() -> None:
    """Return what the last job used to the system, so that idle workers are small and the next job finds room.

    After a mix of jobs a worker holds 32 MiB instead of 100 to 132, for 2.3 ms a job.
    """
    gc.collect()
    if _malloc_trim is not None:
        _malloc_trim(0)


_malloc_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's; musl has no need of it
