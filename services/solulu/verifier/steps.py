"""A bound on the work for one question: what takes more steps is not answered, however a file is made."""

from __future__ import annotations


class TooFar(Exception):
    """A question took too many steps."""


class Steps:
    """Counts the steps of one question after another."""

    def __init__(self, most: int) -> None:
        self._most, self._taken = most, 0

    def restart(self) -> None:
        """A new question begins."""
        self._taken = 0

    def take(self, count: int = 1) -> None:
        """Some more steps. Raises TooFar."""
        self._taken += count
        if self._taken > self._most:
            raise TooFar
