"""The ``tintype`` command's frame, and ``tintype config``."""

import json
import subprocess
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

import pytest

from frontend.__main__ import COMMANDS, Command, main
from frontend.settings_check import SETTINGS
from frontend.start_error import StartError


@pytest.fixture(autouse=True)
def _bare_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Run where no file and no variable of the developer's speaks."""
    monkeypatch.chdir(tmp_path)
    for setting in SETTINGS.values():
        for variable in setting.variables:
            monkeypatch.delenv(variable, raising=False)
    monkeypatch.delenv("TINTYPE_CONFIG", raising=False)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)


def test_table_shows_value_and_origin(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Every setting is a line: key, value as one would type it, and where it came from."""
    monkeypatch.setenv("TINTYPE_CACHE_BYTES", "1024MiB")
    (tmp_path / "tintype.toml").write_text("job_timeout = 90\n", encoding="utf-8")
    assert main(["config", "--port", "8443", "--insecure-http"]) == 0
    lines = [line.split(maxsplit=2) for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == ["setting", "value", "origin"]
    assert [line[0] for line in lines[1:]] == [setting.key for setting in SETTINGS.values()]
    assert ["port", "8443", "flag --port"] in lines
    assert ["insecure_http", "true", "flag --insecure-http"] in lines
    assert ["cache_bytes", "1GiB", "environment TINTYPE_CACHE_BYTES"] in lines
    assert ["job_timeout", "90s", "file tintype.toml"] in lines
    assert ["cert_path", "none", "default"] in lines


def test_json_is_for_machines(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """JSON gives seconds and bytes as numbers, under names that tell the unit."""
    monkeypatch.setenv("CACHE_TTL_SECS", "1h")
    assert main(["config", "--json"]) == 0
    described = json.loads(capsys.readouterr().out)
    assert described.keys() == {*SETTINGS, "pipelines", "presets"}
    assert described["pipelines"] == described["presets"] == {}
    assert described["cache_ttl_s"] == {"value": 3600.0, "origin": "environment", "from": "CACHE_TTL_SECS"}
    assert described["max_bytes"] == {"value": 64 << 20, "origin": "default", "from": ""}


def test_recipes_are_shown_by_their_plans(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """What a pipeline or a preset does is told in the one spelling of plans, whatever its own was."""
    (tmp_path / "tintype.toml").write_text(
        "[pipelines.thumb]\nlocked = true\n"
        'modules = [{use = "resize", w = 320}, {use = "webp", q = 78}]\n'
        '[presets]\nsoft = "filter=blur&f_param=2"\n',
        encoding="utf-8",
    )
    assert main(["config"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[len(SETTINGS) + 1 :] == [
        [],
        ["recipe", "plan", "origin"],
        ["pipelines.thumb", "resize:width=320;encode:format=webp:quality=78", "(locked)", "file", "tintype.toml"],
        ["presets.soft", "blur:sigma=2", "file", "tintype.toml"],
    ]
    assert main(["config", "--json"]) == 0
    described = json.loads(capsys.readouterr().out)
    assert described["pipelines"] == {
        "thumb": {"locked": True, "plan": "resize:width=320;encode:format=webp:quality=78"}
    }
    assert described["presets"] == {"soft": {"query": "filter=blur&f_param=2", "plan": "blur:sigma=2"}}


def test_mistakes_of_recipes_are_told_with_the_others(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """All that is wrong is said at once, recipes by file and line, and nothing starts."""
    (tmp_path / "tintype.toml").write_text(
        'port = 1\n[pipelines.thumb]\nmodules = [\n  {use = "blurr"},\n]\n[presets]\na = "keep=x"\n',
        encoding="utf-8",
    )
    assert main(["serve", "--workers", "0"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "tintype: The settings are wrong:",
        "  --workers 0: must be a whole number from 1 to 256",
        "  tintype.toml:4: pipelines.thumb.modules[0]: there is no module called blurr, did you mean blur?",
        "  tintype.toml:7: presets.a: keep='x' is not allowed: one of none, exif, icc, copyright, all",
    ]


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_secrets_are_masked(
    form: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """That there is a key is told, the key is not."""
    monkeypatch.setenv("ADMIN_KEY", "a-key-of-length")
    assert main(["config", *form]) == 0
    out = capsys.readouterr().out
    assert "a-key-of-length" not in out
    assert "****" in out
    assert "ADMIN_KEY" in out


def test_mistakes_go_to_stderr(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrong settings end the command with exit code 2 and a list, unknown flags included."""
    monkeypatch.setenv("PORT", "x")
    argv = ["config", "--prot", "80", "--job-timeout=0", "--admin-key=not-repeated", "left", "over"]
    assert main(argv) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "tintype: The settings are wrong:",
        "  --prot: unknown flag, did you mean --port?",
        "  --admin-key: unknown flag, did you mean --admin-key-file?",
        "  left: unexpected argument",
        "  over: unexpected argument",
        "  PORT=x: must be a whole number from 0 to 65535",
        "  --job-timeout 0: must be a duration from 100ms to 10m",
    ]


def test_flags_are_not_abbreviated(capsys: pytest.CaptureFixture[str]) -> None:
    """A flag that is cut short is unknown: what it means would change with every new setting."""
    assert main(["config", "--por", "1"]) == 2
    assert "--por: unknown flag, did you mean --port?" in capsys.readouterr().err


def test_help_describes_every_flag(capsys: pytest.CaptureFixture[str]) -> None:
    """The help of a sub-command names each flag; secrets have none."""
    with pytest.raises(SystemExit) as caught:
        main(["config", "--help"])
    assert caught.value.code == 0
    words = capsys.readouterr().out.replace(",", " ").split()
    assert all(setting.flag in words for setting in SETTINGS.values() if setting.flag)
    assert "--no-insecure-http" in words
    assert "--admin-key" not in words


@pytest.mark.parametrize(("argv", "hint"), [([], "COMMAND"), (["confg"], "invalid choice: 'confg'")])
def test_unknown_command_is_wrong_use(argv: list[str], hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a command that exists there is a usage line, and exit code 2."""
    with pytest.raises(SystemExit) as caught:
        main(argv)
    assert caught.value.code == 2
    err = capsys.readouterr().err
    assert err.startswith("usage: tintype COMMAND")
    assert hint in err


def test_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    """The version printed is the one installed."""
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"tintype {metadata.version('tintype')}\n"


def test_help_comes_at_once() -> None:
    """Help lists the commands and imports nothing a command needs."""
    script = (
        "import sys; from frontend.__main__ import main\n"
        "try: main(['--help'])\n"
        "finally: assert not {'pydantic', 'trio', 'quart', 'hypercorn'} & sys.modules.keys()"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "serve " in done.stdout
    assert "config " in done.stdout


def _raise(error: Exception) -> Command:
    def run(argv: Sequence[str]) -> int:
        raise error

    return Command("Fail.", run)


@pytest.mark.parametrize(
    "error",
    [
        StartError("the port is taken"),
        ExceptionGroup("", [ExceptionGroup("", [StartError("the port is taken")])]),
    ],
    ids=["alone", "from nurseries"],
)
def test_failed_start_is_one_sentence(
    error: Exception, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start that fails ends in its sentence and exit code 2, also from within nurseries."""
    monkeypatch.setitem(COMMANDS, "fail", _raise(error))
    assert main(["fail"]) == 2
    assert capsys.readouterr().err == "tintype: the port is taken\n"


def test_bug_is_not_taken_for_a_failed_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any other error comes through as it is."""
    monkeypatch.setitem(COMMANDS, "fail", _raise(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        main(["fail"])
