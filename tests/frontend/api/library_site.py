"""A whole front end with a library: real catalogue and volumes, the server's own wiring; the workers are fakes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import trio

from frontend.admin_key import AdminKey
from frontend.data_folder import hold_data_folder
from frontend.image_lane import ImageLane
from frontend.library.library import VOLUME
from frontend.runtime import open_lane
from frontend.settings import Settings
from shared.recipe import Recipes
from tests.asgi_client import Answer, AsgiClient
from tests.fake_pool import FakePool

ADMIN_KEY = "tintype_admin_0123456789"
KEY = {"authorization": f"Bearer {ADMIN_KEY}"}
BOUNDARY = "a-boundary"
FORM = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}


def png(number: int = 0, *, size_bytes: int = 1000) -> bytes:
    """Bytes that begin like an image, others for every number."""
    return (b"\x89PNG\r\n\x1a\n" + number.to_bytes(8, "big") * size_bytes)[:size_bytes]


def sha256(data: bytes) -> str:
    """The hash that the library knows bytes by."""
    return hashlib.sha256(data).hexdigest()


def generated(data: bytes) -> str:
    """The name that the library gives to such bytes."""
    return sha256(data)[:16] + ".png"


def file_part(data: bytes, filename: str = "cat.png", *, name: str = "file") -> bytes:
    """A part of a form that is a file."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n\r\n'
    return head.encode() + data + b"\r\n"


def field_part(name: str, value: str) -> bytes:
    """A part of a form that is a text."""
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()


END = f"--{BOUNDARY}--\r\n".encode()
TAGS = field_part("tags", '["cat"]')


@dataclass(frozen=True, slots=True, kw_only=True)
class LibrarySite:
    """What a test needs to hold of it."""

    folder: Path
    data: Path
    pool: FakePool
    lane: ImageLane
    client: AsgiClient

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        folder: Path,
        *,
        pool: FakePool | None = None,
        recipes: Recipes | None = None,
        **settings: object,
    ) -> AsyncIterator[LibrarySite]:
        """Serve ``folder/images``, with the data in ``folder/data``."""
        values: dict[str, Any] = {"images_path": folder / "images", "data_path": folder / "data", **settings}
        made = Settings(**values)
        made.images_path.mkdir(exist_ok=True)
        taken = pool or FakePool()

        @asynccontextmanager
        async def workers() -> AsyncIterator[FakePool]:
            yield taken

        with hold_data_folder(made.data_path):
            async with open_lane(
                made,
                recipes=recipes or Recipes(),
                admin=AdminKey.of(ADMIN_KEY),
                draining=trio.Event(),
                workers=workers(),
            ) as lane:
                client = AsgiClient(app=lane)
                yield cls(folder=made.images_path, data=made.data_path, pool=taken, lane=lane, client=client)

    async def get(self, target: str, **headers: str) -> Answer:
        """GET as the administrator."""
        return await self.client.get(target, **KEY, **headers)

    async def send(
        self,
        method: str,
        target: str,
        content: object = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send JSON as the administrator."""
        body = [] if content is None else [json.dumps(content).encode()]
        with_type = {} if content is None else {"content-type": "application/json"}
        return await self.client.ask(method, target, headers={**KEY, **with_type, **(headers or {})}, body=body)

    async def upload(
        self,
        *parts: bytes,
        end: bytes = END,
        leaving: trio.Event | None = None,
        breaks_off: bool = False,
    ) -> Answer:
        """Upload a form as the administrator."""
        return await self.client.ask(
            "POST", "/upload", headers={**KEY, **FORM}, body=[*parts, end], leaving=leaving, breaks_off=breaks_off
        )

    async def add(self, data: bytes, *, tags: Iterable[str] = ("cat",), **fields: str) -> dict[str, Any]:
        """Upload one image that is taken; return what is told of it."""
        parts = [field_part(name, value) for name, value in {"tags": json.dumps([*tags]), **fields}.items()]
        answer = await self.upload(*parts, file_part(data))
        assert answer.status == 201, answer.body
        told: dict[str, Any] = answer.json()
        return told

    async def new_key(self, username: str, **fields: object) -> dict[str, str]:
        """Make a key; return the header that bears it."""
        answer = await self.send("POST", "/api-keys", {"username": username, **fields})
        assert answer.status == 201, answer.body
        return {"authorization": f"Bearer {answer.json()['api_key']}"}

    async def keys(self) -> dict[str, dict[str, Any]]:
        """What is listed of each key, by username."""
        return {key["username"]: key for key in (await self.get("/api-keys")).json()}

    async def names(self) -> list[str]:
        """The names of all images."""
        return [image["filename"] for image in (await self.get("/images?sort=filename")).json()["images"]]

    def stored_files(self) -> list[Path]:
        """Every file of the persistent volume, finished or not."""
        return [path for path in (self.data / VOLUME).rglob("*") if path.is_file()]
