"""The conversation with one worker: messages over a byte stream. Knows nothing of processes or queues."""

from __future__ import annotations

import trio

from shared.messages import (
    PROTOCOL_VERSION,
    Answer,
    Failure,
    Hello,
    Inspection,
    Job,
    Message,
    Request,
    Result,
)
from shared.wire import FrameDecoder, ProtocolError, encode

_READ_BYTES = 256 << 10


class WorkerGoneError(Exception):
    """The worker closed its end, spoke nonsense or overran: it must not be used again."""


class WorkerDeafError(WorkerGoneError):
    """The worker was gone before it had all of the job: the job is not to blame."""


class WorkerLink:
    """One job at a time. After any error, or a cancelled exchange, the worker is out of step: end it."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self._stream = stream
        self._decoder = FrameDecoder()

    async def hello(self) -> Hello:
        """Wait for the worker's first words. Raises WorkerGoneError."""
        message = await self._receive()
        if not isinstance(message, Hello) or message.protocol != PROTOCOL_VERSION:
            raise WorkerGoneError(f"expected a hello of version {PROTOCOL_VERSION}, got a {message.type}")
        return message

    async def exchange(self, request: Request) -> Answer:
        """Hand over a job or an inspection and wait for what became of it: a failure, or what was asked for.

        Raises WorkerGoneError, or ProtocolError when the request is too large to be sent: then nothing was.
        """
        frame = encode(request)
        try:
            await self._stream.send_all(frame)
        except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
            raise WorkerDeafError("the worker no longer listens") from error
        message = await self._receive()
        wanted = Result if isinstance(request, Job) else Inspection
        if not isinstance(message, (wanted, Failure)) or message.job_id != request.job_id:
            raise WorkerGoneError(f"expected the answer to job {request.job_id}, got a {message.type}")
        return message

    async def aclose(self) -> None:
        """Hang up: a worker that waits for a job then leaves by itself."""
        await self._stream.aclose()

    async def _receive(self) -> Message:
        while True:
            try:
                data = await self._stream.receive_some(_READ_BYTES)
                if not data:
                    raise WorkerGoneError("the worker hung up")
                messages = list(self._decoder.feed(data))
            except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
                raise WorkerGoneError("the connection to the worker broke") from error
            except ProtocolError as error:
                raise WorkerGoneError(str(error)) from error
            if len(messages) > 1:
                raise WorkerGoneError("the worker answered more than it was asked")
            if messages:
                return messages[0]
