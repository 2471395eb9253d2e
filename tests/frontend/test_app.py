"""The application behind the lane: health, the administrator's figures, the front page, and Quart's refusals."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from quart_trio import QuartTrio
from structlog.testing import capture_logs

from frontend.reserved import RESERVED_SEGMENTS
from frontend.version import VERSION
from shared.errors import QueueFullError
from shared.limits import Limits
from tests.asgi_client import AsgiClient
from tests.frontend.site import ADMIN_KEY, Site


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A folder with one image."""
    async with Site.open(tmp_path, limits=Limits()) as site:
        site.put("cat.png")
        yield site


async def test_health_tells_who_is_well(site: Site) -> None:
    """Anyone may ask for status, time, version and workers, and nobody may keep the answer."""
    answer = await site.client.get("/health")
    told = answer.json()
    assert answer.status == 200
    assert (told["status"], told["version"]) == ("ok", VERSION)
    assert told["workers"]["configured"] == told["workers"]["ready"] == 2
    assert told["timestamp"].endswith("Z")
    assert abs(datetime.now(UTC) - datetime.fromisoformat(told["timestamp"])) < timedelta(minutes=1)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("ready", "status", "word"), [(2, 200, "ok"), (1, 200, "degraded"), (0, 503, "unavailable")]
)
async def test_health_is_that_of_the_workers(site: Site, ready: int, status: int, word: str) -> None:
    """Some workers missing: served, but degraded; all missing: nothing can be served, and a balancer must know."""
    site.pool.ready = ready
    answer = await site.client.get("/health")
    assert (answer.status, answer.json()["status"]) == (status, word)


async def test_stats_are_for_the_administrator(site: Site) -> None:
    """With the key: the volume's figures, the workers' and the engine's versions."""
    await site.client.get("/cat.png?w=10")
    await site.client.get("/cat.png?w=10")
    answer = await site.client.get("/_stats", authorization=f"Bearer {ADMIN_KEY}")
    told = answer.json()
    assert answer.status == 200
    memory = told["volumes"]["memory"]
    assert (memory["hits"], memory["misses"], memory["hit_rate"], memory["entries"]) == (1, 1, 0.5, 1)
    assert (told["workers"]["jobs"], told["workers"]["queue_size"]) == (1, 128)
    assert told["engine"] == {"pillow": "13.0.0"}
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        f"Bearer {ADMIN_KEY}x",
        f"Bearer {ADMIN_KEY[:-1]}",
        f"Bearer {ADMIN_KEY.upper()}",
        f"Basic {ADMIN_KEY}",
        ADMIN_KEY,
        f"Bearer {ADMIN_KEY}, Bearer {ADMIN_KEY}",
        "Bearer \xe9\xff",
    ],
)
async def test_stats_need_the_key(site: Site, authorization: str | None) -> None:
    """No key, another one, part of it or another scheme: 401, and how to do it."""
    headers = {} if authorization is None else {"authorization": authorization}
    answer = await site.client.ask("GET", "/_stats", headers=headers)
    assert (answer.status, answer.json()["error"]) == (401, "unauthorized")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert "volumes" not in answer.json()


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer "])
async def test_scheme_is_read_in_any_case(site: Site, scheme: str) -> None:
    """Schemes are case-insensitive, and more than one blank may follow."""
    answer = await site.client.get("/_stats", authorization=f"{scheme} {ADMIN_KEY}")
    assert answer.status == 200


async def test_front_page_is_a_page(site: Site) -> None:
    """``/`` tells people what this is."""
    answer = await site.client.get("/")
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert b"tintype" in answer.body


@pytest.mark.parametrize("target", ["/", "/health", "/_stats"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_wrong_method_is_refused_in_our_shape(site: Site, target: str, method: str) -> None:
    """Quart's 405 is told as ours, with what is allowed."""
    answer = await site.client.ask(method, target)
    assert (answer.status, answer.json()["error"]) == (405, "method_not_allowed")
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize("target", ["/health/", "/health/x", "/_stats/x"])
async def test_unknown_path_is_refused_in_our_shape(site: Site, target: str) -> None:
    """Quart's 404 is told as ours: JSON, or a page for browsers."""
    answer = await site.client.get(target)
    assert (answer.status, answer.json()["error"]) == (404, "not_found")
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    answer = await site.client.get(target, accept="text/html")
    assert (answer.status, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")


@pytest.mark.parametrize(
    ("target", "allowed"),
    [
        ("/health", {"GET", "HEAD", "OPTIONS"}),
        ("/_stats", {"GET", "HEAD", "OPTIONS"}),
        ("/upload", {"POST", "OPTIONS"}),
        ("/images/cat.png/tags", {"POST", "DELETE", "OPTIONS"}),
    ],
)
async def test_options_are_told(site: Site, target: str, allowed: set[str]) -> None:
    """A client may ask what may be done, also where it needs a key to do it."""
    answer = await site.client.ask("OPTIONS", target)
    assert (answer.status, answer.body) == (204, b"")
    assert set(answer.headers["allow"].split(", ")) >= allowed


@pytest.fixture
async def app(site: Site) -> QuartTrio:
    """The application by itself, to which a test may add routes that fail."""
    assert isinstance(site.lane._inner, QuartTrio)
    return site.lane._inner


@pytest.mark.parametrize("bug", [ZeroDivisionError("/srv/x"), ExceptionGroup("/srv", [ValueError("/srv/x")])])
async def test_bug_is_a_500_that_tells_nothing(app: QuartTrio, bug: Exception) -> None:
    """An unexpected exception is logged with its traceback; the client learns only that we are at fault."""

    async def fail() -> str:
        raise bug

    app.view_functions["front_page"] = fail
    with capture_logs() as logs:
        answer = await AsgiClient(app=app).get("/")  # type: ignore[arg-type]
    assert (answer.status, answer.json()["error"]) == (500, "internal_error")
    assert b"srv" not in answer.body
    (entry,) = logs
    assert (entry["event"], entry["path"]) == ("request.crashed", "/")
    assert "/srv/x" in str(entry["exc_info"])


async def test_service_error_of_a_route_is_told(app: QuartTrio) -> None:
    """A route raises what it ends in, alone or out of a nursery."""

    async def fail() -> str:
        raise ExceptionGroup("from a nursery", [QueueFullError(retry_after_s=3)])

    app.view_functions["front_page"] = fail
    answer = await AsgiClient(app=app).get("/")  # type: ignore[arg-type]
    assert (answer.status, answer.json()["error"], answer.headers["retry-after"]) == (503, "queue_full", "3")


async def test_first_segments_are_reserved(app: QuartTrio) -> None:
    """No image can be asked for, or named, under what a route begins with."""
    first_segments = {rule.rule.split("/", 2)[1] for rule in app.url_map.iter_rules()}
    assert first_segments >= {"", "health", "images", "upload", "random"}
    assert first_segments <= RESERVED_SEGMENTS
