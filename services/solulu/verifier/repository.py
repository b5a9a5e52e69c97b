"""The symbols of repositories, as every language's rules see them: what each file offers, and the words in it.

A file's summary is JSON in a form that only the rules of its language read, so that a language can be added, and a
file indexed anew, without touching anything else. The words of every file are kept by file: that a name occurs nowhere
else is a proof of its own, and the file that a completion stands in must not vouch for it.
"""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
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
class IndexedFile:
    """What the index keeps of one file."""

    path: str
    words: frozenset[str]
    """Everything in it that could be an identifier."""
    defined: Mapping[str, frozenset[str]]
    """The names that it brings into the world, by kind."""
    summaries: Mapping[str, Any]
    """What it offers, by the name of the rules."""

    def vocabulary(self) -> frozenset[str]:
        """Every text in it that is kept as a number."""
        return self.words.union(*self.defined.values())


@dataclass(frozen=True)
class Repository:
    """One repository's symbols. Everything is JSON, and by file, so that a file can be indexed anew by itself."""

    summaries: Mapping[str, Mapping[str, Any]]
    """What files offer: by the name of the rules, then by path."""
    vocabulary: list[str]
    files: Mapping[str, list[int]]
    """The words of each file, as numbers in the vocabulary."""
    defined: Mapping[str, Mapping[str, list[int]]]
    """The names that each file brings into the world: by path, then by kind."""

    @staticmethod
    def of(files: Iterable[IndexedFile]) -> Repository:
        """The repository of some files: the same files in any order give the same repository."""
        files = sorted(files, key=lambda file: file.path)
        vocabulary = sorted(frozenset[str]().union(*(file.vocabulary() for file in files)))
        numbers = {word: number for number, word in enumerate(vocabulary)}
        summaries: dict[str, dict[str, Any]] = {}
        for file in files:
            for rules, summary in file.summaries.items():
                summaries.setdefault(rules, {})[file.path] = summary
        return Repository(
            summaries,
            vocabulary,
            {file.path: sorted(map(numbers.__getitem__, file.words)) for file in files},
            {
                file.path: {kind: sorted(numbers[name] for name in names) for kind, names in file.defined.items()}
                for file in files
                if file.defined
            },
        )

    def indexed(self) -> Iterable[IndexedFile]:
        """The files that it was made of."""
        for path in self.files:
            yield IndexedFile(
                path,
                self.words(path),
                {kind: self._texts(numbers) for kind, numbers in self.defined.get(path, {}).items()},
                {rules: files[path] for rules, files in self.summaries.items() if path in files},
            )

    def updated(self, file: IndexedFile) -> Repository:
        """The repository with one file new, or in place of the one that has its path; all else is shared with this
        one."""
        fresh = sorted({word for word in file.vocabulary() if word not in self._numbers})
        numbers = {**self._numbers, **{word: len(self.vocabulary) + n for n, word in enumerate(fresh)}}
        defined = {kind: sorted(numbers[name] for name in names) for kind, names in file.defined.items()}
        updated = Repository(
            {
                rules: _with(self.summaries.get(rules, {}), file.path, file.summaries.get(rules))
                for rules in self.summaries.keys() | file.summaries.keys()
            },
            [*self.vocabulary, *fresh],
            {**self.files, file.path: sorted(numbers[word] for word in file.words)},
            _with(self.defined, file.path, defined or None),
        )
        counts = self.num_files_with.copy()
        counts.subtract(self.words(file.path))
        counts.update(file.words)
        updated.__dict__.update(num_files_with=counts, _numbers=numbers)
        return updated

    def canonical(self) -> Repository:
        """The same repository as `of` makes it, whatever updates it went through."""
        used = {number for numbers in self.files.values() for number in numbers}
        used.update(number for names in self.defined.values() for numbers in names.values() for number in numbers)
        is_canonical = len(used) == len(self.vocabulary) and self.vocabulary == sorted(self.vocabulary)
        return self if is_canonical and all(self.summaries.values()) else Repository.of(self.indexed())

    @cached_property
    def num_files_with(self) -> Counter[str]:
        """In how many files each word occurs."""
        counts = Counter(number for numbers in self.files.values() for number in numbers)
        return Counter({self.vocabulary[number]: count for number, count in counts.items()})

    def real_names(self, kind: str) -> list[str]:
        """The names of one of `KINDS` that the repository brings into the world, sorted."""
        numbers = {number for names in self.defined.values() for number in names.get(kind, ())}
        return sorted(self._texts(numbers))

    def words(self, path: str) -> frozenset[str]:
        """The words of one file; none if it is not there."""
        if path not in self._words:
            self._words[path] = self._texts(self.files.get(path, ()))
        return self._words[path]

    def derived(self, make: Callable[[Repository], T]) -> T:
        """What `make` makes of this repository, made once: the place for a language's own tables."""
        if make not in self._derived:
            self._derived[make] = make(self)
        made: T = self._derived[make]
        return made

    def _texts(self, numbers: Iterable[int]) -> frozenset[str]:
        return frozenset(self.vocabulary[number] for number in numbers)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {word: number for number, word in enumerate(self.vocabulary)}

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
        return tuple(sorted({name for repo in self.repositories.values() for name in repo.real_names(kind)}))

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
                "names": repo.defined,
            }
            for name, repo in ((name, repo.canonical()) for name, repo in self.repositories.items())
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


def _with(by_path: Mapping[str, T], path: str, value: T | None) -> dict[str, T]:
    """The mapping with another value for a path, or none."""
    others = {key: one for key, one in by_path.items() if key != path}
    return others if value is None else {**others, path: value}
