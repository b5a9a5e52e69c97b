"""What stands anywhere but in the completion: a name that does not is no name of anything that is indexed.

The file that is checked counts as its text around the hole: neither the completion nor what the index knows of that
file may vouch for a name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from solulu.verifier.case import Case
from solulu.verifier.repository import Home, SymbolIndex
from solulu.verifier.words import words_of


@dataclass(frozen=True)
class Elsewhere:
    """The words around one case."""

    case: Case
    home: Home
    """The case's file."""
    index: SymbolIndex
    standard: Callable[[], frozenset[str]]
    """Every word of the standard library."""

    def has(self, name: str) -> bool:
        """Whether anything that is indexed, or the file around the hole, has the word `name`."""
        return self.has_file(name) or name in self.around or name in self.standard()

    def has_file(self, name: str) -> bool:
        """Whether a file other than the case's has the word `name`."""
        files = self.index.num_files_with[name]
        if self.home.repo and files:
            files -= name in self.index.repositories[self.home.repo].words(self.home.path)
        return files > 0

    @cached_property
    def around(self) -> frozenset[str]:
        """The words of the file around the hole."""
        return words_of(self.case.prefix) | words_of(self.case.suffix)
