"""The first segments of the server's own addresses: no image can be asked for, or named, under these."""

from __future__ import annotations

RESERVED_SEGMENTS = frozenset(
    (
        "", "_stats", "admin", "api-keys", "docs", "health", "image", "images", "img", "metrics", "openapi.json",
        "purge", "random", "tags", "upload",
    )
)  # fmt: skip
