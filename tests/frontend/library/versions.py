"""A catalogue as every version of the tables left it: two images, one of them with tags and a variant; a key.

``VERSIONS[n]`` is version ``n + 1``, in SQLite's own words. One that was released is never changed here either.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

VERSION_1_TABLES = """
CREATE TABLE schema_versions (version INTEGER NOT NULL, reached_at TEXT NOT NULL, PRIMARY KEY (version));
CREATE TABLE images (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, filename TEXT NOT NULL, hash TEXT NOT NULL,
    format TEXT NOT NULL, width INTEGER NOT NULL CHECK (width > 0), height INTEGER NOT NULL CHECK (height > 0),
    size_bytes BIGINT NOT NULL CHECK (size_bytes > 0), frames INTEGER NOT NULL CHECK (frames > 0),
    has_alpha BOOLEAN NOT NULL, private BOOLEAN NOT NULL, mode TEXT, blurhash TEXT, thumbhash TEXT,
    dominant_color TEXT, exif JSON, created_at BIGINT NOT NULL, modified_at BIGINT NOT NULL,
    access_count BIGINT NOT NULL, last_accessed BIGINT, UNIQUE (filename), UNIQUE (hash));
CREATE INDEX images_by_width ON images (width, id);
CREATE INDEX images_by_height ON images (height, id);
CREATE INDEX images_by_size_bytes ON images (size_bytes, id);
CREATE INDEX images_by_access_count ON images (access_count, id);
CREATE TABLE tags (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, UNIQUE (name));
CREATE TABLE image_tags (
    image_id INTEGER NOT NULL, tag_id INTEGER NOT NULL, PRIMARY KEY (image_id, tag_id),
    FOREIGN KEY(image_id) REFERENCES images (id) ON DELETE CASCADE, FOREIGN KEY(tag_id) REFERENCES tags (id)
) WITHOUT ROWID;
CREATE INDEX image_tags_by_tag ON image_tags (tag_id, image_id);
CREATE TABLE variants (
    "key" TEXT NOT NULL, original_id INTEGER NOT NULL, processing_params TEXT NOT NULL, format TEXT NOT NULL,
    size_bytes BIGINT NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL, created_at BIGINT NOT NULL,
    access_count BIGINT NOT NULL, last_accessed BIGINT, PRIMARY KEY ("key"),
    FOREIGN KEY(original_id) REFERENCES images (id) ON DELETE CASCADE);
CREATE INDEX variants_by_original ON variants (original_id);
CREATE TABLE changes (
    revision INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, image_id INTEGER NOT NULL, tag TEXT,
    present BOOLEAN NOT NULL);
"""
VERSION_1_ROWS = """
INSERT INTO schema_versions VALUES (1, '2026-11-21T10:00:00+00:00');
INSERT INTO images VALUES
    (1, 'first.png', 'aa', 'png', 640, 480, 5000, 1, 1, 0, 'RGBA', 'L00000', NULL, '#102030',
     '{"Make": "Pinhole"}', 1780000000000000, 1780000001000000, 7, 1780000002000000),
    (3, 'second.gif', 'bb', 'gif', 10, 20, 300, 12, 0, 1, NULL, NULL, NULL, NULL, NULL,
     1780000003000000, 1780000003000000, 0, NULL);
INSERT INTO tags VALUES (1, 'cat'), (4, 'night');
INSERT INTO image_tags VALUES (1, 1), (1, 4);
INSERT INTO variants VALUES
    ('v', 1, 'resize:32,24,fit', 'webp', 99, 32, 24, 1780000004000000, 2, 1780000005000000);
INSERT INTO changes (image_id, tag, present) VALUES (1, NULL, 1), (1, 'cat', 1), (1, 'night', 1), (3, NULL, 1);
"""

VERSION_2_TABLES = (
    VERSION_1_TABLES
    + """
CREATE TABLE api_keys (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    username TEXT NOT NULL CHECK (length(username) BETWEEN 1 AND 64),
    digest BLOB NOT NULL CHECK (length(digest) = 32), key_prefix TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('reader', 'editor', 'admin')),
    requests_per_second REAL CHECK (requests_per_second > 0), max_batch_size INTEGER CHECK (max_batch_size > 0),
    created_at BIGINT NOT NULL, last_used_at BIGINT, is_active BOOLEAN NOT NULL,
    UNIQUE (username), UNIQUE (digest));
CREATE TABLE api_keys_revision (revision TEXT NOT NULL, PRIMARY KEY (revision));
"""
)
VERSION_2_ROWS = (
    VERSION_1_ROWS
    + """
INSERT INTO schema_versions VALUES (2, '2026-11-21T12:00:00+00:00');
INSERT INTO api_keys VALUES
    (2, 'ada', x'000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', 'tintype_AAAAAA', 'editor',
     2.5, 20, 1780000000000000, 1780000001000000, 0);
INSERT INTO api_keys_revision VALUES ('0123456789abcdef');
"""
)

VERSIONS = ((VERSION_1_TABLES, VERSION_1_ROWS), (VERSION_2_TABLES, VERSION_2_ROWS))


def build_version(path: Path, version: int) -> None:
    """Write a catalogue of this version."""
    connection = sqlite3.connect(path)
    for script in VERSIONS[version - 1]:
        connection.executescript(script)
    connection.close()


def tables_of(path: Path) -> set[str]:
    """Return all that is declared in the file, without regard to blanks."""
    connection = sqlite3.connect(path)
    texts = {text for (text,) in connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")}
    connection.close()
    return {"".join(text.split()) for text in texts}
