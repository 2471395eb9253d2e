"""The library over real HTTPS: pictures that are uploaded or fetched, looked at by real workers, and managed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from tests.e2e.library_client import LibraryClient, new_picture, stored_files
from tests.e2e.server import ADMIN_KEY, RunningServer, running_server

pytestmark = pytest.mark.timeout(90)

BOTH_VERSIONS = pytest.mark.parametrize("http2", [False, True], ids=["HTTP/1.1", "HTTP/2"])
MIB = 1 << 20
WAIT_S = 10.0


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def web_server(folder: Path) -> Iterator[str]:
    """Serve a folder on loopback; give the address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def comes_true(condition: Callable[[], bool]) -> bool:
    """Look until it is so, or for too long: what the server does after an answer shows nowhere else."""
    deadline = time.monotonic() + WAIT_S
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server's files lie."""
    return tmp_path_factory.mktemp("library")


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Another server, and the folder that it serves."""
    served = tmp_path_factory.mktemp("web")
    with web_server(served) as address:
        yield address, served


@pytest.fixture(scope="module")
def server(folder: Path, web: tuple[str, Path]) -> Iterator[RunningServer]:
    """A server with a library, which may fetch from the other one."""
    with running_server(folder, "--workers", "2", "--allow-source", web[0]) as running:
        yield running


@pytest.fixture
def library(server: RunningServer) -> Iterator[LibraryClient]:
    """Its administrator's client."""
    with LibraryClient(server) as client:
        yield client


@BOTH_VERSIONS
@pytest.mark.parametrize("tags_come_last", [False, True])
def test_uploaded_picture_is_served(server: RunningServer, http2: bool, tags_come_last: bool) -> None:
    """A picture is told of with its address, and transformed there like any other."""
    picture = new_picture()
    with LibraryClient(server, http2=http2) as library:
        answer = library.upload(picture, tags=["red", "sea"], tags_come_last=tags_come_last)
        told = answer.json()
        assert (answer.status_code, told["tags"]) == (201, ["red", "sea"])
        assert told["url"] == f"{server.url}/images/{told['filename']}"
    with server.client(http2=http2) as anyone:
        assert anyone.get(told["url"]).content == picture
        made = anyone.get(told["url"], params={"w": 20, "f": "webp"})
        assert (made.status_code, made.headers["content-type"]) == (200, "image/webp")
        info = anyone.get(f"{told['url']}/info").json()
    assert (info["width"], info["height"], info["format"], info["frames"]) == (64, 48, "png", 1)
    assert info["dominant_color"].startswith("#")
    assert len(info["blurhash"]) > 5
    assert info["palette"][0]["hex"] == info["dominant_color"]
    assert (len(info["phash"]), info["bit_depth"], info["mode"]) == (16, 8, "RGB")
    assert "gps" not in info


@pytest.mark.parametrize(("kind", "mime"), [("svg", "image/svg+xml"), ("tga", "image/x-tga")])
def test_name_need_not_say_what_it_is(library: LibraryClient, kind: str, mime: str) -> None:
    """Formats that are known by the ends of their names are known by their records here."""
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg" width="64" height="48"><rect width="9" height="9"/></svg>'
    data = drawing if kind == "svg" else new_picture(kind="TGA")
    fields = {"name": f"a drawing as {kind}", "tags": '["e2e"]'}
    added = library.http.post("/upload", files={"file": (f"drawing.{kind}", data)}, data=fields)
    assert added.status_code == 201, added.text
    answer = library.http.get(added.json()["url"])
    assert (answer.status_code, answer.headers["content-type"], answer.content) == (200, mime, data)
    assert library.tell(f"/images/a drawing as {kind}/info")["format"] == kind


def test_batch_is_told_of_item_by_item(library: LibraryClient) -> None:
    """Good pictures of an upload are added beside a broken one and one that is there already."""
    first, second = new_picture(), new_picture(kind="JPEG")
    broken = new_picture(size=(300, 300))[:-40]
    answer = library.upload(first, broken, first, second)
    told = answer.json()
    assert (answer.status_code, told["total"], told["successful"], told["failed"]) == (207, 4, 2, 2)
    assert {each["error"] for each in told["errors"]} == {"corrupt_image", "duplicate_image"}
    again = library.upload(second)
    assert (again.status_code, again.json()["error"]) == (409, "duplicate_image")
    assert again.json()["filename"] == told["results"][-1]["filename"]


