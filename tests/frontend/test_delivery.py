"""Delivery: originals as they are, variants as they are wanted, and what is said about either."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio

from frontend.settings import Settings
from shared.errors import CorruptImageError, SourceChangedError
from shared.limits import Limits
from tests.fake_pool import made_from
from tests.frontend.site import JPEG, MODIFIED_S, PNG, Site

MODIFIED = "Sun, 06 Nov 1994 08:49:37 GMT"
CHROME = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A folder with one image."""
    async with Site.open(tmp_path, limits=Limits(max_bytes=100_000)) as site:
        site.put("cat.png")
        yield site


async def test_original_is_sent_untouched(site: Site) -> None:
    """Without parameters the bytes are the file's, and no worker is asked."""
    answer = await site.client.get("/cat.png")
    assert (answer.status, answer.body) == (200, PNG)
    assert not site.pool.works


async def test_original_is_described(site: Site) -> None:
    """Every header an original has, and no other."""
    answer = await site.client.get("/cat.png", x_request_id="id")
    headers = dict(answer.headers)
    assert re.fullmatch('"[0-9a-f]{32}"', headers.pop("etag"))
    assert headers.pop("access-control-expose-headers").startswith("ETag, ")
    assert headers == {
        "accept-ranges": "bytes",
        "access-control-allow-origin": "*",
        "cache-control": "public, max-age=60, stale-while-revalidate=600",
        "content-length": str(len(PNG)),
        "content-type": "image/png",
        "cross-origin-resource-policy": "cross-origin",
        "last-modified": MODIFIED,
        "timing-allow-origin": "*",
        "x-content-type-options": "nosniff",
        "x-request-id": "id",
    }


async def test_variant_is_described(site: Site) -> None:
    """A variant's headers say as well whence it came, and where the time went."""
    answer = await site.client.get("/cat.png?w=10&to=webp", x_request_id="id")
    headers = dict(answer.headers)
    assert re.fullmatch('"[0-9a-f]{32}"', headers.pop("etag"))
    assert headers.pop("access-control-expose-headers").startswith("ETag, ")
    timing = headers.pop("server-timing")
    assert re.fullmatch(r"lookup;dur=\d+\.\d\d, queue;dur=0\.50, decode;dur=1\.25, encode;dur=2\.50", timing)
    assert headers == {
        "accept-ranges": "bytes",
        "access-control-allow-origin": "*",
        "cache-control": "public, max-age=60, stale-while-revalidate=600",
        "content-length": str(len(answer.body)),
        "content-type": "image/webp",
        "cross-origin-resource-policy": "cross-origin",
        "last-modified": MODIFIED,
        "ratelimit-limit": "100",
        "ratelimit-remaining": "99",
        "ratelimit-reset": "1",
        "timing-allow-origin": "*",
        "x-cache": "miss",
        "x-content-type-options": "nosniff",
        "x-request-id": "id",
    }
    assert answer.body == made_from(site.pool.works[0])


async def test_settings_say_how_long_caches_may_keep(tmp_path: Path) -> None:
    """The two times in Cache-Control are the settings', in whole seconds."""
    settings = Settings(max_age_s=3600, stale_while_revalidate_s=0)
    async with Site.open(tmp_path, settings=settings, limits=Limits()) as site:
        site.put("cat.png")
        for target in ("/cat.png", "/cat.png?w=10"):
            answer = await site.client.get(target)
            assert answer.headers["cache-control"] == "public, max-age=3600, stale-while-revalidate=0"


@pytest.mark.parametrize(
    ("name", "data", "mime"),
    [
        ("really-jpeg.png", JPEG, "image/jpeg"),
        ("really-png.jpg", PNG, "image/png"),
        ("noextension", PNG, "image/png"),
        ("page.html", b"GIF89a<script>alert(1)</script>", "image/gif"),
    ],
)
async def test_type_is_told_by_content(site: Site, name: str, data: bytes, mime: str) -> None:
    """The first bytes decide what an original is called, whatever its name says."""
    site.put(name, data)
    answer = await site.client.get(f"/{name}")
    assert (answer.status, answer.headers["content-type"], answer.body) == (200, mime, data)
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("data", [b"no image at all", b"<html>", b"", b"\x00" * 100, b"\x89PN", b"<?xml?><svg/>"])
async def test_file_that_is_no_image_is_not_sent(site: Site, data: bytes) -> None:
    """A text under the name of an image, or an empty file, is a 415: the folder serves images only."""
    site.put("fake.jpg", data)
    answer = await site.client.get("/fake.jpg")
    assert (answer.status, answer.json()["error"]) == (415, "unsupported_format")
    assert b"fake" not in answer.body


