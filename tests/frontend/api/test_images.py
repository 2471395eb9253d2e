"""``/images``: the list, adding from folders and the web, tags, and deleting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import trio

from tests.frontend.api.library_site import KEY, LibrarySite, generated, png, sha256
from tests.frontend.library.web_servers import answer as web_answer
from tests.frontend.library.web_servers import sends, serve
from tests.frontend.site import JPEG

RECORD_FIELDS = {
    "id", "url", "filename", "format", "width", "height", "size_bytes", "hash", "tags", "created_at",
    "modified_at", "frames", "has_alpha", "private", "original_id", "access_count", "last_accessed",
    "blurhash", "thumbhash", "dominant_color",
}  # fmt: skip


async def test_list_tells_all_of_a_record(site: LibrarySite) -> None:
    """Each image is told of with every field, times in UTC."""
    await site.add(png(), name="cat.png", tags=["cat", "night"])
    answer = await site.get("/images")
    (image,) = answer.json()["images"]
    assert answer.headers["cache-control"] == "no-store"
    assert set(image) == RECORD_FIELDS
    assert image["url"] == "https://images.example/images/cat.png"
    assert (image["format"], image["width"], image["height"], image["size_bytes"]) == ("png", 40, 30, 1000)
    assert (image["hash"], image["tags"]) == (sha256(png()), ["cat", "night"])
    assert (image["private"], image["original_id"], image["access_count"]) == (False, None, 0)
    assert image["created_at"].endswith("Z")
    assert len(image["created_at"]) == len("2026-05-01T12:00:00.000Z")


async def test_list_is_read_page_by_page(site: LibrarySite) -> None:
    """A cursor leads from page to page; an image that comes meanwhile moves nothing."""
    for number in range(5):
        await site.add(png(number), name=f"{number}.png")
    seen: list[str] = []
    target = "/images?limit=2"
    while target:
        page = (await site.get(target)).json()
        seen += [image["filename"] for image in page["images"]]
        if len(seen) == 2:
            await site.add(png(9), name="9.png")
        target = f"/images?limit=2&cursor={page['next_cursor']}" if page["next_cursor"] else ""
    assert seen == ["4.png", "3.png", "2.png", "1.png", "0.png"]


async def test_list_is_filtered_and_sorted(site: LibrarySite) -> None:
    """All tags must be there; the order is the one asked for."""
    for number, tags in enumerate((["cat"], ["cat", "night"], ["night", "cat"], ["dog"])):
        await site.add(png(number, size_bytes=1000 + number), name=f"{number}.png", tags=tags)
    page = (await site.get("/images?tags=cat,night&sort=-size")).json()
    assert [image["filename"] for image in page["images"]] == ["2.png", "1.png"]
    page = (await site.get("/images?size_max=1001&sort=size&format=png&width=40")).json()
    assert [image["filename"] for image in page["images"]] == ["0.png", "1.png"]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("width=wide", "width"),
        ("width_min=10&width_max=9", "width_min"),
        ("height=-1", "height"),
        ("format=docx", "format"),
        ("sort=beauty", "sort"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=ten", "limit"),
        ("limit=²", "limit"),
        ("cursor=x", "cursor"),
        ("tags=a&tags=b", "tags"),
        ("widht=3", "widht"),
    ],
)
@pytest.mark.parametrize("path", ["/images", "/random"])
async def test_bad_query_is_never_ignored(site: LibrarySite, path: str, query: str, named: str) -> None:
    """Each mistake is a 400 that names the parameter."""
    answer = await site.get(f"{path}?{query.replace('²', '%C2%B2')}")
    assert (answer.status, answer.json()["error"]) == (400, "bad_parameter")
    assert named in answer.json()["message"]


async def test_head_is_get_without_a_body(site: LibrarySite) -> None:
    """HEAD works wherever GET does."""
    await site.add(png(), name="cat.png")
    for target in ("/images", "/tags", "/random", "/images/cat.png/info", "/images/cat.png", "/_stats", "/health"):
        get, head = await site.get(target), await site.client.head(target, **KEY)
        assert (head.status, head.body) == (200, b""), target
        assert head.headers["content-type"] == get.headers["content-type"]


@pytest.fixture
async def shelf(tmp_path: Path) -> Path:
    """A folder outside of the images."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    (folder / "cat.png").write_bytes(png(1))
    (folder / "dog.jpg").write_bytes(JPEG)
    return folder


