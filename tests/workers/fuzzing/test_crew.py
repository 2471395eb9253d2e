"""A few damaged files of every format, answered by a real worker; and what would be a bug is told as one."""

from __future__ import annotations

import pytest

from frontend.settings import PoolSettings
from frontend.worker_process import open_worker
from shared.messages import Inspect, Job
from tests import pictures
from tests.workers.fuzzing.crew import LOST, RESULT, Case, Life, Outcome, minimised, outcome_of, run_cases
from tests.workers.fuzzing.seeds import FORMATS

_ONE_WORKER = PoolSettings(workers=1)


async def test_damaged_files_end_in_results_or_errors_that_are_specified() -> None:
    """Of all formats, inspections and jobs by turns: the worker goes on, whatever comes."""
    cases = (Case.of(name, seed=0, index=index) for index in range(12) for name in FORMATS)
    tally = await run_cases("all", cases, _ONE_WORKER)
    assert tally.bugs == []
    assert tally.kinds.total() == 12 * len(FORMATS)
    assert {RESULT, "corrupt_image", "unsupported_format"} <= tally.kinds.keys()


def test_requests_take_turns() -> None:
    """Every other one is an inspection; jobs go to three formats."""
    requests = [Case(name="tiff", index=index, body=b"").request() for index in range(6)]
    assert [request.type for request in requests] == [Job.type, Inspect.type] * 3
    plans = [request.plan.rpartition("=")[2] for request in requests if isinstance(request, Job)]
    assert plans == ["webp", "png", "tiff"]


@pytest.mark.parametrize(("kind", "is_loss", "is_bug"), [
    (RESULT, False, False), ("corrupt_image", False, False), ("internal_error", False, True),
    (f"{LOST}: SIGSEGV", True, True),
])  # fmt: skip
def test_plain_exceptions_and_lost_workers_are_bugs(kind: str, is_loss: bool, is_bug: bool) -> None:
    """Specified errors are not."""
    outcome = Outcome(kind=kind)
    assert (outcome.is_loss, outcome.is_bug) == (is_loss, is_bug)


def test_memory_that_is_not_given_back_is_growth() -> None:
    """What a worker loads while it is young is none, and neither is what it holds for a moment."""
    loading, used = list(range(1000)), [1000, 9000] * 500
    assert Life([*loading, *used]).growth_bytes == 0
    assert Life([*loading, *(1000 + answer // 10 for answer in range(1000))]).growth_bytes == 95
    assert Life(loading[:300]).growth_bytes == 0


async def test_worker_that_is_killed_is_lost() -> None:
    """What ended it is told by its name."""
    async with open_worker(_ONE_WORKER) as worker:
        worker.process.kill()
        await worker.process.wait()
        outcome = await outcome_of(Case(name="png", index=1, body=pictures.sample("png")), worker)
    assert outcome.kind == f"{LOST}: SIGKILL"


async def test_finding_is_made_small() -> None:
    """What can be left out for the same to happen is left out."""
    case = Case(name="png", index=1, body=b"no image at all")
    kept = await minimised(case, Outcome(kind="unsupported_format"), _ONE_WORKER, tries=2)
    assert len(kept) < len(case.body) // 2
    assert (await minimised(case, Outcome(kind=RESULT), _ONE_WORKER, tries=1)) == case.body
