"""How an image is told of in JSON: one of the library by its record, one of the folder by what was found in it."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

from frontend.api.inspections import Found
from frontend.library.records import ImageRecord
from frontend.originals import SourceImage

NS_PER_S = 1_000_000_000


def image_url(filename: str, *, base: str) -> str:
    """The address of an image."""
    return f"{base}/images/{quote(filename, safe='/')}"


def rfc3339(moment: datetime | None) -> str | None:
    """Write a time of UTC down, to the millisecond."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def record_json(record: ImageRecord, *, base: str) -> dict[str, object]:
    """Tell of an image of the library."""
    return {
        "id": record.id,
        "url": image_url(record.filename, base=base),
        "filename": record.filename,
        "format": record.format,
        "width": record.width,
        "height": record.height,
        "size_bytes": record.size_bytes,
        "hash": record.hash,
        "tags": list(record.tags),
        "created_at": rfc3339(record.created_at),
        "modified_at": rfc3339(record.modified_at),
        "frames": record.frames,
        "has_alpha": record.has_alpha,
        "private": record.private,
        # Variants are no records of their own: whatever is listed is an original.
        "original_id": None,
        "access_count": record.access_count,
        "last_accessed": rfc3339(record.last_accessed),
        "blurhash": record.blurhash,
        "thumbhash": record.thumbhash,
        "dominant_color": record.dominant_color,
    }


def drop_in_json(image: SourceImage, found: Found, *, base: str) -> dict[str, object]:
    """Tell of a file of the folder in the same fields, null where only a record would know."""
    changed = datetime.fromtimestamp(image.stamp.mtime_ns / NS_PER_S, UTC)
    about = found.inspection
    return {
        "id": None,
        "url": image_url(image.name, base=base),
        "filename": image.name,
        "format": about.format,
        "width": about.width,
        "height": about.height,
        "size_bytes": image.stamp.size_bytes,
        "hash": found.hash,
        "tags": [],
        "created_at": None,
        "modified_at": rfc3339(changed),
        "frames": about.frames,
        "has_alpha": about.has_alpha,
        "private": False,
        "original_id": None,
        "access_count": None,
        "last_accessed": None,
        "blurhash": about.blurhash,
        "thumbhash": about.thumbhash,
        "dominant_color": about.colors[0] if about.colors else None,
    }


def details_json(found: Found, *, with_place: bool) -> dict[str, object]:
    """Tell what else is in a file; where it was taken is for holders of a key."""
    about = found.inspection
    details: dict[str, object] = {
        "mode": about.mode,
        "bit_depth": about.bit_depth,
        "exif": about.exif,
        "colors": list(about.colors),
        "palette": [{"hex": swatch.color, "share": swatch.share} for swatch in about.palette],
        "phash": about.phash,
        "icc_name": about.icc_name,
        "duration_ms": about.duration_ms,
    }
    if with_place:
        place = {"latitude": about.latitude, "longitude": about.longitude}
        details["gps"] = None if about.latitude is None else place
    return details
