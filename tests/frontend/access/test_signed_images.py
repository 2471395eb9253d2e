"""Signatures, private images and the rule about transformations, as image addresses meet them."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio

from shared.plan import parse_operations
from shared.recipe import Pipeline, Recipes
from shared.signing import sign_url
from tests.asgi_client import Answer
from tests.frontend.api.library_site import LibrarySite, png

KEY, OLD_KEY = b"0123456789abcdef-new", b"0123456789abcdef-old"
RECIPES = Recipes(
    presets={"small": "w=5", "big": "w=500&f=webp"},
    pipelines={"thumb": Pipeline(name="thumb", operations=tuple(parse_operations("resize:w=6")))},
)
IN, BAD, FORBIDDEN = (200, ""), (403, "bad_signature"), (403, "forbidden")
EXPIRED = (403, "expired_signature")


@asynccontextmanager
async def opened(folder: Path, **settings: object) -> AsyncIterator[LibrarySite]:
    """A library with a public and a private image, and keys for signing."""
    values: dict[str, Any] = {"signing_keys": (KEY.decode(), OLD_KEY.decode()), **settings}
    async with LibrarySite.open(folder, recipes=RECIPES, **values) as site:
        await site.add(png(1), name="cat.png")
        await site.add(png(2), name="own.png", private="true")
        yield site


def told(answer: Answer) -> tuple[int, str]:
    """Status, and the error if it is one."""
    return answer.status, "" if answer.status == 200 else answer.json()["error"]


def signed(target: str, *, key: bytes = KEY, good_for_s: float | None = None) -> str:
    """Sign an address, for ever or for a time."""
    return sign_url(target, key=key, expires_s=None if good_for_s is None else int(time.time() + good_for_s))


def spoilt(target: str) -> str:
    """Change the first character of a signature."""
    return re.sub(r"(?<=sig=)(.)", lambda match: "B" if match[1] == "A" else "A", target)


ASKED = {
    "original": "/cat.png",
    "nothing to do": "/cat.png?utm=1",
    "free": "/cat.png?w=7",
    "chain": "/cat.png?ops=resize:w=7",
    "preset": "/cat.png?preset=small",
    "preset and more": "/cat.png?preset=small&blur=1",
    "pipeline": "/img/thumb/cat.png",
    "pipeline and more": "/img/thumb/cat.png?blur=1",
    "pipeline and preset": "/img/thumb/cat.png?p=big",
    "download": "/cat.png?download=x.png",
}
UNSIGNED = {
    "open": dict.fromkeys(ASKED, IN),
    "signed": dict.fromkeys(ASKED, BAD) | dict.fromkeys(("original", "nothing to do", "download"), IN),
    "presets": dict.fromkeys(ASKED, IN)
    | dict.fromkeys(("free", "chain", "preset and more", "pipeline and more"), FORBIDDEN),
}


@pytest.mark.parametrize("mode", ["open", "signed", "presets"])
async def test_mode_says_who_may_transform(tmp_path: Path, mode: str) -> None:
    """By anyone anything; by anyone with a signed address; or by anyone what has a name. Nothing else is made."""
    async with opened(tmp_path, transforms=mode) as site:
        found = {what: told(await site.client.get(target)) for what, target in ASKED.items()}
        assert found == UNSIGNED[mode]
        made = {what for what, outcome in found.items() if outcome == IN} - {
            "original",
            "nothing to do",
            "download",
        }
        assert len(site.pool.works) == len({"free" if what == "chain" else what for what in made})


@pytest.mark.parametrize("mode", ["open", "signed"])
@pytest.mark.parametrize("what", ASKED)
async def test_signature_opens_what_it_signs(tmp_path: Path, mode: str, what: str) -> None:
    """By any of the keys, for ever or in time; spoilt, by a stranger's key, or past its end it opens nothing."""
    target = ASKED[what]
    async with opened(tmp_path, transforms=mode) as site:
        for good in (signed(target), signed(target, key=OLD_KEY), signed(target, good_for_s=60)):
            assert told(await site.client.get(good)) == IN
        assert told(await site.client.get(spoilt(signed(target)))) == BAD
        assert told(await site.client.get(signed(target, key=b"somebody else's!"))) == BAD
        assert told(await site.client.get(signed(target, good_for_s=-1))) == EXPIRED
        assert told(await site.client.get(signed(target, good_for_s=60) + "&utm=9")) == BAD
        assert (
            told(await site.client.get(re.sub("exp=[0-9]+", "exp=99999999999", signed(target, good_for_s=9))))
            == BAD
        )


