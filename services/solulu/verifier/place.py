"""Which of the indexed repositories a case's file belongs to: a case names a path only."""

from __future__ import annotations

from solulu.verifier.case import Case
from solulu.verifier.repository import Home, SymbolIndex
from solulu.verifier.words import words_of


def locate(case: Case, index: SymbolIndex) -> Home:
    """The file of a case: in the repository that has this path, the one whose file shares most words with the case
    where several have; a new file belongs to the only repository there is, or to none."""
    repos = [name for name, repo in sorted(index.repositories.items()) if case.path in repo.files]
    if not repos:
        only = list(index.repositories)
        return Home(only[0] if len(only) == 1 else "", case.path)
    if len(repos) == 1:
        return Home(repos[0], case.path)
    words = words_of(case.prefix) | words_of(case.suffix)
    return Home(max(repos, key=lambda name: _likeness(words, index.repositories[name].words(case.path))), case.path)


def _likeness(words: frozenset[str], others: frozenset[str]) -> float:
    return len(words & others) / max(1, len(words | others))
