"""What every kind of parameter value can do."""

from __future__ import annotations

from typing import Any, Protocol


class Kind(Protocol):
    """A kind of parameter value. ``parse`` raises ValueError when the text is not allowed."""

    @property
    def allowed(self) -> str:
        """What may be given, in words."""

    def parse(self, text: str) -> Any:  # noqa: ANN401 - of the kind's own type
        """Return the value."""

    def format(self, value: Any) -> str:  # noqa: ANN401 - likewise
        """Return the one text that parses to ``value``; ``shared/operation.py`` escapes it."""
