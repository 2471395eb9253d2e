"""Where images may be taken from, as the settings say."""

from __future__ import annotations

from pathlib import Path

import pytest

from frontend.library.sources import ImageSources
from frontend.settings import Settings
from frontend.start_error import StartError
from shared.limits import Limits
from tests.frontend.library.web_servers import picture


async def collect(sources: ImageSources, path: str) -> bytes:
    """All bytes of a file of this machine."""
    async with sources.open(path, kind="local") as stream:
        return b"".join([chunk async for chunk in stream])


async def test_folder_in_the_home_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder may be named from the home folder, which only a shell would know otherwise."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "shelf").mkdir()
    (tmp_path / "shelf" / "cat.png").write_bytes(picture())
    sources = ImageSources.of(Settings(allow_local=("~/shelf",)), limits=Limits())
    assert await collect(sources, "cat.png") == picture()


def test_place_that_is_none_keeps_the_server_from_starting() -> None:
    """A mistyped place is told of by its name, before anyone relies on it."""
    with pytest.raises(StartError, match=r"allow_source: '10\.0\.0\.0/99'"):
        ImageSources.of(Settings(allow_source=("10.0.0.0/99",)), limits=Limits())
