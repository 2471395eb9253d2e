"""The lane: what it takes upon itself, what it refuses, and what it hands on."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio

from frontend.originals import CHUNK_BYTES
from shared.limits import Limits
from tests.asgi_client import AsgiClient
from tests.frontend.site import PNG, Site

LARGE = PNG + bytes(3 * CHUNK_BYTES)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A folder with one image."""
    async with Site.open(tmp_path, limits=Limits()) as site:
        site.put("cat.png")
        yield site


@pytest.mark.parametrize("target", ["/cat.png", "/images/cat.png", "/images%2Fcat.png", "/c%61t.png"])
async def test_image_has_two_addresses(site: Site, target: str) -> None:
    """An image answers with and without ``images/``, however the path is encoded."""
    assert (await site.client.get(target)).body == PNG


async def test_prefix_is_taken_off_once(site: Site) -> None:
    """A folder called ``images`` in the folder of images is reached by naming it twice."""
    site.put("images/dog.png", PNG + b"dog")
    assert (await site.client.get("/images/images/dog.png")).body == PNG + b"dog"
    assert (await site.client.get("/images/dog.png")).status == 404


@pytest.mark.parametrize(
    ("target", "status"), [("/", 200), ("/health", 200), ("/%68ealth", 200), ("/health/x", 404)]
)
async def test_rest_is_quarts(site: Site, target: str, status: int) -> None:
    """Pages and the API come first: what begins like them is no image, and is answered in the same shape."""
    site.put("health/x")
    answer = await site.client.get(target)
    assert answer.status == status
    assert status == 200 or answer.json()["error"] == "not_found"


async def test_other_scopes_are_quarts() -> None:
    """Whatever is no HTTP request is handed on untouched."""
    seen = []

    async def inner(scope: dict[str, object], *_: object) -> None:
        seen.append(scope)

    async with Site.open(Path("/nowhere"), limits=Limits()) as site:
        site.lane._inner = inner
        await site.lane({"type": "lifespan"}, trio.sleep_forever, trio.sleep)  # type: ignore[arg-type]
    assert seen == [{"type": "lifespan"}]


@pytest.mark.parametrize("target", ["//evil.example/cat.png", "///", "//", "", "cat.pngx", "*", "?w=1"])
async def test_odd_path_is_not_found(site: Site, target: str) -> None:
    """A path that is empty, or begins with two slashes or none, is an image that there is not, and no redirect."""
    answer = await site.client.get(target)
    assert answer.status == 404
    assert "location" not in answer.headers


PASSWD = (
    "/../../etc/passwd",
    "/images/../../etc/passwd",
    "/images//etc/passwd",
    "//etc/passwd",
    "/images/%2Fetc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/%2E%2E%2F%2E%2E%2Fetc%2Fpasswd",
    "/..%2f..%2fetc%2fpasswd",
    "/%252e%252e/%252e%252e/etc/passwd",
    "/%252e%252e%252fetc%252fpasswd",
    "/..%5c..%5cetc%5cpasswd",
    "/..\\..\\etc\\passwd",
    "/images/....//....//etc/passwd",
    "/images/..;/..;/etc/passwd",
    "/%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd",
    "/%c0%ae%c0%ae%c0%afetc%c0%afpasswd",
    "/%e0%80%ae%e0%80%ae/etc/passwd",
    "/%ef%bc%8e%ef%bc%8e/etc/passwd",
    "/%e2%80%a4%e2%80%a4%e2%88%95etc%e2%88%95passwd",
    "/%u002e%u002e/etc/passwd",
    "/%00/etc/passwd",
    "/../../etc/passwd%00.png",
    "/cat.png/../../../etc/passwd",
    "/cat.png%00",
    "/file:///etc/passwd",
    "/images/file:%2f%2f%2fetc%2fpasswd",
    "/C:/Windows/win.ini",
    "/~root/.bashrc",
    "/proc/self/environ",
    "/./././etc/passwd",
    "/.%0a./etc/passwd",
    "/..%20/etc/passwd",
    "/.../.../etc/passwd",
    "/%ed%a0%80%ed%b0%80/etc/passwd",
    "/etc/passwd%20",
    "/etc/passwd.",
)


@pytest.mark.parametrize("suffix", ["", "?w=10"])
@pytest.mark.parametrize("target", PASSWD)
async def test_nothing_outside_is_reached(site: Site, target: str, suffix: str) -> None:
    """However the parent folder is spelt, the answer is 404 and betrays neither a path nor a file."""
    answer = await site.client.get(target + suffix)
    assert answer.status == 404
    assert answer.json()["error"] == "image_not_found"
    told = answer.body.decode() + str(answer.headers)
    assert str(site.folder) not in told
    assert "passwd" not in told
    assert not site.pool.works


@pytest.mark.parametrize("target", ["/" + "x" * 1025, "/" + "x" * 300 + ".png", "/" + "%C3%A9" * 513])
async def test_long_name_is_not_found(site: Site, target: str) -> None:
    """Longer than a name may be, or than one component of it, means that there is no such image."""
    assert (await site.client.get(target)).status == 404


async def test_missing_folder_is_not_found(tmp_path: Path) -> None:
    """Without a folder of images there are none, and pages and health are served all the same."""
    async with Site.open(tmp_path / "missing", limits=Limits()) as site:
        for target in ("/cat.png", "/cat.png?w=10"):
            answer = await site.client.get(target)
            assert (answer.status, answer.json()["error"]) == (404, "image_not_found")
        assert (await site.client.get("/health")).status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "get", "X" * 500])
async def test_images_are_only_read(site: Site, method: str) -> None:
    """Every other method is a 405 that names those that do, also where there is no image."""
    for target in ("/cat.png", "/nothing"):
        answer = await site.client.ask(method, target)
        assert answer.status == 405
        assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
        assert answer.json()["error"] == "method_not_allowed"
        assert len(answer.body) < 300


