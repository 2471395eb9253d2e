"""Starts a worker: ``python -m workers --fd N``, where N is an inherited stream socket to the front end.

The process is bound to its limits before anything is imported that they are to bind.
"""

from __future__ import annotations

import argparse
import socket
import sys
from collections.abc import Sequence

from workers import limits

EXIT_USAGE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve the front end at the other end of the socket; return the exit status."""
    given = _parser().parse_args(arguments)
    if given.memory_bytes < limits.MIN_MEMORY_BYTES:
        _complain(f"--memory-bytes {given.memory_bytes}: at least {limits.MIN_MEMORY_BYTES} are needed")
        return EXIT_USAGE
    try:
        connection = socket.socket(fileno=given.fd)
    except OSError as error:
        _complain(f"--fd {given.fd} is no socket: {error}")
        return EXIT_USAGE
    limits.lower(memory_bytes=given.memory_bytes, niceness=given.nice)

    from shared.wire import ProtocolError
    from workers.serve import EXIT_PROTOCOL, serve

    with connection:
        try:
            return serve(connection)
        except ProtocolError as error:
            _complain(f"the front end does not make sense: {error}")
            return EXIT_PROTOCOL


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m workers", description="A tintype worker process.")
    parser.add_argument("--fd", type=int, required=True, help="inherited stream socket to the front end")
    parser.add_argument(
        "--memory-bytes", type=int, default=limits.DEFAULT_MEMORY_BYTES, help="ceiling of the address space"
    )
    parser.add_argument("--nice", type=int, default=limits.DEFAULT_NICENESS, help="added to the priority")
    return parser


def _complain(text: str) -> None:
    sys.stderr.write(f"tintype worker: {text}\n")


if __name__ == "__main__":
    sys.exit(main())
