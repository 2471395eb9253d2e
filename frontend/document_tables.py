"""Writes the tables of a document that follow from declarations, each between two marks.

``python -m frontend.document_tables README.md`` brings the document up to date; a test says when it is not.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from frontend.settings_table import markdown_tables as settings_tables
from frontend.start_error import StartError
from shared.formats import ALL, Format
from shared.operation import Operation
from shared.operations import ALL_OPERATIONS


def parameter_table() -> str:
    """Every query parameter: names, values and meaning, by operation in the order of work."""
    return "\n".join(["| operation | parameter | values | meaning |", "|---|---|---|---|", *_parameter_rows()])


def _parameter_rows() -> Iterator[str]:
    told: set[tuple[str, ...]] = set()
    for kind in ALL_OPERATIONS:
        name = f"**{kind.name}**: {_sentence(kind)}"
        for item in kind.parameters():
            # A name that several operations read is told with the first of them.
            if item.query and item.query not in told:
                told.add(item.query)
                names = ", ".join(f"`{query}`" for query in item.query)
                yield f"| {name} | {names} | {item.kind.allowed} | {item.help} |"
                name = ""


def _sentence(kind: type[Operation]) -> str:
    return " ".join((kind.__doc__ or "").split())


def format_table() -> str:
    """Every format: its names, and what it can hold."""
    rows = ["| format | extensions | type | transparency | animation | remarks |", "|---|---|---|---|---|---|"]
    return "\n".join([*rows, *map(_format_row, ALL)])


def _format_row(item: Format) -> str:
    extensions = ", ".join(f"`{extension}`" for extension in item.extensions)
    transparency, animation = ("yes" if ability else "" for ability in (item.alpha, item.animated))
    return f"| `{item.name}` | {extensions} | `{item.mime}` | {transparency} | {animation} | {_remarks(item)} |"


def _remarks(item: Format) -> str:
    """What is not as with the others: what has to be installed, and what is not done."""
    remarks = [f"with the extra `{item.extra}`"] if item.extra else []
    if item.is_vector:
        remarks.append("served as it is")
    elif not item.is_written:
        remarks.append("read only")
    return ", ".join(remarks)


TABLES: dict[str, Callable[[], str]] = {
    "parameters": parameter_table,
    "formats": format_table,
    "settings": settings_tables,
}


def with_tables(document: str) -> str:
    """Return the document with each table between its marks. Raises StartError when marks are missing."""
    for name, make in TABLES.items():
        begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
        before, found_begin, rest = document.partition(begin)
        _, found_end, after = rest.partition(end)
        if not (found_begin and found_end):
            raise StartError(f"the document needs the marks {begin} and {end}")
        document = f"{before}{begin}\n\n{make()}\n\n{end}{after}"
    return document


def main(path: Path) -> None:
    """Bring the tables of the document at ``path`` up to date."""
    path.write_text(with_tables(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
