"""How a library that cannot be opened ends the start."""

from __future__ import annotations

from pathlib import Path

import pytest

from frontend.library.library import open_originals
from frontend.settings import LibrarySettings
from frontend.start_error import StartError


async def test_originals_that_cannot_be_opened_end_the_start(tmp_path: Path) -> None:
    """A file where the volume's folder belongs is told in one sentence that names it."""
    (tmp_path / "pvol").write_bytes(b"in the way")
    with pytest.raises(StartError, match="pvol cannot be opened"):
        async with open_originals(tmp_path, LibrarySettings()):
            pass