async def test_signature_allows_no_plan_of_ones_own_where_only_presets_are(tmp_path: Path) -> None:
    """That rule is about what is done, and not about who asks."""
    async with opened(tmp_path, transforms="presets") as site:
        assert told(await site.client.get(signed(ASKED["free"]))) == FORBIDDEN
        assert told(await site.client.get(signed(ASKED["preset"]))) == IN


@pytest.mark.parametrize(
    "other",
    [
        "/own.png",
        "/images/cat.png",
        "/cat.png/",
        "/Cat.png",
        "/img/thumb/cat.png",
        "/cat.png?w=8",
        "/cat.png?w=7&w=7",
    ],
)
async def test_signature_is_of_one_address(tmp_path: Path, other: str) -> None:
    """Under another path, or with another query, it is wrong."""
    async with opened(tmp_path) as site:
        signature = signed("/cat.png?w=7").partition("&sig=")[2]
        separator = "&" if "?" in other else "?w=7&"
        assert told(await site.client.get(f"{other}{separator}sig={signature}")) == BAD


async def test_spelling_does_not_break_a_signature(tmp_path: Path) -> None:
    """Order of parameters and percent-encoding are a browser's business."""
    async with opened(tmp_path, transforms="signed") as site:
        query = signed("/cat.png?w=7&h=8").partition("?")[2].split("&")
        assert told(await site.client.get("/c%61t.png?" + "&".join(reversed(query)))) == IN


async def test_private_image_opens_to_its_signed_address(tmp_path: Path) -> None:
    """As it is and made into something, also from a cache; not to another address, nor to nobody."""
    async with opened(tmp_path) as site:
        for target in ("/own.png", "/own.png?w=7", "/img/thumb/own.png", "/cat.png?wm=own.png"):
            for _ in range(2):
                assert told(await site.client.get(signed(target))) == IN
                assert told(await site.client.get(target)) == (401, "unauthorized")
                assert told(await site.client.get(spoilt(signed(target)))) == BAD
            answer = await site.client.get(signed(target))
            assert answer.headers["cache-control"].startswith("private, ")
            head = await site.client.head(signed(target))
            assert head.status == 200


async def test_info_of_a_private_image_needs_a_key(tmp_path: Path) -> None:
    """A signature is for the picture."""
    async with opened(tmp_path) as site:
        assert told(await site.client.get(signed("/images/own.png/info"))) == (401, "unauthorized")


@pytest.mark.parametrize("target", ["/own.png", "/cat.png", "/cat.png?w=7", "/img/thumb/cat.png"])
async def test_no_cache_keeps_it_past_its_end(tmp_path: Path, target: str) -> None:
    """The answer, and the 304, are kept for what is left of the address's time and not a second longer."""
    async with opened(tmp_path) as site:
        asked = signed(target, good_for_s=30)
        answer = await site.client.get(asked)
        renewed = await site.client.get(asked, if_none_match=answer.headers["etag"])
        assert (answer.status, renewed.status) == (200, 304)
        for each in (answer, renewed):
            match = re.fullmatch(r"(public|private), max-age=(\d+)", each.headers["cache-control"])
            assert match is not None
            assert 25 <= int(match[2]) <= 30
        far = await site.client.get(signed(target, good_for_s=10**8))
        unsigned = await site.client.get(signed(target))
        assert far.headers["cache-control"] == unsigned.headers["cache-control"]


async def test_signature_is_no_part_of_the_variant(tmp_path: Path) -> None:
    """Signed by any key and with any end it is the same image: made once, with one tag, and nothing is ignored."""
    async with opened(tmp_path) as site:
        targets = ("/cat.png?w=7", signed("/cat.png?w=7"), signed("/cat.png?w=7", key=OLD_KEY, good_for_s=60))
        answers = [await site.client.get(target) for target in targets]
        assert [answer.headers["x-cache"] for answer in answers] == ["miss", "hit", "hit"]
        assert len({answer.headers["etag"] for answer in answers}) == 1
        assert not any("x-tintype-ignored" in answer.headers for answer in answers)
        answer = await site.client.get(signed("/cat.png?w=7&utm=1"))
        assert answer.headers["x-tintype-ignored"] == "utm"


