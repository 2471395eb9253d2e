"""Uploads: one or many, fields first or last, and nothing left of what is refused or breaks off."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio

from shared.errors import CorruptImageError
from tests.frontend.api.library_site import (
    END,
    FORM,
    KEY,
    TAGS,
    LibrarySite,
    field_part,
    file_part,
    generated,
    png,
    sha256,
)
from tests.frontend.site import JPEG


@pytest.mark.parametrize("tags_come_first", [True, False])
async def test_one_image_is_added(site: LibrarySite, tags_come_first: bool) -> None:
    """An image is told of with hash, name and absolute URL, and is served at once."""
    parts = [field_part("tags", '["night", "cat"]'), file_part(png())]
    answer = await site.upload(*(parts if tags_come_first else parts[::-1]))
    assert answer.status == 201
    name = generated(png())
    assert answer.json() == {
        "message": "The image was added",
        "hash": sha256(png()),
        "filename": name,
        "url": f"https://images.example/images/{name}",
        "tags": ["cat", "night"],
    }
    served = await site.client.get(f"/images/{name}")
    assert (served.status, served.body) == (200, png())
    assert "immutable" in served.headers["cache-control"]


async def test_body_may_come_in_any_pieces(site: LibrarySite) -> None:
    """Where the network cuts a body changes nothing."""
    whole = TAGS + file_part(png())
    answer = await site.upload(*(whole[at : at + 7] for at in range(0, len(whole), 7)))
    assert answer.json()["hash"] == sha256(png())


async def test_name_and_privacy_are_as_asked(site: LibrarySite) -> None:
    """A given name is the image's, folders and all; a private image is for holders of a key."""
    told = await site.add(png(), name="cats/naïve cat.png", private="true")
    assert told["url"] == "https://images.example/images/cats/na%C3%AFve%20cat.png"
    target = told["url"].removeprefix("https://images.example")
    assert (await site.client.get(target)).status == 401
    assert (await site.get(target)).body == png()


async def test_address_is_what_the_settings_say(tmp_path: Path) -> None:
    """Behind a proxy, clients are told the address that the operator has named."""
    async with LibrarySite.open(tmp_path, base_url="https://cdn.example/pictures") as site:
        told = await site.add(png())
    assert told["url"] == f"https://cdn.example/pictures/images/{generated(png())}"


async def test_many_images_are_added(site: LibrarySite) -> None:
    """Several files are told of one by one, in their order."""
    answer = await site.upload(file_part(png(1), "a.png"), TAGS, file_part(JPEG, "b.jpg"))
    told = answer.json()
    assert answer.status == 201
    assert (told["total"], told["successful"], told["failed"], told["errors"]) == (2, 2, 0, [])
    assert [(each["index"], each["file"], each["hash"]) for each in told["results"]] == [
        (0, "a.png", sha256(png(1))),
        (1, "b.jpg", sha256(JPEG)),
    ]


async def test_bad_image_does_not_keep_others_out(site: LibrarySite) -> None:
    """What is no image, or is there already, is told of as an error; the rest is added."""
    await site.add(png(1))
    files = [file_part(data, f"{index}.png") for index, data in enumerate((b"no image", png(1), png(2)))]
    answer = await site.upload(TAGS, *files)
    told = answer.json()
    assert answer.status == 207
    assert (told["total"], told["successful"], told["failed"]) == (3, 1, 2)
    assert [(each["index"], each["code"], each["error"]) for each in told["errors"]] == [
        (0, 415, "unsupported_format"),
        (1, 409, "duplicate_image"),
    ]
    assert told["errors"][1]["filename"] == generated(png(1))
    assert [each["file"] for each in told["results"]] == ["2.png"]


async def test_duplicate_names_the_one_that_exists(site: LibrarySite) -> None:
    """The same bytes again are a conflict that says where they are."""
    await site.add(png(), name="first.png")
    answer = await site.upload(TAGS, file_part(png()))
    told = answer.json()
    assert (answer.status, told["error"], told["filename"]) == (409, "duplicate_image", "first.png")
    assert len(site.stored_files()) == 1


async def test_name_is_taken_once(site: LibrarySite) -> None:
    """Other bytes under a name that is taken are a conflict, and nothing is left of them."""
    await site.add(png(1), name="cat.png")
    answer = await site.upload(TAGS, field_part("name", "cat.png"), file_part(png(2)))
    assert (answer.status, answer.json()["error"], answer.json()["filename"]) == (409, "name_taken", "cat.png")
    assert (await site.client.get("/cat.png")).body == png(1)
    assert len(site.stored_files()) == 1


async def test_name_that_was_asked_for_in_vain_is_found_afterwards(site: LibrarySite) -> None:
    """That there was no such image is forgotten once there is."""
    assert (await site.client.get("/images/cat.png")).status == 404
    await site.add(png(), name="cat.png")
    assert (await site.client.get("/images/cat.png")).status == 200