def test_list_random_and_tags_agree(library: LibraryClient) -> None:
    """What is listed page by page is what is drawn from and counted."""
    names = {library.add(new_picture(), tags=["agreed", f"half {number % 2}"]) for number in range(7)}
    listed: list[str] = []
    target = "/images?tags=agreed&limit=3&sort=filename"
    while target:
        page = library.tell(target)
        listed += [image["filename"] for image in page["images"]]
        cursor = page["next_cursor"]
        target = f"/images?tags=agreed&limit=3&sort=filename&cursor={cursor}" if cursor else ""
    assert listed == sorted(names)
    drawn = library.send("POST", "/random", {"count": 7, "tags": ["agreed"]}).json()
    assert {image["filename"] for image in drawn["images"]} == names
    assert library.tell("/random?tags=agreed,half 1&width=64")["filename"] in names
    counts = {tag["name"]: tag["count"] for tag in library.tell("/tags")["tags"]}
    assert (counts["agreed"], counts["half 0"], counts["half 1"]) == (7, 4, 3)
    answer = library.send("DELETE", f"/images/{listed[0]}/tags", ["agreed"])
    assert "agreed" not in answer.json()["tags"]
    assert library.tell("/tags") != counts


@BOTH_VERSIONS
def test_private_picture_needs_the_key(server: RunningServer, http2: bool) -> None:
    """Without a key it is refused, as a hit and as unchanged, too; no cache between may keep it."""
    with LibraryClient(server, http2=http2) as library, server.client(http2=http2) as anyone:
        name = library.add(new_picture(), private="true")
        for target in (f"/images/{name}", f"/{name}?w=10"):
            shown = [library.http.get(target) for _ in range(2)]
            tag = {"if-none-match": shown[0].headers["etag"]}
            unchanged = library.http.get(target, headers=tag)
            assert unchanged.status_code == 304
            for answer in (*shown, unchanged):
                assert answer.headers["cache-control"].startswith("private")
            assert anyone.get(target).status_code == 401
            assert anyone.get(target, headers=tag).status_code == 401
        assert library.http.get(f"/{name}?w=10").headers["x-cache"] == "hit"


def test_deleted_picture_is_gone_from_every_cache(server: RunningServer, library: LibraryClient) -> None:
    """From the moment the deletion is answered, whatever was asked for before or meanwhile, nothing is served."""
    for _ in range(3):
        name = library.add(new_picture(size=(800, 600)))
        assert server.get(f"/{name}?w=30").status_code == 200

        def ask(width: int, name: str = name) -> int:
            return server.get(f"/{name}?w={width}&f=webp").status_code

        with ThreadPoolExecutor(8) as threads:
            meanwhile = [threads.submit(ask, width) for width in range(100, 124)]
            assert library.http.delete(f"/images/{name}").status_code == 200
            afterwards = [threads.submit(ask, width) for width in range(100, 124)]
            assert {answer.result() for answer in meanwhile} <= {200, 404}
            assert {answer.result() for answer in afterwards} == {404}
        for target in (f"/{name}", f"/{name}?w=30", f"/images/{name}/info"):
            assert server.get(target).status_code == 404


def test_purged_variants_are_made_anew(server: RunningServer, library: LibraryClient) -> None:
    """A purge by name or by tag forgets variants in memory and on disk, and no others."""
    names = [library.add(new_picture(), tags=["purged" if number else "kept"]) for number in range(3)]
    for name in names:
        assert server.get(f"/{name}?w=10").headers["x-cache"] == "miss"
    assert library.send("POST", "/purge", {"tag": "purged"}).json()["images"] == 2
    assert [server.get(f"/{name}?w=10").headers["x-cache"] for name in names] == ["hit", "miss", "miss"]
    assert library.http.delete(f"/images/{names[0]}/variants").status_code == 200
    assert server.get(f"/{names[0]}?w=10").headers["x-cache"] == "miss"


def test_library_wins_over_a_file_of_the_folder(
    server: RunningServer, folder: Path, library: LibraryClient
) -> None:
    """A file laid into the folder does not hide what the library has under its name."""
    picture, other = new_picture(), new_picture()
    (folder / "images" / "both.png").write_bytes(other)
    assert server.get("/both.png").content == other
    library.add(picture, name="both.png")
    assert server.get("/both.png").content == picture
    assert library.http.delete("/images/both.png").status_code == 200
    assert server.get("/both.png").content == other


