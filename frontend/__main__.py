"""The ``tintype`` command: finds the sub-command, runs it, turns a failed start into words.

One file per sub-command in ``frontend/cli/``, imported only when it is asked for: help and
version come at once.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata

from frontend.start_error import StartError

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
    except* StartError as failures:  # what a nursery raises comes in a group
        for failure in _leaves(failures):
            print(f"tintype: {failure}", file=sys.stderr)  # noqa: T201
    return exit_code


def _leaves(group: BaseExceptionGroup[StartError]) -> Iterator[StartError]:
    """Yield the errors of a group, however deep they lie."""
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


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

    return run(loaded.settings)


def _config(argv: Sequence[str]) -> int:
    from frontend.cli import config
    from frontend.cli.arguments import parse_settings, settings_parser

    parser = settings_parser("config", description=COMMANDS["config"].sentence)
    parser.add_argument("--json", action="store_true", help="print JSON, for machines")
    loaded, namespace = parse_settings(parser, argv, environment=os.environ)
    return config.run(loaded, as_json=namespace.json)


COMMANDS = {
    "serve": Command("Serve images over HTTPS until a signal says stop.", _serve),
    "config": Command("Show the settings in force and where each came from.", _config),
}

if __name__ == "__main__":
    sys.exit(main())
