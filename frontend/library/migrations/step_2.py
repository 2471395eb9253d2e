"""Version 2: the keys of the API."""

from __future__ import annotations

from sqlalchemy import (
    REAL,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    Double,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

_metadata = MetaData()

Table(
    "api_keys",
    _metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("username", Text, CheckConstraint("length(username) BETWEEN 1 AND 64"), nullable=False, unique=True),
    Column("digest", LargeBinary, CheckConstraint("length(digest) = 32"), nullable=False, unique=True),
    Column("key_prefix", Text, nullable=False),
    Column("role", Text, CheckConstraint("role IN ('reader', 'editor', 'admin')"), nullable=False),
    Column(
        "requests_per_second",
        Double().with_variant(REAL(), "sqlite"),
        CheckConstraint("requests_per_second > 0"),
    ),
    Column("max_batch_size", Integer, CheckConstraint("max_batch_size > 0")),
    Column("created_at", BigInteger, nullable=False),
    Column("last_used_at", BigInteger),
    Column("is_active", Boolean, nullable=False),
    sqlite_autoincrement=True,
)

_revision = Table("api_keys_revision", _metadata, Column("revision", Text, primary_key=True))


def make_key_tables(connection: Connection) -> None:
    """Add a table for keys, without any, and one for what names their state."""
    _metadata.create_all(connection, checkfirst=False)
    connection.execute(_revision.insert().values(revision="none"))
