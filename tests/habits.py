"""What fake workers do when they start and with their jobs: well or badly, in turn, or by image.

An act is an async function of the worker and, unless it is a start, the job. ``tests/fakes.py`` runs them.
"""

from __future__ import annotations

from dataclasses import replace

import trio

from shared.errors import ServiceError
from shared.messages import PROTOCOL_VERSION, Failure, Request
from shared.wire import encode
from tests.fakes import Act, FakeWorker, StartAct, answer_to, answers, hello_of, result_of, says_hello

GARBAGE = b"\x00\x00\x00\x01\xc1"  # a frame of one byte, which msgpack never uses


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


async def hangs(_worker: FakeWorker, _job: Request) -> None:
    """Never answer."""
    await trio.sleep_forever()


async def dies(worker: FakeWorker, _job: Request) -> None:
    """Crash over the job."""
    worker.die()
    await trio.lowlevel.checkpoint()


async def answers_and_dies(worker: FakeWorker, job: Request) -> None:
    """Do the job, then crash while idle."""
    await answers(worker, job)
    worker.die()


async def babbles(worker: FakeWorker, _job: Request) -> None:
    """Answer with bytes that are no frame of ours."""
    await worker.send(GARBAGE)


async def mistakes_the_job(worker: FakeWorker, job: Request) -> None:
    """Answer a job that it was not given."""
    await worker.say(replace(answer_to(job), job_id=job.job_id + 1))


async def answers_twice(worker: FakeWorker, job: Request) -> None:
    """Say more than it was asked, in one go."""
    await worker.send(encode(answer_to(job)) * 2)


def makes(body: bytes, *, image_format: str = "png") -> Act:
    """Do the job with this result."""

    async def act(worker: FakeWorker, job: Request) -> None:
        await worker.say(replace(result_of(job), body=body, format=image_format))

    return act


def answers_after(delay_s: float) -> Act:
    """Take this long for the job."""

    async def act(worker: FakeWorker, job: Request) -> None:
        await trio.sleep(delay_s)
        await answers(worker, job)

    return act


def dies_after(delay_s: float) -> Act:
    """Crash after working on the job for this long."""

    async def act(worker: FakeWorker, job: Request) -> None:
        await trio.sleep(delay_s)
        await dies(worker, job)

    return act


def reports(error: ServiceError, *, is_last: bool = False) -> Act:
    """Say that the job ended in this error, and perhaps that this was the worker's last."""

    async def act(worker: FakeWorker, job: Request) -> None:
        await worker.say(Failure.of(error, job_id=job.job_id, is_last=is_last))

    return act


def in_turn(*acts: Act) -> Act:
    """Do the first with the first job any worker gets, the second with the second, and then answer."""
    remaining = iter(acts)

    async def act(worker: FakeWorker, job: Request) -> None:
        await next(remaining, answers)(worker, job)

    return act


def starts_in_turn(*acts: StartAct) -> StartAct:
    """Let the first worker start like the first of these, and so on; the others come up as they should."""
    remaining = iter(acts)

    async def act(worker: FakeWorker) -> None:
        await next(remaining, says_hello)(worker)

    return act