async def test_image_is_added_from_an_allowed_folder(shelf: Path, tmp_path: Path) -> None:
    """A file is copied into the library; the original may go."""
    async with LibrarySite.open(tmp_path, allow_local=(str(shelf),)) as site:
        wanted = {
            "path": str(shelf / "cat.png"),
            "type": "local",
            "tags": ["cat"],
            "name": "c.png",
            "private": False,
        }
        answer = await site.send("POST", "/images", wanted)
        assert (answer.status, answer.json()["filename"], answer.json()["hash"]) == (201, "c.png", sha256(png(1)))
        (shelf / "cat.png").unlink()
        assert (await site.client.get("/c.png")).body == png(1)


async def test_batch_is_told_of_item_by_item(shelf: Path, tmp_path: Path) -> None:
    """One bad item does not fail the rest, whatever is bad about it."""
    async with LibrarySite.open(tmp_path, allow_local=(str(shelf),)) as site:
        wanted = [
            {"path": "cat.png", "type": "local", "tags": ["cat"]},
            {"path": "none.png", "type": "local", "tags": ["cat"]},
            {"path": "dog.jpg", "type": "local", "tags": []},
            {"path": "dog.jpg", "type": "ftp", "tags": ["dog"]},
            {"path": "dog.jpg", "type": "local", "tags": ["dog"], "colour": "red"},
            {"type": "local", "tags": ["dog"]},
            "dog.jpg",
            {"path": "dog.jpg", "type": "local", "tags": ["dog"]},
        ]
        answer = await site.send("POST", "/image", {"images": wanted})
        told = answer.json()
        assert (answer.status, told["total"], told["successful"], told["failed"]) == (207, 8, 2, 6)
        assert [(each["index"], each["path"]) for each in told["results"]] == [(0, "cat.png"), (7, "dog.jpg")]
        assert [(each["index"], each["error"]) for each in told["errors"]] == [
            (1, "source_forbidden"),
            *((index, "bad_parameter") for index in range(2, 7)),
        ]
        assert "images.5.path is missing" in told["errors"][4]["message"]
        assert "images.4.colour" in told["errors"][3]["message"]
        assert sorted(await site.names()) == sorted([generated(png(1)), f"{sha256(JPEG)[:16]}.jpg"])


async def test_batch_of_good_items_is_created(shelf: Path, tmp_path: Path) -> None:
    """When all were added, the status says so."""
    async with LibrarySite.open(tmp_path, allow_local=(str(shelf),)) as site:
        wanted = [{"path": name, "type": "local", "tags": ["x"]} for name in ("cat.png", "dog.jpg")]
        answer = await site.send("POST", "/images", {"images": wanted})
    assert (answer.status, answer.json()["successful"], answer.json()["errors"]) == (201, 2, [])


async def test_nothing_is_taken_from_a_folder_by_default(shelf: Path, site: LibrarySite) -> None:
    """No folder is allowed unless the operator says so; that a file is there is not told."""
    for name in ("cat.png", "none.png"):
        wanted = {"path": str(shelf / name), "type": "local", "tags": ["cat"]}
        answer = await site.send("POST", "/images", wanted)
        assert (answer.status, answer.json()["error"]) == (403, "source_forbidden")


async def test_image_is_fetched_from_an_allowed_host(tmp_path: Path) -> None:
    """A URL is fetched where the operator allows it, and refused where not."""
    async with trio.open_nursery() as nursery:
        server = await serve(nursery, sends(web_answer(png(3))))
        wanted = {"path": server.url(), "type": "url", "tags": ["cat"]}
        async with LibrarySite.open(tmp_path, allow_source=(f"127.0.0.1:{server.port}",)) as site:
            answer = await site.send("POST", "/images", wanted)
            assert (answer.status, answer.json()["hash"]) == (201, sha256(png(3)))
        async with LibrarySite.open(tmp_path) as site:
            answer = await site.send("POST", "/images", wanted)
            assert (answer.status, answer.json()["error"]) == (403, "source_forbidden")
        nursery.cancel_scope.cancel()