async def test_large_original_is_sent_whole(site: Site) -> None:
    """An original may have more bytes than a worker may read, and than fit into one piece."""
    data = PNG + os.urandom(1_000_003)
    site.put("large.png", data)
    answer = await site.client.get("/large.png")
    assert answer.body == data
    answer = await site.client.get("/large.png?w=10")
    assert (answer.status, answer.json()["error"]) == (413, "too_large")
    assert not site.pool.works


async def test_replaced_file_is_noticed_on_the_next_request(site: Site) -> None:
    """Bytes, tag and variants are the new file's at once, though the old ones lie in the cache."""
    before = [await site.client.get(target) for target in ("/cat.png", "/cat.png?w=10")]
    site.put("cat.png", PNG + b"new", modified_s=MODIFIED_S + 1)
    after = [await site.client.get(target) for target in ("/cat.png", "/cat.png?w=10")]
    assert after[0].body == PNG + b"new"
    assert after[1].body != before[1].body
    assert after[1].headers["x-cache"] == "miss"
    assert not {answer.headers["etag"] for answer in before} & {answer.headers["etag"] for answer in after}


async def test_file_put_back_is_the_old_image_again(site: Site) -> None:
    """An older file with its older time is another image too: it is not taken for what the client has."""
    new = site.put("new.png", PNG + b"new", modified_s=MODIFIED_S + 1000)
    cat = (await site.client.get("/cat.png")).headers["etag"]
    os.rename(site.folder / "cat.png", site.folder / "old.png")
    os.rename(new, site.folder / "cat.png")
    tag = (await site.client.get("/cat.png")).headers["etag"]
    os.rename(site.folder / "old.png", site.folder / "cat.png")
    answer = await site.client.get("/cat.png", if_none_match=tag)
    assert (answer.status, answer.body, answer.headers["etag"]) == (200, PNG, cat)


async def test_source_replaced_while_it_waits_is_looked_up_again(site: Site) -> None:
    """A worker that finds another file than was looked up is given the one that lies there now."""
    site.pool.failures = [SourceChangedError("replaced")]
    answer = await site.client.get("/cat.png?w=10")
    assert answer.status == 200
    assert len(site.pool.works) == 2


async def test_source_that_is_never_still_is_given_up(site: Site) -> None:
    """A file that is replaced again and again is a 503 that says when to try again."""
    site.pool.failures = [SourceChangedError("replaced") for _ in range(2)]
    answer = await site.client.get("/cat.png?w=10")
    assert (answer.status, answer.json()["error"]) == (503, "source_changed")
    assert answer.headers["retry-after"] == "1"


async def test_source_that_vanishes_while_it_waits_is_not_found(site: Site) -> None:
    """A file deleted between look-up and reading is a 404 like any other that is not there."""
    site.pool.failures = [SourceChangedError("gone")]
    site.pool.gate = trio.Event()
    answers = []
    async with trio.open_nursery() as nursery:

        async def ask() -> None:
            answers.append(await site.client.get("/cat.png?w=10"))

        nursery.start_soon(ask)
        await site.pool.taken.wait()
        (site.folder / "cat.png").unlink()
        site.pool.gate.set()
    assert (answers[0].status, answers[0].json()["error"]) == (404, "image_not_found")


async def test_variant_is_made_once(site: Site) -> None:
    """The second request is a hit and costs no worker."""
    first = await site.client.get("/cat.png?w=10")
    second = await site.client.get("/images/cat.png?width=10")
    assert (first.headers["x-cache"], second.headers["x-cache"]) == ("miss", "hit")
    assert first.body == second.body
    assert len(site.pool.works) == 1


async def test_worker_gets_what_was_looked_up(site: Site) -> None:
    """The job names the file, its stamp, its extension and the plan."""
    await site.client.get("/cat.png?w=10")
    (work,) = site.pool.works
    assert work.source.path == str(site.folder / "cat.png")
    assert work.source.stamp is not None
    assert work.source.stamp.size_bytes == len(PNG)
    assert (work.source.extension, work.plan.text) == ("png", "resize:width=10")


async def test_error_of_the_image_is_told(site: Site) -> None:
    """What a worker says of an image is the answer."""
    site.pool.failures = [CorruptImageError("in /srv/secret")]
    answer = await site.client.get("/cat.png?w=10")
    assert (answer.status, answer.json()["error"]) == (422, "corrupt_image")
    assert b"secret" not in answer.body


