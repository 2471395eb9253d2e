"""Limits as clients meet them: on a real catalogue, before any query and any worker, and told in the answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio

from frontend.access.tokens import new_token
from frontend.library.database import Database
from tests.asgi_client import Answer
from tests.frontend.api.library_site import END, FORM, TAGS, LibrarySite, file_part, png

PROXY = "192.0.2.1"
"""Where the tests' client says that it is."""


@dataclass
class Queries:
    """How often the database was asked."""

    count: int = 0


@pytest.fixture
def queries(monkeypatch: pytest.MonkeyPatch) -> Queries:
    """Count what is read and written, and do it."""
    counted = Queries()
    for name in ("read", "write"):
        ask = getattr(Database, name)

        async def count(self: Database, *args: Any, ask: Any = ask, **kwargs: Any) -> Any:  # noqa: ANN401
            counted.count += 1
            return await ask(self, *args, **kwargs)

        monkeypatch.setattr(Database, name, count)
    return counted


def standing(answer: Answer) -> tuple[int, ...]:
    """The three fields that say where a client stands."""
    return tuple(int(answer.headers[f"ratelimit-{name}"]) for name in ("limit", "remaining", "reset"))


async def ask(site: LibrarySite, target: str, headers: Mapping[str, str]) -> Answer:
    """GET with these headers."""
    return await site.client.ask("GET", target, headers=headers)


async def test_limit_of_a_key_is_told(site: LibrarySite) -> None:
    """In each answer that was counted: how many at once, how many still, and when all may again."""
    key = await site.new_key("ada", requests_per_second=0.01)
    answer = await ask(site, "/tags", key)
    assert (answer.status, standing(answer)) == (200, (1, 0, 100))
    answer = await ask(site, "/tags", key)
    assert (answer.status, answer.json()["error"]) == (429, "rate_limited")
    limit, remaining, reset_s = standing(answer)
    assert (limit, remaining) == (1, 0)
    assert int(answer.headers["retry-after"]) == reset_s
    assert 98 <= reset_s <= 100
    assert answer.headers["cache-control"] == "no-store"
    assert "0.01 requests a second" in answer.json()["message"]


async def test_changed_limit_holds_at_once(site: LibrarySite) -> None:
    """Also for who is used up."""
    key = await site.new_key("ada", requests_per_second=0.01)
    assert [(await ask(site, "/tags", key)).status for _ in range(2)] == [200, 429]
    await site.send("PUT", "/api-keys/ada", {"requests_per_second": None})
    answers = [await ask(site, "/tags", key) for _ in range(20)]
    assert {answer.status for answer in answers} == {200}
    assert not any("ratelimit-limit" in answer.headers for answer in answers)


async def test_refusal_comes_before_any_query(site: LibrarySite, queries: Queries) -> None:
    """A key over its limit costs no database call, no worker, and no byte of a body is read."""
    key = await site.new_key("ada", role="editor", requests_per_second=0.01)
    assert (await ask(site, "/tags", key)).status == 200
    queries.count = 0
    for method, target in (("GET", "/tags"), ("GET", "/images"), ("POST", "/images"), ("GET", "/api-keys")):
        assert (await site.client.ask(method, target, headers=key)).status == 429
    answer = await site.client.ask("POST", "/upload", headers={**FORM, **key}, breaks_off=True)
    assert answer.status == 429
    assert queries.count == 0
    assert not site.pool.inspections


async def guess(site: LibrarySite, **headers: str) -> list[Answer]:
    """Try keys until the address is turned away; that comes after the burst and what time gives."""
    answers: list[Answer] = []
    begin_s = trio.current_time()
    while not answers or answers[-1].status != 429:
        assert len(answers) <= 21 + 5 * (trio.current_time() - begin_s)
        answers.append(await ask(site, "/tags", {"authorization": f"Bearer {new_token()}", **headers}))
    return answers


async def test_unknown_key_costs_one_query_and_then_none(site: LibrarySite, queries: Queries) -> None:
    """Twenty guesses are looked up; the twenty-first is refused without."""
    await site.get("/random")  # has the index read, which it is when the server starts
    queries.count = 0
    answers = await guess(site)
    *looked_up, refused = answers
    assert len(looked_up) >= 20
    assert {answer.status for answer in looked_up} == {401}
    assert queries.count == len(looked_up)
    assert standing(refused)[:2] == (20, 0)
    assert refused.headers["retry-after"] == "1"


async def test_guesses_do_not_lock_others_out(tmp_path: Path) -> None:
    """Other addresses are heard, and from the same one whoever has a key that was in use."""
    async with LibrarySite.open(tmp_path, trusted_proxy=(PROXY,)) as site:
        key = await site.new_key("ada")
        assert (await ask(site, "/tags", key)).status == 200
        await guess(site, **{"x-forwarded-for": "198.51.100.1"})
        wrong = {"authorization": "Bearer wrong"}
        assert (await ask(site, "/tags", {**wrong, "x-forwarded-for": "198.51.100.2"})).status == 401
        assert (await ask(site, "/tags", {**key, "x-forwarded-for": "198.51.100.1"})).status == 200
        assert (await site.get("/tags", x_forwarded_for="198.51.100.1")).status == 200


