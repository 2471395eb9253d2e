"""The settings table of the README."""

from frontend.settings_check import SETTINGS
from frontend.settings_table import markdown_tables


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
