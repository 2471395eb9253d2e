"""Which address needs which role: the one table. What is not in it, nobody may.

Addresses are written as the application's routes are. ``HEAD`` is ``GET`` here, and ``OPTIONS`` asks for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from frontend.access.roles import Role

ANYONE = None
"""No key is needed, and one that is sent is not looked at. Who may see a private image is told elsewhere."""

NEEDS: Mapping[tuple[str, str], Role | None] = {
    ("GET", "/"): ANYONE,
    ("GET", "/health"): ANYONE,
    ("GET", "/docs"): ANYONE,
    ("GET", "/openapi.json"): ANYONE,
    ("GET", "/images/<image:name>"): ANYONE,
    ("GET", "/images/<image:name>/info"): ANYONE,
    ("GET", "/img/<pipeline>/<image:name>"): ANYONE,
    ("GET", "/images"): Role.READER,
    ("GET", "/random"): Role.READER,
    ("POST", "/random"): Role.READER,
    ("GET", "/tags"): Role.READER,
    ("POST", "/images"): Role.EDITOR,
    ("POST", "/image"): Role.EDITOR,
    ("POST", "/upload"): Role.EDITOR,
    ("POST", "/images/<image:name>/tags"): Role.EDITOR,
    ("DELETE", "/images/<image:name>/tags"): Role.EDITOR,
    ("DELETE", "/images/<image:name>"): Role.ADMIN,
    ("DELETE", "/images/<image:name>/variants"): Role.ADMIN,
    ("POST", "/purge"): Role.ADMIN,
    ("GET", "/_stats"): Role.ADMIN,
    ("GET", "/api-keys"): Role.ADMIN,
    ("POST", "/api-keys"): Role.ADMIN,
    ("PUT", "/api-keys/<username>"): Role.ADMIN,
    ("PATCH", "/api-keys/<username>/status"): Role.ADMIN,
    ("DELETE", "/api-keys"): Role.ADMIN,
    ("DELETE", "/api-keys/<username>"): Role.ADMIN,
}


def need(method: str, route: str) -> Role | None:
    """Return the role that is needed, or ``ANYONE``. Raises KeyError for what the table does not know."""
    return NEEDS["GET" if method == "HEAD" else method, route]
