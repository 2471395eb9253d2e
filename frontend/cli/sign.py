"""``tintype sign``: signs URLs with the first of the settings' keys, and makes new keys.

What is signed, and how, is told in ``shared/signing.py``.
"""

from __future__ import annotations

import argparse
import json
import math
import secrets
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from frontend.settings_sources import LoadedSettings
from frontend.settings_values import Seconds
from frontend.start_error import StartError
from shared.signing import sign_url

FROM_STDIN = "-"
_PREFIX = "tintype_sign_"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what only this command knows."""
    parser.usage = (
        "%(prog)s URL [URL ...] [--expires TIME] [--json] [--SETTING VALUE ...]\n       %(prog)s --new-key"
    )
    parser.add_argument(
        "urls",
        metavar="URL",
        nargs="+",
        help=f"a whole URL, or a path with its query; {FROM_STDIN} reads one from each line of standard input",
    )
    parser.add_argument(
        "--expires", metavar="TIME", help="time for which the URLs are good, from now [default: for ever]"
    )
    parser.add_argument("--json", action="store_true", help="a line of JSON for every URL")
    parser.add_argument("--new-key", action=_NewKey, help="print a new random key, and do nothing else")


def run(loaded: LoadedSettings, arguments: argparse.Namespace) -> int:
    """Print each URL signed; the exit code is 0. Raises StartError."""
    keys = loaded.settings.signing_keys
    if not keys:
        raise StartError(
            "there is no key to sign with: set TINTYPE_SIGNING_KEYS or name a file with --signing-keys-file; "
            "`tintype sign --new-key` makes a key"
        )
    key = keys[0].get_secret_value().encode("ascii")
    expires_s = None if arguments.expires is None else math.ceil(time.time() + _duration_s(arguments.expires))
    for url in _each(arguments.urls, lines=sys.stdin):
        signed = _signed(url, key=key, expires_s=expires_s)
        facts = {"url": url, "signed_url": signed, "expires_s": expires_s}
        print(json.dumps(facts) if arguments.json else signed)
    return 0


class _NewKey(argparse.Action):
    """Ends the command with a new key before any settings are read: they may be waiting for this very key."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str) -> None:  # noqa: A002 - argparse's name
        super().__init__(option_strings, argparse.SUPPRESS, nargs=0, default=argparse.SUPPRESS, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        print(_PREFIX + secrets.token_urlsafe(32))
        parser.exit()


def _each(urls: Sequence[str], *, lines: Iterable[str]) -> Iterator[str]:
    for url in urls:
        if url == FROM_STDIN:
            yield from filter(None, map(str.strip, lines))
        else:
            yield url


def _signed(url: str, *, key: bytes, expires_s: int | None) -> str:
    try:
        return sign_url(url, key=key, expires_s=expires_s)
    except ValueError as error:
        raise StartError(f"{url!r} cannot be signed: {error}") from error


def _duration_s(text: str) -> float:
    try:
        # Elsewhere 0 stands for no limit: whoever means that here would sign what is good for nothing.
        return TypeAdapter[float](Annotated[Seconds, Field(gt=0)]).validate_python(text)
    except ValidationError as error:
        raise StartError(f"--expires: {text!r} is no time such as 90s, 5m, 1h or 7d") from error
