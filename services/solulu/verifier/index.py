"""The symbols of repositories: what a verdict looks into, and the real names that mutations are made of.

Repositories that were scraped together are merged and seen together; names are looked up in one's own first. Every
word of every file is kept too, by file: that something occurs nowhere else is a proof of its own, and the file that a
completion stands in must not vouch for it.
"""

from __future__ import annotations

import json
import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tree_sitter import QueryCursor

from solulu.core.digests import canonical_json
from solulu.core.errors import InvalidArgument
from solulu.languages import for_path
from solulu.languages.language import Language
from solulu.verifier.modules import dotted_names
from solulu.verifier.scopes import analyze
from solulu.verifier.source import read
from solulu.verifier.summary import ModuleSummary, from_json, simple_base, simple_name, summarize, to_json

FORMAT = 1
KINDS = ("function", "class", "method", "attribute", "parameter", "variable", "module")
_WORD = re.compile(rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*")
_OPAQUE_SUFFIXES = (".so", ".pyd", ".pyx", ".pyi")
"""Files that are modules, but not ones that can be read here."""


@dataclass(frozen=True)
class Home:
    """A file: where names are looked up."""

    repo: str
    path: str


@dataclass(frozen=True)
class Repository:
    """One repository's symbols. Everything is JSON, except that summaries are read on first use."""

    modules: Mapping[str, Any]
    """Summaries of Python files by path."""
    vocabulary: list[str]
    files: Mapping[str, list[int]]
    """The words of each file, as numbers in the vocabulary."""
    real_names: Mapping[str, list[str]]
    """By kind."""
    opaque: list[str] = field(default_factory=list)
    """Dotted names of modules that are there but cannot be read."""

    @cached_property
    def by_name(self) -> Mapping[str, list[str]]:
        """Paths of the files that a dotted name may mean."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for path in sorted(self.modules):
            for name in dotted_names(path, self.modules):
                found[name].append(path)
        return dict(found)

    @cached_property
    def packages(self) -> frozenset[str]:
        """Every dotted name that has something below it."""
        parents = {name.rpartition(".")[0] for name in self.by_name}
        return frozenset(parent for name in parents for parent in _prefixes(name))

    @cached_property
    def opaque_names(self) -> frozenset[str]:
        """The simple names of the modules that cannot be read."""
        return frozenset(simple_name(module) for module in self.opaque)

    @cached_property
    def summaries(self) -> dict[str, ModuleSummary]:
        """A cache of the summaries read so far."""
        return {}

    def summary(self, path: str) -> ModuleSummary:
        """What the Python file at `path` offers."""
        if path not in self.summaries:
            self.summaries[path] = from_json(self.modules[path])
        return self.summaries[path]

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

    @cached_property
    def _words(self) -> dict[str, frozenset[str]]:
        return {}

    @cached_property
    def assigned(self) -> frozenset[str]:
        """Attributes that some file assigns to objects that it did not make."""
        return frozenset(name for path in self.modules for name in self.modules[path].get("a", ()))


@dataclass(frozen=True)
class SymbolIndex:
    """Repositories by name."""

    repositories: Mapping[str, Repository]

    def names(self, kind: str) -> tuple[str, ...]:
        """The distinct real names of one of `KINDS`, sorted."""
        return tuple(sorted({name for repo in self.repositories.values() for name in repo.real_names.get(kind, ())}))

    @cached_property
    def classes_called(self) -> Mapping[str, list[tuple[str, str, str]]]:
        """Repository, path and qualified name of every class, by its simple name."""
        found: defaultdict[str, list[tuple[str, str, str]]] = defaultdict(list)
        for name, repo in sorted(self.repositories.items()):
            for path in sorted(repo.modules):
                for qualified in repo.summary(path).classes:
                    found[simple_name(qualified)].append((name, path, qualified))
        return dict(found)

    @cached_property
    def subclasses(self) -> Mapping[str, frozenset[str]]:
        """Simple names of the classes that inherit from something with a name."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for repo in self.repositories.values():
            for path in repo.modules:
                for qualified, body in repo.summary(path).classes.items():
                    for base in body.bases:
                        found[simple_base(base)].add(simple_name(qualified))
        return {base: frozenset(names) for base, names in found.items()}

    @cached_property
    def num_files_with(self) -> Counter[str]:
        """In how many files of all repositories each word occurs."""
        return sum((repo.num_files_with for repo in self.repositories.values()), Counter())

    def to_bytes(self) -> bytes:
        """The index as bytes: the same index gives the same bytes."""
        repositories = {
            name: {
                "modules": repo.modules,
                "vocabulary": repo.vocabulary,
                "files": repo.files,
                "names": repo.real_names,
                "opaque": repo.opaque,
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
                name: Repository(repo["modules"], repo["vocabulary"], repo["files"], repo["names"], repo["opaque"])
                for name, repo in value["repositories"].items()
            }
        )


def build(repo: str, files: Iterable[tuple[str, bytes]]) -> SymbolIndex:
    """The index of one repository or distribution from its (path, bytes), paths relative to its root."""
    modules: dict[str, Any] = {}
    words: dict[str, set[str]] = {}
    names: defaultdict[str, set[str]] = defaultdict(set)
    opaque: list[str] = []
    for path, data in sorted(files):
        if path.endswith(_OPAQUE_SUFFIXES):
            opaque.append(path.partition(".")[0].replace("/", "."))
            continue
        words[path] = {word.decode("utf-8", "replace") for word in set(_WORD.findall(data))}
        language = for_path(path)
        if language is not None:
            for kind, found in _defined(language, data).items():
                names[kind] |= found
            if language.name == "python":
                modules[path] = to_json(module_summary(data.decode("utf-8", "replace")))
    vocabulary = sorted(set().union(*words.values()))
    numbers = {word: number for number, word in enumerate(vocabulary)}
    return SymbolIndex(
        {
            repo: Repository(
                modules=modules,
                vocabulary=vocabulary,
                files={path: sorted(numbers[word] for word in found) for path, found in words.items()},
                real_names={kind: sorted(names[kind]) for kind in KINDS},
                opaque=sorted(set(opaque)),
            )
        }
    )


def merge(indexes: Iterable[SymbolIndex]) -> SymbolIndex:
    """All repositories of several indexes."""
    repositories: dict[str, Repository] = {}
    for index in indexes:
        repositories.update(index.repositories)
    return SymbolIndex(dict(sorted(repositories.items())))


def module_summary(text: str) -> ModuleSummary:
    """What a Python file offers; anything may be in one that cannot be read."""
    source = read(text)
    return ModuleSummary() if source is None else summarize(analyze(source))


def words_of(text: str) -> frozenset[str]:
    """Every word of a text that could be an identifier."""
    return frozenset(word.decode("utf-8", "replace") for word in _WORD.findall(text.encode("utf-8", "replace")))


def _defined(language: Language, data: bytes) -> dict[str, set[str]]:
    captures = QueryCursor(language.definition_query).captures(language.parse(data).root_node)
    return {
        kind: {data[node.start_byte : node.end_byte].decode("utf-8", "replace") for node in nodes}
        for kind, nodes in captures.items()
    }


def _prefixes(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts) + 1) if parts[0]]
