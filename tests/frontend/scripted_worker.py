"""A real process that stands in for a worker: ``python scripted_worker.py FD [HABIT...]``.

It says hello, tells in its versions what it inherited, and answers each job with the name of its image, except
that the images ``segfault`` and ``hang`` are what they are called. Its habits: ``silent`` never says hello,
``absent`` leaves at once, ``stubborn`` heeds neither SIGTERM nor being hung up on.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from pathlib import Path

from shared.messages import Hello, Job, Result
from shared.wire import FrameDecoder, encode


def main(fd: int, *habits: str) -> None:
    if "absent" in habits:
        sys.exit(3)
    if "stubborn" in habits:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    descriptors = open_descriptors()
    with socket.socket(fileno=fd) as connection:
        if "silent" not in habits:
            connection.sendall(encode(hello(descriptors)))
        serve(connection)
    if "stubborn" in habits:
        sleep_forever()


def serve(connection: socket.socket) -> None:
    decoder = FrameDecoder()
    while data := connection.recv(1 << 16):
        for job in decoder.feed(data):
            assert isinstance(job, Job)
            image = job.source.path or ""
            if image == "segfault":
                os.kill(os.getpid(), signal.SIGSEGV)
            if image == "hang":
                sleep_forever()
            connection.sendall(encode(result(job.job_id, image)))


def hello(descriptors: list[int]) -> Hello:
    inherited = {"fds": ",".join(map(str, descriptors)), "environment": ",".join(sorted(os.environ))}
    return Hello(pid=os.getpid(), versions=inherited, decodes=(), encodes=(), modules=())


def result(job_id: int, image: str) -> Result:
    return Result(job_id=job_id, format="png", width=1, height=1, frames=1, has_alpha=False, body=image.encode())


def open_descriptors() -> list[int]:
    listed = [int(entry.name) for entry in Path("/proc/self/fd").iterdir()]
    return sorted(fd for fd in listed if Path(f"/proc/self/fd/{fd}").exists() or is_socket(fd))


def is_socket(fd: int) -> bool:
    try:
        return os.readlink(f"/proc/self/fd/{fd}").startswith("socket:")
    except FileNotFoundError:  # the one that the list was read through
        return False


def sleep_forever() -> None:
    while True:
        time.sleep(60)


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
