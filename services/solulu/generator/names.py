"""The real names that mutations draw from, and what makes two names look alike."""

from __future__ import annotations

import random
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from solulu.verifier.index import SymbolIndex

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_KINDS = {
    "import": ("class", "function", "variable"),
    "module": ("module",),
    "method": ("method", "function"),
    "parameter": ("parameter",),
    "undefinedvariable": ("variable", "attribute", "parameter"),
}
"""Kinds of names that may stand where a hallucination of a type is made; modules are apart from what they give."""
_MOST = 48
"""Names looked at for each reason to be like another."""


@dataclass(frozen=True)
class Word:
    """A word of a name, with its place in it."""

    start: int
    text: str


def words(name: str) -> list[Word]:
    """The words of a snake_case or camelCase name."""
    return [Word(found.start(), found[0]) for found in _WORD.finditer(name)]


def looks_alike(name: str, other: str) -> bool:
    """Whether two names have one style and nearly one length (a third longer or shorter, or three characters)."""
    return abs(len(name) - len(other)) <= _margin(other) and _style(name) == _style(other)


def _margin(name: str) -> int:
    return max(3, len(name) // 3)


def _vocabulary(name: str) -> set[str]:
    return {word.text.lower() for word in words(name)}


def _style(name: str) -> tuple[int, bool, bool]:
    """Leading underscores, whether all letters are capitals, and whether the first is."""
    bare = name.lstrip("_")
    return len(name) - len(bare), bare.isupper() and len(bare) > 1, bare[:1].isupper()


class Pool:
    """A set of names that can be asked for those most like another."""

    def __init__(self, names: Iterable[str]) -> None:
        self._sorted = sorted(set(names))
        self._by_word: defaultdict[str, list[str]] = defaultdict(list)
        self._by_length: defaultdict[int, list[str]] = defaultdict(list)
        for name in self._sorted:
            self._by_length[len(name)].append(name)
            for word in _vocabulary(name):
                self._by_word[word].append(name)

    def __contains__(self, name: str) -> bool:
        place = bisect_left(self._sorted, name)
        return place < len(self._sorted) and self._sorted[place] == name

    def like(self, old: str, chance: random.Random, head: str = "", tail: str = "") -> list[str]:
        """Names that look like `old`, those that share most words with it first, then in an order of `chance`; only
        those that begin with `head` and end with `tail`."""
        wanted = _vocabulary(old)
        if head:
            groups = [self._sorted[bisect_left(self._sorted, head) : bisect_left(self._sorted, head + "\uffff")]]
        else:
            margin = _margin(old)
            lengths = range(len(old) - margin, len(old) + margin + 1)
            groups = [
                [name for word in sorted(wanted) for name in self._by_word.get(word, ())],
                [name for length in lengths for name in self._by_length.get(length, ())],
            ]
        found: dict[str, int] = {}
        for group in groups:
            alike = [name for name in dict.fromkeys(group) if name.endswith(tail) and looks_alike(name, old)]
            for name in chance.sample(alike, min(_MOST, len(alike))):
                found.setdefault(name, len(wanted & _vocabulary(name)))
        found.pop(old, None)
        return sorted(found, key=lambda name: -found[name])


class Names:
    """The names of the scraped repositories, by repository and by what they may stand for."""

    def __init__(self, index: SymbolIndex) -> None:
        self._repositories = index.repositories
        self._own: dict[tuple[str, str], Pool] = {}
        self._every: dict[str, Pool] = {}
        self._defined: dict[str, frozenset[str]] = {}

    def own(self, repo: str, use: str) -> Pool:
        """Names of one repository that fit a use (a key of `_KINDS`); none where it is not indexed."""
        if (repo, use) not in self._own:
            self._own[repo, use] = Pool(self._of(repo, use))
        return self._own[repo, use]

    def every(self, use: str) -> Pool:
        """Names of all repositories that fit a use."""
        if use not in self._every:
            self._every[use] = Pool(name for repo in self._repositories for name in self._of(repo, use))
        return self._every[use]

    def defines(self, repo: str, name: str) -> bool:
        """Whether a repository brings `name` into the world, as anything at all."""
        if repo not in self._defined:
            self._defined[repo] = frozenset(name for use in _KINDS for name in self._of(repo, use))
        return name in self._defined[repo]

    def _of(self, repo: str, use: str) -> Iterator[str]:
        if repo in self._repositories:
            for kind in _KINDS[use]:
                for name in self._repositories[repo].real_names(kind):
                    yield from re.split(r"[./]", name) if kind == "module" else (name,)
