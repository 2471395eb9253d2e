"""A site with a library."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.frontend.api.library_site import LibrarySite


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[LibrarySite]:
    """An empty library."""
    async with LibrarySite.open(tmp_path) as site:
        yield site
