"""What is to be damaged must be whole."""

from __future__ import annotations

import pytest

from tests.workers.fuzzing.seeds import FORMATS, seeds
from tests.workers.jobs import inspection


@pytest.mark.parametrize("name", FORMATS)
def test_every_kind_of_file_is_whole(name: str) -> None:
    """Of a file that is refused before anything is done to it nothing would be learnt."""
    for body in seeds(name):
        assert inspection(body, extension=name).format == name
