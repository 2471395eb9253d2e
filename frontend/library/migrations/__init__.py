"""The steps from an empty database to the tables of today, in order: step 1 makes version 1, and so on.

A step that was released is never changed again; a new one is added at the end, in a file of its own, together
with the builder of the version before it in ``tests/frontend/library/versions.py``. Steps name tables and columns
themselves and take nothing from ``frontend/library/schema.py``, which is of today while they stay as they are.
``frontend/library/migrations/runner.py`` applies them.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection

from frontend.library.migrations import step_1, step_2

Step = Callable[[Connection], None]

STEPS: tuple[Step, ...] = (step_1.make_tables, step_2.make_key_tables)
