"""The tables as the code of today reads and writes them.

Keys, indexes and constraints are made, and from version to version changed, in ``frontend/library/migrations``;
here stand only names and types, and a test holds both to be the same.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    JSON,
    REAL,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Double,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Moment(TypeDecorator[datetime]):
    """A time in UTC, stored as microseconds since 1970: exact, short, in order, and the same in every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Turn a time with a time zone into a number."""
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Turn the number back."""
        return None if value is None else _EPOCH + timedelta(microseconds=value)


# SQLite numbers rows by itself only where the type is exactly INTEGER, which there has 64 bits.
Id = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData()

images = Table(
    "images",
    metadata,
    Column("id", Id, primary_key=True),
    Column("filename", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("frames", Integer, nullable=False),
    Column("has_alpha", Boolean, nullable=False),
    Column("private", Boolean, nullable=False),
    Column("mode", Text),
    Column("blurhash", Text),
    Column("thumbhash", Text),
    Column("dominant_color", Text),
    Column("exif", JSON(none_as_null=True)),
    Column("created_at", Moment, nullable=False),
    Column("modified_at", Moment, nullable=False),
    Column("access_count", BigInteger, nullable=False),
    Column("last_accessed", Moment),
)

tags = Table(
    "tags",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False),
)

image_tags = Table(
    "image_tags",
    metadata,
    Column("image_id", Id, primary_key=True, autoincrement=False),
    Column("tag_id", Id, primary_key=True, autoincrement=False),
)

variants = Table(
    "variants",
    metadata,
    Column("key", Text, primary_key=True),
    Column("original_id", Id, nullable=False),
    Column("processing_params", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("access_count", BigInteger, nullable=False),
    Column("last_accessed", Moment),
)

# The key itself is not among them: ``digest`` is its SHA-256.
api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Id, primary_key=True),
    Column("username", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("key_prefix", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("requests_per_second", Double().with_variant(REAL(), "sqlite")),
    Column("max_batch_size", Integer),
    Column("created_at", Moment, nullable=False),
    Column("last_used_at", Moment),
    Column("is_active", Boolean, nullable=False),
)

# One row, written by ``key_rows.py``: a text that is another after each change to the keys.
api_keys_revision = Table("api_keys_revision", metadata, Column("revision", Text, primary_key=True))

# Written by ``change_log.py``: with a tag, whether the image has it; without one, whether the image is there.
changes = Table(
    "changes",
    metadata,
    Column("revision", Id, primary_key=True),
    Column("image_id", Id, nullable=False),
    Column("tag", Text),
    Column("present", Boolean, nullable=False),
)
