"""What is logged of images that could not be added."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from frontend.api.adding import Item, add_all
from frontend.library.records import ImageRecord
from shared.errors import ServiceError
from tests.frontend.log_lines import LogLines

SECRET = "opens-sesame"


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[LogLines]:
    """The log in its JSON form."""
    with LogLines.of(capsys) as lines:
        yield lines


async def _fail() -> ImageRecord:
    raise ServiceError("nobody answers")


@pytest.mark.parametrize(
    "url",
    [
        f"https://img.example/a.png?token={SECRET}",
        f"https://img.example/a.png?w=1&X-Amz-Signature={SECRET}",
        f"https://me:{SECRET}@img.example/a.png",
    ],
)
async def test_secrets_of_a_source_are_not_logged(url: str, lines: LogLines) -> None:
    """The URL that an image was to come from is written down without what opens it."""
    await add_all([Item(label={"path": url}, add=_fail)])
    (event,) = lines.events()
    assert event["event"] == "image.not_added"
    assert event["path"].startswith("https://")
    assert SECRET not in str(event)


async def test_label_does_not_change_the_terminal(lines: LogLines) -> None:
    """Nothing in it turns the writing round or looks like another line."""
    await add_all([Item(label={"path": "https://img.example/\u202e\u2028x"}, add=_fail)])
    (event,) = lines.events()
    assert event["path"] == r"https://img.example/\u202e\u2028x"
