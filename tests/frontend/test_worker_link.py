"""The conversation with one worker: whatever comes over the stream is an answer, or the worker is gone."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
import trio
from trio.testing import MemoryReceiveStream, MemorySendStream, MockClock, memory_stream_pair

from frontend.worker_link import WorkerDeafError, WorkerGoneError, WorkerLink
from shared.errors import CorruptImageError
from shared.limits import Limits
from shared.messages import PROTOCOL_VERSION, Failure, Hello, Job, Message, Result, Source
from shared.wire import FrameDecoder, ProtocolError, encode

HELLO = Hello(pid=7, versions={"pillow": "13.0"}, decodes=("png",), encodes=("png",), modules=())
JOB = Job(job_id=5, source=Source(path="/cat"), plan="resize:width=8", limits=Limits(), deadline_s=10)
RESULT = Result(job_id=5, format="png", width=8, height=8, frames=1, has_alpha=False, body=b"bytes")
FAILURE = Failure.of(CorruptImageError("broken"), job_id=5)
GARBAGE = {
    "no msgpack": b"\x00\x00\x00\x01\xc1",
    "no map": b"\x00\x00\x00\x01\x07",
    "empty frame": b"\x00\x00\x00\x00",
    "absurd length": b"\xff\xff\xff\xff",
    "text": b"Traceback (most recent call last):\n",
}

Stream = trio.StapledStream[MemorySendStream, MemoryReceiveStream]
each_garbage = pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE.keys())


async def connected(*said: bytes, hangs_up: bool = False) -> tuple[WorkerLink, Stream]:
    """Return a link to a worker that says this before it is asked, and the worker's end of it."""
    ours, theirs = memory_stream_pair()
    for data in said:
        await theirs.send_all(data)
    if hangs_up:
        await theirs.send_eof()
    return WorkerLink(ours), theirs


async def test_hello_is_returned() -> None:
    """The worker's first words are handed on as they are."""
    link, _ = await connected(encode(HELLO))
    assert await link.hello() == HELLO


@pytest.mark.parametrize(
    "first", [replace(HELLO, protocol=PROTOCOL_VERSION + 1), RESULT, FAILURE, JOB], ids=lambda first: first.type
)
async def test_other_first_words_are_the_end(first: Message) -> None:
    """A worker that begins with anything but a hello of our version is not worked with."""
    link, _ = await connected(encode(first))
    with pytest.raises(WorkerGoneError, match="expected a hello"):
        await link.hello()


async def test_job_is_sent_as_one_frame() -> None:
    """The worker reads the very job, and nothing else."""
    link, worker = await connected(encode(RESULT))
    await link.exchange(JOB)
    assert list(FrameDecoder().feed(await worker.receive_some())) == [JOB]


@pytest.mark.parametrize("answer", [RESULT, FAILURE], ids=["result", "failure"])
async def test_answer_is_returned(answer: Result | Failure) -> None:
    """A result and a failure are both answers."""
    link, _ = await connected(encode(answer))
    assert await link.exchange(JOB) == answer


