"""One picture and what is said of it: the examples of the document, which the tests hold to its schemas."""

from __future__ import annotations

from typing import Any

HASH = "9f2c1b7a5d3e8f60417283940a5b6c7d8e9fa0b1c2d3e4f5061728394a5b6c7d"
URL = "https://images.example/images/cat.jpg"

RECORD: dict[str, Any] = {
    "id": 17,
    "url": URL,
    "filename": "cat.jpg",
    "format": "jpeg",
    "width": 2725,
    "height": 2225,
    "size_bytes": 1_482_113,
    "hash": HASH,
    "tags": ["cat", "night"],
    "created_at": "2026-11-21T09:30:00.250Z",
    "modified_at": "2026-11-21T09:30:00.250Z",
    "frames": 1,
    "has_alpha": False,
    "private": False,
    "original_id": None,
    "access_count": 12,
    "last_accessed": "2026-11-21T10:02:41.007Z",
    "blurhash": "LEHV6nWB2yk8pyo0adR*.7kCMdnj",
    "thumbhash": "1QcSHQRnh493V4dIh4eXh1h4kJUI",
    "dominant_color": "#8a6f52",
}
INFO = {
    **RECORD,
    "mode": "RGB",
    "bit_depth": 8,
    "exif": {"camera_model": "Z 6II", "iso": "400"},
    "colors": ["#8a6f52", "#1f2428"],
    "palette": [{"hex": "#8a6f52", "share": 0.5132}, {"hex": "#1f2428", "share": 0.3051}],
    "phash": "d97ec1340bd02af5",
    "icc_name": "Display P3",
    "duration_ms": None,
}
LIST = {"images": [RECORD], "next_cursor": "WyItY3JlYXRlZF9hdCIsMTcsMTdd"}

_ADDED = {"hash": HASH, "filename": "cat.jpg", "url": URL, "tags": ["cat", "night"]}
ADDED = {"message": "The image was added", **_ADDED}


def added_batch(label: str) -> dict[str, Any]:
    """Two images that were added together, one of them before; ``label`` is what they are called by."""
    duplicate = {
        "code": 409,
        "error": "duplicate_image",
        "message": "the library has this image already: dog.jpg",
        "filename": "dog.jpg",
    }
    return {
        "message": "1 of 2 images were added",
        "total": 2,
        "successful": 1,
        "failed": 1,
        "results": [{"index": 0, label: "/srv/photos/cat.jpg", **_ADDED}],
        "errors": [{"index": 1, label: "/srv/photos/dog.jpg", **duplicate}],
    }


DELETED = {"message": "The image was deleted", "filename": "cat.jpg", "hash": HASH}
PURGED_IMAGE = {"message": "The variants were purged", "filename": "cat.jpg", "variants": 4}
PURGED_TAG = {"message": "The variants were purged", "tag": "night", "images": 21, "variants": 57}
TAGS = {"tags": [{"name": "cat", "count": 3}, {"name": "night", "count": 21}], "total_tags": 2}
RANDOM = {
    "images": [RECORD],
    "total": 2,
    "successful": 1,
    "failed": 1,
    "errors": [{"code": 404, "error": "image_not_found", "message": "The filter holds for 1 images only"}],
}
WORKERS = {
    "configured": 4, "ready": 4, "busy": 1, "waiting": 0, "queue_size": 256,
    "quarantined": 0, "jobs": 1204, "crashes": 0, "deadlines": 0, "recycled": 0,
}  # fmt: skip
HEALTH = {
    "status": "ok",
    "timestamp": "2026-11-21T10:02:41.007Z",
    "version": "0.1.0",
    "workers": WORKERS,
    "catalogue": {"is_readable": True},
    "volumes": {"ephemeral": {"is_degraded": False, "reason": None}, "persistent": {"reason": None}},
}
