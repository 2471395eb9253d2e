"""Talks to the library of a running server as its administrator, and makes pictures that nobody else makes."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from itertools import count
from pathlib import Path
from typing import Any, Self

import httpx
from PIL import Image

from tests.e2e.server import ADMIN_KEY, RunningServer

KEY = {"authorization": f"Bearer {ADMIN_KEY}"}

_numbers = count(1)


def new_picture(*, kind: str = "PNG", size: tuple[int, int] = (64, 48)) -> bytes:
    """A picture of a colour that none before it had."""
    number = next(_numbers)
    colour = (number & 255, number >> 8 & 255, 77)
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, kind)
    return file.getvalue()


class LibraryClient:
    """One connection, or a few, kept open. Close it, or use it as a block."""

    def __init__(self, server: RunningServer, *, http2: bool = False) -> None:
        self.http = server.client(http2=http2)
        self.http.headers.update(KEY)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def upload(
        self, *pictures: bytes, tags: Iterable[str] = ("e2e",), tags_come_last: bool = False, **fields: str
    ) -> httpx.Response:
        """Upload pictures in one form."""
        texts = [(name, (None, value)) for name, value in {"tags": json.dumps([*tags]), **fields}.items()]
        files = [("file", (f"{index}.bin", picture)) for index, picture in enumerate(pictures)]
        parts: list[Any] = [*files, *texts] if tags_come_last else [*texts, *files]
        return self.http.post("/upload", files=parts)

    def add(self, picture: bytes, *, tags: Iterable[str] = ("e2e",), **fields: str) -> str:
        """Upload a picture that is taken; return its name."""
        answer = self.upload(picture, tags=tags, tags_come_last=False, **fields)
        assert answer.status_code == 201, answer.text
        name: str = answer.json()["filename"]
        return name

    def tell(self, target: str) -> Any:  # noqa: ANN401 - whatever is told
        """GET what is there."""
        answer = self.http.get(target)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def send(self, method: str, target: str, content: object) -> httpx.Response:
        """Send JSON."""
        return self.http.request(method, target, json=content)


def stored_files(data: Path) -> list[Path]:
    """Every file of the originals, finished or not."""
    return [path for path in (data / "pvol").rglob("*") if path.is_file()]
