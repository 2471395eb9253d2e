"""Gathers the settings' values: flag over environment over file over default, each with its origin.

Values are gathered as they were written; ``frontend/settings_check.py`` checks them once, all
together. The command line is taken apart by ``frontend/cli/arguments.py``.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from frontend.recipes import TABLES, FoundRecipes, read_recipes
from frontend.settings import LimitSettings, Settings
from frontend.settings_check import SETTINGS, Given, Origin, SettingsError, check
from frontend.settings_spelling import PREFIX, Setting
from frontend.settings_values import expand_home
from frontend.suggestion import suggest
from shared.recipe import Recipes

CONFIG_FLAG = "--config"
CONFIG_VARIABLE = PREFIX + "CONFIG"
DEFAULT_CONFIG = "tintype.toml"
# Where systemd puts what a unit's LoadCredential= names.
CREDENTIALS_VARIABLE = "CREDENTIALS_DIRECTORY"
# Far more than all keys that may be in force, with a comment on each.
_MAX_SECRET_FILE_BYTES = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedSettings:
    """The settings in force, and by field name where each came from; pipelines and presets, and their file."""

    settings: Settings
    origins: Mapping[str, Origin]
    recipes: Recipes = field(default_factory=Recipes)
    recipes_origin: Origin = field(default=Origin("default"))


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
    _gather_secrets(gathered, environment)
    settings, wrong = check(gathered.given)
    found = _recipes(gathered.file, settings)
    if gathered.mistakes or wrong or found.mistakes:
        raise SettingsError([*gathered.mistakes, *wrong, *found.mistakes])
    origins = {name: each.origin for name, each in gathered.given.items()}
    return LoadedSettings(
        settings=settings,
        origins={name: origins.get(name, Origin("default")) for name in SETTINGS},
        recipes=found.recipes,
        recipes_origin=Origin("file", str(gathered.file.path)) if gathered.file else Origin("default"),
    )


@dataclass(frozen=True, slots=True)
class _File:
    """A file of settings: where it is, what is written there, and what that means."""

    path: Path
    text: str
    content: Mapping[str, object]


@dataclass(slots=True)
class _Gathered:
    """What the sources gave so far: values by field name, the file that was read, and mistakes in words."""

    given: dict[str, Given] = field(default_factory=dict)
    mistakes: list[str] = field(default_factory=list)
    file: _File | None = None


def _recipes(file: _File | None, settings: LimitSettings) -> FoundRecipes:
    """Read the recipes of the file; they too are bound by the settings."""
    if file is None:
        return FoundRecipes(Recipes(), ())
    return read_recipes(file.content, text=file.text, file=str(file.path), limits=settings.limits)


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
        text = path.read_bytes().decode("utf-8")
        file = _File(path, text, tomllib.loads(text))
    except OSError as error:
        gathered.mistakes.append(f"{path}: the file of settings cannot be read: {error.strerror}")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        gathered.mistakes.append(f"{path}: not TOML: {error}")
    else:
        gathered.file = file
        _gather_keys(gathered, file.content, path=path)


def _gather_keys(gathered: _Gathered, content: Mapping[str, object], *, path: Path) -> None:
    by_key = {setting.key: setting for setting in SETTINGS.values()}
    for key, value in content.items():
        setting = by_key.get(key)
        if key in TABLES:
            continue
        if setting is None:
            gathered.mistakes.append(f"{key} in {path}: unknown setting{suggest(key, (*by_key, *TABLES))}")
        elif setting.is_secret:
            gathered.mistakes.append(
                f"{key} in {path}: secrets are kept apart from the settings; "
                f"name a file with {key}_file, or set {setting.variables[0]}"
            )
        else:
            gathered.given[setting.name] = Given(value, Origin("file", str(path)))


def _gather_secrets(gathered: _Gathered, environment: Mapping[str, str]) -> None:
    for setting in SETTINGS.values():
        if setting.is_secret:
            path = _secret_file(gathered, setting, environment)
            if path is not None:
                _gather_secret(gathered, setting, path=path)


def _secret_file(gathered: _Gathered, setting: Setting, environment: Mapping[str, str]) -> Path | None:
    """Find the file that a secret is to be read from, unless it was given itself.

    Only a file named by a flag beats a secret in the environment, as flags do.
    """
    named = gathered.given.get(f"{setting.name}_file")
    if setting.name in gathered.given and not (named and named.origin.kind == "flag"):
        return None
    return expand_home(Path(str(named.value))) if named else _handed_over_by_systemd(setting, environment)


def _handed_over_by_systemd(setting: Setting, environment: Mapping[str, str]) -> Path | None:
    directory = environment.get(CREDENTIALS_VARIABLE)
    path = Path(directory, setting.name) if directory else None
    return path if path and path.exists() else None


def _gather_secret(gathered: _Gathered, setting: Setting, *, path: Path) -> None:
    """Read one secret that is all there is in the file, or several, one on a line."""
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_SECRET_FILE_BYTES + 1)
    except OSError as error:
        gathered.mistakes.append(f"{path}: {setting.key} cannot be read: {error.strerror}")
        return
    if len(content) > _MAX_SECRET_FILE_BYTES:
        # A key that is cut short would be another key.
        gathered.mistakes.append(f"{path}: {setting.key} cannot be read: more than {_MAX_SECRET_FILE_BYTES} bytes")
        return
    text = content.decode("ascii", errors="replace").strip()
    value = text if setting.kind == "secret" else _lines_of(text)
    gathered.given[setting.name] = Given(value, Origin("file", str(path)))


def _lines_of(text: str) -> list[str]:
    """The lines that say something: neither blank ones nor comments."""
    lines = map(str.strip, text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]
