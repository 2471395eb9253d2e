"""The table of roles, the application and its document say the same; what the table does not know, nobody may."""

from __future__ import annotations

import re
from pathlib import Path
from typing import cast

import pytest
from quart import Quart

from frontend.access.roles import Role
from frontend.access.table import ANYONE, NEEDS, need
from frontend.openapi.document import ENDPOINTS
from frontend.openapi.endpoint import Access
from tests.frontend.api.library_site import END, FORM, KEY, LibrarySite

SAID = {
    Access.ANYONE: ANYONE,
    Access.IF_PUBLIC: ANYONE,
    Access.READER: Role.READER,
    Access.EDITOR: Role.EDITOR,
    Access.ADMIN: Role.ADMIN,
}
SHORT_FORM = ("GET", "/{name}")
"""Of an image's address; the lane's alone, and the same as the long one."""


def app_of(site: LibrarySite) -> Quart:
    """The application behind the lane."""
    return cast("Quart", site.lane._inner)


async def test_every_route_is_in_the_table_and_the_reverse(tmp_path: Path) -> None:
    """A route without a role is found here before anyone finds it there; so is a role without a route."""
    async with LibrarySite.open(tmp_path) as site:
        routes = {
            (method, rule.rule)
            for rule in app_of(site).url_map.iter_rules()
            for method in set(rule.methods or ()) - {"HEAD", "OPTIONS"}
        }
    assert routes == set(NEEDS)


def test_document_says_what_the_table_says() -> None:
    """Who may ask is told rightly of every address."""
    told = {(endpoint.method, endpoint.path): SAID[endpoint.access] for endpoint in ENDPOINTS}
    del told[SHORT_FORM]
    assert told == {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path)): role for (method, path), role in NEEDS.items()
    }


def test_what_changes_something_is_for_nobody_without_a_role() -> None:
    """Only what reads may be open to anyone, and only the administrator hears of keys."""
    for (method, path), role in NEEDS.items():
        assert role is not ANYONE or method == "GET"
        assert role is Role.ADMIN or not path.startswith("/api-keys")


def test_head_needs_what_get_needs() -> None:
    """It tells whether there is something, and how much."""
    assert need("HEAD", "/_stats") is need("GET", "/_stats") is Role.ADMIN
    with pytest.raises(KeyError):
        need("PUT", "/tags")


async def test_route_that_is_missing_lets_nobody_in(tmp_path: Path) -> None:
    """Not even the administrator: its handler is not called, and the log has a bug."""
    called = []

    async def forgotten() -> str:
        called.append(1)
        return "in"

    async with LibrarySite.open(tmp_path) as site:
        app_of(site).add_url_rule("/api-keys/forgotten", view_func=forgotten, methods=["GET", "POST"])
        for headers in ({}, KEY):
            for method in ("GET", "HEAD", "POST"):
                answer = await site.client.ask(method, "/api-keys/forgotten", headers=headers)
                assert answer.status == 500
    assert not called


@pytest.mark.parametrize(
    ("route", "headers", "body"),
    [(("GET", "/tags"), {}, b""), (("POST", "/upload"), FORM, END)],
)
async def test_role_that_is_missing_lets_nobody_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, route: tuple[str, str], headers: dict[str, str], body: bytes
) -> None:
    """An address that was open to some is open to none once its line is gone."""
    monkeypatch.delitem(cast("dict[tuple[str, str], Role | None]", NEEDS), route)
    async with LibrarySite.open(tmp_path) as site:
        for with_key in ({}, KEY):
            answer = await site.client.ask(*route, headers={**headers, **with_key}, body=[body])
            assert (answer.status, answer.json()["error"]) == (500, "internal_error")
