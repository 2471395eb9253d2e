"""``tintype keys`` from arguments to exit codes, on a real catalogue that may be in use."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio
from structlog.testing import capture_logs

from frontend.__main__ import main
from frontend.access.key_cache import KeyCache
from frontend.access.roles import ApiKey
from frontend.access.tokens import digest_of, is_token
from frontend.data_folder import hold_data_folder
from frontend.library.catalogue import FILE_NAME
from frontend.library.keys import ApiKeys
from frontend.memory_database.in_process import InProcess
from tests.frontend.library.libraries import open_library
from tests.frontend.library.versions import build_version


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A current directory of its own, and a log that is left as it is."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("frontend.cli.errand.configure_logs", lambda _settings: None)
    with capture_logs():
        yield


def keys_of(folder: Path) -> list[ApiKey]:
    """All keys in the data folder."""

    async def read() -> list[ApiKey]:
        async with ApiKeys.open(folder / "data" / FILE_NAME) as keys:
            return await keys.all()

    return trio.run(read)


def run(text: str) -> int:
    """Run the command with these arguments."""
    return main(["keys", *text.split()])


def test_key_is_printed_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On standard output, alone, so that a script can take it; the library is made where there was none."""
    assert run("create ada --role editor --requests-per-second 2.5 --max-batch-size 20") == 0
    out, err = capsys.readouterr()
    assert is_token(out.removesuffix("\n"))
    assert err == "The key of ada (editor), shown this once:\n"
    (key,) = keys_of(tmp_path)
    assert key.digest == digest_of(out.strip())
    assert (key.role, key.requests_per_second, key.max_batch_size) == ("editor", 2.5, 20)
    run("list")
    run("list --json")
    assert out[14:].strip() not in "".join(capsys.readouterr())


def test_machines_get_json(capsys: pytest.CaptureFixture[str]) -> None:
    """In the words of the API."""
    run("create ada --json")
    made = json.loads(capsys.readouterr().out)
    assert is_token(made.pop("api_key"))
    assert made == {"username": "ada", "role": "reader", "rate_limit": None, "max_batch_size": None}
    run("deactivate ada --json")
    assert json.loads(capsys.readouterr().out)["is_active"] is False
    run("list --json")
    (listed,) = json.loads(capsys.readouterr().out)
    assert (listed["username"], listed["is_active"]) == ("ada", False)


def test_people_get_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    """A row for each key, in columns; and words where there is none."""
    run("list")
    assert capsys.readouterr().out == "There are no keys but the administrator's\n"
    run("create ada --role admin")
    run("create bob --requests-per-second 0.5")
    run("deactivate bob")
    capsys.readouterr()
    assert run("list") == 0
    headings, ada, bob = capsys.readouterr().out.splitlines()
    assert headings.split()[:2] == ["username", "role"]
    assert (ada.split()[:2], bob.split()[:2]) == (["ada", "admin"], ["bob", "reader"])
    column = headings.index("is active")
    assert (ada[column : column + 3], bob[column : column + 3]) == ("yes", "no ")


def test_key_is_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is named changes, ``none`` removes a limit, and flags may stand before the name."""
    run("create ada --requests-per-second 2 --max-batch-size 20")
    assert run("change --role editor ada --requests-per-second none") == 0
    assert capsys.readouterr().out.endswith("The key of ada was changed\n")
    (key,) = keys_of(tmp_path)
    assert (key.role, key.requests_per_second, key.max_batch_size) == ("editor", None, 20)


def test_key_is_switched_off_on_and_deleted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each says what it did."""
    run("create ada")
    capsys.readouterr()
    assert run("deactivate ada") == 0
    assert [key.is_active for key in keys_of(tmp_path)] == [False]
    assert run("activate ada") == 0
    assert [key.is_active for key in keys_of(tmp_path)] == [True]
    assert run("delete ada") == 0
    assert keys_of(tmp_path) == []
    assert capsys.readouterr().out.splitlines() == [
        "The key of ada works no more",
        "The key of ada works",
        "The key of ada is deleted",
    ]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("create ada", "tintype: the username ada is taken\n"),
        ("create admin", "tintype: the username admin is taken\n"),
        ("create a/b", "tintype: username='a/b' is not allowed: 1 to 64 of A-Z, a-z, 0-9 and . _ @ -\n"),
        ("create bob --max-batch-size 0", "a whole number from 1 to 10000\n"),
        ("change ada --requests-per-second nan", "a number above 0, up to 1000000\n"),
        ("change ada", "must be given\n"),
        ("change zoe --role admin", "tintype: There is no key of this username\n"),
        ("delete zoe", "tintype: There is no key of this username\n"),
        ("create bob eve", "eve: unexpected argument"),
        ("list --rol admin", "--rol: unknown flag"),
    ],
)
def test_what_cannot_be_done_is_told(
    arguments: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one sentence on standard error; the exit code is 2 and nothing is changed."""
    run("create ada")
    before = keys_of(tmp_path)
    capsys.readouterr()
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert sentence in err
    assert keys_of(tmp_path) == before


@pytest.mark.parametrize(
    "arguments", ["", "make ada", "create", "change ada --role king", "create a --max-batch-size x"]
)
def test_wrong_use_is_told(arguments: str, capsys: pytest.CaptureFixture[str]) -> None:
    """As argparse has it."""
    with pytest.raises(SystemExit) as caught:
        run(arguments)
    assert caught.value.code == 2
    assert "usage: tintype keys" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", ["--help", "create --help"])
def test_help_is_there(arguments: str, capsys: pytest.CaptureFixture[str]) -> None:
    """For the command and for what it can do; the flag of a key is not the setting of that name."""
    with pytest.raises(SystemExit) as caught:
        run(arguments)
    assert caught.value.code == 0
    out = capsys.readouterr().out
    assert "ACTION" in out or out.count("--max-batch-size") == 2


def test_older_library_is_taken_over(tmp_path: Path) -> None:
    """The command may be the first of a new version that sees it."""
    (tmp_path / "data").mkdir()
    build_version(tmp_path / "data" / FILE_NAME, 1)
    assert run("create ada") == 0
    assert len(keys_of(tmp_path)) == 1


async def test_running_server_notices_at_once(tmp_path: Path) -> None:
    """Its data folder is held, and its next look-up knows what the command did: made, switched off, deleted."""
    folder = tmp_path / "data"
    script = 'import sys; from frontend.__main__ import main; sys.exit(main(["keys", *sys.argv[1:]]))'

    async def command(*arguments: str) -> str:
        done = await trio.run_process([sys.executable, "-c", script, *arguments], capture_stdout=True)
        return done.stdout.decode().strip()

    with hold_data_folder(folder):
        async with open_library(folder) as catalogue:
            cache = KeyCache(catalogue.keys, InProcess())
            digest = digest_of(await command("create", "ada"))
            found = await cache.find(digest)
            assert found is not None
            assert found.is_active
            await command("deactivate", "ada")
            found = await cache.find(digest)
            assert found is not None
            assert not found.is_active
            await command("delete", "ada")
            assert await cache.find(digest) is None
