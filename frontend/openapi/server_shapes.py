"""What the server's JSON about itself looks like: health and statistics; the figures are those of their owners."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from frontend.openapi.shapes import TIME, Shape
from frontend.volumes.ephemeral import EphemeralStatistics
from frontend.volumes.memory import MemoryStatistics
from frontend.volumes.persistent import PersistentStatistics
from frontend.worker_pool import PoolStatus


class CatalogueHealth(Shape):
    """Whether the database answers."""

    is_readable: bool


class EphemeralHealth(Shape):
    """Whether variants are being stored."""

    is_degraded: bool
    reason: str | None


class PersistentHealth(Shape):
    """Whether originals can be stored; null if so."""

    reason: str | None


class VolumesHealth(Shape):
    """How the disks are."""

    ephemeral: EphemeralHealth
    persistent: PersistentHealth


class Health(Shape):
    """How the server is: `degraded` serves, `unavailable` does not."""

    status: Literal["ok", "degraded", "unavailable"]
    timestamp: str = Field(json_schema_extra=TIME)
    version: str
    workers: PoolStatus
    catalogue: CatalogueHealth
    volumes: VolumesHealth


class Volumes(Shape):
    """Figures by volume."""

    memory: MemoryStatistics
    ephemeral: EphemeralStatistics
    persistent: PersistentStatistics


class Queue(Shape):
    """The jobs that wait for a worker."""

    waiting: int = Field(ge=0)
    size: int = Field(ge=0)


class Statistics(Shape):
    """What the server has done since it started, and holds now."""

    volumes: Volumes
    queue: Queue
    workers: PoolStatus
    engine: dict[str, str] = Field(description="What decodes and encodes, by name, with its version.")
