"""The settings as flags: makes the parser of a sub-command and hands what was given to the loader.

The flags follow from the declaration in ``frontend/settings.py``; none is written here.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence

from frontend.cli.plugins import start_with_plugins
from frontend.settings import SECTIONS
from frontend.settings_check import SETTINGS
from frontend.settings_sources import (
    CONFIG_FLAG,
    CONFIG_VARIABLE,
    DEFAULT_CONFIG,
    LoadedSettings,
    load_settings,
)
from frontend.settings_spelling import Setting, spell
from frontend.suggestion import suggest


def settings_parser(command: str, *, description: str) -> argparse.ArgumentParser:
    """Make the parser of ``tintype <command>`` with a flag for every setting."""
    parser = argparse.ArgumentParser(
        prog=f"tintype {command}",
        usage="%(prog)s [--SETTING VALUE ...]",
        description=description,
        epilog=f"Every setting is also a variable (TINTYPE_JOB_TIMEOUT=10s) and a key in {DEFAULT_CONFIG} "
        '(job_timeout = "10s"). A flag beats a variable, a variable beats the file.',
        allow_abbrev=False,
    )
    parser.add_argument(
        CONFIG_FLAG,
        metavar="PATH",
        help=f"file of settings, in TOML [{CONFIG_VARIABLE}, else ./{DEFAULT_CONFIG} if there is one]",
    )
    for section in SECTIONS:
        title = section.__name__.removesuffix("Settings").lower()
        group = parser.add_argument_group(title, (section.__doc__ or "").partition("\n")[0])
        for setting in spell(section):
            _add_flag(group, setting)
    return parser


def parse_settings(
    parser: argparse.ArgumentParser, argv: Sequence[str], *, environment: Mapping[str, str]
) -> tuple[LoadedSettings, argparse.Namespace]:
    """Load the settings that ``argv`` and the environment give; return also the parsed flags.

    Raise ``SettingsError`` if anything is wrong with either, and StartError for a plug-in that is not right.
    """
    namespace, unknown = parser.parse_known_args(argv)
    start_with_plugins()  # first: the file's recipes may name what they add
    flags = {name: value for name, value in vars(namespace).items() if name in SETTINGS}
    loaded = load_settings(
        flags=flags,
        environment=environment,
        config=namespace.config,
        mistakes=_unknown_arguments(unknown),
    )
    return loaded, namespace


def _add_flag(group: argparse._ArgumentGroup, setting: Setting) -> None:
    """Add a setting's flag; its value stays text, for it is checked with all the others."""
    if setting.flag is None:
        return
    notes = [f"default {setting.default}"] if setting.default != "none" else []
    if not setting.is_self_evident:
        notes.insert(0, setting.allowed)
    text = f"{setting.sentence} [{'; '.join(notes)}]" if notes else setting.sentence
    text = text.replace("`", "").replace("%", "%%")  # argparse fills in "%" itself
    if setting.kind == "switch":
        group.add_argument(
            setting.flag,
            dest=setting.name,
            action=argparse.BooleanOptionalAction,
            default=argparse.SUPPRESS,
            help=text,
        )
    else:
        group.add_argument(
            setting.flag, dest=setting.name, metavar=setting.metavar, default=argparse.SUPPRESS, help=text
        )


def _unknown_arguments(unknown: Sequence[str]) -> Iterator[str]:
    """Name what the parser did not know, without the values that stood behind it."""
    known = [CONFIG_FLAG, *(setting.flag for setting in SETTINGS.values() if setting.flag)]
    is_value = False
    for word in unknown:
        flag = word.partition("=")[0]
        if word.startswith("-"):
            yield f"{flag}: unknown flag{suggest(flag, known)}"
        elif not is_value:
            yield f"{word}: unexpected argument"
        is_value = word.startswith("-") and "=" not in word
