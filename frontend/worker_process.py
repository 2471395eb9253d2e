"""Starts and ends worker processes. What they are told to do is the business of ``frontend/worker_pool.py``."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass

import trio

from frontend.settings import PoolSettings
from frontend.worker_link import WorkerGoneError, WorkerLink
from shared.messages import Hello

HELLO_TIMEOUT_S = 30.0
# A list of what may pass, not of what may not: no setting of ours, present or to come, is a worker's business.
_INHERITED = ("HOME", "LANG", "LC_", "LD_", "PATH", "PYTHON", "TMPDIR", "TZ", "VIRTUAL_ENV")
LEAVE_TIMEOUT_S = 0.5
KILL_TIMEOUT_S = 5.0


SpawnWorker = Callable[[PoolSettings], Awaitable[tuple[trio.Process, WorkerLink]]]


@dataclass(frozen=True, slots=True)
class Worker:
    """A running worker that has said hello."""

    hello: Hello
    link: WorkerLink
    process: trio.Process


def worker_command(settings: PoolSettings, *, fd: int) -> list[str]:
    """The command line of a worker that talks through the inherited socket ``fd``."""
    # -P: a folder called "workers" in the current directory is not ours to run.
    python = [sys.executable, "-P", "-m", "workers"]
    return [*python, "--fd", str(fd), "--memory-bytes", str(settings.worker_memory_bytes)]


def worker_environment() -> dict[str, str]:
    """What a worker inherits: what an interpreter needs, none of our secrets, tuned for one job at a time."""
    kept = {name: value for name, value in os.environ.items() if name.startswith(_INHERITED)}
    # Every arena reserves address space, which the memory ceiling counts.
    return kept | {"MALLOC_ARENA_MAX": "2", "OMP_NUM_THREADS": "1"}


async def spawn_worker(settings: PoolSettings) -> tuple[trio.Process, WorkerLink]:
    """Start a process that inherits one end of a socket, and nothing else. Raises WorkerGoneError."""
    try:
        return await _spawn(settings)
    except OSError as error:
        raise WorkerGoneError(f"no process could be started: {error}") from error


async def _spawn(settings: PoolSettings) -> tuple[trio.Process, WorkerLink]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with theirs, ExitStack() as undo:
        undo.enter_context(ours)
        process = await trio.lowlevel.open_process(
            worker_command(settings, fd=theirs.fileno()),
            stdin=subprocess.DEVNULL,
            pass_fds=(theirs.fileno(),),
            env=worker_environment(),
        )
        undo.pop_all()
    return process, WorkerLink(trio.SocketStream(trio.socket.from_stdlib_socket(ours)))


@asynccontextmanager
async def open_worker(settings: PoolSettings, *, spawn: SpawnWorker = spawn_worker) -> AsyncIterator[Worker]:
    """Start a worker and wait for its hello; on leaving, end it, by force if it lingers.

    Raises WorkerGoneError when it does not come up in ``HELLO_TIMEOUT_S``.
    """
    process, link = await spawn(settings)
    try:
        with trio.move_on_after(HELLO_TIMEOUT_S) as deadline:
            hello = await link.hello()
        if deadline.cancelled_caught:
            process.kill()
            raise WorkerGoneError(f"no hello within {HELLO_TIMEOUT_S:g} seconds")
        yield Worker(hello, link, process)
    finally:
        # Shielded: a kill that is itself cancelled would leave the process behind.
        with trio.CancelScope(shield=True):
            await _end(process, link)


async def _end(process: trio.Process, link: WorkerLink) -> None:
    """Hang up, so that an idle worker leaves; kill the one that does not."""
    await link.aclose()
    with trio.move_on_after(LEAVE_TIMEOUT_S):
        await process.wait()
    if process.returncode is None:
        process.kill()
        with trio.move_on_after(KILL_TIMEOUT_S):
            await process.wait()
