"""Tells work begun before an image was deleted from work begun after, so that nothing deleted comes back.

Who makes a variant takes a token first. Who deletes an image says so. A volume that is then given the variant
asks whether the token is still good. Memory is bounded, however many images are deleted.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

MAX_REMEMBERED = 10_000


class Token(NamedTuple):
    """Proof of when work for an image began."""

    image: str
    begun: int


class Generations:
    """Counts deletions, and remembers for each of the latest images which deletion was its own.

    One that is no longer remembered was deleted before all those that are. A token as old as that is refused on
    suspicion: its variant is served all the same, and made again when next asked for.
    """

    def __init__(self, *, max_remembered: int = MAX_REMEMBERED) -> None:
        self._max_remembered = max_remembered
        self._deletions = 0
        self._deleted: OrderedDict[str, int] = OrderedDict()  # image → its latest deletion, oldest first
        self._latest_forgotten = 0

    def begin(self, image: str) -> Token:
        """Return what is good until the image is deleted."""
        return Token(image, self._deletions)

    def delete(self, image: str) -> None:
        """Let no token of the image be good that was taken before now."""
        self._deletions += 1
        self._deleted[image] = self._deletions
        self._deleted.move_to_end(image)
        if len(self._deleted) > self._max_remembered:
            _, self._latest_forgotten = self._deleted.popitem(last=False)

    def is_current(self, token: Token) -> bool:
        """Say whether what began with the token may still be kept."""
        return token.begun >= self._deleted.get(token.image, self._latest_forgotten)
