"""``tintype modules``, where nothing else is installed; plug-ins are shown in ``tests/e2e/test_plugins.py``."""

import json

import pytest

from frontend.__main__ import main
from shared.operations import ALL_OPERATIONS


def test_every_operation_is_listed_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    """By name, in the order in which a query applies them, each with its sentence."""
    assert main(["modules"]) == 0
    blocks = capsys.readouterr().out.rstrip("\n").split("\n\n")
    assert [block.splitlines()[0] for block in blocks] == [f"{kind.name} (built in)" for kind in ALL_OPERATIONS]
    assert all(
        f"  {' '.join((kind.__doc__ or '').split())}\n" in block
        for kind, block in zip(ALL_OPERATIONS, blocks, strict=True)
    )


def test_parameters_are_shown_as_they_may_be_written(capsys: pytest.CaptureFixture[str]) -> None:
    """The name of the field, the names in a query, what is allowed, the default and the sentence."""
    main(["modules"])
    assert (
        "    dpr [dpr]: a number from 0.1 to 8; default 1\n"
        "      Multiplies width and height, for dense displays.\n"
    ) in capsys.readouterr().out


def test_json_is_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    """The same facts; what belongs to no package has none."""
    assert main(["modules", "--json"]) == 0
    told = {each["name"]: each for each in json.loads(capsys.readouterr().out)}
    assert [*told] == [kind.name for kind in ALL_OPERATIONS]
    blur = told["blur"]
    assert (blur["package"], blur["version"], blur["about"]) == (None, None, "Gaussian blur.")
    assert blur["parameters"][0] == {
        "name": "sigma",
        "query": ["blur"],
        "allowed": "a number from 0 to 250 pixels",
        "default": "0",
        "help": "Standard deviation.",
    }
    assert told["resize"]["parameters"][0]["default"] is None


def test_settings_are_none_of_its_business(capsys: pytest.CaptureFixture[str]) -> None:
    """It takes its own flag and no other."""
    with pytest.raises(SystemExit) as caught:
        main(["modules", "--port", "1"])
    assert caught.value.code == 2
    assert "unrecognized arguments: --port 1" in capsys.readouterr().err
