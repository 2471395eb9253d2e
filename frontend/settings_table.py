"""Writes the settings as Markdown tables between two marks of a document.

``python -m frontend.settings_table README.md`` brings the document up to date. The tables
follow from the declaration in ``frontend/settings.py``; no text of theirs is written by hand.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from frontend.settings import SECTIONS
from frontend.settings_spelling import Setting, spell
from frontend.start_error import StartError

BEGIN = "<!-- settings:begin -->"
END = "<!-- settings:end -->"


def markdown_tables() -> str:
    """Return a heading, a sentence and a table for each section."""
    return "\n\n".join("\n".join(_section(section)) for section in SECTIONS)


def with_tables(document: str) -> str:
    """Return the document with the tables that belong between its marks."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise StartError(f"the document needs the marks {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{markdown_tables()}\n\n{END}{after}"


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


def main(path: Path) -> None:
    """Bring the tables of the document at ``path`` up to date."""
    path.write_text(with_tables(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