async def test_wrong_signatures_are_limited(tmp_path: Path) -> None:
    """As guesses of keys are; right ones and unsigned addresses are served all the same, and old ones are none."""
    async with opened(tmp_path, trusted_proxy=("192.0.2.1",)) as site:
        here, wrong = "198.51.100.1", spoilt(signed("/cat.png"))
        for _ in range(25):
            assert told(await site.client.get(signed("/cat.png", good_for_s=-9), x_forwarded_for=here)) == EXPIRED
        begin_s, count = trio.current_time(), 0
        while (answer := await site.client.get(wrong, x_forwarded_for=here)).status != 429:
            assert told(answer) == BAD
            count += 1
            assert count <= 20 + 5 * (trio.current_time() - begin_s)
        assert count >= 20
        assert answer.headers["ratelimit-limit"] == "20"
        assert answer.headers["retry-after"] == "1"
        assert told(await site.client.get(signed("/cat.png"), x_forwarded_for=here)) == IN
        assert told(await site.client.get("/cat.png", x_forwarded_for=here)) == IN
        assert told(await site.client.get(wrong, x_forwarded_for="198.51.100.2")) == BAD


async def test_signature_without_keys_is_wrong(tmp_path: Path) -> None:
    """A server that cannot check one believes none."""
    async with opened(tmp_path, signing_keys=()) as site:
        assert told(await site.client.get(signed("/own.png"))) == BAD
        assert told(await site.client.get(signed("/cat.png"))) == BAD


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/cat.png?preset=none", (400, "bad_parameter")),
        ("/img/none/cat.png", (404, "pipeline_not_found")),
        ("/img/none/none.png", (404, "pipeline_not_found")),
        ("/img/thumb/none.png", (404, "image_not_found")),
        ("/img/thumb", (404, "not_found")),
        ("/img/thumb/", (404, "image_not_found")),
        ("/images/img/thumb/cat.png", (404, "image_not_found")),
    ],
)
async def test_name_that_means_nothing_is_told(tmp_path: Path, target: str, expected: tuple[int, str]) -> None:
    """Of a preset, a pipeline or an image."""
    async with opened(tmp_path) as site:
        assert told(await site.client.get(target)) == expected


@pytest.mark.parametrize(
    ("target", "value"),
    [
        ("/cat.png?download", 'attachment; filename="cat.png"'),
        ("/cat.png?w=7&f=webp&download=", 'attachment; filename="cat.webp"'),
        ("/cat.png?preset=big&download", 'attachment; filename="cat.webp"'),
        ("/img/thumb/cat.png?download=a.png", 'attachment; filename="a.png"'),
        ("/cat.png?download=%E2%82%AC", "attachment; filename=\"_\"; filename*=UTF-8''%E2%82%AC"),
    ],
)
async def test_download_has_a_name(tmp_path: Path, target: str, value: str) -> None:
    """Its own with what it has become, or the one that was asked for; it is the same variant as without."""
    async with opened(tmp_path) as site:
        answer = await site.client.get(target)
        assert (answer.status, answer.headers["content-disposition"]) == (200, value)
        plain = await site.client.get(re.sub("[?&]download[^&]*", "", target))
        assert "content-disposition" not in plain.headers
        assert (plain.body, plain.headers["etag"]) == (answer.body, answer.headers["etag"])
        assert plain.headers.get("x-cache") in ("hit", None)


@pytest.mark.parametrize("name", ["a%0d%0aX-Evil:%201", "a%0a", "a/b", "..%2Fa", "a%5Cb", "%00", "x" * 201])
async def test_bad_name_of_a_download_is_refused(tmp_path: Path, name: str) -> None:
    """Nothing gets out of the header, or out of a folder."""
    async with opened(tmp_path) as site:
        answer = await site.client.get(f"/cat.png?download={name}")
        assert told(answer) == (400, "bad_parameter")
        assert "x-evil" not in answer.headers
