"""The log of a whole session: one audit line for each change, with who and from where; no secret anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from frontend.access.tokens import new_token
from shared.signing import sign_url
from tests.frontend.api.library_site import ADMIN_KEY, END, FORM, KEY, TAGS, LibrarySite, file_part, png
from tests.frontend.log_lines import LogLines

SIGNING_KEY = "a-key-for-signing-only"


def audit(lines: LogLines) -> list[dict[str, Any]]:
    """The audit lines since it was last looked at, each with the address of the tests' client and a request."""
    found = lines.events("audit")
    for line in found:
        assert line.pop("address") == "192.0.2.1"
        assert line.pop("request_id")
        assert line.pop("level") == "info"
        for name in ("event", "timestamp", "logger"):
            line.pop(name, None)
    return found


async def test_each_change_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of keys, images, tags and purges: who did what to what."""
    with LogLines.of(capsys) as lines:
        async with LibrarySite.open(tmp_path) as site:
            editor = await site.new_key("ada", role="editor", requests_per_second=100)
            (line,) = audit(lines)
            assert (line["action"], line["user"], line["username"]) == ("key.created", "admin", "ada")
            assert (line["role"], line["requests_per_second"]) == ("editor", 100)

            told = await site.client.ask(
                "POST", "/upload", headers={**editor, **FORM}, body=[TAGS, file_part(png(1)), END]
            )
            name = told.json()["filename"]
            (line,) = audit(lines)
            assert (line["action"], line["user"], line["name"]) == ("image.added", "ada", name)
            (site.folder / "drop.png").write_bytes(png(2))
            for method, target, content, action in (
                ("POST", f"/images/{name}/tags", ["b"], "tags.added"),
                ("DELETE", f"/images/{name}/tags", ["b"], "tags.removed"),
                ("DELETE", f"/images/{name}/variants", None, "image.purged"),
                ("DELETE", "/images/drop.png/variants", None, "image.purged"),
                ("POST", "/purge", {"tag": "cat"}, "tag.purged"),
                ("POST", "/purge", {"tag": "none"}, "tag.purged"),
                ("DELETE", f"/images/{name}", None, "image.deleted"),
                ("PUT", "/api-keys/ada", {"role": "reader"}, "key.changed"),
                ("PATCH", "/api-keys/ada/status", {"is_active": False}, "key.deactivated"),
                ("PATCH", "/api-keys/ada/status", {"is_active": True}, "key.activated"),
                ("DELETE", "/api-keys/ada", None, "key.deleted"),
            ):
                assert (await site.send(method, target, content)).status == 200, target
                (line,) = audit(lines)
                assert (line["action"], line["user"]) == (action, "admin")


async def test_what_is_refused_or_fails_is_no_change(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing was done, so that nothing is told of."""
    with LogLines.of(capsys) as lines:
        async with LibrarySite.open(tmp_path) as site:
            reader = await site.new_key("ada")
            audit(lines)
            for headers in ({}, reader, KEY):
                for method, target in (
                    ("DELETE", "/images/none.png"),
                    ("DELETE", "/images/none.png/variants"),
                    ("DELETE", "/api-keys/none"),
                    ("POST", "/api-keys"),
                ):
                    assert (await site.client.ask(method, target, headers=headers)).status >= 400
            assert audit(lines) == []


async def test_batch_is_a_line_for_each_image(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Those that were not added have none."""
    with LogLines.of(capsys) as lines:
        async with LibrarySite.open(tmp_path) as site:
            await site.upload(TAGS, file_part(png(1)), file_part(b"none"), file_part(png(2)))
            found = audit(lines)
    assert [(line["action"], line["user"]) for line in found] == [("image.added", "admin")] * 2


@pytest.mark.parametrize("form", ["json", "console"])
async def test_no_secret_is_in_any_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], form: Any) -> None:  # noqa: ANN401
    """Keys in headers, queries, paths and bodies, and signatures right and wrong: none is ever written down."""
    with LogLines.of(capsys, form=form) as lines:
        async with LibrarySite.open(tmp_path, signing_keys=(SIGNING_KEY,)) as site:
            key = await site.new_key("ada", role="editor")
            token, stranger = key["authorization"].removeprefix("Bearer "), new_token()
            await site.add(png(1), name="own.png", private="true")
            signed = sign_url("/own.png?w=5", key=SIGNING_KEY.encode())
            signature = signed.partition("sig=")[2]
            wrong = sign_url("/own.png?w=5", key=b"another key of ours").partition("sig=")[2]
            secrets = [ADMIN_KEY, token, stranger, SIGNING_KEY, signature, wrong]
            statuses = set()
            for secret in secrets:
                for target in (
                    "/own.png",
                    f"/own.png?w=5&sig={secret}",
                    f"/own.png?w=5&%73ig={secret}",
                    f"/own.png?key={secret}&w=x",
                    f"/own.png?api_key={secret}",
                    f"/images?token={secret}",
                    f"/tags?access_token={secret}",
                    f"/api-keys/ada?sig={secret}",
                ):
                    for headers in ({"authorization": f"Bearer {secret}"}, {"authorization": secret}, {}):
                        statuses.add((await site.client.ask("GET", target, headers=headers)).status)
                        statuses.add((await site.client.ask("DELETE", target, headers=headers)).status)
            # Where nothing says that it is a secret, a key is told by its form, which a chosen one has not.
            for secret in (f"tintype_admin_{token[8:]}", token, stranger):
                for path in ("/{}", "/images/{}/info", "/img/{}/own.png", "/api-keys/{}"):
                    statuses.add((await site.get(path.format(secret))).status)
                await site.send("POST", "/api-keys", {"username": secret, "nothing": secret})
                source = {"path": f"https://u:{secret}@x.example/?sig={secret}", "type": "url"}
                await site.send("POST", "/images", source)
            assert (await site.client.get(signed)).status == 200
            site.pool.failures = [ZeroDivisionError("a bug")]
            await site.client.get(sign_url("/own.png?w=6", key=SIGNING_KEY.encode()))
        text = lines.text()
    assert statuses >= {200, 400, 401, 403, 404, 405, 429}
    assert text.count("request") > 200
    for line in text.splitlines():
        assert not any(secret[-20:] in line or secret[:24] in line for secret in secrets), line