@pytest.mark.parametrize(
    ("parts", "named"),
    [
        ([file_part(png())], "tags"),
        ([field_part("tags", ""), file_part(png())], "tags"),
        ([field_part("tags", "cat"), file_part(png())], "tags"),
        ([field_part("tags", '"cat"'), file_part(png())], "tags"),
        ([field_part("tags", "[1]"), file_part(png())], "tags"),
        ([field_part("tags", '["a,b"]'), file_part(png())], "tags"),
        ([TAGS, TAGS, file_part(png())], "once"),
        ([TAGS, field_part("tag", "x"), file_part(png())], "tag="),
        ([TAGS, field_part("private", "perhaps"), file_part(png())], "private"),
        ([TAGS, field_part("name", "../x.png"), file_part(png())], "name"),
        ([TAGS, field_part("name", "health/x.png"), file_part(png())], "name"),
        ([TAGS, field_part("name", "x/info"), file_part(png())], "name"),
        ([TAGS, field_part("name", "x.png"), file_part(png(1)), file_part(png(2))], "one name"),
        ([TAGS, file_part(png(), name="picture")], "picture"),
        ([TAGS], "file"),
    ],
)
async def test_mistake_is_named_and_nothing_left(site: LibrarySite, parts: list[bytes], named: str) -> None:
    """A field that is wrong, missing or unknown is a 400 that names it; nothing is added."""
    answer = await site.upload(*parts)
    assert (answer.status, answer.json()["error"]) == (400, "bad_parameter")
    assert named in answer.json()["message"]
    assert site.stored_files() == []


async def test_too_large_file_is_refused(tmp_path: Path) -> None:
    """A file over the limit is a 413, alone; beside others it is their only error."""
    async with LibrarySite.open(tmp_path, max_bytes=2048) as site:
        large = file_part(png(1, size_bytes=2049), "large.png")
        answer = await site.upload(TAGS, large)
        assert (answer.status, answer.json()["error"]) == (413, "too_large")
        answer = await site.upload(TAGS, large, file_part(png(2, size_bytes=2048)))
        assert (answer.status, answer.json()["successful"]) == (207, 1)
        assert len(site.stored_files()) == 1


async def test_image_that_no_worker_can_read_is_refused(site: LibrarySite) -> None:
    """A beginning like an image's proves nothing: who decodes it has the last word, and nothing is left."""
    site.pool.failures.append(CorruptImageError())
    answer = await site.upload(TAGS, file_part(png()))
    assert (answer.status, answer.json()["error"]) == (422, "corrupt_image")
    assert site.stored_files() == []


@pytest.mark.parametrize("end", [b"", END[:5]])
async def test_truncated_upload_leaves_nothing(site: LibrarySite, end: bytes) -> None:
    """A body that ends before its final boundary adds nothing, not even the files that were whole."""
    answer = await site.upload(TAGS, file_part(png(1)), file_part(png(2)), end=end)
    assert (answer.status, answer.json()["error"]) == (400, "bad_multipart")
    assert site.stored_files() == []
    assert await site.names() == []


async def test_client_that_leaves_while_sending_leaves_nothing(site: LibrarySite) -> None:
    """Nobody waits for the answer: there is none, and no byte is kept."""
    leaving = trio.Event()
    leaving.set()
    answer = await site.upload(
        TAGS, file_part(png(1)), end=file_part(png(2))[:500], leaving=leaving, breaks_off=True
    )
    assert answer.status == 0
    assert site.stored_files() == []
    assert await site.names() == []


async def test_client_that_leaves_while_waiting_leaves_nothing(site: LibrarySite) -> None:
    """Who leaves while a worker looks at the image does not want it added any more."""
    site.pool.gate = trio.Event()
    leaving = trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(lambda: site.upload(TAGS, file_part(png()), leaving=leaving))
        await site.pool.taken.wait()
        leaving.set()
    assert site.pool.given_up == 1
    assert site.stored_files() == []
    assert await site.names() == []


@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data", "image/png", ""])
async def test_other_bodies_are_refused(site: LibrarySite, content_type: str) -> None:
    """Only a form is read, and only with its boundary named."""
    headers = {**KEY, "content-type": content_type}
    answer = await site.client.ask("POST", "/upload", headers=headers, body=[TAGS])
    assert (answer.status, answer.json()["error"]) == (400, "bad_multipart")


async def test_key_is_needed_before_anything_is_read(site: LibrarySite) -> None:
    """Without the key the body is not even asked for."""
    answer = await site.client.ask("POST", "/upload", headers=FORM, breaks_off=True)
    assert (answer.status, answer.json()["error"]) == (401, "unauthorized")
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
async def test_other_methods_are_refused(site: LibrarySite, method: str) -> None:
    """An upload is posted."""
    answer = await site.client.ask(method, "/upload", headers=KEY)
    assert answer.status == 405
    assert set(answer.headers["allow"].split(", ")) == {"POST", "OPTIONS"}
