"""Making the symbol index of a repository: what a verdict looks into, and the real names that mutations are made of."""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager

from tree_sitter import QueryCursor, Tree

from solulu.languages import for_path
from solulu.languages.language import Language
from solulu.verifier.languages import RULES
from solulu.verifier.repository import FORMAT, KINDS, Home, IndexedFile, Repository, SymbolIndex
from solulu.verifier.words import words_in

Files = Iterable[tuple[str, bytes | None]]
_YOUNG_COLLECTIONS = 1_000
"""Between two that look at all objects; Python's default is 10."""
_ARCHIVE = b"PK\x03\x04"
"""How a jar begins: what looks like words in it is noise."""


def build(repo: str, files: Files, names: Collection[str] = ()) -> SymbolIndex:
    """The index of one repository or distribution from its (path, bytes), paths relative to its root; the bytes are
    None where a file is there but cannot be read. `names` are those of `KINDS` that are wanted for making mutations;
    a verdict needs none, and finding them takes a third of the parse's time."""
    with _uncollected():
        return SymbolIndex({repo: Repository.of(read(path, data, names) for path, data in files)})


@contextmanager
def _uncollected() -> Iterator[None]:
    """Nothing that an index is made of refers to itself, and the collector would look through all of it again and
    again: a tenth of the time, in a large repository."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def settle() -> None:
    """Tells the garbage collector that the tables made so far are there to stay, and to look seldom for garbage among
    what is old. It would walk through the tables again and again, and through what each verdict adds to them: 0.1 s for
    one verdict in a hundred, in a large repository."""
    gc.freeze()
    gc.set_threshold(*gc.get_threshold()[:2], _YOUNG_COLLECTIONS)


def read(path: str, data: bytes | None, names: Collection[str] = ()) -> IndexedFile:
    """What the index keeps of a file."""
    language = for_path(path)
    readers = [rules for rules in RULES if rules.reads(path)]
    is_parsed = language and data is not None and (names or any(rules.uses_tree for rules in readers))
    tree = language.parse(data) if language and data is not None and is_parsed else None
    summaries = {rules.name: rules.summarize(path, data, tree) for rules in readers}
    return IndexedFile(
        path,
        words_in(data) if data and not data.startswith(_ARCHIVE) else frozenset(),
        _defined(language, data, tree, names) if names and language and data is not None and tree else {},
        {rules: summary for rules, summary in summaries.items() if summary is not None},
    )


def updated(index: SymbolIndex, repo: str, path: str, data: bytes | None) -> SymbolIndex:
    """The index after one file of a repository was added or changed."""
    return SymbolIndex({**index.repositories, repo: index.repositories[repo].updated(read(path, data))})


def merge(indexes: Iterable[SymbolIndex]) -> SymbolIndex:
    """All repositories of several indexes."""
    repositories: dict[str, Repository] = {}
    for index in indexes:
        repositories.update(index.repositories)
    return SymbolIndex(dict(sorted(repositories.items())))


def is_read(path: str) -> bool:
    """Whether the content of the file at a path matters to any rules."""
    return for_path(path) is not None or any(rules.reads(path) for rules in RULES)


def _defined(language: Language, data: bytes, tree: Tree, kinds: Collection[str]) -> dict[str, frozenset[str]]:
    captures = QueryCursor(language.definition_query).captures(tree.root_node)
    return {
        kind: frozenset(data[node.start_byte : node.end_byte].decode("utf-8", "replace") for node in nodes)
        for kind, nodes in captures.items()
        if kind in kinds
    }


__all__ = [
    "FORMAT", "KINDS", "Files", "Home", "IndexedFile", "Repository", "SymbolIndex", "build", "is_read", "merge", "read",
    "updated",
]  # fmt: skip
