"""Gathers the settings' values: flag over environment over file over default, each with its origin.

Values are gathered as they were written; ``frontend/settings_check.py`` checks them once, all
together. The command line is taken apart by ``frontend/cli/arguments.py``.
"""

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from frontend.settings import Settings
from frontend.settings_check import SETTINGS, Given, Origin, SettingsError, check
from frontend.settings_spelling import PREFIX

CONFIG_FLAG = "--config"
CONFIG_VARIABLE = PREFIX + "CONFIG"
DEFAULT_CONFIG = "tintype.toml"
# Where systemd puts what a unit's LoadCredential= names.
CREDENTIALS_VARIABLE = "CREDENTIALS_DIRECTORY"
_MAX_KEY_FILE_BYTES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedSettings:
    """The settings in force, and by field name where each came from."""

    settings: Settings
    origins: Mapping[str, Origin]


def load_settings(
    *,
    flags: Mapping[str, str | bool],
    environment: Mapping[str, str],
    config: str | None = None,
    directory: Path = Path(),
    mistakes: Iterable[str] = (),
) -> LoadedSettings:
    """Gather and check the settings; raise ``SettingsError`` with every mistake at once.

    ``flags`` holds by field name what the command line gave, ``config`` the file it named and
    ``mistakes`` what was wrong with it. An empty variable counts as one that is not there.
    ``directory`` is where ``tintype.toml`` is looked for if no file is named.
    """
    gathered = _Gathered(mistakes=list(mistakes))
    _gather_file(gathered, config=config, environment=environment, directory=directory)
    _gather_environment(gathered, environment)
    _gather_flags(gathered, flags)
    _gather_admin_key(gathered, environment)
    settings, wrong = check(gathered.given)
    if gathered.mistakes or wrong:
        raise SettingsError([*gathered.mistakes, *wrong])
    origins = {name: each.origin for name, each in gathered.given.items()}
    return LoadedSettings(
        settings=settings, origins={name: origins.get(name, Origin("default")) for name in SETTINGS}
    )


def suggest(word: str, known: Iterable[str]) -> str:
    """Name the known word that was probably meant, ready to stand behind a sentence."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f", did you mean {close[0]}?" if close else ""


@dataclass(slots=True)
class _Gathered:
    """What the sources gave so far: values by field name, and mistakes in words."""

    given: dict[str, Given] = field(default_factory=dict)
    mistakes: list[str] = field(default_factory=list)


def _gather_flags(gathered: _Gathered, flags: Mapping[str, str | bool]) -> None:
    for name, value in flags.items():
        flag = SETTINGS[name].flag or ""
        spelled = flag.replace("--", "--no-", 1) if value is False else flag
        gathered.given[name] = Given(value, Origin("flag", spelled))


def _gather_environment(gathered: _Gathered, environment: Mapping[str, str]) -> None:
    """Take the variables that are there; a setting's own name beats its plain one."""
    for setting in SETTINGS.values():
        named = next((variable for variable in setting.variables if environment.get(variable)), None)
        if named:
            gathered.given[setting.name] = Given(environment[named], Origin("environment", named))
    known = {CONFIG_VARIABLE, *(setting.variables[0] for setting in SETTINGS.values())}
    for variable in sorted(environment):
        if variable.startswith(PREFIX) and variable not in known:
            gathered.mistakes.append(f"{variable}: unknown setting{suggest(variable, known)}")


def _gather_file(
    gathered: _Gathered, *, config: str | None, environment: Mapping[str, str], directory: Path
) -> None:
    """Take the keys of the file that is named, or else of the one that lies there."""
    named = config or environment.get(CONFIG_VARIABLE)
    path = Path(named) if named else directory / DEFAULT_CONFIG
    if not named and not path.exists():
        return
    try:
        with path.open("rb") as file:
            content = tomllib.load(file)
    except OSError as error:
        gathered.mistakes.append(f"{path}: the file of settings cannot be read: {error.strerror}")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        gathered.mistakes.append(f"{path}: not TOML: {error}")
    else:
        _gather_keys(gathered, content, path=path)


def _gather_keys(gathered: _Gathered, content: Mapping[str, object], *, path: Path) -> None:
    by_key = {setting.key: setting for setting in SETTINGS.values()}
    for key, value in content.items():
        setting = by_key.get(key)
        if setting is None:
            gathered.mistakes.append(f"{key} in {path}: unknown setting{suggest(key, by_key)}")
        elif setting.kind == "secret":
            gathered.mistakes.append(
                f"{key} in {path}: secrets are kept apart from the settings; "
                f"name a file with {key}_file, or set {setting.variables[0]}"
            )
        else:
            gathered.given[setting.name] = Given(value, Origin("file", str(path)))


def _gather_admin_key(gathered: _Gathered, environment: Mapping[str, str]) -> None:
    """Read the administrator's key from its file, unless it was given itself.

    Only a file named by a flag beats a key in the environment, as flags do.
    """
    named = gathered.given.get("admin_key_file")
    if "admin_key" in gathered.given and not (named and named.origin.kind == "flag"):
        return
    path = Path(str(named.value)).expanduser() if named else _handed_over_by_systemd(environment)
    if path is None:
        return
    try:
        with path.open("rb") as file:
            key = file.read(_MAX_KEY_FILE_BYTES).decode("ascii", errors="replace").strip()
    except OSError as error:
        gathered.mistakes.append(f"{path}: the administrator's key cannot be read: {error.strerror}")
    else:
        gathered.given["admin_key"] = Given(key, Origin("file", str(path)))


def _handed_over_by_systemd(environment: Mapping[str, str]) -> Path | None:
    directory = environment.get(CREDENTIALS_VARIABLE)
    path = Path(directory, "admin_key") if directory else None
    return path if path and path.exists() else None
