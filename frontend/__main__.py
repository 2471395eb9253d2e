"""The ``tintype`` command: finds the sub-command, runs it, turns a failed start into words.

One file per sub-command in ``frontend/cli/``, imported only when it is asked for: help and
version come at once.
"""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING

from frontend.error_leaves import leaves
from frontend.start_error import StartError

if TYPE_CHECKING:
    from frontend.settings_sources import LoadedSettings

EXIT_BROKEN_PIPE = 128 + signal.SIGPIPE
EXIT_NOT_STARTED = 2


@dataclass(frozen=True, slots=True)
class Command:
    """A sub-command: what it is for, and what runs it with the arguments behind its name."""

    sentence: str
    run: Callable[[Sequence[str]], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0, or 2 where nothing could be started.

    ``--help``, ``--version`` and a wrong use end in ``SystemExit``, as argparse has it.
    """
    words = sys.argv[1:] if argv is None else argv
    command = _parser().parse_args(words[:1]).command
    exit_code = EXIT_NOT_STARTED
    try:
        exit_code = COMMANDS[command].run(words[1:])
        sys.stdout.flush()  # now, while a reader that has left can be told from a mistake
    except* StartError as failures:  # what a nursery raises comes in a group
        for failure in leaves(failures):
            print(f"tintype: {failure}", file=sys.stderr)  # noqa: T201
    except* BrokenPipeError:
        exit_code = _without_reader()
    return exit_code


def _without_reader() -> int:
    """End quietly: whoever read our words has enough of them, as ``head`` has after a few lines."""
    # What is still in a buffer would be written, and fail, when Python ends.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
    return EXIT_BROKEN_PIPE


def _parser() -> argparse.ArgumentParser:
    commands = "\n".join(f"  {name:<10}{command.sentence}" for name, command in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="tintype",
        usage="%(prog)s COMMAND [ARGUMENT ...]",
        description="A self-hosted image server.",
        epilog=f"commands:\n{commands}\n\n`tintype COMMAND --help` tells more about one.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {metadata.version('tintype')}")
    parser.add_argument("command", metavar="COMMAND", choices=COMMANDS, help=argparse.SUPPRESS)
    return parser


def _serve(argv: Sequence[str]) -> int:
    from frontend.cli.arguments import parse_settings, settings_parser

    parser = settings_parser("serve", description=COMMANDS["serve"].sentence)
    loaded, _ = parse_settings(parser, argv, environment=os.environ)

    from frontend.cli.serve import run

    return run(loaded)


def _config(argv: Sequence[str]) -> int:
    from frontend.cli import config
    from frontend.cli.arguments import parse_settings, settings_parser

    parser = settings_parser("config", description=COMMANDS["config"].sentence)
    parser.add_argument("--json", action="store_true", help="print JSON, for machines")
    loaded, namespace = parse_settings(parser, argv, environment=os.environ)
    return config.run(loaded, as_json=namespace.json)


def _import(argv: Sequence[str]) -> int:
    from frontend.cli import import_

    return _errand("import", argv, import_.add_arguments, import_.run)


def _fsck(argv: Sequence[str]) -> int:
    from frontend.cli import fsck

    return _errand("fsck", argv, fsck.add_arguments, fsck.run)


def _gc(argv: Sequence[str]) -> int:
    from frontend.cli import gc

    return _errand("gc", argv, gc.add_arguments, gc.run)


def _keys(argv: Sequence[str]) -> int:
    from frontend.cli import keys

    return keys.run(argv, environment=os.environ)


def _sign(argv: Sequence[str]) -> int:
    from frontend.cli import sign

    return _errand("sign", argv, sign.add_arguments, sign.run)


def _modules(argv: Sequence[str]) -> int:
    from frontend.cli import modules

    return modules.run(argv, description=COMMANDS["modules"].sentence)


def _errand(
    command: str,
    argv: Sequence[str],
    add_arguments: Callable[[argparse.ArgumentParser], None],
    run: Callable[["LoadedSettings", argparse.Namespace], int],
) -> int:
    """Run a command that takes arguments of its own beside the settings."""
    from frontend.cli.arguments import parse_settings, settings_parser

    parser = settings_parser(command, description=COMMANDS[command].sentence)
    add_arguments(parser)
    return run(*parse_settings(parser, argv, environment=os.environ))


COMMANDS = {
    "serve": Command("Serve images over HTTPS until a signal says stop.", _serve),
    "import": Command("Bring a folder of images into the library.", _import),
    "fsck": Command("Check that the library is whole, and mend it.", _fsck),
    "gc": Command("Remove what nobody can have any more.", _gc),
    "keys": Command("Make, list and change keys of the API.", _keys),
    "sign": Command("Sign URLs, so that whoever has them may use them.", _sign),
    "config": Command("Show the settings in force and where each came from.", _config),
    "modules": Command("Show what can be done to images, plug-ins included.", _modules),
}

if __name__ == "__main__":
    sys.exit(main())