@pytest.mark.parametrize("target", ["/cat.png?w=0", "/none.png?w=0", "/cat.png?w=8193", "/cat.png?fit=x&w=1"])
async def test_bad_parameter_is_told_before_anything_is_done(site: Site, target: str) -> None:
    """A value that is not allowed is a 400 that names it, whether or not there is the image."""
    answer = await site.client.get(target)
    assert (answer.status, answer.json()["error"]) == (400, "bad_parameter")
    assert re.match(r"(w|width|fit)='", answer.json()["message"])
    assert not site.pool.works


async def test_too_many_operations_are_refused(tmp_path: Path) -> None:
    """A plan of more operations than allowed is not begun."""
    async with Site.open(tmp_path, limits=Limits(max_ops=2)) as site:
        site.put("cat.png")
        assert (await site.client.get("/cat.png?w=10&blur=1")).status == 200
        assert (await site.client.get("/cat.png?w=10&blur=1&invert=1")).status == 400


async def test_parameters_that_change_nothing_give_the_original(site: Site) -> None:
    """A plan with nothing to do is no plan: the bytes are the file's."""
    for query in ("", "utm_source=x", "rotate=0", "rotate=360", "blur=0", "dpr=2", "resx=0", "invert=0"):
        assert (await site.client.get(f"/cat.png?{query}")).body == PNG


async def test_unknown_parameters_are_named(site: Site) -> None:
    """What means nothing here is ignored, and the client told so."""
    for target in ("/cat.png?utm_source=x&foo=1", "/cat.png?utm_source=x&w=10&foo=1"):
        assert (await site.client.get(target)).headers["x-tintype-ignored"] == "utm_source, foo"


@pytest.mark.parametrize(
    ("query", "header"),
    [
        ("a%0d%0aSet-Cookie:x=1", "?"),
        ("a%0aX:y", "?"),
        ("%C3%A9t%C3%A9=1&ok=1", "?, ok"),
        ("%00=1", "?"),
        ("a%20b=1", "?"),
        ("a,b=1", "?"),
        ("=1", "?"),
        ("%E2%80%AE=1", "?"),
        ("x" * 64, "x" * 64),
        ("x" * 65, "?"),
        ("a_b.c~d-E=1", "a_b.c~d-E"),
        ("a=1&a=2&a=3", "a"),
        ("\xff\xfe=1", "?"),
    ],
)
async def test_unknown_parameters_cannot_break_the_header(site: Site, query: str, header: str) -> None:
    """A name that cannot stand in a header stands there as a question mark."""
    for target in (f"/cat.png?{query}", f"/cat.png?{query}&w=10"):
        answer = await site.client.get(target)
        assert answer.status == 200
        assert answer.headers["x-tintype-ignored"] == header
        assert "set-cookie" not in answer.headers


async def test_many_unknown_parameters_are_counted(site: Site) -> None:
    """Ninety names make no long header; a hundred parameters and more are a mistake or an attack."""
    ninety = "&".join(f"p{number}=x" for number in range(10, 100))
    answer = await site.client.get(f"/cat.png?{ninety}&w=10")
    assert (
        answer.headers["x-tintype-ignored"]
        == ", ".join(f"p{number}" for number in range(10, 30)) + ", and 70 more"
    )
    thousand = "&".join(f"p{number}" for number in range(1000))
    assert (await site.client.get(f"/cat.png?{thousand}")).status == 400


async def test_accept_chooses_the_format(site: Site) -> None:
    """With ``f=auto`` a browser gets what it shows best, others what everyone shows, and caches know why."""
    for accept, mime in ((CHROME, "image/avif"), ("image/webp,*/*", "image/webp"), ("*/*", "image/jpeg")):
        answer = await site.client.get("/cat.png?w=10&f=auto", accept=accept)
        assert (answer.headers["content-type"], answer.headers["vary"]) == (mime, "Accept")
    plans = [work.plan.format for work in site.pool.works]
    assert plans == ["avif", "webp", "auto"]


@pytest.mark.parametrize("query", ["", "?w=10", "?w=10&to=webp", "?f=avif"])
async def test_accept_matters_only_where_it_is_asked_for(site: Site, query: str) -> None:
    """Without ``f=auto`` the answer is the same for all, and caches need not vary it."""
    answers = [await site.client.get(f"/cat.png{query}", accept=accept) for accept in (CHROME, "image/webp", "")]
    assert len({answer.headers["etag"] for answer in answers}) == 1
    assert not any("vary" in answer.headers for answer in answers)
