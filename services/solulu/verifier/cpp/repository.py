"""What C++ sees in a repository: which file an include means, and what all files declare, by scope.

There is one world of names: a header belongs to whoever includes it, so what any file declares in a scope counts as
declared there.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from solulu.verifier.cpp.standard import standard_library
from solulu.verifier.repository import Repository

Description = list[str]
"""[kind, type, parameters]: `f` a function, `v` a variable or field, `t` a class or enum by its whole name, `a` an
alias of a type, `u` what a using declaration brings."""


@dataclass(frozen=True)
class Edge:
    """What a file includes: a file of the repository, or else what is named."""

    target: str | None
    name: str
    is_conditional: bool


class CppRepository:
    """The C++ files of a repository."""

    def __init__(self, repo: Repository) -> None:
        self.summaries: Mapping[str, Mapping[str, Any]] = repo.summaries.get("cpp", {})
        self._edges: dict[str, list[Edge]] = {}

    @cached_property
    def _by_name(self) -> Mapping[str, list[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for path in sorted(self.summaries):
            for ending in ("", ".in"):
                if path.endswith(ending):
                    found[path.removesuffix(ending).rpartition("/")[2]].append(path)
        return found

    @cached_property
    def folders(self) -> frozenset[str]:
        """Every folder that files lie in."""
        return frozenset(path.rpartition("/")[0] for path in self.summaries)

    def resolve(self, name: str, asker: str) -> list[str]:
        """The files that an include in a file may mean."""
        parts = [part for part in name.replace("\\", "/").split("/") if part != "."]
        folder = asker.split("/")[:-1]
        while parts and parts[0] == "..":
            parts, folder = parts[1:], folder[:-1]
            if parts and parts[0] != "..":
                return [path for path in ("/".join([*folder, *parts]),) if path in self.summaries]
        if not parts:
            return []
        beside = "/".join([*folder, *parts])
        if beside in self.summaries:
            return [beside]
        wanted = "/" + "/".join(parts)
        return [path for path in self._by_name.get(parts[-1], ()) if f"/{path.removesuffix('.in')}".endswith(wanted)]

    def edges(self, path: str) -> list[Edge]:
        """What a file of the repository includes."""
        if path not in self._edges:
            self._edges[path] = list(edges_of(self.summaries.get(path, {}), path, self))
        return self._edges[path]

    @cached_property
    def declared(self) -> Mapping[str, Mapping[str, list[tuple[str, Description]]]]:
        """By scope and name: the file and the description of each declaration."""
        found: defaultdict[str, defaultdict[str, list[tuple[str, Description]]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for path, summary in self.summaries.items():
            for scope, names in summary.get("d", {}).items():
                for name, descriptions in names.items():
                    found[scope][name] += [(path, description) for description in descriptions]
        return found

    @cached_property
    def classes(self) -> Mapping[str, list[tuple[str, list[str], str]]]:
        """By whole name: file, bases and flags of each definition."""
        found: defaultdict[str, list[tuple[str, list[str], str]]] = defaultdict(list)
        for path, summary in self.summaries.items():
            for name, (bases, flags) in summary.get("c", {}).items():
                found[name].append((path, bases, flags))
        return found

    @cached_property
    def namespaces(self) -> Mapping[str, int]:
        """Every namespace; 1 where it is inline."""
        return {name: inline for summary in self.summaries.values() for name, inline in summary.get("n", {}).items()}

    @cached_property
    def outside_classes(self) -> Mapping[str, set[str]]:
        """Every name that is declared in some namespace, and in which."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for scope, names in self.declared.items():
            if scope not in self.classes:
                for name in names:
                    found[name].add(scope)
        return dict(found)

    @cached_property
    def everywhere(self) -> Mapping[str, list[tuple[str, Description]]]:
        """File and description of whatever is declared under a name, in any scope."""
        found: defaultdict[str, list[tuple[str, Description]]] = defaultdict(list)
        for names in self.declared.values():
            for name, described in names.items():
                found[name] += described
        return found

    @cached_property
    def last_of_namespaces(self) -> frozenset[str]:
        """The simple names of all namespaces."""
        return frozenset(name.rpartition("::")[2] for name in self.namespaces)

    @cached_property
    def macros(self) -> frozenset[str]:
        return self._all("m")

    @cached_property
    def murky(self) -> frozenset[str]:
        """Words that a macro or a syntax error may declare."""
        return self._all("k")

    @cached_property
    def pastes(self) -> list[re.Pattern[str]]:
        """What the names look like that `##` puts together."""
        pieces = {tuple(paste) for summary in self.summaries.values() for paste in summary.get("p", ())}
        return paste_patterns(pieces)

    @cached_property
    def opened(self) -> list[tuple[str, str]]:
        """Scope and namespace of every using directive."""
        return sorted({(scope, name) for summary in self.summaries.values() for scope, name in summary.get("u", ())})

    @cached_property
    def aliases(self) -> Mapping[str, str]:
        """Namespace aliases by whole name."""
        return {name: target for summary in self.summaries.values() for name, target in summary.get("a", ())}

    def _all(self, key: str) -> frozenset[str]:
        return frozenset(word for summary in self.summaries.values() for word in summary.get(key, ()))


def edges_of(summary: Mapping[str, Any], path: str, repo: CppRepository) -> Iterator[Edge]:
    """The includes of a file. One is conditional only where some build does without any like it."""
    found = [(include, repo.resolve(include[0], path)) for include in summary.get("i", ())]
    complete: Mapping[str, int] = summary.get("f", {})
    foreign: defaultdict[int, set[int]] = defaultdict(set)
    for include, targets in found:
        if not targets and include[0] not in standard_library().headers:
            for chain, branch in reversed(include[2]):
                foreign[chain].add(branch)
                if len(foreign[chain]) < complete.get(str(chain), 1 << 30):
                    break
    for (name, _, chains), targets in found:
        is_conditional = any(len(foreign[chain]) < complete.get(str(chain), 1 << 30) for chain, _ in chains)
        for target in targets:
            yield Edge(target, name, is_conditional)
        if not targets:
            yield Edge(None, name, is_conditional)


def paste_patterns(pieces: set[tuple[str | None, ...]]) -> list[re.Pattern[str]]:
    """Patterns whose groups are what a macro's arguments were."""
    return [
        re.compile("".join("(\\w+)" if piece is None else re.escape(piece) for piece in paste))
        for paste in sorted(pieces, key=str)
    ]
