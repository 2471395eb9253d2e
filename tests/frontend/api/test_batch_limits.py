"""How many images one request may name: the key's own number, else the server's; an administrator has neither."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.asgi_client import Answer
from tests.frontend.api.library_site import END, FORM, KEY, TAGS, LibrarySite, file_part, png

SERVERS = 3
OWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Batches:
    """A library whose server allows three, and somebody who sends batches."""

    site: LibrarySite
    headers: Mapping[str, Mapping[str, str]]

    async def send(self, target: str, count: int, *, by: str) -> Answer:
        """Name so many images."""
        headers = self.headers[by]
        if target == "/upload":
            parts = [TAGS, *(file_part(png(number, size_bytes=100)) for number in range(count)), END]
            return await self.site.client.ask("POST", target, headers={**headers, **FORM}, body=parts)
        content: object = {"count": count} if target == "/random" else {"images": [{}] * count}
        body = [json.dumps(content).encode()]
        return await self.site.client.ask(
            "POST", target, headers={**headers, "content-type": "application/json"}, body=body
        )


@pytest.fixture
async def batches(tmp_path: Path) -> AsyncIterator[Batches]:
    """Editors with and without a number of their own, one with a smaller one, and administrators."""
    async with LibrarySite.open(tmp_path, max_batch_size=SERVERS) as site:
        headers = {
            "without a number": await site.new_key("plain", role="editor"),
            "with a number": await site.new_key("own", role="editor", max_batch_size=OWN),
            "with a small number": await site.new_key("small", role="editor", max_batch_size=1),
            "an admin": await site.new_key("boss", role="admin", max_batch_size=1),
            "the administrator": KEY,
        }
        yield Batches(site=site, headers=headers)


@pytest.mark.parametrize("target", ["/images", "/image", "/random", "/upload"])
@pytest.mark.parametrize(
    ("by", "most"), [("without a number", SERVERS), ("with a number", OWN), ("with a small number", 1)]
)
async def test_batch_is_held_to_its_number(batches: Batches, target: str, by: str, most: int) -> None:
    """As many are taken, one more is refused whole with the number that holds, and nothing of it is done."""
    assert (await batches.send(target, most, by=by)).status in (200, 201, 207)
    stored = batches.site.stored_files()
    answer = await batches.send(target, most + 1, by=by)
    assert (answer.status, answer.json()["error"]) == (
        400,
        "bad_multipart" if target == "/upload" else "bad_parameter",
    )
    assert f"{most} " in answer.json()["message"] + " "
    assert batches.site.stored_files() == stored


@pytest.mark.parametrize("target", ["/images", "/random", "/upload"])
@pytest.mark.parametrize("by", ["an admin", "the administrator"])
async def test_administrators_have_no_number(batches: Batches, target: str, by: str) -> None:
    """Neither the server's nor, as admins, their own."""
    assert (await batches.send(target, 20, by=by)).status in (200, 201, 207)


@pytest.mark.parametrize("target", ["/images", "/random"])
async def test_nobody_names_more_than_ten_thousand(batches: Batches, target: str) -> None:
    """What one request can hold is bounded for administrators, too."""
    assert (await batches.send(target, 10_001, by="the administrator")).status == 400


async def test_changed_number_holds_at_once(batches: Batches) -> None:
    """From the next request on."""
    await batches.site.send("PUT", "/api-keys/own", {"max_batch_size": 1})
    assert (await batches.send("/random", 2, by="with a number")).status == 400
    await batches.site.send("PUT", "/api-keys/own", {"max_batch_size": None})
    assert (await batches.send("/random", SERVERS, by="with a number")).status == 200


async def test_length_that_is_too_much_for_the_key_is_refused_unread(tmp_path: Path) -> None:
    """What the length says is held to the key's number of the largest images, before a byte is read."""
    async with LibrarySite.open(tmp_path, max_bytes=2048) as site:
        key = await site.new_key("ada", role="editor", max_batch_size=2)
        headers = {**key, **FORM, "content-length": str(3 << 20)}
        answer = await site.client.ask("POST", "/upload", headers=headers, breaks_off=True)
        assert (answer.status, answer.json()["error"]) == (413, "too_large")
