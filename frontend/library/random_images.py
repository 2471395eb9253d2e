"""Random images: every image for which the filter holds is as likely as every other, and none comes twice.

The index in memory (``frontend/library/index``) counts the matches exactly and finds the one with any given
number. So a draw is a draw of numbers: nothing is tried and thrown away, gaps between ids do not matter, and
that nothing matches is found out as fast as anything else.
"""

from __future__ import annotations

import random

from sqlalchemy import Connection

from frontend.library import image_rows
from frontend.library.image_filter import ImageFilter
from frontend.library.index.image_index import ImageIndex
from frontend.library.records import ImageRecord


def draw(
    connection: Connection, index: ImageIndex, *, wanted: ImageFilter, count: int, dice: random.Random
) -> list[ImageRecord]:
    """Return ``count`` different images in random order, or all that match if they are fewer."""
    matches = index.matching(wanted)
    ranks = dice.sample(range(len(matches)), min(count, len(matches)))
    return image_rows.find_all(connection, [matches.id_at(rank) for rank in ranks])
