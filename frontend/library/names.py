"""Names of library images: made from the bytes unless they are given, and given ones are checked."""

from __future__ import annotations

from frontend.drop_in import check_name
from shared.errors import BadParameterError, ImageNotFoundError
from shared.formats import BY_NAME

HASH_DIGITS = 16
LAST_SEGMENTS = frozenset(("info", "tags", "variants"))


def generated_name(sha256: str, format_name: str, *, digits: int = HASH_DIGITS) -> str:
    """The name of an image without one: the beginning of its hash, and the usual extension of its format."""
    return f"{sha256[:digits]}.{BY_NAME[format_name].extensions[0]}"


def is_generated(filename: str, sha256: str) -> bool:
    """Tell whether a name is made from the bytes, so that no others will ever have it."""
    stem = filename.partition(".")[0]
    return len(stem) >= HASH_DIGITS and sha256.startswith(stem)


def check_given_name(name: str, *, reserved: frozenset[str]) -> None:
    """Raise BadParameterError for a name that cannot be asked for afterwards.

    ``reserved`` are the first segments of the server's own paths.
    """
    try:
        check_name(name)
    except ImageNotFoundError:
        allowed = "a relative path without .., hidden parts, backslashes and control characters"
        raise BadParameterError.of("name", name, allowed) from None
    first, *_, last = (*name.split("/"),) * 2
    if first in reserved | {"images"} or last in LAST_SEGMENTS:
        raise BadParameterError.of("name", name, "a name that is no address of the server's own")
