"""Runs jobs and inspections in this process, as a worker would."""

from __future__ import annotations

from shared.limits import Limits
from shared.messages import Inspect, Inspection, Job, Result, Source
from workers.inspecting import inspect
from workers.job import run


def job(plan: str = "", data: bytes = b"", *, extension: str = "", limits: Limits | None = None) -> Job:
    """A job for an image that comes with it."""
    return Job(
        job_id=7,
        source=Source(data=data, extension=extension),
        plan=plan,
        limits=limits or Limits(),
        deadline_s=10.0,
    )


def result(plan: str, data: bytes, *, extension: str = "", limits: Limits | None = None) -> Result:
    """What becomes of that job."""
    return run(job(plan, data, extension=extension, limits=limits))


def inspect_request(data: bytes = b"", *, extension: str = "", limits: Limits | None = None) -> Inspect:
    """A request to inspect an image that comes with it."""
    source = Source(data=data, extension=extension)
    return Inspect(job_id=7, source=source, limits=limits or Limits(), deadline_s=10.0)


def inspection(data: bytes, *, extension: str = "", limits: Limits | None = None) -> Inspection:
    """What is found."""
    return inspect(inspect_request(data, extension=extension, limits=limits))
