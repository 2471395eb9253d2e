"""Version 1: images, their tags and variants, and the log of changes."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
)


def _id() -> BigInteger:
    return BigInteger().with_variant(Integer, "sqlite")


_metadata = MetaData()

# Ids are never given a second time (SQLite would, without autoincrement): cursors and pending counts hold them.
_images = Table(
    "images",
    _metadata,
    Column("id", _id(), primary_key=True),
    Column("filename", Text, nullable=False, unique=True),
    Column("hash", Text, nullable=False, unique=True),
    Column("format", Text, nullable=False),
    Column("width", Integer, CheckConstraint("width > 0"), nullable=False),
    Column("height", Integer, CheckConstraint("height > 0"), nullable=False),
    Column("size_bytes", BigInteger, CheckConstraint("size_bytes > 0"), nullable=False),
    Column("frames", Integer, CheckConstraint("frames > 0"), nullable=False),
    Column("has_alpha", Boolean, nullable=False),
    Column("private", Boolean, nullable=False),
    Column("mode", Text),
    Column("blurhash", Text),
    Column("thumbhash", Text),
    Column("dominant_color", Text),
    Column("exif", JSON),
    Column("created_at", BigInteger, nullable=False),
    Column("modified_at", BigInteger, nullable=False),
    Column("access_count", BigInteger, nullable=False),
    Column("last_accessed", BigInteger),
    sqlite_autoincrement=True,
)
# Every order of a list has an index but two: names are unique already, and ids run as ``created_at`` does.
for _name in ("width", "height", "size_bytes", "access_count"):
    Index(f"images_by_{_name}", _images.c[_name], _images.c.id)

Table(
    "tags",
    _metadata,
    Column("id", _id(), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    sqlite_autoincrement=True,
)

_image_tags = Table(
    "image_tags",
    _metadata,
    Column("image_id", _id(), ForeignKey("images.id", ondelete="CASCADE"), primary_key=True),
    Column("tag_id", _id(), ForeignKey("tags.id"), primary_key=True),
    sqlite_with_rowid=False,
)
Index("image_tags_by_tag", _image_tags.c.tag_id, _image_tags.c.image_id)

_variants = Table(
    "variants",
    _metadata,
    Column("key", Text, primary_key=True),
    Column("original_id", _id(), ForeignKey("images.id", ondelete="CASCADE"), nullable=False),
    Column("processing_params", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("access_count", BigInteger, nullable=False),
    Column("last_accessed", BigInteger),
)
Index("variants_by_original", _variants.c.original_id)

# No foreign key: that an image is gone is told here when its row is gone.
Table(
    "changes",
    _metadata,
    Column("revision", _id(), primary_key=True),
    Column("image_id", _id(), nullable=False),
    Column("tag", Text),
    Column("present", Boolean, nullable=False),
    sqlite_autoincrement=True,
)


def make_tables(connection: Connection) -> None:
    """Make all tables in an empty database."""
    _metadata.create_all(connection, checkfirst=False)
