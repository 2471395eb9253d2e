"""An inspection from one end to the other: the pool, a socket, a worker process, Pillow."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from frontend.jobs import InspectionWork
from frontend.settings import PoolSettings
from frontend.worker_pool import WorkerPool
from frontend.worker_process import open_worker
from shared.errors import CorruptImageError
from shared.limits import Limits
from shared.messages import Source
from tests import pictures


def work(path: Path) -> InspectionWork:
    """Ask what a file is."""
    return InspectionWork(image=path.name, source=Source(path=str(path)), limits=Limits())


async def test_image_is_inspected_by_a_worker_process(tmp_path: Path) -> None:
    """A whole animation is told, one that is damaged in its last frame is refused, by the same worker."""
    whole, damaged = tmp_path / "globe.gif", tmp_path / "broken.gif"
    whole.write_bytes(pictures.animated("gif"))
    damaged.write_bytes(pictures.animated("gif")[:-100])
    settings = PoolSettings(workers=1)
    async with WorkerPool.open(settings, start=partial(open_worker, settings)) as pool:
        inspection = await pool.inspect(work(whole))
        with pytest.raises(CorruptImageError):
            await pool.inspect(work(damaged))
        assert (pool.status.jobs, pool.status.crashes) == (2, 0)
    assert (inspection.format, inspection.frames, inspection.duration_ms) == ("gif", 4, 1000)
    assert set(inspection.timings_ms) == {"queue", "decode", "describe"}
