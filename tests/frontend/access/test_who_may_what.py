"""Every address × everybody who may ask: exactly who may is answered, and for all others nothing is done."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from frontend.access.roles import Role
from frontend.access.table import ANYONE, NEEDS
from frontend.access.tokens import new_token
from shared.plan import parse_operations
from shared.recipe import Pipeline, Recipes
from tests.asgi_client import Answer
from tests.frontend.api.library_site import END, FORM, KEY, TAGS, LibrarySite, field_part, file_part, png

RECIPES = Recipes(pipelines={"thumb": Pipeline(name="thumb", operations=tuple(parse_operations("resize:w=5")))})
NOBODY, OLD = (401, "unauthorized"), (401, "inactive_key")
CALLERS: Mapping[str, Role | tuple[int, str]] = {
    "without a key": NOBODY,
    "with another scheme": NOBODY,
    "with a malformed key": NOBODY,
    "with an unknown key": NOBODY,
    "with an inactive key": OLD,
    "a reader": Role.READER,
    "an editor": Role.EDITOR,
    "with an admin's key": Role.ADMIN,
    "the administrator": Role.ADMIN,
}
"""Who asks: the role, or how all are refused who have none. Each has an image, a file and a username to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An address as the table has it, how it is asked, and what is answered to who may."""

    route: tuple[str, str]
    target: str
    content: Any = None
    status: int = 200

    def __str__(self) -> str:
        return f"{self.route[0]} {self.target}"


def get(route: str, target: str = "") -> Row:
    """A row of what is read."""
    return Row(route=("GET", route), target=target or route)


IMAGE, NAMED = "/images/<image:name>", "/images/cat-{n}.png"
ROWS = (
    *map(get, ("/", "/health", "/docs", "/openapi.json", "/images", "/random", "/tags", "/_stats", "/api-keys")),
    *(get(IMAGE, target) for target in (NAMED, "/cat-{n}.png", NAMED + "?w=10", NAMED + "?wm=cat-0.png")),
    get(IMAGE + "/info", NAMED + "/info"),
    get("/img/<pipeline>/<image:name>", "/img/thumb/cat-{n}.png"),
    Row(route=("POST", "/random"), target="/random", content={"count": 2}),
    Row(route=("POST", "/images"), target="/images", content={"images": [{}]}, status=207),
    Row(
        route=("POST", "/images"),
        target="/images",
        content={"path": "{folder}/new-{n}.png", "type": "local", "tags": ["new"]},
        status=201,
    ),
    Row(
        route=("POST", "/image"),
        target="/image",
        content={"path": "{folder}/new-{n}.png", "type": "local", "tags": ["new"]},
        status=201,
    ),
    Row(route=("POST", "/upload"), target="/upload", status=201),
    Row(route=("POST", IMAGE + "/tags"), target=NAMED + "/tags", content=["new"]),
    Row(route=("DELETE", IMAGE + "/tags"), target=NAMED + "/tags", content=["b"]),
    Row(route=("DELETE", IMAGE), target=NAMED),
    Row(route=("DELETE", IMAGE + "/variants"), target=NAMED + "/variants"),
    Row(route=("POST", "/purge"), target="/purge", content={"tag": "a"}),
    Row(
        route=("POST", "/api-keys"),
        target="/api-keys",
        content={"username": "new-{n}", "role": "admin"},
        status=201,
    ),
    Row(route=("PUT", "/api-keys/<username>"), target="/api-keys/user-{n}", content={"role": "editor"}),
    Row(
        route=("PATCH", "/api-keys/<username>/status"),
        target="/api-keys/user-{n}/status",
        content={"is_active": False},
    ),
    Row(route=("DELETE", "/api-keys"), target="/api-keys", content={"username": "user-{n}"}),
    Row(route=("DELETE", "/api-keys/<username>"), target="/api-keys/user-{n}"),
)
PRIVATE = ("/images/own.png", "/own.png", "/own.png?w=10", "/img/thumb/own.png", "/images/own.png/info")
PRIVATE_UPON = (
    "/cat-0.png?wm=own.png",
    "/cat-0.png?ops=watermark:image=own.png",
    "/img/thumb/cat-0.png?wm=own.png",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """A library, and everybody's headers."""

    site: LibrarySite
    headers: Mapping[str, dict[str, str]]

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path) -> AsyncIterator[Crowd]:
        """Make an image, a file to add and a username for each caller, and one private image."""
        files = folder / "files"
        files.mkdir()
        async with LibrarySite.open(folder, recipes=RECIPES, allow_local=(str(files),)) as site:
            await site.add(png(99), name="own.png", private="true", tags=["a"])
            for number in range(len(CALLERS)):
                (files / f"new-{number}.png").write_bytes(png(100 + number))
                await site.add(png(number), name=f"cat-{number}.png", tags=["a", "b"])
                await site.new_key(f"user-{number}")
            by_role = {role: await site.new_key(role.value + "s", role=role.value) for role in Role}
            inactive = await site.new_key("gone", role="admin")
            await site.send("PATCH", "/api-keys/gone/status", {"is_active": False})
            headers = (
                {},
                {"authorization": KEY["authorization"].replace("Bearer", "Basic")},
                {"authorization": "Bearer tintype_0123456789"},
                {"authorization": f"Bearer {new_token()}"},
                inactive,
                *by_role.values(),
                KEY,
            )
            yield cls(site=site, headers=dict(zip(CALLERS, headers, strict=True)))

    async def ask(self, row: Row, caller: str, *, method: str = "") -> Answer:
        """Have somebody ask for something of their own."""
        number = list(CALLERS).index(caller)
        own = {"{n}": str(number), "{folder}": str(self.site.folder.parent / "files")}
        target, text = row.target, json.dumps(row.content)
        for mark, value in own.items():
            target, text = target.replace(mark, value), text.replace(mark, value)
        headers, body = {"content-type": "application/json"}, [text.encode()]
        if target == "/upload":
            name = field_part("name", f"up-{number}.png")
            headers, body = FORM, [TAGS, name, file_part(png(200 + number)), END]
        elif row.content is None:
            headers, body = {}, []
        return await self.site.client.ask(
            method or row.route[0], target, headers={**headers, **self.headers[caller]}, body=body
        )

    async def state(self) -> object:
        """All that a request could change, but for when a key was used and an image asked for."""
        images = (await self.site.get("/images?limit=1000")).json()["images"]
        for image in images:
            del image["access_count"], image["last_accessed"]
        keys = [{**key, "last_used_at": None} for key in (await self.site.keys()).values()]
        stats = (await self.site.get("/_stats")).json()["volumes"]
        made = len(self.site.pool.works), len(self.site.pool.inspections)
        return (
            images,
            keys,
            self.site.stored_files(),
            made,
            stats["memory"]["entries"],
            stats["ephemeral"]["entries"],
        )