@pytest.mark.parametrize("target", ["/cat.png", "/nothing", "/img/thumb/cat.png"])
async def test_options_of_an_image_are_told(site: Site, target: str) -> None:
    """Without looking for it: nobody learns whether there is such an image."""
    answer = await site.client.ask("OPTIONS", target)
    assert (answer.status, answer.headers["allow"], answer.body) == (204, "GET, HEAD, OPTIONS", b"")


async def test_asterisk_is_answered(site: Site) -> None:
    """``OPTIONS *`` asks about the server as a whole, by a path without a slash."""
    answer = await site.client.ask("OPTIONS", "*")
    assert (answer.status, answer.headers["allow"]) == (204, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize("target", ["/cat.png?", "/", "/health?"])
async def test_url_may_be_so_long(site: Site, target: str) -> None:
    """Path and query together may be as long as the setting says; a byte more is a 414, for Quart's paths too."""
    limit = 8192
    longest = target + "x" * (limit - len(target.replace("?", "")))
    assert (await site.client.get(longest)).status != 414
    answer = await site.client.get(longest + "x")
    assert (answer.status, answer.json()["error"]) == (414, "url_too_long")


@pytest.mark.parametrize(
    "target", ["/cat.png", "/cat.png?w=10", "/cat.png?w=x", "/none", "/", "/health", "/_stats"]
)
@pytest.mark.parametrize("accept", ["*/*", "text/html"])
async def test_head_is_get_without_a_body(site: Site, target: str, accept: str) -> None:
    """HEAD is answered with the status and the headers of GET, and with nothing else."""
    await site.client.get(target)  # fills the cache, so that both are hits
    got = await site.client.get(target, accept=accept, x_request_id="id")
    head = await site.client.head(target, accept=accept, x_request_id="id")
    volatile = {"server-timing"}
    assert head.status == got.status
    assert {name: value for name, value in head.headers.items() if name not in volatile} == {
        name: value for name, value in got.headers.items() if name not in volatile
    }
    assert head.headers["content-length"] == str(len(got.body))
    assert head.body == b""


async def test_head_reads_no_file_for_nothing(site: Site) -> None:
    """For HEAD a large original is not read: a start, an end, and nothing in between."""
    site.put("large.png", LARGE)
    parts = []

    async def count() -> None:
        parts.append(1)

    await site.client.ask("HEAD", "/large.png", on_chunk=count)
    assert len(parts) == 2


@pytest.mark.parametrize("given", ["7", "abc-DEF_0.9", "f" * 64])
async def test_request_id_is_echoed(site: Site, given: str) -> None:
    """A harmless id of the client's own is kept, in the header and in what errors say."""
    answer = await site.client.get("/none", x_request_id=given)
    assert answer.headers["x-request-id"] == given
    assert answer.json()["request_id"] == given


@pytest.mark.parametrize("given", ["", "f" * 65, "a b", "a,b", "<script>", '"x"', "\xe9", "a\tb", "{}", "$(id)"])
async def test_request_id_that_may_harm_is_replaced(site: Site, given: str) -> None:
    """An id that is long, or holds more than letters, digits and three signs, is not repeated."""
    answer = await site.client.get("/none", x_request_id=given)
    assert re.fullmatch("[0-9a-f]{16}", answer.headers["x-request-id"])
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


async def test_two_request_ids_are_none(site: Site) -> None:
    """A header that comes twice is no id."""
    headers = [("x-request-id", "a"), ("x-request-id", "b")]
    answer = await site.client.ask("GET", "/cat.png", headers=headers)
    assert re.fullmatch("[0-9a-f]{16}", answer.headers["x-request-id"])


@pytest.mark.parametrize("target", ["/cat.png", "/cat.png?w=1", "/none", "/", "/health", "/health/x", "/_stats"])
async def test_every_answer_has_an_id(site: Site, target: str) -> None:
    """Images, pages, the API's answers and its errors: each has an id, no two the same."""
    ids = {(await site.client.get(target)).headers["x-request-id"] for _ in range(3)}
    assert len(ids) == 3


@pytest.mark.parametrize(
    ("http_version", "connection"), [("1.0", "close"), ("1.1", "close"), ("2", None), ("3", None)]
)
@pytest.mark.parametrize("target", ["/cat.png", "/cat.png?w=10", "/health", "/none"])
async def test_draining_server_refuses(site: Site, target: str, http_version: str, connection: str | None) -> None:
    """Whatever is asked of a server that is going is refused for now; HTTP/1.1 is told to go elsewhere."""
    site.draining.set()
    answer = await AsgiClient(app=site.lane, http_version=http_version).get(target)
    assert (answer.status, answer.json()["error"]) == (503, "draining")
    assert answer.headers["retry-after"] == "1"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers.get("connection") == connection


async def test_running_request_is_finished_while_draining(site: Site) -> None:
    """What was begun before the server is to go is answered."""
    site.pool.gate = trio.Event()
    answers = []
    async with trio.open_nursery() as nursery:

        async def ask() -> None:
            answers.append(await site.client.get("/cat.png?w=10"))

        nursery.start_soon(ask)
        await site.pool.taken.wait()
        site.draining.set()
        site.pool.gate.set()
    assert answers[0].status == 200


async def test_page_that_is_missing_is_a_page_for_browsers(site: Site) -> None:
    """Who names HTML gets a page for what is not there, and JSON for every other error."""
    answer = await site.client.get("/none", accept="text/html,*/*;q=0.8")
    assert answer.status == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    answer = await site.client.get("/cat.png?w=x", accept="text/html,*/*;q=0.8")
    assert answer.json()["error"] == "bad_parameter"
