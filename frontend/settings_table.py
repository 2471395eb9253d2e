"""Writes the settings as Markdown tables, from their declaration in ``frontend/settings.py``.

Where the tables go is up to ``frontend/document_tables.py``.
"""

from collections.abc import Iterator

from pydantic import BaseModel

from frontend.settings import SECTIONS
from frontend.settings_spelling import Setting, spell


def markdown_tables() -> str:
    """Return a heading, a sentence and a table for each section."""
    return "\n\n".join("\n".join(_section(section)) for section in SECTIONS)


def _section(section: type[BaseModel]) -> Iterator[str]:
    yield f"### {section.__name__.removesuffix('Settings')}\n"
    yield (section.__doc__ or "").partition("\n")[0] + "\n"
    yield "| flag | variable | default | what it does |"
    yield "|---|---|---|---|"
    for setting in spell(section):
        yield f"| {' | '.join(_cells(setting))} |"


def _cells(setting: Setting) -> Iterator[str]:
    yield f"`{setting.flag}`" if setting.flag else ""
    yield ", ".join(f"`{variable}`" for variable in setting.variables)
    yield "" if setting.default == "none" else setting.default
    yield setting.sentence if setting.is_self_evident else f"{setting.sentence} Takes {setting.allowed}."
