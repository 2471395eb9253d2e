"""Fake workers: they speak real frames over streams in memory, and do with each job what the test says.

    workers = FakeWorkers(nursery, on_job=in_turn(dies, answers))
    async with WorkerPool.open(settings, start=workers.start(settings)) as pool:
        await pool.run(work("cat"))
    assert workers.attempts("cat") == 2

What a worker does with a job (or when it starts) is an async function of the worker and the job: those below, or
the test's own. The front end's half is the real one: only the process and the socket are not.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import replace
from functools import partial
from typing import cast

import trio
from trio.testing import MemoryReceiveStream, MemorySendStream, memory_stream_pair

from frontend.jobs import Work
from frontend.settings import PoolSettings
from frontend.worker_link import WorkerLink
from frontend.worker_pool import WorkerPool
from frontend.worker_process import Worker, open_worker
from shared.errors import ServiceError
from shared.limits import Limits
from shared.messages import PROTOCOL_VERSION, Failure, Hello, Job, Message, Result, Source
from shared.plan import Plan
from shared.wire import FrameDecoder, encode

KILLED, CRASHED = -9, -11
GARBAGE = b"\x00\x00\x00\x01\xc1"  # a frame of one byte, which msgpack never uses

Stream = trio.StapledStream[MemorySendStream, MemoryReceiveStream]
Act = Callable[["FakeWorker", Job], Awaitable[None]]
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
    """One worker: ``jobs`` are those it was given, in order, ``is_busy`` while it works on one."""

    def __init__(self, pid: int, stream: Stream, *, on_start: StartAct, on_job: Act) -> None:
        self.pid = pid
        self.process = FakeProcess(stream)
        self.started_s = trio.current_time()
        self.jobs: list[Job] = []
        self.is_busy = False
        self._has_hung_up = False
        self._stream = stream
        self._on_start = on_start
        self._on_job = on_job

    async def live(self) -> None:
        """Say hello and do jobs until hung up on, then leave; a kill ends it anywhere."""
        with self.process.life:
            async with trio.open_nursery() as nursery:
                await self._on_start(self)
                async for job in self._incoming():
                    # Two jobs at once are the one thing no worker may ever be given.
                    assert not self.is_busy, f"worker {self.pid} has {self.jobs[-1]} and is given {job}"
                    self.is_busy = True
                    self.jobs.append(job)
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

    async def _do(self, job: Job) -> None:
        await self._on_job(self, job)
        self.is_busy = False

    async def _incoming(self) -> AsyncIterator[Job]:
        decoder = FrameDecoder()
        with suppress(trio.ClosedResourceError):  # its own end, while it was listening
            while data := await self._stream.receive_some():
                for message in decoder.feed(data):
                    assert isinstance(message, Job)
                    yield message


class FakeWorkers:
    """Starts fake workers and remembers them, oldest first. Their tasks live in the test's nursery.

    ``on_start`` and ``on_job`` say what they do: see the functions below.
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
        return [[_image_of(job) for job in worker.jobs] for worker in self.all]

    def attempts(self, image: str) -> int:
        """How many times a worker was given a job for this image."""
        return sum(images.count(image) for images in self.seen)


async def says_hello(worker: FakeWorker) -> None:
    """Come up as a worker should."""
    await worker.say(hello_of(worker))


async def never_says_hello(_worker: FakeWorker) -> None:
    """Hang while starting."""
    await trio.sleep_forever()


async def dies_at_start(worker: FakeWorker) -> None:
    """End before a word, as when an import fails."""
    worker.die(1)
    await trio.lowlevel.checkpoint()


async def babbles_at_start(worker: FakeWorker) -> None:
    """Begin with bytes that are no frame of ours."""
    await worker.send(GARBAGE)


async def says_hello_of_another_version(worker: FakeWorker) -> None:
    """Speak a protocol that is not ours."""
    await worker.say(replace(hello_of(worker), protocol=PROTOCOL_VERSION + 1))


async def says_hello_and_dies(worker: FakeWorker) -> None:
    """Come up, and be gone before anything is asked of it."""
    await says_hello(worker)
    worker.die()


def says_hello_with(**versions: str) -> StartAct:
    """Come up with these versions of Pillow and codecs."""

    async def act(worker: FakeWorker) -> None:
        await worker.say(hello_of(worker, **versions))

    return act


def says_hello_after(delay_s: float) -> StartAct:
    """Come up slowly."""

    async def act(worker: FakeWorker) -> None:
        await trio.sleep(delay_s)
        await says_hello(worker)

    return act


async def answers(worker: FakeWorker, job: Job) -> None:
    """Do the job at once."""
    await worker.say(result_of(job))


async def hangs(_worker: FakeWorker, _job: Job) -> None:
    """Never answer."""
    await trio.sleep_forever()


async def dies(worker: FakeWorker, _job: Job) -> None:
    """Crash over the job."""
    worker.die()
    await trio.lowlevel.checkpoint()


async def answers_and_dies(worker: FakeWorker, job: Job) -> None:
    """Do the job, then crash while idle."""
    await answers(worker, job)
    worker.die()


async def babbles(worker: FakeWorker, _job: Job) -> None:
    """Answer with bytes that are no frame of ours."""
    await worker.send(GARBAGE)


async def mistakes_the_job(worker: FakeWorker, job: Job) -> None:
    """Answer a job that it was not given."""
    await worker.say(result_of(job, job_id=job.job_id + 1))


async def answers_twice(worker: FakeWorker, job: Job) -> None:
    """Say more than it was asked, in one go."""
    await worker.send(encode(result_of(job)) * 2)


def answers_after(delay_s: float) -> Act:
    """Take this long for the job."""

    async def act(worker: FakeWorker, job: Job) -> None:
        await trio.sleep(delay_s)
        await answers(worker, job)

    return act


def dies_after(delay_s: float) -> Act:
    """Crash after working on the job for this long."""

    async def act(worker: FakeWorker, job: Job) -> None:
        await trio.sleep(delay_s)
        await dies(worker, job)

    return act


def reports(error: ServiceError) -> Act:
    """Say that the job ended in this error."""

    async def act(worker: FakeWorker, job: Job) -> None:
        await worker.say(Failure.of(error, job_id=job.job_id))

    return act


def in_turn(*acts: Act) -> Act:
    """Do the first with the first job any worker gets, the second with the second, and then answer."""
    remaining = iter(acts)

    async def act(worker: FakeWorker, job: Job) -> None:
        await next(remaining, answers)(worker, job)

    return act


def starts_in_turn(*acts: StartAct) -> StartAct:
    """Let the first worker start like the first of these, and so on; the others come up as they should."""
    remaining = iter(acts)

    async def act(worker: FakeWorker) -> None:
        await next(remaining, says_hello)(worker)

    return act


def for_images(**acts: Act) -> Act:
    """Do with the images named what is said for them; answer for all others."""

    async def act(worker: FakeWorker, job: Job) -> None:
        await acts.get(_image_of(job), answers)(worker, job)

    return act


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


def result_of(job: Job, *, job_id: int | None = None) -> Result:
    """Make an image whose bytes tell which one was asked for."""
    return Result(
        job_id=job.job_id if job_id is None else job_id,
        format="png",
        width=8,
        height=8,
        frames=1,
        has_alpha=False,
        body=_image_of(job).encode(),
        timings_ms={"decode": 1.5},
    )


def _image_of(job: Job) -> str:
    return cast("str", job.source.path)