def test_truncated_upload_leaves_nothing(folder: Path, library: LibraryClient) -> None:
    """A form without its end is refused, and of the whole picture in it nothing is left."""
    before = len(stored_files(folder / "data"))
    request = library.http.build_request(
        "POST", "/upload", files=[("tags", (None, '["x"]')), ("file", ("a.png", new_picture()))]
    )
    body = request.read()
    headers = {"content-type": request.headers["content-type"]}
    for cut in (4, 50):
        answer = library.http.post("/upload", content=body[:-cut], headers=headers)
        assert (answer.status_code, answer.json()["error"]) == (400, "bad_multipart")
    assert comes_true(lambda: len(stored_files(folder / "data")) == before)


@BOTH_VERSIONS
def test_client_that_leaves_in_mid_upload_leaves_nothing(server: RunningServer, folder: Path, http2: bool) -> None:
    """Nothing of what had arrived is kept, and the server goes on."""
    before = len(stored_files(folder / "data"))
    head = b'--B\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n' + new_picture()

    class LeavingError(Exception):
        pass

    def pieces() -> Iterator[bytes]:
        yield head
        yield bytes(MIB)
        assert comes_true(lambda: len(stored_files(folder / "data")) == before + 1)
        raise LeavingError

    with LibraryClient(server, http2=http2) as library, pytest.raises(LeavingError):
        library.http.post("/upload", content=pieces(), headers={"content-type": "multipart/form-data; boundary=B"})
    assert comes_true(lambda: len(stored_files(folder / "data")) == before)
    assert server.get("/health").status_code == 200


def resident_kib(server: RunningServer) -> int:
    """The memory of the front end."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))


def test_uploads_pass_through_without_piling_up(server: RunningServer, library: LibraryClient) -> None:
    """Eight pictures of 20 MB at once cost the front end a fraction of their size in memory."""
    library.add(new_picture(kind="BMP", size=(2600, 2600)))
    before_kib = resident_kib(server)
    pictures = [new_picture(kind="BMP", size=(2600, 2600)) for _ in range(8)]
    most_kib = before_kib
    with ThreadPoolExecutor(8) as threads:

        def upload(picture: bytes) -> int:
            with LibraryClient(server) as client:
                return client.upload(picture).status_code

        running = [threads.submit(upload, picture) for picture in pictures]
        while not all(each.done() for each in running):
            most_kib = max(most_kib, resident_kib(server))
            time.sleep(0.005)
    assert [each.result() for each in running] == [201] * 8
    assert most_kib - before_kib < 40 * 1024


def test_picture_is_fetched_from_where_it_is_allowed(
    server: RunningServer, library: LibraryClient, web: tuple[str, Path]
) -> None:
    """The server fetches from a loopback address that its operator has named, and from no other."""
    address, served = web
    picture = new_picture()
    (served / "far.png").write_bytes(picture)
    (served / "page.html").write_text("<p>no picture")
    wanted = [
        {"path": f"http://{address}/{path}", "type": "url", "tags": ["far"]} for path in ("far.png", "page.html")
    ]
    with web_server(served) as other:
        wanted.append({"path": f"http://{other}/far.png", "type": "url", "tags": ["far"]})
        told = library.send("POST", "/images", {"images": wanted}).json()
    assert [each["index"] for each in told["results"]] == [0]
    assert [(each["index"], each["error"]) for each in told["errors"]] == [
        (1, "unsupported_format"),
        (2, "source_forbidden"),
    ]
    assert server.get(f"/{told['results'][0]['filename']}").content == picture


def test_library_outlives_its_server(tmp_path: Path) -> None:
    """What was acknowledged is there after a restart, under the same name, with the same tags."""
    with running_server(tmp_path, "--workers", "1") as first, LibraryClient(first) as library:
        name = library.add(new_picture(), tags=["kept"])
        tag = first.get(f"/{name}?w=10").headers["etag"]
    with running_server(tmp_path, "--workers", "1") as second, LibraryClient(second) as library:
        assert [image["filename"] for image in library.tell("/images?tags=kept")["images"]] == [name]
        answer = second.get(f"/{name}?w=10")
        assert (answer.status_code, answer.headers["etag"], answer.headers["x-cache"]) == (200, tag, "hit")
        health = httpx.get(f"{second.url}/health", verify=second.tls()).json()
        assert health["status"] == "ok"
        assert ADMIN_KEY not in second.log.read_text()
