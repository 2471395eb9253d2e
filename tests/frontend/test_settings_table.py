"""The settings table of the README."""

from pathlib import Path

import pytest

from frontend.settings_check import SETTINGS
from frontend.settings_table import BEGIN, END, main, markdown_tables, with_tables
from frontend.start_error import StartError

README = Path(__file__).parents[2] / "README.md"


def test_readme_is_up_to_date() -> None:
    """The README's table is the one that follows from the declaration."""
    document = README.read_text(encoding="utf-8")
    assert with_tables(document) == document, "run: python -m frontend.settings_table README.md"


def test_table_has_every_setting() -> None:
    """Each setting stands in the tables once, with all its variables and its sentence."""
    lines = markdown_tables().splitlines()
    for setting in SETTINGS.values():
        (line,) = (line for line in lines if f"`{setting.variables[0]}`" in line)
        assert all(f"`{variable}`" in line for variable in setting.variables)
        assert setting.sentence in line


def test_cells_stay_in_their_columns() -> None:
    """No text breaks a table."""
    rows = [line for line in markdown_tables().splitlines() if line.startswith("|")]
    assert {row.count("|") for row in rows} == {5}


def test_only_what_is_between_the_marks_changes(tmp_path: Path) -> None:
    """The text around the tables is left alone, and a second run changes nothing."""
    document = tmp_path / "README.md"
    document.write_text(f"before {BEGIN} old {END} after", encoding="utf-8")
    main(document)
    first = document.read_text(encoding="utf-8")
    main(document)
    assert first == document.read_text(encoding="utf-8")
    assert first.startswith(f"before {BEGIN}\n")
    assert first.endswith(f"{END} after")
    assert " old " not in first


@pytest.mark.parametrize("document", ["", BEGIN, END, f"{END} {BEGIN}"])
def test_document_without_marks_is_refused(document: str) -> None:
    """A document without both marks in order is not touched."""
    with pytest.raises(StartError, match="needs the marks"):
        with_tables(document)
