"""The quarantine: who comes into it, for how long, and that it does not grow without bound."""

from __future__ import annotations

import pytest

from frontend.quarantine import LIMIT, MAX_SUSPECTS, Quarantine
from shared.errors import QuarantinedError

DURATION_S = 60.0


@pytest.fixture
def quarantine() -> Quarantine:
    """A quarantine of a minute."""
    return Quarantine(duration_s=DURATION_S)


def is_refused(quarantine: Quarantine, *names: str, now_s: float) -> bool:
    """Tell whether one of the names is in quarantine."""
    try:
        quarantine.check(*names, now_s=now_s)
    except QuarantinedError:
        return True
    return False


def end_workers(quarantine: Quarantine, name: str, *, times: int = LIMIT, now_s: float = 0) -> None:
    """Have the name end so many workers."""
    for _ in range(times):
        quarantine.record(name, now_s=now_s)


def test_one_ended_worker_is_forgiven(quarantine: Quarantine) -> None:
    """A worker may die for many reasons: once is no proof."""
    end_workers(quarantine, "cat", times=1)
    assert not is_refused(quarantine, "cat", now_s=0)


def test_two_ended_workers_are_not(quarantine: Quarantine) -> None:
    """The second worker that a name ends brings it into quarantine, and no other name."""
    end_workers(quarantine, "cat")
    assert is_refused(quarantine, "cat", now_s=0)
    assert not is_refused(quarantine, "dog", now_s=0)


def test_forgiven_worker_does_not_count(quarantine: Quarantine) -> None:
    """A worker that a name had not ended after all is taken back, and only one."""
    end_workers(quarantine, "cat", times=1)
    quarantine.forgive("cat")
    quarantine.forgive("cat")
    end_workers(quarantine, "cat", times=1)
    assert not is_refused(quarantine, "cat", now_s=0)
    end_workers(quarantine, "cat", times=1)
    assert is_refused(quarantine, "cat", now_s=0)


def test_forgiving_a_stranger_changes_nothing(quarantine: Quarantine) -> None:
    """Its count may have been dropped in the meantime."""
    quarantine.forgive("cat")
    assert quarantine.count(now_s=0) == 0


def test_one_bad_name_of_several_is_enough(quarantine: Quarantine) -> None:
    """A job is refused for its image as for its plan."""
    end_workers(quarantine, "key")
    assert is_refused(quarantine, "image", "key", now_s=0)
    assert is_refused(quarantine, "key", "image", now_s=0)


def test_quarantine_ends_on_time(quarantine: Quarantine) -> None:
    """It lasts for its time after the last worker ended, to the instant."""
    end_workers(quarantine, "cat", times=1, now_s=10)
    end_workers(quarantine, "cat", times=1, now_s=30)
    assert is_refused(quarantine, "cat", now_s=30 + DURATION_S - 0.001)
    assert not is_refused(quarantine, "cat", now_s=30 + DURATION_S)


@pytest.mark.parametrize("after_s", [0, 0.5, 29.9, 59.999])
def test_refusal_says_when_to_come_back(quarantine: Quarantine, after_s: float) -> None:
    """Whoever waits as long as told is not refused again, and waits at most a second too long."""
    end_workers(quarantine, "cat")
    with pytest.raises(QuarantinedError) as refused:
        quarantine.check("cat", now_s=after_s)
    wait_s = refused.value.retry_after_s
    assert wait_s is not None
    assert DURATION_S <= after_s + wait_s <= DURATION_S + 1
    assert not is_refused(quarantine, "cat", now_s=after_s + wait_s)


def test_old_faults_do_not_add_up(quarantine: Quarantine) -> None:
    """A worker ended once in a while never makes two."""
    for now_s in (0, DURATION_S, 2 * DURATION_S, 5 * DURATION_S):
        end_workers(quarantine, "cat", times=1, now_s=now_s)
        assert not is_refused(quarantine, "cat", now_s=now_s)


def test_count_starts_anew_after_quarantine(quarantine: Quarantine) -> None:
    """A name that was let out has two workers again before it comes back."""
    end_workers(quarantine, "cat")
    end_workers(quarantine, "cat", times=1, now_s=DURATION_S)
    assert not is_refused(quarantine, "cat", now_s=DURATION_S)
    end_workers(quarantine, "cat", times=1, now_s=DURATION_S)
    assert is_refused(quarantine, "cat", now_s=DURATION_S)


def test_quarantine_of_no_time_refuses_nobody() -> None:
    """A duration of zero turns it off."""
    quarantine = Quarantine(duration_s=0)
    end_workers(quarantine, "cat", times=10)
    assert not is_refused(quarantine, "cat", now_s=0)
    assert quarantine.count(now_s=0) == 0


def test_count_is_of_those_refused_now(quarantine: Quarantine) -> None:
    """Suspects that are not yet refused, and those no longer refused, are not counted."""
    end_workers(quarantine, "cat", now_s=0)
    end_workers(quarantine, "dog", now_s=10)
    end_workers(quarantine, "eel", times=1, now_s=10)
    assert [quarantine.count(now_s=now_s) for now_s in (10, 60, 70)] == [2, 1, 0]


def test_flood_of_bad_images_is_forgotten_from_its_beginning(quarantine: Quarantine) -> None:
    """So many names are remembered and no more; what ended a worker last is forgotten last."""
    end_workers(quarantine, "first")
    end_workers(quarantine, "second")
    end_workers(quarantine, "first", times=1)
    for number in range(MAX_SUSPECTS - 1):
        end_workers(quarantine, str(number), times=1)
    assert is_refused(quarantine, "first", now_s=0)
    assert not is_refused(quarantine, "second", now_s=0)
