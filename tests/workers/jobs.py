"""Runs jobs in this process, as a worker would."""

from __future__ import annotations

from shared.limits import Limits
from shared.messages import Job, Result, Source
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