@pytest.fixture
async def crowd(tmp_path: Path) -> AsyncIterator[Crowd]:
    """Everybody."""
    async with Crowd.open(tmp_path) as crowd:
        yield crowd


def told(answer: Answer) -> tuple[int, str]:
    """Status and error."""
    return answer.status, str(answer.json()["error"])


def refusal(caller: str, needed: Role) -> tuple[int, str] | None:
    """How this caller is refused what needs this role, if so."""
    standing = CALLERS[caller]
    if not isinstance(standing, Role):
        return standing
    return None if standing.includes(needed) else (403, "forbidden")


def test_rows_are_all_there_is() -> None:
    """No line of the table is left out."""
    assert {row.route for row in ROWS} == set(NEEDS)


@pytest.mark.parametrize("row", ROWS, ids=str)
async def test_answer_is_the_specified_one(crowd: Crowd, row: Row) -> None:
    """Whoever may is answered; all others are told why not, and nothing is as if they had asked."""
    needed = NEEDS[row.route]
    for caller in CALLERS:
        expected = None if needed is ANYONE else refusal(caller, needed)
        if expected is None:
            answer = await crowd.ask(row, caller)
            assert answer.status == row.status, (caller, answer.body)
            continue
        before = await crowd.state()
        answer = await crowd.ask(row, caller)
        assert told(answer) == expected, caller
        assert ("www-authenticate" in answer.headers) == (answer.status == 401)
        assert answer.headers["cache-control"] == "no-store"
        assert await crowd.state() == before, caller


@pytest.mark.parametrize("row", [row for row in ROWS if row.route[0] == "GET"], ids=str)
async def test_head_is_answered_like_get(crowd: Crowd, row: Row) -> None:
    """Whoever may not read what is there may not hear of its length either."""
    for caller in CALLERS:
        got, head = await crowd.ask(row, caller), await crowd.ask(row, caller, method="HEAD")
        assert (head.status, head.body) == (got.status, b""), caller


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("target", PRIVATE + PRIVATE_UPON)
async def test_private_image_is_for_holders_of_keys(crowd: Crowd, method: str, target: str) -> None:
    """As it is, made into something, told of, or laid upon another; also when a cache has it already."""
    row = Row(route=("GET", IMAGE), target=target)
    for _ in range(2):
        for caller in CALLERS:
            made = len(crowd.site.pool.works) + len(crowd.site.pool.inspections)
            expected = refusal(caller, Role.READER)
            answer = await crowd.ask(row, caller, method=method)
            if expected is None:
                assert answer.status == 200, (caller, answer.body)
                continue
            assert answer.status == 401, caller
            assert method == "HEAD" or told(answer) == expected
            assert made == len(crowd.site.pool.works) + len(crowd.site.pool.inspections)


async def test_private_image_is_kept_by_nobody_else(crowd: Crowd) -> None:
    """Shared caches are told to leave it alone."""
    for target in (*PRIVATE[:-1], *PRIVATE_UPON):
        answer = await crowd.site.get(target)
        assert answer.headers["cache-control"].startswith("private")


@pytest.mark.parametrize("target", ["/images/cat-0.png/info", "/cat-0.png?h={number}1"])
async def test_bad_key_takes_nothing_away_where_it_is_looked_at(crowd: Crowd, target: str) -> None:
    """Where a key would tell more, or pay for the work, a wrong one is like none, also after too many."""
    for number in range(25):
        headers = {"authorization": f"Bearer {new_token()}"}
        answer = await crowd.site.client.ask("GET", target.format(number=number), headers=headers)
        assert answer.status == 200, answer.body


@pytest.mark.parametrize("target", ["/cat-0.png", "/images/cat-0.png", "/health", "/", "/openapi.json"])
async def test_bad_key_is_not_looked_at_where_none_is_needed(crowd: Crowd, target: str) -> None:
    """What is open to anyone stays so, however often somebody comes with a key that is wrong."""
    for caller in ("with a malformed key", "with an unknown key", "with an inactive key"):
        for _ in range(25):
            answer = await crowd.site.client.ask("GET", target, headers=crowd.headers[caller])
            assert answer.status == 200
            assert "ratelimit-limit" not in answer.headers
