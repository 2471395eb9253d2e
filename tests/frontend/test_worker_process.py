"""Worker processes, real ones: what they inherit, how they are ended, and that none is left."""

from __future__ import annotations

import os
import resource
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
import trio

from frontend.settings import PoolSettings
from frontend.worker_link import WorkerGoneError
from frontend.worker_pool import WorkerPool
from frontend.worker_process import Worker, open_worker, worker_command
from shared.errors import DrainingError, WorkerCrashedError
from tests.fakes import ask, work

SCRIPT = Path(__file__).with_name("scripted_worker.py")
ONE = PoolSettings(workers=1)

UseScript = Callable[..., None]


@pytest.fixture
def use_script(monkeypatch: pytest.MonkeyPatch) -> UseScript:
    """Have the scripted worker started in place of the real one, with these habits."""

    def use(*habits: str) -> None:
        def command(_settings: PoolSettings, *, fd: int) -> list[str]:
            return [sys.executable, "-P", str(SCRIPT), str(fd), *habits]

        monkeypatch.setattr("frontend.worker_process.worker_command", command)

    return use


def is_gone(pid: int) -> bool:
    """Tell whether the process has ended and was waited for: a zombie is not gone."""
    return not Path(f"/proc/{pid}").exists()


def children() -> set[int]:
    """The processes that this one has started and that are still there, zombies included."""
    tasks = Path("/proc/self/task").iterdir()
    return {int(pid) for task in tasks for pid in (task / "children").read_text().split()}


@contextmanager
def no_process_left() -> Iterator[None]:
    """Check that as many processes are there afterwards as before."""
    before = children()
    yield
    assert children() == before


async def test_worker_leaves_when_hung_up_on(use_script: UseScript) -> None:
    """A worker that waits for a job ends by itself, and is waited for."""
    use_script()
    with no_process_left():
        async with open_worker(ONE) as worker:
            assert worker.hello.pid == worker.process.pid
            assert worker.process.returncode is None
        assert worker.process.returncode == 0
        assert is_gone(worker.process.pid)


