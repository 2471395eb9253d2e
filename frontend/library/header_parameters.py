"""Reads header values such as ``form-data; name="file"; filename="cat.png"``.

Sources: RFC 9110, section 5.6.6; RFC 7578; RFC 8187 for ``filename*``.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from shared.errors import shown

_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_VALUE = re.compile(rf"[ \t]*({_WORD}(?:/{_WORD})?)[ \t]*")
_PARAMETER = re.compile(
    rf';[ \t]*(?:(?P<name>{_WORD})[ \t]*=[ \t]*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^";\s]*))[ \t]*)?'
)
# Only these two: browsers leave a backslash of a file's name as it is.
_QUOTED_PAIR = re.compile(r'\\(["\\])')
_EXTENDED = re.compile(r"(?P<charset>[0-9A-Za-z-]+)'[0-9A-Za-z-]*'(?P<text>[^\s\"]*)")
_CHARSETS = frozenset(("utf-8", "iso-8859-1"))


def parse_header(text: str) -> tuple[str, dict[str, str]]:
    """Split a header's value from its parameters; the value and their names in lower case.

    Raises ValueError that says what is wrong: also for a parameter that is given twice, since another reader of
    the same header might take the other one.
    """
    match = _VALUE.match(text)
    if match is None:
        raise ValueError("it has no value")
    parameters: dict[str, str] = {}
    at = match.end()
    while at < len(text):
        parameter = _PARAMETER.match(text, at)
        if parameter is None:
            raise ValueError("its parameters are malformed")
        at = parameter.end()
        if parameter["name"] is not None:
            _add(parameters, parameter)
    return match[1].lower(), parameters


def _add(parameters: dict[str, str], parameter: re.Match[str]) -> None:
    name = parameter["name"].lower()
    if name in parameters:
        raise ValueError(f"{shown(name)} is given twice")
    quoted = parameter["quoted"]
    parameters[name] = parameter["bare"] if quoted is None else _QUOTED_PAIR.sub(r"\1", quoted)


def decode_extended(text: str) -> str:
    """Decode what a parameter with a star holds: ``UTF-8''na%C3%AFve.png``. Raises ValueError."""
    match = _EXTENDED.fullmatch(text)
    if match is None:
        raise ValueError("a parameter with a star is malformed")
    charset = match["charset"].lower()
    if charset not in _CHARSETS:
        raise ValueError(f"the character set {shown(charset)} is not known, only UTF-8")
    return unquote(match["text"], encoding=charset, errors="replace")
