"""What caches are told: tags that change when the bytes may, 304 without a worker, ranges of the same bytes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.limits import Limits
from tests.frontend.site import MODIFIED_S, PNG, Site

MODIFIED = "Sun, 06 Nov 1994 08:49:37 GMT"
BEFORE = "Sun, 06 Nov 1994 08:49:36 GMT"
CHROME = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
ORIGINAL, VARIANT, NEGOTIATED = "/cat.png", "/cat.png?w=10&to=webp&utm_source=x", "/cat.png?w=10&f=auto"

each_kind = pytest.mark.parametrize("target", [ORIGINAL, VARIANT, NEGOTIATED])


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A folder with one image."""
    async with Site.open(tmp_path, limits=Limits()) as site:
        site.put("cat.png")
        yield site


async def tag(site: Site, target: str, **headers: str) -> str:
    """The entity tag of what ``target`` gives."""
    answer = await site.client.get(target, **headers)
    assert answer.status == 200
    return answer.headers["etag"]


@each_kind
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_not_modified_says_what_the_image_would(site: Site, target: str, method: str) -> None:
    """A 304 has the headers by which caches renew what they hold, exactly as the 200, and nothing of a body."""
    got = await site.client.get(target, accept=CHROME)
    headers = {"accept": CHROME, "if-none-match": got.headers["etag"]}
    answer = await site.client.ask(method, target, headers=headers)
    assert (answer.status, answer.body) == (304, b"")
    # Of what is made the limit is told, too: a 304 has nothing made.
    body_headers = {"content-type", "content-length", "x-cache", "server-timing", "x-request-id"}
    body_headers |= {"ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"}
    expected = {name: value for name, value in got.headers.items() if name not in body_headers}
    assert {name: value for name, value in answer.headers.items() if name != "x-request-id"} == expected
    assert {"etag", "cache-control", "last-modified"} <= expected.keys()


async def test_negotiated_image_varies_also_when_not_modified(site: Site) -> None:
    """Caches must learn from a 304 too that the answer depends on Accept."""
    answer = await site.client.get(NEGOTIATED, if_none_match="*")
    assert (answer.status, answer.headers["vary"]) == (304, "Accept")


async def test_variant_in_no_cache_is_not_made_to_be_compared(site: Site) -> None:
    """The tag is known without the bytes: no worker is asked for what the client has."""
    known = await tag(site, VARIANT)
    async with Site.open(site.folder, limits=Limits()) as restarted:
        assert (await restarted.client.get(VARIANT, if_none_match=known)).status == 304
        assert (await restarted.client.get(VARIANT, if_modified_since=MODIFIED)).status == 304
        assert not restarted.pool.works


@each_kind
async def test_condition_is_heeded(site: Site, target: str) -> None:
    """Lists, weak tags and dates; the tag decides over the date."""
    known = await tag(site, target)
    for headers, status in (
        ({"if_none_match": f'"x", W/{known}'}, 304),
        ({"if_none_match": "*"}, 304),
        ({"if_none_match": '"x"'}, 200),
        ({"if_none_match": known, "if_modified_since": BEFORE}, 304),
        ({"if_none_match": '"x"', "if_modified_since": MODIFIED}, 200),
        ({"if_modified_since": MODIFIED}, 304),
        ({"if_modified_since": "Sun Nov  6 08:49:37 1994"}, 304),
        ({"if_modified_since": BEFORE}, 200),
        ({"if_modified_since": "Sun, 06 Nov 99999999999999999999 08:49:37 GMT"}, 200),
    ):
        assert (await site.client.get(target, **headers)).status == status, headers


async def test_repeated_condition_is_one_list(site: Site) -> None:
    """A header that comes twice means both values."""
    headers = [("if-none-match", '"x"'), ("if-none-match", await tag(site, ORIGINAL))]
    assert (await site.client.ask("GET", ORIGINAL, headers=headers)).status == 304


async def test_condition_does_not_bring_an_image_into_being(site: Site) -> None:
    """A star matches what there is: where there is nothing the answer is 404, where it is no image 415."""
    site.put("text.png", b"no image")
    assert (await site.client.get("/none.png", if_none_match="*")).status == 404
    assert (await site.client.get("/text.png", if_none_match="*")).status == 415


@each_kind
async def test_tag_changes_with_the_file(site: Site, target: str) -> None:
    """Another size, or another time by a fraction of a second, and the client's image is an old one."""
    known = await tag(site, target)
    site.put("cat.png", PNG + b"+")
    longer = await tag(site, target)
    site.put("cat.png", PNG + b"+", modified_s=MODIFIED_S + 0.001)
    assert len({known, longer, await tag(site, target)}) == 3


async def test_tag_of_a_variant_changes_with_plan_engine_and_format(site: Site) -> None:
    """What makes other bytes makes another tag."""
    tags = [await tag(site, f"/cat.png?{query}") for query in ("", "w=10", "w=11", "w=10&blur=1", "w=10&to=webp")]
    tags += [await tag(site, "/cat.png?w=10&f=auto", accept=accept) for accept in ("image/avif", "*/*")]
    site.pool.engine_now = "engine 2"
    tags.append(await tag(site, "/cat.png?w=10"))
    assert len(set(tags)) == len(tags)


async def test_tag_of_an_original_does_not_change_with_the_engine(site: Site) -> None:
    """An original passes through no encoder: an upgrade leaves it in every cache."""
    known = await tag(site, ORIGINAL)
    site.pool.engine_now = "engine 2"
    assert await tag(site, ORIGINAL) == known


