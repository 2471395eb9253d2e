"""Drawing by chance, tags, purging, information, privacy and health, with a library behind them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from frontend.api.health import CHECKED_EVERY_S
from frontend.jobs import InspectionWork
from frontend.library.catalogue import FILE_NAME
from shared.limits import Limits
from shared.messages import Inspection
from tests.fake_pool import FakePool
from tests.frontend.api.library_site import LibrarySite, png, sha256
from tests.frontend.api.test_images import RECORD_FIELDS
from tests.frontend.site import Site


async def test_one_is_drawn(site: LibrarySite) -> None:
    """GET draws one image for which the filter holds; none is a 404."""
    await site.add(png(1), name="a.png", tags=["cat"])
    await site.add(png(2), name="b.png", tags=["dog"])
    answer = await site.get("/random?tags=dog")
    assert (answer.status, answer.json()["filename"], set(answer.json())) == (200, "b.png", RECORD_FIELDS)
    answer = await site.get("/random?tags=dog,cat")
    assert (answer.status, answer.json()["error"]) == (404, "image_not_found")


async def test_several_are_drawn_without_repetition(site: LibrarySite) -> None:
    """POST draws different images, and says when there are too few."""
    for number in range(4):
        await site.add(png(number), name=f"{number}.png", tags=["cat"] if number else ["dog"])
    told = (await site.send("POST", "/random", {"count": 3, "tags": ["cat"], "width": 40})).json()
    assert sorted(image["filename"] for image in told["images"]) == ["1.png", "2.png", "3.png"]
    assert (told["total"], told["successful"], told["failed"], told["errors"]) == (3, 3, 0, [])
    told = (await site.send("POST", "/random", {"count": 9})).json()
    assert (told["total"], told["successful"], told["failed"], len(told["images"])) == (9, 4, 5, 4)
    assert told["errors"][0]["error"] == "image_not_found"


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ({"count": 0}, "count"),
        ({"count": 10_001}, "count"),
        ({"count": "3"}, "count"),
        ({"count": True}, "count"),
        ({"count": 1.5}, "count"),
        ({"width": "wide"}, "width"),
        ({"width_min": 2, "width_max": 1}, "width_min"),
        ({"tags": [1]}, "tags"),
        ({"limit": 3}, "limit"),
        ([], "array"),
    ],
)
async def test_bad_draw_is_named(site: LibrarySite, content: object, named: str) -> None:
    """Each mistake is a 400 that names what is wrong."""
    answer = await site.send("POST", "/random", content)
    assert (answer.status, answer.json()["error"]) == (400, "bad_parameter")
    assert named in answer.json()["message"]


async def test_tags_are_counted(site: LibrarySite) -> None:
    """Every tag with its images, in alphabetical order; an image that goes is counted no more."""
    await site.add(png(1), name="a.png", tags=["cat", "night"])
    await site.add(png(2), name="b.png", tags=["cat"])
    both = {"tags": [{"name": "cat", "count": 2}, {"name": "night", "count": 1}], "total_tags": 2}
    assert (await site.get("/tags")).json() == both
    await site.send("DELETE", "/images/a.png")
    assert (await site.get("/tags")).json() == {"tags": [{"name": "cat", "count": 1}], "total_tags": 1}


async def test_variants_are_purged(site: LibrarySite) -> None:
    """After a purge a variant is made anew; the image and those of others stay."""
    await site.add(png(1), name="a.png", tags=["cat"])
    await site.add(png(2), name="b.png", tags=["dog"])
    (site.folder / "c.png").write_bytes(png(3))
    for name in ("a.png", "b.png", "c.png"):
        await site.client.get(f"/{name}?w=10")
    assert (await site.send("DELETE", "/images/a.png/variants")).status == 200
    assert (await site.send("DELETE", "/images/c.png/variants")).status == 200
    caches = [(await site.client.get(f"/{name}?w=10")).headers["x-cache"] for name in ("a.png", "b.png", "c.png")]
    assert caches == ["miss", "hit", "miss"]
    assert (await site.client.get("/a.png")).body == png(1)
    assert (await site.send("DELETE", "/images/none.png/variants")).json()["error"] == "image_not_found"


async def test_tag_is_purged(site: LibrarySite) -> None:
    """All images of a tag are purged at once, in memory and on disk."""
    for number in range(3):
        await site.add(png(number), name=f"{number}.png", tags=["cat"] if number else ["dog"])
        await site.client.get(f"/{number}.png?w=10")
    told = (await site.send("POST", "/purge", {"tag": "cat"})).json()
    assert (told["tag"], told["images"]) == ("cat", 2)
    caches = [(await site.client.get(f"/{number}.png?w=10")).headers["x-cache"] for number in range(3)]
    assert caches == ["hit", "miss", "miss"]


@pytest.mark.parametrize("content", [{}, {"tag": ""}, {"tag": ["cat"]}, {"tag": "a,b"}, {"tag": "x", "all": True}])
async def test_bad_purge_is_refused(site: LibrarySite, content: object) -> None:
    """A purge says exactly which tag is meant."""
    answer = await site.send("POST", "/purge", content)
    assert (answer.status, answer.json()["error"]) == (400, "bad_parameter")


DETAILS = {"mode", "bit_depth", "exif", "colors", "palette", "phash", "icc_name", "duration_ms"}


class LocatedPool(FakePool):
    """Its images were taken somewhere."""

    async def inspect(self, work: InspectionWork) -> Inspection:
        """Tell where."""
        return replace(await super().inspect(work), latitude=52.5, longitude=13.4)


async def test_information_of_the_library_is_its_record_and_its_file(tmp_path: Path) -> None:
    """Anyone may know of a public image what its record says and what is in it, for which it is looked into once;
    where it was taken is told to holders of a key.
    """
    pool = LocatedPool()
    async with LibrarySite.open(tmp_path, pool=pool) as site:
        await site.add(png(), name="cats/a.png")
        pool.inspections.clear()
        public, again, all_of_it = [
            (await ask("/images/cats/a.png/info")).json() for ask in (site.client.get, site.client.get, site.get)
        ]
        assert set(public) == RECORD_FIELDS | DETAILS
        assert public == again
        assert (public["filename"], public["hash"], public["tags"]) == ("cats/a.png", sha256(png()), ["cat"])
        assert (public["bit_depth"], public["phash"]) == (8, "0" * 16)
        assert public["palette"] == [{"hex": "#808080", "share": 1.0}]
        assert all_of_it == {**public, "gps": {"latitude": 52.5, "longitude": 13.4}}
        assert len(pool.inspections) == 1


async def test_information_of_a_file_is_read_from_it(tmp_path: Path) -> None:
    """A file of the folder is looked into once, and told of in the same fields; where it was, to key holders."""
    pool = LocatedPool()
    async with LibrarySite.open(tmp_path, pool=pool) as site:
        (site.folder / "b.png").write_bytes(png(7))
        public, again, all_of_it = [
            (await ask("/images/b.png/info")).json() for ask in (site.client.get, site.client.get, site.get)
        ]
        assert set(public) == RECORD_FIELDS | DETAILS
        assert public == again
        assert (public["hash"], public["size_bytes"]) == (hashlib.sha256(png(7)).hexdigest(), 1000)
        assert (public["id"], public["tags"], public["width"]) == (None, [], 40)
        assert "gps" not in public
        assert all_of_it["gps"] == {"latitude": 52.5, "longitude": 13.4}
        assert len(pool.inspections) == 1
        (site.folder / "b.png").write_bytes(png(8, size_bytes=900))
        assert (await site.client.get("/images/b.png/info")).json()["hash"] == sha256(png(8, size_bytes=900))


@pytest.mark.parametrize(
    "target", ["/images/none.png/info", "/images/info", "/images//info", "/images/.x.png/info"]
)
async def test_information_of_nothing_is_a_404(site: LibrarySite, target: str) -> None:
    """There is nothing to be told of what there is not."""
    assert (await site.get(target)).status == 404


async def test_private_image_is_for_key_holders(site: LibrarySite) -> None:
    """Without a key it is refused however it is asked for: also what is cached, and whether it has changed."""
    await site.add(png(), name="a.png", private="true")
    for target in ("/images/a.png", "/a.png?w=10"):
        shown = await site.get(target)
        assert shown.status == 200
        assert shown.headers["cache-control"].startswith("private")
        tag = shown.headers["etag"]
        again = await site.get(target, if_none_match=tag)
        assert (again.status, again.headers["cache-control"][:7]) == (304, "private")
        for headers in ({}, {"if_none_match": tag}, {"authorization": "Bearer x"}):
            assert (await site.client.get(target, **headers)).status == 401
    hit = await site.get("/a.png?w=10")
    assert (hit.headers["x-cache"], hit.headers["cache-control"][:7]) == ("hit", "private")
    assert (await site.client.get("/images/a.png/info")).status == 401
    assert (await site.get("/images/a.png/info")).json()["private"] is True


async def test_health_needs_the_catalogue(tmp_path: Path) -> None:
    """Without its database the server cannot serve, and says so."""
    async with LibrarySite.open(tmp_path) as site:
        answer = await site.client.get("/health")
        assert (answer.status, answer.json()["catalogue"]) == (200, {"is_readable": True})
        assert answer.json()["volumes"] == {
            "ephemeral": {"is_degraded": False, "reason": None},
            "persistent": {"reason": None},
        }
        assert (site.data / FILE_NAME).is_file()


async def test_health_asks_the_catalogue_now_and_then(tmp_path: Path, autojump_clock: MockClock) -> None:
    """Checks in between cost nothing; trouble, and its end, show within seconds."""
    async with Site.open(tmp_path, limits=Limits()) as site:
        books = site.library.books
        for _ in range(5):
            assert (await site.client.get("/health")).status == 200
        assert books.checks == 1
        books.is_well = False
        await trio.sleep(CHECKED_EVERY_S)
        answer = await site.client.get("/health")
        assert (answer.status, answer.json()["status"]) == (503, "unavailable")
        books.is_well = True
        await trio.sleep(CHECKED_EVERY_S)
        assert (await site.client.get("/health")).status == 200
        assert books.checks == 3


async def test_full_disk_is_told_by_health(tmp_path: Path) -> None:
    """A disk that takes nothing is told of; what is there is served all the same."""
    async with Site.open(tmp_path, limits=Limits()) as site:
        site.library.reason = "No space left on device"
        answer = await site.client.get("/health")
        assert (answer.status, answer.json()["status"]) == (200, "degraded")
        assert answer.json()["volumes"]["persistent"]["reason"] == "No space left on device"


async def test_statistics_tell_of_all_volumes_and_the_queue(site: LibrarySite) -> None:
    """The administrator sees what each volume holds, and what waits."""
    await site.add(png(), name="a.png")
    told = (await site.get("/_stats")).json()
    assert set(told["volumes"]) == {"memory", "ephemeral", "persistent"}
    assert (told["volumes"]["persistent"]["entries"], told["volumes"]["persistent"]["bytes"]) == (1, 1000)
    assert told["queue"] == {"waiting": 0, "size": 128}