async def test_nothing_is_fetched_for_a_mistake(tmp_path: Path) -> None:
    """Tags and name are looked at first: nobody is asked for an image that would be refused."""
    async with trio.open_nursery() as nursery:
        server = await serve(nursery, sends(web_answer(png(3))))
        async with LibrarySite.open(tmp_path, allow_source=(f"127.0.0.1:{server.port}",)) as site:
            mistakes: tuple[dict[str, object], ...] = ({"tags": []}, {"tags": ["x"], "name": "../x.png"})
            for wrong in mistakes:
                answer = await site.send("POST", "/images", {"path": server.url(), "type": "url", **wrong})
                assert answer.status == 400
        assert server.connections == 0
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ([], "an array"),
        ("x", "a text"),
        (None, "null"),
        ({}, "path is missing"),
        ({"images": [], "tags": ["x"]}, "tags"),
        ({"images": []}, "images"),
        ({"images": {}}, "images"),
        ({"images": [{}] * 10_001}, "10001 images"),
        ({"path": "", "type": "url", "tags": ["x"]}, "path"),
        ({"path": 1, "type": "url", "tags": ["x"]}, "path='1'"),
        ({"path": "x", "type": "url", "tags": "x"}, "tags"),
        ({"path": "x", "type": "url", "tags": [1]}, "tags.0"),
        ({"path": "x", "type": "url", "tags": ["x"], "private": "yes"}, "private"),
        ({"path": "x", "type": "url", "tags": ["x"], "name": "a/../b.png"}, "name"),
        ({"path": "x\ud800", "type": "url", "tags": ["x"]}, ""),
    ],
)
async def test_mistake_in_a_body_is_named(site: LibrarySite, content: object, named: str) -> None:
    """Each mistake is a 400 that names what is wrong."""
    headers = {"content-type": "application/json"} if content is None else {}
    body: Any = content
    answer = await site.send("POST", "/images", body, headers=headers)
    if content is None:
        answer = await site.client.ask("POST", "/images", headers={**KEY, **headers}, body=[b"null"])
    assert answer.status == 400
    assert answer.json()["error"] in ("bad_parameter", "bad_json")
    assert named in answer.json()["message"]


@pytest.mark.parametrize("body", [b"", b"{", b'{"a": NaN}', b"\xff", b"[" * 100_000, b'{"a": 1} x'])
async def test_malformed_json_is_a_400(site: LibrarySite, body: bytes) -> None:
    """What is no JSON is refused with the place where it stops being so."""
    headers = {**KEY, "content-type": "application/json"}
    answer = await site.client.ask("POST", "/images", headers=headers, body=[body])
    assert (answer.status, answer.json()["error"]) == (400, "bad_json")


@pytest.mark.parametrize("content_type", ["", "text/plain", "multipart/form-data; boundary=x"])
async def test_other_types_are_refused(site: LibrarySite, content_type: str) -> None:
    """A body must say that it is JSON: a form of a foreign page cannot."""
    headers = {**KEY, "content-type": content_type}
    answer = await site.client.ask("POST", "/images", headers=headers, body=[b"{}"])
    assert (answer.status, answer.json()["error"]) == (415, "unsupported_content_type")


async def test_json_is_bounded(site: LibrarySite) -> None:
    """A body of more than a MiB is refused, whether or not its length is told."""
    pieces = [b" " * 65_536] * 17
    for length in ({}, {"content-length": str(17 * 65_536)}):
        headers = {**KEY, "content-type": "application/json", **length}
        answer = await site.client.ask("POST", "/images", headers=headers, body=pieces)
        assert (answer.status, answer.json()["error"]) == (413, "too_large")


async def test_tags_come_and_go(site: LibrarySite) -> None:
    """Tags are added and removed by arrays; what comes back is the record as it is now."""
    await site.add(png(), name="cats/a.png", tags=["cat"])
    answer = await site.send("POST", "/images/cats/a.png/tags", ["night", "cat", "roof"])
    assert (answer.status, answer.json()["tags"]) == (200, ["cat", "night", "roof"])
    answer = await site.send("DELETE", "/images/cats/a.png/tags", ["night", "dog"])
    assert (answer.status, answer.json()["tags"]) == (200, ["cat", "roof"])
    assert answer.json()["filename"] == "cats/a.png"


