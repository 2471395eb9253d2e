"""``tintype modules``: prints every operation and its parameters, in the order in which a query applies them."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from frontend.cli.plugins import start_with_plugins
from shared.operation import Operation, Parameter
from shared.operations.registry import OPERATIONS
from shared.plugins import Plugin


def run(argv: Sequence[str], *, description: str) -> int:
    """Print them for people, or as JSON; the exit code is 0. Raises StartError for a plug-in that is not right."""
    parser = argparse.ArgumentParser(prog="tintype modules", description=description, allow_abbrev=False)
    parser.add_argument("--json", action="store_true", help="print JSON, for machines")
    as_json: bool = parser.parse_args(argv).json
    plugins = {plugin.operation: plugin for plugin in start_with_plugins()}
    told = [_operation(kind, plugins.get(kind)) for kind in OPERATIONS.all]
    print(json.dumps(told, indent=2) if as_json else "\n\n".join("\n".join(_in_words(each)) for each in told))
    return 0


def _operation(kind: type[Operation], plugin: Plugin | None) -> dict[str, Any]:
    """What is told of one operation; ``package`` is null for those that are part of tintype."""
    return {
        "name": kind.name,
        "about": " ".join((kind.__doc__ or "").split()),
        "package": plugin and plugin.package,
        "version": plugin and plugin.version,
        "parameters": [_parameter(item) for item in kind.parameters()],
    }


def _parameter(item: Parameter) -> dict[str, Any]:
    return {
        "name": item.name,
        "query": list(item.query),
        "allowed": item.kind.allowed,
        "default": None if item.default is None else item.kind.format(item.default),
        "help": item.help,
    }


def _in_words(told: Mapping[str, Any]) -> Iterator[str]:
    origin = f"{told['package']} {told['version']}" if told["package"] else "built in"
    yield f"{told['name']} ({origin})"
    yield f"  {told['about']}"
    for item in told["parameters"]:
        names = ", ".join(item["query"]) or "only in ops and pipelines"
        default = f"; default {item['default']}" if item["default"] else ""
        yield f"    {item['name']} [{names}]: {item['allowed']}{default}"
        yield f"      {item['help']}"
