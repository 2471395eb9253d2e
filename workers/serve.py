"""The conversation with the front end: a ``Hello``, then an answer to every request.

A ``Job`` is answered by a ``Result``, an ``Inspect`` by an ``Inspection``, and either by a ``Failure``. One at a
time, over an inherited stream socket. The end of the stream is the end of the process.
"""

from __future__ import annotations

import gc
import socket
import traceback
import warnings
from collections.abc import Iterator

from shared.errors import OutOfMemoryError, ServiceError
from shared.messages import Failure, Job, Message, Request
from shared.wire import FrameDecoder, ProtocolError, encode
from workers.codecs import warm_up
from workers.inspecting import inspect
from workers.introduction import hello
from workers.job import run
from workers.limits import give_back_memory, mortal

EXIT_END_OF_STREAM = 0
EXIT_PROTOCOL = 65
EXIT_OUT_OF_MEMORY = 70
_RECEIVE_BYTES = 256 << 10


def serve(connection: socket.socket) -> int:
    """Introduce ourselves and answer requests until the front end closes the connection; return the exit status.

    Raises ProtocolError when the front end says what it must not say.
    """
    warm_up()
    warnings.simplefilter("ignore")  # nobody reads a worker's stderr for advice to programmers
    gc.freeze()  # what is loaded now stays: collecting after a job looks at what the job has left
    try:
        connection.sendall(encode(hello()))
        for message in _messages(connection):
            if not isinstance(message, Request):
                raise ProtocolError(f"a {message.type} from the front end")
            with mortal(message.deadline_s):
                answer, is_exhausted = answered(message)
                connection.sendall(answer)
            del message, answer
            if is_exhausted:
                return EXIT_OUT_OF_MEMORY
            give_back_memory()
    except (BrokenPipeError, ConnectionResetError):
        pass  # the front end is gone, and with it everyone who wanted an answer
    return EXIT_END_OF_STREAM


def answered(request: Request) -> tuple[bytes, bool]:
    """Do what is asked for; return the frame that tells what became of it, and whether memory ran out.

    A process whose memory has run out is to be ended: what is left is in pieces, and some library may have
    noticed too late.
    """
    try:
        return encode(run(request) if isinstance(request, Job) else inspect(request)), False
    except ServiceError as error:
        failure: ServiceError = error
    except MemoryError:
        return encode(Failure.of(OutOfMemoryError(), job_id=request.job_id, is_last=True)), True
    except Exception as error:  # noqa: BLE001 - whatever a module or an encoder does, it costs one request
        failure = ServiceError("".join(traceback.format_exception(error)))
    return encode(Failure.of(failure, job_id=request.job_id)), False


def _messages(connection: socket.socket) -> Iterator[Message]:
    decoder = FrameDecoder()
    while received := connection.recv(_RECEIVE_BYTES):
        yield from decoder.feed(received)
