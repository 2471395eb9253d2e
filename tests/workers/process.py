"""A real worker process at the other end of a real socket, spoken to without a front end."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
from collections.abc import Iterator

from shared.messages import Hello, Message, Request
from shared.wire import FrameDecoder, encode

_PATIENCE_S = 8.0


class WorkerProcess:
    """One worker: ``ask`` it something, or speak bytes to it."""

    def __init__(self, process: subprocess.Popen[str], connection: socket.socket) -> None:
        self.process = process
        self.connection = connection
        self._decoder = FrameDecoder()
        self.hello = self.receive()
        assert isinstance(self.hello, Hello)

    def ask(self, request: Request) -> Message:
        """Send a request and return the answer."""
        self.connection.sendall(encode(request))
        return self.receive()

    def receive(self) -> Message:
        """Return the next message; raises EOFError when the worker has closed its end."""
        while received := self.connection.recv(1 << 20):
            for message in self._decoder.feed(received):
                return message
        raise EOFError

    def status_after_hanging_up(self) -> int:
        """Close our end, and return the exit status."""
        self.connection.close()
        return self.status()

    def status(self) -> int:
        """Wait for the process to end, and return its exit status."""
        return self.process.wait(_PATIENCE_S)

    def complaints(self) -> str:
        """What the process, ended by now, said on stderr."""
        assert self.process.stderr is not None
        return self.process.stderr.read()


@contextlib.contextmanager
def worker(*arguments: str) -> Iterator[WorkerProcess]:
    """Start a worker; end it with the block."""
    ours, theirs = socket.socketpair()
    ours.settimeout(_PATIENCE_S)
    with ours:
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-m", "workers", "--fd", str(theirs.fileno()), *arguments],
                pass_fds=(theirs.fileno(),),
                stderr=subprocess.PIPE,
                text=True,
            )
        with process:
            try:
                yield WorkerProcess(process, ours)
            finally:
                process.kill()
