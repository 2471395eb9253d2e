"""Images over real HTTPS, made by real workers."""

from __future__ import annotations

import io
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from PIL import Image, ImageChops, ImageStat

from tests.e2e.server import RunningServer, running_server

pytestmark = pytest.mark.timeout(60)

BOTH_VERSIONS = pytest.mark.parametrize("http2", [False, True], ids=["HTTP/1.1", "HTTP/2"])


def picture(answer: httpx.Response) -> Image.Image:
    """Decode an answer."""
    assert answer.status_code == 200, answer.text
    image = Image.open(io.BytesIO(answer.content))
    image.load()
    return image


def distance(first: Image.Image, second: Image.Image) -> float:
    """Mean difference of a channel, of 255."""
    mode = "RGBA" if "A" in first.mode + second.mode else "RGB"
    difference = ImageChops.difference(first.convert(mode), second.convert(mode))
    return sum(ImageStat.Stat(difference).mean) / len(mode)


@BOTH_VERSIONS
@pytest.mark.parametrize(
    ("query", "mime", "size"),
    [
        ("resx=720&to=webp", "image/webp", (720, 540)),
        ("w=400&h=400&fit=cover&f=avif", "image/avif", (400, 400)),
        ("filter=blur&f_param=2", "image/jpeg", (1200, 900)),
        ("transform=rotate&t_param=90", "image/jpeg", (900, 1200)),
        ("process=unsharpen&p1=2&p2=3", "image/jpeg", (1200, 900)),
        ("w=50p", "image/jpeg", (600, 450)),
    ],
)
def test_photograph_is_transformed(
    server: RunningServer, images: Path, http2: bool, query: str, mime: str, size: tuple[int, int]
) -> None:
    """A photograph comes back in the size and format asked for, and looks like itself."""
    with server.client(http2=http2) as client:
        answer = client.get(f"/images/photo.jpg?{query}")
    made = picture(answer)
    assert answer.http_version == ("HTTP/2" if http2 else "HTTP/1.1")
    assert (answer.headers["content-type"], made.size) == (mime, size)
    with Image.open(images / "photo.jpg") as photo:
        turned = photo.transpose(Image.Transpose.ROTATE_270) if size[0] < 1000 and size[1] == 1200 else photo
        crop = turned.crop((150, 0, 1050, 900)) if size == (400, 400) else turned
        assert distance(made, crop.resize(size)) < 3


def test_animation_keeps_its_frames(server: RunningServer) -> None:
    """An animation stays one, in its own format and in another."""
    for query, kind in (("w=80", "GIF"), ("w=80&f=webp", "WEBP"), ("w=80&f=avif", "AVIF"), ("w=80&f=png", "PNG")):
        made = picture(server.get(f"/turning.gif?{query}"))
        assert (made.format, made.size, getattr(made, "n_frames", 1)) == (kind, (80, 60), 12)


def test_transparency_is_laid_on_a_colour(server: RunningServer) -> None:
    """A format without transparency gets the background that was asked for."""
    made = picture(server.get("/alpha.png?w=100&f=jpg&bg=pink"))
    red, green, blue = made.convert("RGB").getpixel((50, 50))  # type: ignore[misc]
    assert made.format == "JPEG"
    assert max(abs(red - 255), abs(green - 192), abs(blue - 203)) < 8


def test_original_is_untouched(server: RunningServer, images: Path) -> None:
    """Without parameters the bytes are the file's, whole or in part."""
    body = (images / "photo.jpg").read_bytes()
    whole = server.get("/images/photo.jpg")
    part = server.get("/photo.jpg", range="bytes=10-19")
    assert (whole.content, whole.headers["content-type"]) == (body, "image/jpeg")
    assert (part.status_code, part.content) == (206, body[10:20])


def test_second_request_is_a_hit(server: RunningServer) -> None:
    """An equal request, however it is spelled, is answered from memory with the same bytes."""
    first = server.get("/photo.jpg?w=301&format=webp")
    second = server.get("/images/photo.jpg?to=webp&utm_source=x&resx=301")
    assert (first.headers["x-cache"], second.headers["x-cache"]) == ("miss", "hit")
    assert first.content == second.content
    assert first.headers["etag"] == second.headers["etag"]
    assert second.headers["x-tintype-ignored"] == "utm_source"


@BOTH_VERSIONS
def test_head_has_the_headers_of_get(server: RunningServer, http2: bool) -> None:
    """HEAD tells all that GET tells, without a body."""
    with server.client(http2=http2) as client:
        get, head = client.get("/photo.jpg?w=77"), client.head("/photo.jpg?w=77")
    vary = {"date", "x-request-id", "server-timing", "x-cache"}
    vary |= {"ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"}  # told where something had to be made
    assert head.content == b""
    assert {k: v for k, v in get.headers.items() if k not in vary} == {
        k: v for k, v in head.headers.items() if k not in vary
    }


def test_fifty_equal_requests_make_one_job(server: RunningServer) -> None:
    """Those who ask at the same time share one computation."""
    before = server.health()["jobs"]
    with ThreadPoolExecutor(50) as threads:
        answers = list(threads.map(lambda _: server.get("/photo.jpg?w=640&f=avif"), range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert server.health()["jobs"] == before + 1  # type: ignore[operator]
    assert [answer.headers["x-cache"] for answer in answers].count("miss") == 1


def test_not_modified_takes_no_worker_also_after_a_restart(images: Path, tmp_path: Path) -> None:
    """Who has the bytes is told so at once, by a server that has never made them."""
    with running_server(tmp_path, "--workers", "1", images=images) as first:
        tag = first.get("/photo.jpg?w=200&f=webp").headers["etag"]
        assert first.stop() == 0
    with running_server(tmp_path, "--workers", "1", images=images) as second:
        answer = second.get("/photo.jpg?w=200&f=webp", if_none_match=tag)
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == tag
        assert second.health()["jobs"] == 0


def test_replaced_file_is_noticed(images: Path, tmp_path: Path) -> None:
    """A new file of the same name is served at once, from no old variant."""
    folder = tmp_path / "mine"
    folder.mkdir()
    shutil.copy(images / "photo.jpg", folder / "a.jpg")
    with running_server(tmp_path, "--workers", "1", images=folder) as running:
        old = running.get("/a.jpg?w=50")
        Image.new("RGB", (100, 100), "red").save(folder / "a.jpg")
        new = running.get("/a.jpg?w=50")
    assert picture(new).size == (50, 50)
    assert old.headers["etag"] != new.headers["etag"]


def test_curl_trusts_the_kept_certificate(server: RunningServer) -> None:
    """The certificate made at the start is good for a client that is given it."""
    command = ["curl", "--silent", "--show-error", "--fail", "--cacert", str(server.cert), f"{server.url}/health"]
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    assert b'"ok"' in subprocess.run(command, capture_output=True, check=True).stdout