async def test_answer_in_pieces_is_put_together(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """A frame may come in any number of pieces, with pauses between them."""
    link, worker = await connected()

    async def trickle() -> None:
        for byte in encode(RESULT):
            await trio.sleep(0.01)
            await worker.send_all(bytes([byte]))

    nursery.start_soon(trickle)
    assert await link.exchange(JOB) == RESULT


async def test_link_serves_many_jobs() -> None:
    """After an answer the same worker takes the next job."""
    link, worker = await connected(encode(HELLO))
    await link.hello()
    for job_id in range(1, 6):
        await worker.send_all(encode(replace(RESULT, job_id=job_id)))
        assert await link.exchange(replace(JOB, job_id=job_id)) == replace(RESULT, job_id=job_id)


@pytest.mark.parametrize(
    "answer",
    [replace(RESULT, job_id=4), replace(FAILURE, job_id=6), HELLO, JOB],
    ids=["older job", "other job", "hello", "job"],
)
async def test_other_answer_is_the_end(answer: Message) -> None:
    """What is no answer to this very job shows a worker that is out of step."""
    link, _ = await connected(encode(answer))
    with pytest.raises(WorkerGoneError, match="expected the answer to job 5"):
        await link.exchange(JOB)


async def test_two_answers_are_the_end() -> None:
    """A second answer in the same breath could be taken for that to the next job."""
    link, _ = await connected(encode(RESULT) * 2)
    with pytest.raises(WorkerGoneError, match="more than it was asked"):
        await link.exchange(JOB)


async def test_answer_nobody_asked_for_is_not_the_next_ones() -> None:
    """What a worker says between two jobs is never taken for an answer to the second."""
    link, worker = await connected(encode(RESULT))
    await link.exchange(JOB)
    await worker.send_all(encode(RESULT))
    with pytest.raises(WorkerGoneError):
        await link.exchange(replace(JOB, job_id=6))


@each_garbage
async def test_garbage_is_the_end(garbage: bytes) -> None:
    """Bytes that are no message end the worker, as its first words and as an answer."""
    link, _ = await connected(garbage)
    with pytest.raises(WorkerGoneError):
        await link.hello()
    link, _ = await connected(garbage)
    with pytest.raises(WorkerGoneError):
        await link.exchange(JOB)


@pytest.mark.parametrize("seed", range(5))
async def test_damaged_answer_is_an_answer_or_the_end(seed: int) -> None:
    """Whatever bytes of an answer are changed, nothing but a message comes of it, or the worker's end."""
    dice = random.Random(seed)
    for _ in range(60):
        frame = bytearray(encode(dice.choice((RESULT, FAILURE))))
        for _ in range(dice.randint(1, 4)):
            frame[dice.randrange(len(frame))] = dice.randrange(256)
        link, _ = await connected(bytes(frame), hangs_up=True)
        try:
            answer = await link.exchange(JOB)
        except WorkerGoneError:
            continue
        assert isinstance(answer, Result | Failure)


@pytest.mark.parametrize("length", [0, 1, 4, 20], ids="after {} bytes".format)
async def test_hanging_up_is_the_end(length: int) -> None:
    """A worker that hangs up is gone, before its words and in the middle of them."""
    link, _ = await connected(encode(HELLO)[:length], hangs_up=True)
    with pytest.raises(WorkerGoneError, match="hung up"):
        await link.hello()


async def test_worker_that_does_not_listen_never_had_the_job() -> None:
    """An error of its own tells that the job did not reach the worker, so that it is not blamed."""
    link, worker = await connected()
    await worker.aclose()
    with pytest.raises(WorkerDeafError):
        await link.exchange(JOB)


async def test_worker_that_listened_had_the_job() -> None:
    """Who read a job and then went is not deaf: the job may be the reason."""
    link, _ = await connected(hangs_up=True)
    with pytest.raises(WorkerGoneError) as gone:
        await link.exchange(JOB)
    assert not isinstance(gone.value, WorkerDeafError)


async def test_job_that_fits_no_frame_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that is too large leaves the worker untouched and in step."""
    link, worker = await connected()
    with monkeypatch.context() as limited:
        limited.setattr("shared.wire.MAX_FRAME_BYTES", 10)
        with pytest.raises(ProtocolError):
            await link.exchange(JOB)
    await worker.send_all(encode(RESULT))
    assert await link.exchange(JOB) == RESULT


async def test_closing_the_link_hangs_up() -> None:
    """The worker reads the end of the stream, which is how it learns that it is to leave."""
    link, worker = await connected()
    await link.aclose()
    assert await worker.receive_some() == b""


async def test_link_over_a_real_socket(nursery: trio.Nursery) -> None:
    """An answer of several megabytes comes whole through the kernel's small buffers."""
    ours, theirs = trio.socket.socketpair()
    link, worker = WorkerLink(trio.SocketStream(ours)), trio.SocketStream(theirs)
    large = replace(RESULT, body=bytes(range(256)) * 20_000)
    nursery.start_soon(worker.send_all, encode(large))
    async with worker:
        assert await link.exchange(JOB) == large
    with pytest.raises(WorkerDeafError):
        await link.exchange(JOB)
    await link.aclose()
