"""The tables of the README that follow from declarations."""

from pathlib import Path

import pytest

from frontend.document_tables import TABLES, format_table, main, parameter_table, with_tables
from frontend.start_error import StartError
from shared.formats import ALL
from shared.operations import ALL_OPERATIONS

README = Path(__file__).parents[2] / "README.md"
MARKS = [f"<!-- {name}:begin --> outdated {name} <!-- {name}:end -->" for name in TABLES]


def test_readme_is_up_to_date() -> None:
    """The README's tables are those that follow from the declarations."""
    document = README.read_text(encoding="utf-8")
    assert with_tables(document) == document, "run: python -m frontend.document_tables README.md"


def test_parameters_are_all_told() -> None:
    """Every name that a query may use stands in the table, with what it may be set to."""
    table = parameter_table()
    for item in (item for kind in ALL_OPERATIONS for item in kind.parameters() if item.query):
        assert all(f"`{name}`" in table for name in item.query)
        assert item.kind.allowed in table


def test_formats_are_all_told() -> None:
    """Every format has its row."""
    assert len(format_table().splitlines()) == 2 + len(ALL)


@pytest.mark.parametrize("table", [parameter_table, format_table])
def test_cells_stay_in_their_columns(table: type[str]) -> None:
    """No text breaks a table."""
    assert len({row.count("|") for row in table().splitlines()}) == 1


def test_only_what_is_between_the_marks_changes(tmp_path: Path) -> None:
    """The text around the tables is left alone, and a second run changes nothing."""
    document = tmp_path / "README.md"
    document.write_text("before " + " in the middle ".join(MARKS) + " after", encoding="utf-8")
    main(document)
    first = document.read_text(encoding="utf-8")
    main(document)
    assert first == document.read_text(encoding="utf-8")
    assert first.startswith("before <!--")
    assert first.endswith("--> after")
    assert first.count(" in the middle ") == len(MARKS) - 1
    assert " outdated " not in first


@pytest.mark.parametrize("missing", range(len(MARKS)))
def test_document_without_marks_is_refused(missing: int) -> None:
    """A document that lacks a table's marks is not touched."""
    with pytest.raises(StartError, match="needs the marks"):
        with_tables(" ".join(mark for number, mark in enumerate(MARKS) if number != missing))