async def test_anonymous_misses_are_limited_by_address(tmp_path: Path) -> None:
    """Beyond the burst nothing is made; what is there is still given out, and other addresses have theirs."""
    async with LibrarySite.open(
        tmp_path, trusted_proxy=(PROXY,), rate_limit_burst=2, rate_limit_window_s=3600
    ) as site:
        await site.add(png(), name="cat.png")
        one, other = {"x-forwarded-for": "198.51.100.1"}, {"x-forwarded-for": "198.51.100.2"}
        answers = [await ask(site, f"/cat.png?w={width}", one) for width in (1, 2, 3, 1, 2)]
        assert [(answer.status, answer.headers.get("x-cache")) for answer in answers] == [
            (200, "miss"),
            (200, "miss"),
            (429, None),
            (200, "hit"),
            (200, "hit"),
        ]
        assert [standing(answer)[:2] for answer in answers[:3]] == [(2, 1), (2, 0), (2, 0)]
        assert not any("ratelimit-limit" in answer.headers for answer in answers[3:])
        assert len(site.pool.works) == 2
        assert (await ask(site, "/cat.png", one)).status == 200
        assert (await ask(site, "/cat.png?w=3", other)).status == 200
        assert (await ask(site, "/cat.png?w=4", {"x-forwarded-for": "198.51.100.1", **other})).status == 200


@pytest.mark.parametrize("in_library", [False, True])
async def test_looking_into_an_image_is_a_miss(in_library: bool, tmp_path: Path) -> None:
    """It takes a worker as well; once known it is free."""
    async with LibrarySite.open(tmp_path, rate_limit_burst=1, rate_limit_window_s=3600) as site:
        for number, name in enumerate(("a.png", "b.png")):
            if in_library:
                await site.add(png(number), name=name)
            else:
                (site.folder / name).write_bytes(png(number))
        site.pool.inspections.clear()
        targets = ("/images/a.png/info", "/images/b.png/info", "/images/a.png/info")
        assert [(await site.client.get(target)).status for target in targets] == [200, 429, 200]
        assert len(site.pool.inspections) == 1


async def test_key_pays_for_what_it_has_made(tmp_path: Path) -> None:
    """With a key, misses are counted against it and not against the address; hits of public images never."""
    async with LibrarySite.open(tmp_path, rate_limit_burst=1, rate_limit_window_s=3600) as site:
        await site.add(png(), name="cat.png")
        key = await site.new_key("ada", requests_per_second=2)
        answers = [await ask(site, f"/cat.png?w={width}", key) for width in (1, 2, 1, 1, 1)]
        assert [answer.status for answer in answers] == [200] * 5
        limits = [answer.headers.get("ratelimit-limit") for answer in answers]
        assert limits == ["2", "2", None, None, None]
        assert (await ask(site, "/cat.png?w=9", {})).status == 200
        assert (await ask(site, "/cat.png?w=10", {})).status == 429


async def test_thousand_uploads_at_once_are_counted(site: LibrarySite) -> None:
    """A key of one in twenty seconds that comes a thousand times at once adds one image."""
    key = await site.new_key("ada", role="editor", requests_per_second=0.05)
    statuses: Counter[int] = Counter()

    async def upload(number: int) -> None:
        body = [TAGS, file_part(png(number)), END]
        answer = await site.client.ask("POST", "/upload", headers={**FORM, **key}, body=body)
        statuses[answer.status] += 1

    async with trio.open_nursery() as nursery:
        for number in range(1000):
            nursery.start_soon(upload, number)
    assert statuses == {201: 1, 429: 999}
    assert len(site.stored_files()) == 1


async def test_use_of_a_key_is_told(tmp_path: Path) -> None:
    """The last one that was let in, at the latest when the server has ended; a key that was not used has none."""
    async with LibrarySite.open(tmp_path) as site:
        used = await site.new_key("ada")
        await site.new_key("bob")
        assert (await ask(site, "/tags", used)).status == 200
        assert (await ask(site, "/api-keys", used)).status == 403
    async with LibrarySite.open(tmp_path) as site:
        keys = await site.keys()
        assert keys["ada"]["last_used_at"] is not None
        assert keys["ada"]["last_used_at"] >= keys["ada"]["created_at"]
        assert keys["bob"]["last_used_at"] is None


@pytest.mark.parametrize("how", ["deleted", "deactivated", "demoted"])
async def test_revoked_key_stops_at_once(site: LibrarySite, how: str) -> None:
    """The very next request is refused, though the key was remembered."""
    key = await site.new_key("ada", role="editor")
    body = partial(site.client.ask, "POST", "/images", headers={**key, "content-type": "application/json"})
    assert (await body(body=[b'{"images": [{}]}'])).status == 207
    if how == "deleted":
        await site.send("DELETE", "/api-keys/ada")
    elif how == "deactivated":
        await site.send("PATCH", "/api-keys/ada/status", {"is_active": False})
    else:
        await site.send("PUT", "/api-keys/ada", {"role": "reader"})
    answer = await body(body=[b'{"images": [{}]}'])
    expected = {"deleted": "unauthorized", "deactivated": "inactive_key", "demoted": "forbidden"}
    assert answer.json()["error"] == expected[how]