@pytest.mark.parametrize("content", [[], {}, "cat", [1], ["a,b"], [""], {"tags": ["x"]}])
async def test_tags_are_an_array_of_texts(site: LibrarySite, content: object) -> None:
    """Anything else is a 400."""
    await site.add(png(), name="a.png")
    answer = await site.send("POST", "/images/a.png/tags", content)
    assert (answer.status, answer.json()["error"]) == (400, "bad_parameter")
    assert "tags" in answer.json()["message"]


async def test_deleted_image_is_gone(site: LibrarySite) -> None:
    """Record, bytes and variants go at once; the name and the bytes may come again."""
    await site.add(png(), name="a.png")
    assert (await site.client.get("/a.png?w=10")).status == 200
    answer = await site.send("DELETE", "/images/a.png")
    assert (answer.status, answer.json()["filename"], answer.json()["hash"]) == (200, "a.png", sha256(png()))
    for target in ("/a.png", "/a.png?w=10", "/images/a.png/info"):
        assert (await site.get(target)).status == 404
    assert site.stored_files() == []
    assert (await site.send("DELETE", "/images/a.png")).json()["error"] == "image_not_found"
    await site.add(png(), name="a.png")


async def test_library_wins_over_a_file_of_the_folder(site: LibrarySite) -> None:
    """An image of the library hides a file of the same name until it is deleted, variants and all."""
    (site.folder / "a.png").write_bytes(png(1))
    outside = (await site.client.get("/a.png?w=10")).body
    await site.add(png(2), name="a.png")
    inside = await site.client.get("/a.png?w=10")
    assert (await site.client.get("/a.png")).body == png(2)
    assert (inside.headers["x-cache"], inside.body != outside) == ("miss", True)
    await site.send("DELETE", "/images/a.png")
    assert (await site.client.get("/a.png")).body == png(1)
    assert (await site.client.get("/a.png?w=10")).body == outside


@pytest.mark.parametrize(
    ("method", "target", "allowed"),
    [
        ("PUT", "/images", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("PUT", "/images/a.png", {"DELETE", "GET", "HEAD", "OPTIONS"}),
        ("POST", "/images/a.png", {"DELETE", "GET", "HEAD", "OPTIONS"}),
        ("GET", "/images/a.png/tags", {"DELETE", "POST", "OPTIONS"}),
        ("GET", "/images/a.png/variants", {"DELETE", "OPTIONS"}),
        ("DELETE", "/images/a.png/info", {"GET", "HEAD", "OPTIONS"}),
        ("POST", "/images/a.png/info", {"GET", "HEAD", "OPTIONS"}),
        ("GET", "/image", {"POST", "OPTIONS"}),
        ("GET", "/purge", {"POST", "OPTIONS"}),
        ("POST", "/tags", {"GET", "HEAD", "OPTIONS"}),
        ("DELETE", "/random", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("POST", "/a.png", {"GET", "HEAD", "OPTIONS"}),
    ],
)
async def test_wrong_method_is_told_what_is_allowed(
    site: LibrarySite, method: str, target: str, allowed: set[str]
) -> None:
    """Every address answers what it does not do with what it does."""
    answer = await site.send(method, target)
    assert (answer.status, answer.json()["error"]) == (405, "method_not_allowed")
    assert set(answer.headers["allow"].split(", ")) == allowed


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/images"),
        ("POST", "/images"),
        ("POST", "/image"),
        ("DELETE", "/images/a.png"),
        ("POST", "/images/a.png/tags"),
        ("DELETE", "/images/a.png/tags"),
        ("DELETE", "/images/a.png/variants"),
        ("GET", "/random"),
        ("POST", "/random"),
        ("GET", "/tags"),
        ("POST", "/purge"),
        ("GET", "/_stats"),
    ],
)
@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer wrong"}])
async def test_key_is_needed(site: LibrarySite, method: str, target: str, headers: dict[str, str]) -> None:
    """Whatever is not public is refused without the key, before its body is read."""
    answer = await site.client.ask(method, target, headers=headers, breaks_off=True)
    assert (answer.status, answer.json()["error"]) == (401, "unauthorized")
    assert answer.headers["www-authenticate"].startswith("Bearer")
