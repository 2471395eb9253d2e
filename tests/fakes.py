"""Fake workers: they speak real frames over streams in memory, and do with each job what the test says.

    workers = FakeWorkers(nursery, on_job=in_turn(dies, answers))  # see tests/habits.py
    async with WorkerPool.open(settings, start=workers.start(settings)) as pool:
        await pool.run(work("cat"))
    assert workers.attempts("cat") == 2

What a worker does with a job (or when it starts) is an async function of the worker and the job: one of
``tests/habits.py``, or the test's own. The front end's half is real: only the process and the socket are not.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from functools import partial
from typing import cast

import trio
from trio.testing import MemoryReceiveStream, MemorySendStream, memory_stream_pair

from frontend.jobs import InspectionWork, Work
from frontend.settings import PoolSettings
from frontend.worker_link import WorkerLink
from frontend.worker_pool import WorkerPool
from frontend.worker_process import Worker, open_worker
from shared.errors import ServiceError
from shared.limits import Limits
from shared.messages import Hello, Inspection, Job, Message, Request, Result, Source, Swatch
from shared.plan import Plan
from shared.wire import FrameDecoder, encode

KILLED, CRASHED = -9, -11

Stream = trio.StapledStream[MemorySendStream, MemoryReceiveStream]
Act = Callable[["FakeWorker", Request], Awaitable[None]]
StartAct = Callable[["FakeWorker"], Awaitable[None]]


class FakeProcess:
    """What the front end sees of a process: it runs until it leaves or is killed, and then has a code."""

    def __init__(self, stream: Stream) -> None:
        self.returncode: int | None = None
        self.life = trio.CancelScope()
        self._stream = stream
        self._ended = trio.Event()

    async def wait(self) -> int:
        """Return the code once it has ended."""
        await self._ended.wait()
        return cast("int", self.returncode)

    def kill(self) -> None:
        """End it, as SIGKILL does: no matter what it does, and harmless when it has ended."""
        self.end(KILLED)

    def end(self, code: int) -> None:
        """Leave with this code."""
        if self.returncode is None:
            self.returncode = code
            self.close_stream()
            self._ended.set()
            self.life.cancel()

    def close_stream(self) -> None:
        """Let go of its end of the connection, as the kernel does for one that ends."""
        self._stream.send_stream.close()
        self._stream.receive_stream.close()


class FakeWorker:
    """One worker: ``requests`` are those it was given, in order, ``is_busy`` while it works on one."""

    def __init__(self, pid: int, stream: Stream, *, on_start: StartAct, on_job: Act) -> None:
        self.pid = pid
        self.process = FakeProcess(stream)
        self.started_s = trio.current_time()
        self.requests: list[Request] = []
        self.is_busy = False
        self._has_hung_up = False
        self._stream = stream
        self._on_start = on_start
        self._on_job = on_job

    @property
    def jobs(self) -> list[Job]:
        """Those of the requests that are for a variant."""
        return [request for request in self.requests if isinstance(request, Job)]

    async def live(self) -> None:
        """Say hello and do jobs until hung up on, then leave; a kill ends it anywhere."""
        with self.process.life:
            async with trio.open_nursery() as nursery:
                await self._on_start(self)
                async for job in self._incoming():
                    # Two jobs at once are the one thing no worker may ever be given.
                    assert not self.is_busy, f"worker {self.pid} has {self.requests[-1]} and is given {job}"
                    self.is_busy = True
                    self.requests.append(job)
                    nursery.start_soon(self._do, job)
                if self._has_hung_up:
                    await trio.sleep_forever()
            self.die(0)

    def die(self, code: int = CRASHED) -> None:
        """End at once, as by a signal; the other side then reads an end of file."""
        self.process.end(code)

    def hang_up(self) -> None:
        """Close the connection, and live on."""
        self._has_hung_up = True
        self.process.close_stream()

    async def say(self, message: Message) -> None:
        """Send one frame."""
        await self.send(encode(message))

    async def send(self, data: bytes) -> None:
        """Send bytes, whatever they are; to one who no longer listens, none."""
        try:
            await self._stream.send_all(data)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            self.die(1)

    async def _do(self, job: Request) -> None:
        await self._on_job(self, job)
        self.is_busy = False

    async def _incoming(self) -> AsyncIterator[Request]:
        decoder = FrameDecoder()
        with suppress(trio.ClosedResourceError):  # its own end, while it was listening
            while data := await self._stream.receive_some():
                for message in decoder.feed(data):
                    assert isinstance(message, Request)
                    yield message


class FakeWorkers:
    """Starts fake workers and remembers them, oldest first. Their tasks live in the test's nursery.

    ``on_start`` and ``on_job`` say what they do; without them they are good workers.
    """

    def __init__(
        self, nursery: trio.Nursery, *, on_start: StartAct | None = None, on_job: Act | None = None
    ) -> None:
        self.all: list[FakeWorker] = []
        self._nursery = nursery
        self._on_start = on_start or says_hello
        self._on_job = on_job or answers
        self._pids = itertools.count(1001)

    def start(self, settings: PoolSettings) -> Callable[[], AbstractAsyncContextManager[Worker]]:
        """What ``WorkerPool.open`` takes as ``start``."""
        return partial(open_worker, settings, spawn=self.spawn)

    async def spawn(self, _settings: PoolSettings) -> tuple[trio.Process, WorkerLink]:
        """Start one fake worker; stands where ``spawn_worker`` starts a real one."""
        await trio.lowlevel.checkpoint()
        ours, theirs = memory_stream_pair()
        worker = FakeWorker(next(self._pids), theirs, on_start=self._on_start, on_job=self._on_job)
        self.all.append(worker)
        self._nursery.start_soon(worker.live)
        return cast("trio.Process", worker.process), WorkerLink(ours)

    @property
    def alive(self) -> list[FakeWorker]:
        """Those whose process has not ended."""
        return [worker for worker in self.all if worker.process.returncode is None]

    @property
    def codes(self) -> list[int | None]:
        """How each ended; None while it runs."""
        return [worker.process.returncode for worker in self.all]

    @property
    def seen(self) -> list[list[str]]:
        """The images each was given to work on."""
        return [[_image_of(job) for job in worker.requests] for worker in self.all]

    def attempts(self, image: str) -> int:
        """How many times a worker was given a job for this image."""
        return sum(images.count(image) for images in self.seen)


async def says_hello(worker: FakeWorker) -> None:
    """Come up as a worker should."""
    await worker.say(hello_of(worker))


async def answers(worker: FakeWorker, job: Request) -> None:
    """Do the job at once."""
    await worker.say(answer_to(job))


def work(image: str = "cat", *, plan: str = "resize:width=8") -> Work:
    """Ask for an image."""
    parsed = Plan.parse(plan)
    return Work(
        image=image,
        key=parsed.key(image, engine=""),
        source=Source(path=image),
        plan=parsed,
        limits=Limits(),
    )


def inspection_work(image: str = "cat") -> InspectionWork:
    """Ask what an image is."""
    return InspectionWork(image=image, source=Source(path=image), limits=Limits())


async def ask(pool: WorkerPool, wanted: Work, outcomes: list[object]) -> None:
    """Be a client: note the body that comes, or the class of the error."""
    try:
        done = await pool.run(wanted)
    except ServiceError as error:
        outcomes.append(type(error))
    else:
        outcomes.append(done.result.body.decode())


def hello_of(worker: FakeWorker, **versions: str) -> Hello:
    """What a worker that can do little says of itself."""
    return Hello(
        pid=worker.pid, versions=versions or {"pillow": "13.0"}, decodes=("png",), encodes=("png",), modules=()
    )


def answer_to(job: Request) -> Result | Inspection:
    """What a good worker says, whichever is asked for."""
    return result_of(job) if isinstance(job, Job) else inspection_of(job)


def result_of(job: Request) -> Result:
    """Make an image whose bytes tell which one was asked for."""
    return Result(
        job_id=job.job_id,
        format="png",
        width=8,
        height=8,
        frames=1,
        has_alpha=False,
        body=_image_of(job).encode(),
        timings_ms={"decode": 1.5},
    )


def inspection_of(job: Request) -> Inspection:
    """Tell what an image is, and by its description which one was asked for."""
    return Inspection(
        job_id=job.job_id,
        format="png",
        width=8,
        height=8,
        frames=1,
        has_alpha=False,
        mode="RGB",
        bit_depth=8,
        blurhash="00OZZy",
        thumbhash="AAgCAAAI",
        phash="0000000000000000",
        palette=(Swatch(color="#808080", share=1.0),),
        exif={"description": str(job.source.path)},
        latitude=None,
        longitude=None,
        icc_name=None,
        duration_ms=None,
        timings_ms={"decode": 1.5},
    )


def _image_of(job: Request) -> str:
    return cast("str", job.source.path)
