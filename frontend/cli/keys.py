"""``tintype keys``: makes keys of the API, lists and changes them, whether the server runs or not.

A running server notices at its next request. The data folder's lock is not asked for: the database sees to it that
both can write.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from frontend.access.roles import ApiKey, Role
from frontend.api.keys_json import key_json, new_key_json
from frontend.cli.arguments import parse_settings, settings_parser
from frontend.cli.errand import run_errand
from frontend.library.catalogue import FILE_NAME
from frontend.library.errors import KeyNotFoundError, UsernameTakenError
from frontend.library.key_rows import KeyChanges
from frontend.library.keys import ApiKeys
from frontend.settings import Settings
from frontend.start_error import StartError
from shared.errors import BadParameterError

NO_LIMIT = "none"


@dataclass(frozen=True, slots=True)
class Action:
    """What can be done: ``work`` does it and returns what is to be printed on standard output."""

    sentence: str
    work: Callable[[ApiKeys, argparse.Namespace], Awaitable[str]]
    usage: str = ""
    add_limits: bool = False


def run(argv: Sequence[str], *, environment: Mapping[str, str]) -> int:
    """Do what the first argument says. Raises StartError, SettingsError."""
    name: str = _chooser().parse_args(argv[:1]).action
    action = ACTIONS[name]
    parser = settings_parser(f"keys {name}", description=action.sentence)
    _add_arguments(parser, action)
    loaded, arguments = parse_settings(parser, argv[1:], environment=environment)
    return run_errand(partial(_run, loaded.settings, action, arguments), loaded)


async def _run(settings: Settings, action: Action, arguments: argparse.Namespace) -> int:
    async with ApiKeys.open(settings.data_path / FILE_NAME) as keys:
        try:
            print(await action.work(keys, arguments))
        except (BadParameterError, UsernameTakenError, KeyNotFoundError) as error:
            raise StartError(str(error)) from error
    return 0


def _chooser() -> argparse.ArgumentParser:
    actions = "\n".join(f"  {name:<12}{action.sentence}" for name, action in ACTIONS.items())
    parser = argparse.ArgumentParser(
        prog="tintype keys",
        usage="%(prog)s ACTION [ARGUMENT ...]",
        description="Make, list and change keys of the API.",
        epilog=f"actions:\n{actions}\n\n`tintype keys ACTION --help` tells more about one.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("action", metavar="ACTION", choices=ACTIONS, help=argparse.SUPPRESS)
    return parser


def _add_arguments(parser: argparse.ArgumentParser, action: Action) -> None:
    parser.usage = f"%(prog)s {action.usage}[--json] [--SETTING VALUE ...]"
    parser.add_argument("--json", action="store_true", help="print JSON, for machines")
    if action.usage:
        parser.add_argument("username", metavar="NAME", help="whose key it is")
    if action.add_limits:
        # The setting of the same name, for all keys, is none of this command's.
        limits = parser.add_argument_group("what the key may", conflict_handler="resolve")
        roles = [role.value for role in Role]
        limits.add_argument("--role", choices=roles, metavar="ROLE", help=f"one of {', '.join(roles)}")
        limits.add_argument("--requests-per-second", type=_limit(float), metavar="N", help=f"or {NO_LIMIT}")
        limits.add_argument(
            "--max-batch-size", dest="batch_size", type=_limit(int), metavar="N", help=f"or {NO_LIMIT}"
        )


@dataclass(frozen=True, slots=True)
class _Limit:
    """A limit that was given; None takes it away."""

    value: float | None


def _limit(kind: type[int | float]) -> Callable[[str], _Limit]:
    def parse(text: str) -> _Limit:
        return _Limit(None if text == NO_LIMIT else kind(text))

    parse.__name__ = "number"  # argparse says it where the text is none
    return parse


def _changes(arguments: argparse.Namespace) -> KeyChanges:
    """What the flags name."""
    changes = KeyChanges()
    if arguments.role is not None:
        changes["role"] = Role(arguments.role)
    if arguments.requests_per_second is not None:
        changes["requests_per_second"] = arguments.requests_per_second.value
    if arguments.batch_size is not None:
        changes["max_batch_size"] = arguments.batch_size.value
    return changes


async def _list(keys: ApiKeys, arguments: argparse.Namespace) -> str:
    told = [key_json(key) for key in await keys.all()]
    return json.dumps(told, indent=2) if arguments.json else _table(told)


async def _create(keys: ApiKeys, arguments: argparse.Namespace) -> str:
    changes = _changes(arguments)
    new = await keys.create(
        arguments.username,
        role=changes.get("role", Role.READER),
        requests_per_second=changes.get("requests_per_second"),
        max_batch_size=changes.get("max_batch_size"),
    )
    if arguments.json:
        return json.dumps(new_key_json(new))
    print(f"The key of {new.key.username} ({new.key.role}), shown this once:", file=sys.stderr, flush=True)
    return new.token


async def _change(keys: ApiKeys, arguments: argparse.Namespace) -> str:
    return _told(await keys.change(arguments.username, _changes(arguments)), "was changed", arguments)


async def _activate(keys: ApiKeys, arguments: argparse.Namespace) -> str:
    return _told(await keys.set_active(arguments.username, is_active=True), "works", arguments)


async def _deactivate(keys: ApiKeys, arguments: argparse.Namespace) -> str:
    return _told(await keys.set_active(arguments.username, is_active=False), "works no more", arguments)


async def _delete(keys: ApiKeys, arguments: argparse.Namespace) -> str:
    return _told(await keys.delete(arguments.username), "is deleted", arguments)


def _told(key: ApiKey, outcome: str, arguments: argparse.Namespace) -> str:
    return json.dumps(key_json(key)) if arguments.json else f"The key of {key.username} {outcome}"


def _table(keys: Sequence[Mapping[str, object]]) -> str:
    if not keys:
        return "There are no keys but the administrator's"
    headings = [name.replace("_", " ") for name in keys[0]]
    rows = [headings, *([_cell(value) for value in key.values()] for key in keys)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None else str(value)


_LIMITS = "[--role ROLE] [--requests-per-second N] [--max-batch-size N] "

ACTIONS = {
    "list": Action("Show who has a key.", _list),
    "create": Action("Make a key and print it, this once.", _create, f"NAME {_LIMITS}", add_limits=True),
    "change": Action("Change role and limits.", _change, f"NAME {_LIMITS}", add_limits=True),
    "activate": Action("Have a key work again.", _activate, "NAME "),
    "deactivate": Action("Have a key work no more, until it is activated.", _deactivate, "NAME "),
    "delete": Action("Delete a key for good.", _delete, "NAME "),
}
