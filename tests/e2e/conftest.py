"""One server for all tests that only ask it things; tests that harm theirs start their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.e2e.server import RunningServer, running_server


def draw_images(folder: Path) -> Path:
    """Lay a photograph, a drawing with soft transparency and an animation into ``folder``."""
    folder.mkdir(exist_ok=True)
    across, down = Image.linear_gradient("L").rotate(90), Image.linear_gradient("L")
    around = Image.radial_gradient("L")
    photo = Image.merge("RGB", (across, down, around)).resize((1200, 900), Image.Resampling.BICUBIC)
    photo.save(folder / "photo.jpg", quality=92)
    Image.merge("RGBA", (across, down, around, around)).save(folder / "alpha.png")
    frames = [photo.resize((160, 120)).rotate(angle) for angle in range(0, 360, 30)]
    frames[0].save(folder / "turning.gif", save_all=True, append_images=frames[1:], duration=80, loop=0)
    return folder


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of pictures."""
    return draw_images(tmp_path_factory.mktemp("e2e") / "images")


@pytest.fixture(scope="session")
def server(images: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server of those pictures."""
    with running_server(tmp_path_factory.mktemp("server"), "--workers", "2", images=images) as running:
        yield running
