"""Making the symbol index of a repository: what a verdict looks into, and the real names that mutations are made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from tree_sitter import QueryCursor, Tree

from solulu.languages import for_path
from solulu.languages.language import Language
from solulu.verifier.languages import RULES
from solulu.verifier.repository import FORMAT, KINDS, Home, Repository, SymbolIndex
from solulu.verifier.words import words_in

Files = Iterable[tuple[str, bytes | None]]


def build(repo: str, files: Files) -> SymbolIndex:
    """The index of one repository or distribution from its (path, bytes), paths relative to its root; the bytes are
    None where a file is there but cannot be read."""
    summaries: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    words: dict[str, frozenset[str]] = {}
    names: defaultdict[str, set[str]] = defaultdict(set)
    for path, data in sorted(files, key=lambda file: file[0]):
        words[path] = words_in(data) if data else frozenset()
        language = for_path(path)
        tree = language.parse(data) if language and data is not None else None
        if language and data is not None and tree:
            for kind, found in _defined(language, data, tree).items():
                names[kind] |= found
        for rules in RULES:
            if rules.reads(path):
                summary = rules.summarize(path, data, tree)
                if summary is not None:
                    summaries[rules.name][path] = summary
    vocabulary = sorted(frozenset().union(*words.values()))
    numbers = {word: number for number, word in enumerate(vocabulary)}
    return SymbolIndex(
        {
            repo: Repository(
                summaries=dict(summaries),
                vocabulary=vocabulary,
                files={path: sorted(numbers[word] for word in found) for path, found in words.items()},
                real_names={kind: sorted(names[kind]) for kind in KINDS},
            )
        }
    )


def merge(indexes: Iterable[SymbolIndex]) -> SymbolIndex:
    """All repositories of several indexes."""
    repositories: dict[str, Repository] = {}
    for index in indexes:
        repositories.update(index.repositories)
    return SymbolIndex(dict(sorted(repositories.items())))


def is_read(path: str) -> bool:
    """Whether the content of the file at a path matters to any rules."""
    return for_path(path) is not None or any(rules.reads(path) for rules in RULES)


def _defined(language: Language, data: bytes, tree: Tree) -> dict[str, set[str]]:
    captures = QueryCursor(language.definition_query).captures(tree.root_node)
    return {
        kind: {data[node.start_byte : node.end_byte].decode("utf-8", "replace") for node in nodes}
        for kind, nodes in captures.items()
    }


__all__ = ["FORMAT", "KINDS", "Files", "Home", "Repository", "SymbolIndex", "build", "is_read", "merge"]
