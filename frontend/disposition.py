"""``Content-Disposition`` for what is to be saved, and under which name. Source: RFC 6266, RFC 8187."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from urllib.parse import quote

_PLAIN = re.compile(r"[^A-Za-z0-9 ._()+@=-]")
_MAY_STAND = "!#$&+^`|~-._"


def attachment(asked: str, *, name: str, extension: str) -> str:
    """Return the field's value.

    ``asked`` is the name that the client wants, if any; else it is the last part of the image's ``name``, with the
    ``extension`` of what it has become.
    """
    filename = asked or f"{PurePosixPath(name).stem}.{extension}"
    plain = _PLAIN.sub("_", filename)
    value = f'attachment; filename="{plain}"'
    if plain != filename:
        value += f"; filename*=UTF-8''{quote(filename.encode('utf-8', 'replace'), safe=_MAY_STAND)}"
    return value
