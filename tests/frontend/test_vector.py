"""SVG from the folder: as it is, under a policy that lets nothing in it run, and never as anything else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.limits import Limits
from tests.frontend.site import PNG, Site

_SVG = (
    b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="4" height="3"><script>1</script></svg>'
)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A folder with one SVG."""
    async with Site.open(tmp_path, limits=Limits()) as site:
        site.put("logo.svg", _SVG)
        yield site


async def test_an_svg_is_sent_as_it_is_and_can_do_nothing(site: Site) -> None:
    """Its bytes, its type, and a policy that forbids scripts and loads; no worker is asked."""
    answer = await site.client.get("/logo.svg")
    assert (answer.status, answer.body, answer.headers["content-type"]) == (200, _SVG, "image/svg+xml")
    policy = answer.headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "sandbox"} <= set(policy)
    assert not any("script" in directive or "allow" in directive for directive in policy)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert not site.pool.works


async def test_a_part_and_a_repetition_are_under_the_policy_too(site: Site) -> None:
    """206 and 304 say the same as 200."""
    whole = await site.client.get("/logo.svg")
    part = await site.client.get("/logo.svg", range="bytes=0-4")
    again = await site.client.get("/logo.svg", if_none_match=whole.headers["etag"])
    assert [answer.status for answer in (whole, part, again)] == [200, 206, 304]
    assert len({answer.headers["content-security-policy"] for answer in (whole, part, again)}) == 1


async def test_other_images_have_no_such_policy(site: Site) -> None:
    """It is about what can run."""
    site.put("cat.png")
    assert "content-security-policy" not in (await site.client.get("/cat.png")).headers


@pytest.mark.parametrize("query", ["w=10&blur=2", "f=svg&w=10&blur=2", "f=auto&w=10&blur=2"])
async def test_what_needs_pixels_is_ignored_and_named(site: Site, query: str) -> None:
    """A vector has any size already."""
    answer = await site.client.get(f"/logo.svg?{query}", accept="image/avif")
    assert (answer.status, answer.body) == (200, _SVG)
    assert answer.headers["x-tintype-ignored"] == "w, blur"
    assert "vary" not in answer.headers
    assert not site.pool.works


async def test_a_format_of_pixels_is_refused(site: Site) -> None:
    """There is nothing here that could draw it, and the answer says so."""
    answer = await site.client.get("/logo.svg?f=png")
    assert (answer.status, answer.json()["error"]) == (415, "unsupported_format")
    assert "not made into png" in answer.json()["message"]


async def test_a_bad_value_is_still_refused(site: Site) -> None:
    """What is ignored is checked all the same."""
    assert (await site.client.get("/logo.svg?w=-1")).status == 400


@pytest.mark.parametrize("data", [b"<html><svg/></html>", b"<!DOCTYPE html><svg/>", b"\x1f\x8b\x08\0" * 9, b""])
async def test_what_is_called_svg_and_is_none_is_not_sent(site: Site, data: bytes) -> None:
    """Neither as SVG, nor as what it is: HTML would run."""
    site.put("fake.svg", data)
    answer = await site.client.get("/fake.svg")
    assert (answer.status, answer.json()["error"]) == (415, "unsupported_format")


async def test_pixels_called_svg_are_pixels(site: Site) -> None:
    """The bytes decide: a PNG is resized, whatever its name says."""
    site.put("photo.svg", PNG)
    answer = await site.client.get("/photo.svg")
    assert answer.headers["content-type"] == "image/png"
    await site.client.get("/photo.svg?w=10&f=png")
    assert len(site.pool.works) == 1


async def test_an_svg_under_another_name_is_not_sent(site: Site) -> None:
    """Folders hold texts as well that begin like one."""
    site.put("notes.txt", _SVG)
    assert (await site.client.get("/notes.txt")).status == 415
