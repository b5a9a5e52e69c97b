"""The symbols of repositories, as every language's rules see them: what each file offers, and the words in it.

A file's summary is JSON in a form that only the rules of its language read, so that a language can be added, and a
file indexed anew, without touching anything else. The words of every file are kept by file: that a name occurs nowhere
else is a proof of its own, and the file that a completion stands in must not vouch for it.
"""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from solulu.core.digests import canonical_json
from solulu.core.errors import InvalidArgument

FORMAT = 2
KINDS = ("function", "class", "method", "attribute", "parameter", "variable", "module")
T = TypeVar("T")


@dataclass(frozen=True)
class Home:
    """A file: where names are looked up."""

    repo: str
    path: str


@dataclass(frozen=True)
class Repository:
    """One repository's symbols. Everything is JSON."""

    summaries: Mapping[str, Mapping[str, Any]]
    """What files offer: by the name of the rules, then by path."""
    vocabulary: list[str]
    files: Mapping[str, list[int]]
    """The words of each file, as numbers in the vocabulary."""
    real_names: Mapping[str, list[str]]
    """By kind."""

    @cached_property
    def num_files_with(self) -> Counter[str]:
        """In how many files each word occurs."""
        counts = Counter(number for numbers in self.files.values() for number in numbers)
        return Counter({self.vocabulary[number]: count for number, count in counts.items()})

    def words(self, path: str) -> frozenset[str]:
        """The words of one file; none if it is not there."""
        if path not in self._words:
            self._words[path] = frozenset(self.vocabulary[number] for number in self.files.get(path, ()))
        return self._words[path]

    def derived(self, make: Callable[[Repository], T]) -> T:
        """What `make` makes of this repository, made once: the place for a language's own tables."""
        if make not in self._derived:
            self._derived[make] = make(self)
        made: T = self._derived[make]
        return made

    @cached_property
    def _words(self) -> dict[str, frozenset[str]]:
        return {}

    @cached_property
    def _derived(self) -> dict[Any, Any]:
        return {}


@dataclass(frozen=True)
class SymbolIndex:
    """Repositories by name. Those that were scraped together are seen together; names are looked up in one's own
    first."""

    repositories: Mapping[str, Repository]

    def names(self, kind: str) -> tuple[str, ...]:
        """The distinct real names of one of `KINDS`, sorted."""
        return tuple(sorted({name for repo in self.repositories.values() for name in repo.real_names.get(kind, ())}))

    @cached_property
    def num_files_with(self) -> Counter[str]:
        """In how many files of all repositories each word occurs."""
        return sum((repo.num_files_with for repo in self.repositories.values()), Counter())

    def derived(self, make: Callable[[SymbolIndex], T]) -> T:
        """What `make` makes of this index, made once."""
        if make not in self._derived:
            self._derived[make] = make(self)
        made: T = self._derived[make]
        return made

    @cached_property
    def _derived(self) -> dict[Any, Any]:
        return {}

    def to_bytes(self) -> bytes:
        """The index as bytes: the same index gives the same bytes."""
        repositories = {
            name: {
                "summaries": repo.summaries,
                "vocabulary": repo.vocabulary,
                "files": repo.files,
                "names": repo.real_names,
            }
            for name, repo in self.repositories.items()
        }
        return zlib.compress(canonical_json({"format": FORMAT, "repositories": repositories}), 6)

    @staticmethod
    def from_bytes(data: bytes) -> SymbolIndex:
        """The index that `to_bytes` wrote. Raises InvalidArgument for anything else."""
        try:
            value = json.loads(zlib.decompress(data))
        except (zlib.error, ValueError) as error:
            raise InvalidArgument(f"these {len(data):,} bytes are no symbol index: {error}") from error
        if value.get("format") != FORMAT:
            raise InvalidArgument(f"the symbol index has format {value.get('format')}, this version reads {FORMAT}")
        return SymbolIndex(
            {
                name: Repository(repo["summaries"], repo["vocabulary"], repo["files"], repo["names"])
                for name, repo in value["repositories"].items()
            }
        )
