"""What caches are told of an image, by what its name promises."""

from __future__ import annotations

import pytest

from frontend.cache_policy import CachePolicy
from frontend.originals import Standing
from frontend.settings import DeliverySettings

POLICY = CachePolicy(
    DeliverySettings(
        max_age_s=60, library_max_age_s=3600, generated_max_age_s=86_400, stale_while_revalidate_s=600
    )
)
DROP_IN, NAMED, GENERATED, PRIVATE = Standing.DROP_IN, Standing.NAMED, Standing.GENERATED, Standing.PRIVATE


@pytest.mark.parametrize(
    ("standing", "control"),
    [
        (DROP_IN, "public, max-age=60, stale-while-revalidate=600"),
        (NAMED, "public, max-age=3600, stale-while-revalidate=600"),
        (GENERATED, "public, max-age=86400, immutable"),
        (PRIVATE, "private, max-age=3600"),
    ],
)
def test_name_says_how_long_an_image_is_kept(standing: Standing, control: str) -> None:
    """A file may be replaced any time, a given name now and then, a name made from the bytes never."""
    assert POLICY.control(standing) == control


@pytest.mark.parametrize(
    ("standings", "control"),
    [
        ((GENERATED, GENERATED), "public, max-age=86400, immutable"),
        ((GENERATED, NAMED), "public, max-age=3600, stale-while-revalidate=600"),
        ((NAMED, DROP_IN), "public, max-age=60, stale-while-revalidate=600"),
        ((GENERATED, PRIVATE), "private, max-age=3600"),
        ((PRIVATE, GENERATED), "private, max-age=3600"),
        ((PRIVATE, DROP_IN), "private, max-age=60"),
    ],
)
def test_image_upon_another_has_a_say(standings: tuple[Standing, ...], control: str) -> None:
    """What is private stays so under any name, and what may change soon is not kept for ever."""
    assert POLICY.control(*standings) == control


@pytest.mark.parametrize(
    ("standing", "ends_in_s", "control"),
    [
        (DROP_IN, 59.9, "public, max-age=59"),
        (DROP_IN, 60.0, "public, max-age=60, stale-while-revalidate=600"),
        (DROP_IN, 1e9, "public, max-age=60, stale-while-revalidate=600"),
        (GENERATED, 100.5, "public, max-age=100"),
        (PRIVATE, 10, "private, max-age=10"),
        (NAMED, 0.4, "public, max-age=0"),
        (NAMED, -3, "public, max-age=0"),
    ],
)
def test_nothing_is_kept_past_the_end_of_its_address(standing: Standing, ends_in_s: float, control: str) -> None:
    """Whole seconds, rounded down; nothing stale is given out then, and nothing is immutable."""
    assert POLICY.control(standing, ends_in_s=ends_in_s) == control