async def test_worker_that_lingers_is_killed(use_script: UseScript, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that heeds neither SIGTERM nor being hung up on is killed after a short while."""
    monkeypatch.setattr("frontend.worker_process.LEAVE_TIMEOUT_S", 0.05)
    use_script("stubborn")
    with no_process_left(), trio.fail_after(5):
        async with open_worker(ONE) as worker:
            pass
        assert worker.process.returncode == -signal.SIGKILL


async def test_worker_that_never_says_hello_is_killed(
    use_script: UseScript, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that hangs while starting is ended, and the error says what was waited for."""
    monkeypatch.setattr("frontend.worker_process.HELLO_TIMEOUT_S", 0.05)
    use_script("silent")
    with no_process_left(), pytest.raises(WorkerGoneError, match=r"no hello within 0\.05 seconds"):
        await open_and_close()


async def test_worker_that_dies_at_start_is_not_waited_for(use_script: UseScript) -> None:
    """A worker that ends before its hello is noticed at once, not after the time for a hello."""
    use_script("absent")
    with no_process_left(), trio.fail_after(5), pytest.raises(WorkerGoneError, match="hung up"):
        await open_and_close()


async def test_cancelled_start_leaves_no_process(use_script: UseScript) -> None:
    """A start that is given up in the middle ends what it started."""
    use_script("silent", "stubborn")
    with no_process_left(), trio.move_on_after(0.1) as start:
        await open_and_close()
    assert start.cancelled_caught


async def test_worker_inherits_the_socket_only(use_script: UseScript) -> None:
    """Of all that the server has open a worker gets one socket: no listener, no client, no key, no lock."""
    use_script()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.set_inheritable(True)
        async with open_worker(ONE) as worker:
            standard, fds = {0, 1, 2}, {int(fd) for fd in worker.hello.versions["fds"].split(",")}
    assert len(fds - standard) == 1
    assert listener.fileno() not in fds


async def test_worker_is_told_no_secrets(use_script: UseScript, monkeypatch: pytest.MonkeyPatch) -> None:
    """No secret of the server's is in a worker's environment, only what an interpreter needs."""
    for name in ("ADMIN_KEY", "TINTYPE_ADMIN_KEY", "DATABASE_URL", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "the-key")
    monkeypatch.setenv("TZ", "UTC")
    use_script()
    async with open_worker(ONE) as worker:
        names = worker.hello.versions["environment"].split(",")
    assert "PATH" in names
    assert not [name for name in names if "KEY" in name or "URL" in name]
    assert {"TZ", "MALLOC_ARENA_MAX", "OMP_NUM_THREADS"} <= set(names)


@pytest.mark.parametrize("free", [0, 2, 4])
async def test_no_descriptors_left_is_a_failed_start(use_script: UseScript, free: int) -> None:
    """When all descriptors are taken a start fails like any other, to be tried again; it ends no server."""
    use_script()
    with no_process_left(), descriptors_limited(free), pytest.raises(WorkerGoneError, match="no process"):
        await open_and_close()


async def test_code_in_the_current_folder_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder called ``workers`` where the server happens to be started is not taken for ours."""
    (tmp_path / "workers").mkdir()
    (tmp_path / "workers" / "__init__.py").write_text("")
    (tmp_path / "workers" / "__main__.py").write_text("open('was_run', 'w').close()")
    monkeypatch.chdir(tmp_path)
    with open(os.devnull) as nothing:  # noqa: ASYNC230 - opens nothing that could block
        command = worker_command(ONE, fd=nothing.fileno())
        await trio.run_process(command, check=False, capture_stderr=True, pass_fds=(nothing.fileno(),))
    assert not (tmp_path / "was_run").exists()


async def test_pool_replaces_a_worker_killed_while_idle(use_script: UseScript) -> None:
    """A worker that the system kills is noticed and replaced by one that does the next job."""
    use_script()
    with no_process_left(), trio.fail_after(8):
        async with WorkerPool.open(ONE, start=partial(open_worker, ONE)) as pool:
            killed = pool.hello.pid
            os.kill(killed, signal.SIGKILL)
            assert (await pool.run(work("cat"))).result.body == b"cat"
            assert pool.hello.pid != killed
            assert is_gone(killed)


async def test_pool_survives_a_fault_in_a_codec(use_script: UseScript) -> None:
    """A segmentation fault costs two workers and one request, and the next image is made."""
    use_script()
    with no_process_left(), trio.fail_after(8):
        async with WorkerPool.open(ONE, start=partial(open_worker, ONE)) as pool:
            with pytest.raises(WorkerCrashedError):
                await pool.run(work("segfault"))
            assert (await pool.run(work("cat"))).result.body == b"cat"


async def test_closing_the_pool_leaves_no_process(use_script: UseScript) -> None:
    """With jobs running and waiting, closing ends the jobs and kills the processes, however stubborn."""
    use_script("stubborn")
    outcomes: list[object] = []
    with no_process_left(), trio.fail_after(8):
        async with trio.open_nursery() as clients, WorkerPool.open(ONE, start=partial(open_worker, ONE)) as pool:
            clients.start_soon(ask, pool, work("hang"), outcomes)
            clients.start_soon(ask, pool, work("hang", plan="resize:width=9"), outcomes)
            while not pool.status.busy:
                await trio.lowlevel.checkpoint()
        assert outcomes == [DrainingError, DrainingError]


async def open_and_close() -> Worker:
    """Start a worker and end it."""
    async with open_worker(ONE) as worker:
        return worker


@contextmanager
def descriptors_limited(free: int) -> Iterator[None]:
    """Let this process open only so many more files."""
    lowest = os.dup(0)
    os.close(lowest)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest + free, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
