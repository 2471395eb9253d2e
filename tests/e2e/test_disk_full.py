"""A full disk under a real server: it says so, keeps serving, leaves nothing half-written, and recovers."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.e2e.crashing import noise_png, tintype
from tests.e2e.server import ADMIN_KEY, RunningServer, running_server

KIB = 1 << 10
DISK_KIB = 6 << 10

pytestmark = pytest.mark.timeout(60)


@dataclass(frozen=True)
class Scene:
    """A server, its data, and a file that takes whatever room the server is not to have."""

    server: RunningServer
    data: Path

    def leave_kib(self, free_kib: int) -> None:
        """Grow or shrink the ballast until so much is free."""
        self.free()
        room = os.statvfs(self.data)
        (self.data / "ballast").write_bytes(bytes(max(0, room.f_bavail * room.f_frsize - free_kib * KIB)))

    def free(self) -> None:
        """Give all of the room back."""
        (self.data / "ballast").unlink(missing_ok=True)

    def upload(self, data: bytes) -> httpx.Response:
        """Upload one image."""
        with self.server.client() as client:
            return client.post(
                "/upload",
                files={"file": ("noise.png", data)},
                data={"tags": '["disk"]'},
                headers={"authorization": f"Bearer {ADMIN_KEY}"},
            )

    def files(self, volume: str) -> list[Path]:
        """Every file of a volume, unfinished ones as well."""
        return [path for path in (self.data / volume).rglob("*") if path.is_file()]


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """Mount a disk of a few MB. Skips the test where we may not.

    For all to see: in a namespace of its own, SQLite would not find it under the path through ``/proc``.
    """
    folder.mkdir()
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_KIB}k,mode=700", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if mount.returncode != 0:
        pytest.skip("no disk may be mounted here: that takes root")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def small_server(folder: Path) -> Iterator[Scene]:
    """A server whose data lie on a small disk of their own, and are whole in the end."""
    data = folder / "data"
    with small_disk(data):
        with running_server(folder, "--workers", "1") as server:
            yield Scene(server, data)
            assert server.stop() == 0
        code, found = tintype(data, "fsck", "--deep", "--json")
        assert (code, len(found)) == (0, 1)


def picture(seed: int, *, size_bytes: int) -> bytes:
    """A picture of about so many bytes."""
    return noise_png(random.Random(seed), size_bytes=size_bytes)


def test_upload_to_a_full_disk_is_refused_until_there_is_room(tmp_path: Path) -> None:
    """It is a 507 that leaves nothing behind; once there is room it succeeds, without a restart."""
    data = picture(1, size_bytes=600 * KIB)
    with small_server(tmp_path) as scene:
        scene.leave_kib(300)
        refused = scene.upload(data)
        assert (refused.status_code, refused.json()["error"]) == (507, "insufficient_storage")
        assert scene.files("pvol") == []
        scene.free()
        accepted = scene.upload(data)
        assert accepted.status_code == 201
        assert scene.server.get(f"/images/{accepted.json()['filename']}").content == data


def test_images_are_served_from_a_full_disk(tmp_path: Path) -> None:
    """What is there is sent, and what is made of it as well, though it cannot be kept on disk."""
    with small_server(tmp_path) as scene:
        data = picture(1, size_bytes=300 * KIB)
        url = f"/images/{scene.upload(data).json()['filename']}"
        scene.leave_kib(0)
        assert scene.server.get(url).content == data
        made = scene.server.get(f"{url}?w=100")
        assert (made.status_code, made.headers["content-type"]) == (200, "image/png")
        assert scene.files("evol") == []
        # From memory.
        assert scene.server.get(f"{url}?w=100").content == made.content
        scene.free()


def test_whatever_room_is_left_nothing_is_half_done(tmp_path: Path) -> None:
    """Room for the bytes and not for the record, or for neither: an upload is there as a whole or not at all."""
    with small_server(tmp_path) as scene:
        kept, answers = {}, []
        for seed, free_kib in enumerate((96, 64, 48, 32, 24, 16, 12, 8, 4, 0)):
            data = picture(seed, size_bytes=6 * KIB)
            scene.leave_kib(free_kib)
            answer = scene.upload(data)
            answers.append(answer.status_code)
            if answer.status_code == 201:
                kept[answer.json()["filename"]] = data
        assert set(answers) <= {201, 503, 507}
        assert (answers[0], answers[-1]) == (201, 507)
        scene.free()
        assert {path.name[:16] + ".png" for path in scene.files("pvol")} == set(kept)
        assert all(scene.server.get(f"/images/{name}").content == data for name, data in kept.items())