async def test_tag_does_not_change_with_the_spelling(site: Site) -> None:
    """Order, aliases, case, blanks, both spellings, defaults, unknown parameters: one image, one tag, one job."""
    spellings = (
        "w=400&h=300&fit=cover&to=webp",
        "to=webp&fit=cover&h=300&w=400",
        "width=400&height=300&fit=COVER&f=WebP",
        "resx=400&resy=300&fit=cover&to=webp",
        "w=+400&h=300.0&fit=%63over&format=webp&blur=0&flip=",
        "w=200&h=150&dpr=2&fit=cover&to=webp&utm_source=x&fbclid=y",
        "w=400&w=400&h=300&fit=cover&to=webp&resx=0",
    )
    assert len({await tag(site, f"/cat.png?{spelling}") for spelling in spellings}) == 1
    assert len(site.pool.works) == 1


@pytest.mark.parametrize("target", [ORIGINAL, VARIANT])
async def test_ranges_put_together_are_the_whole(site: Site, target: str) -> None:
    """Pieces have the whole's tag, say where they belong, and joined give its bytes."""
    whole = await site.client.get(target)
    size, joined = len(whole.body), b""
    for spelling in ("0-0", "1-19", f"20-{size - 11}", "-10"):
        piece = await site.client.get(target, range=f"bytes={spelling}", if_range=whole.headers["etag"])
        assert piece.status == 206
        assert piece.headers["content-length"] == str(len(piece.body))
        end = len(joined) + len(piece.body) - 1
        assert piece.headers["content-range"] == f"bytes {len(joined)}-{end}/{size}"
        for name in ("etag", "content-type", "cache-control", "last-modified", "accept-ranges"):
            assert piece.headers[name] == whole.headers[name]
        joined += piece.body
    assert joined == whole.body


@pytest.mark.parametrize("target", [ORIGINAL, VARIANT])
async def test_range_of_everything_is_a_piece(site: Site, target: str) -> None:
    """A client that asks for all bytes as a range learns that ranges are served."""
    whole = await site.client.get(target)
    for header in ("bytes=0-", f"bytes=0-{len(whole.body)}", "bytes=-999999"):
        answer = await site.client.get(target, range=header)
        assert (answer.status, answer.body) == (206, whole.body)


@pytest.mark.parametrize("target", [ORIGINAL, VARIANT])
@pytest.mark.parametrize("header", ["", "bytes=2-1", "bytes=0-1,4-5", "lines=0-1", "bytes=x"])
async def test_whole_is_sent_for_what_is_no_range(site: Site, target: str, header: str) -> None:
    """Several ranges, other units and junk are answered with the whole."""
    answer = await site.client.get(target, range=header)
    assert (answer.status, answer.body) == (200, (await site.client.get(target)).body)
    assert "content-range" not in answer.headers


@pytest.mark.parametrize("target", [ORIGINAL, VARIANT])
async def test_range_beyond_the_end_is_refused(site: Site, target: str) -> None:
    """A 416 says how long the image is, in the one shape of errors."""
    size = len((await site.client.get(target)).body)
    for header in (f"bytes={size}-", "bytes=-0", f"bytes={'9' * 5000}-"):
        answer = await site.client.get(target, range=header)
        assert (answer.status, answer.headers["content-range"]) == (416, f"bytes */{size}")
        assert answer.json()["error"] == "range_not_satisfiable"
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("target", [ORIGINAL, VARIANT])
async def test_range_of_another_image_is_not_sent(site: Site, target: str) -> None:
    """If-Range with an old tag or date is answered with the new image, whole, though the range be beyond it."""
    known = await tag(site, target)
    site.put("cat.png", PNG + b"new", modified_s=MODIFIED_S + 1)
    for condition in (known, MODIFIED, f"W/{known}", "junk", f"W/{await tag(site, target)}"):
        for header in ("bytes=0-1", "bytes=9999999-"):
            assert (await site.client.get(target, range=header, if_range=condition)).status == 200
    for condition in (await tag(site, target), "Sun, 06 Nov 1994 08:49:38 GMT"):
        assert (await site.client.get(target, range="bytes=0-1", if_range=condition)).status == 206


async def test_image_not_modified_is_not_cut(site: Site) -> None:
    """What the client has already it is sent neither whole nor in part, nor is it told that its range is bad."""
    for header in ("bytes=0-1", "bytes=9999999-"):
        assert (await site.client.get(ORIGINAL, range=header, if_none_match="*")).status == 304


async def test_time_to_come_is_not_told(site: Site) -> None:
    """A file stamped in the future is served, with a date that is not."""
    site.put("cat.png", modified_s=4_000_000_000)
    for target in (ORIGINAL, VARIANT):
        answer = await site.client.get(target)
        assert answer.status == 200
        assert " 2096 " not in answer.headers["last-modified"]


async def test_image_upon_another_changes_the_answer(site: Site) -> None:
    """Tag and date are those of all that is seen: who has the old watermark is not told that nothing changed."""
    target = "/cat.png?wm=mark.png"
    site.put("mark.png")
    before = await site.client.get(target)
    site.put("mark.png", modified_s=MODIFIED_S + 60)
    after = await site.client.get(target, if_modified_since=MODIFIED)
    assert (before.status, after.status) == (200, 200)
    assert (before.headers["last-modified"], after.headers["last-modified"]) == (
        MODIFIED,
        "Sun, 06 Nov 1994 08:50:37 GMT",
    )
    assert before.headers["etag"] != after.headers["etag"]
    assert (await site.client.get(target, if_modified_since=after.headers["last-modified"])).status == 304
