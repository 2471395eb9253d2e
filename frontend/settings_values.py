"""How durations and sizes are written in settings, read and shown again.

What is shown can be typed back. Which setting is a duration or a size is told by the
unit its name ends in; ``frontend/settings_spelling.py`` knows that, this file does not.
"""

import os.path
import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, SecretStr

_SECONDS_IN = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
_BYTES_IN = {
    "B": 1,
    **{f"{prefix}iB": 1 << 10 * power for power, prefix in enumerate("KMGT", start=1)},
    **{f"{prefix}B": 1000**power for power, prefix in enumerate("KMGT", start=1)},
}
_SIZE_UNITS = {unit.lower(): count for unit, count in _BYTES_IN.items()}
_KEY = re.compile(r"[!-~]{8,512}")
_SIGNING_KEY = re.compile(r"[!-+\--~]{16,512}")
_QUANTITY = re.compile(r"(\d+(?:\.\d+)?|\.\d+)\s*([a-z]*)", re.ASCII | re.IGNORECASE)


def read_duration(value: object) -> object:
    """Turn ``500ms``, ``10s``, ``5m``, ``1h``, ``7d`` or plain seconds into seconds."""
    return _read_quantity(value, units=_SECONDS_IN, plain="s")


def read_size(value: object) -> object:
    """Turn ``64MiB``, ``1 GiB``, ``500MB`` or a plain number into bytes."""
    # Not pydantic.ByteSize: it reads as far as it understands, so that "1,5GiB" is one byte.
    quantity = _read_quantity(value, units=_SIZE_UNITS, plain="b")
    if isinstance(quantity, float) and quantity.is_integer():
        return int(quantity)
    return quantity


def format_duration(seconds: float) -> str:
    """Write a duration in the largest unit that needs no fraction, else in seconds."""
    milliseconds = round(seconds * 1000, 3)
    for unit in ("d", "h", "m", "s"):
        size_ms = _SECONDS_IN[unit] * 1000
        if milliseconds >= size_ms and milliseconds % size_ms == 0:
            return f"{milliseconds / size_ms:.0f}{unit}"
    if 0 < milliseconds < 1000:
        return f"{milliseconds:g}ms"
    return f"{milliseconds / 1000:.3f}".rstrip("0").rstrip(".") + "s"


def format_size(size_bytes: int) -> str:
    """Write a size in the largest unit that divides it, else in bytes."""
    units = sorted(_BYTES_IN.items(), key=lambda item: item[1], reverse=True)
    for unit, count in units:
        if size_bytes >= count and size_bytes % count == 0:
            return f"{size_bytes // count}{unit}"
    return f"{size_bytes}B"


def _read_quantity(value: object, *, units: dict[str, float] | dict[str, int], plain: str) -> object:
    """Read text of a number and a unit; leave to pydantic what is no text."""
    if not isinstance(value, str):
        return value
    match = _QUANTITY.fullmatch(value.strip())
    if match is None:
        raise ValueError("not a number with a unit")
    number, unit = match.groups()
    factor = units.get(unit.lower() or plain)
    if factor is None:
        raise ValueError("unknown unit")
    return float(number) * factor


def _read_list(value: object) -> object:
    """Take text with commas for a list; a file may also hold a real one."""
    return tuple(filter(None, map(str.strip, value.split(",")))) if isinstance(value, str) else value


def _read_choice(value: object) -> object:
    """Take ``INFO`` for ``info``, and the number 1.3 for the text."""
    return str(value).lower() if isinstance(value, str | float) else value


def expand_home(path: Path) -> Path:
    """Only a shell knows ``~``; in a file or the environment it would name a folder."""
    # Not Path.expanduser, which raises for a user there is not.
    return Path(os.path.expanduser(path))


def _check_key(key: SecretStr) -> SecretStr:
    """A key travels in an Authorization header, hence the alphabet."""
    if not _KEY.fullmatch(key.get_secret_value()):
        raise ValueError("not usable as a key")
    return key


def _read_secrets(value: object) -> object:
    """Take text with commas for several secrets, but none at all only where nothing was given."""
    secrets = _read_list(value)
    if isinstance(value, str | list) and not secrets:
        raise ValueError("holds no secret")
    return secrets


def _check_signing_key(key: SecretStr) -> SecretStr:
    """A comma is what stands between keys."""
    if not _SIGNING_KEY.fullmatch(key.get_secret_value()):
        raise ValueError("not usable as a signing key")
    return key


Seconds = Annotated[float, BeforeValidator(read_duration)]
Bytes = Annotated[int, BeforeValidator(read_size)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_read_list)]
Folder = Annotated[Path, AfterValidator(expand_home)]
Key = Annotated[SecretStr, AfterValidator(_check_key)]
SigningKeys = Annotated[
    tuple[Annotated[SecretStr, AfterValidator(_check_signing_key)], ...], BeforeValidator(_read_secrets)
]
AnyCase = BeforeValidator(_read_choice)
