"""Everything a file can see: its repository, the standard library, and whether something else may bring names.

The file that is checked is seen as it is with the completion in it, whatever the index says of its path.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from solulu.verifier.case import Case
from solulu.verifier.cpp.repository import CppRepository, Description, Edge, edges_of, paste_patterns
from solulu.verifier.cpp.standard import Standard, standard_library
from solulu.verifier.cpp.third_party import brings_macros_only
from solulu.verifier.elsewhere import Elsewhere
from solulu.verifier.repository import Home, Repository, SymbolIndex

_WITHOUT_GUARD = (".inl", ".ipp", ".inc", ".def", ".tpp", ".tcc", ".txx", "-inl.h", "_impl.h", "-impl.h")
_MOST_FILES = 5_000
_EMPTY = Repository({}, [], {}, {})


@dataclass(frozen=True)
class World:
    """The files around one that is checked."""

    case: Case
    index: SymbolIndex
    home: Home
    overlay: Mapping[str, Any]

    @cached_property
    def repo(self) -> CppRepository:
        repository = self.index.repositories.get(self.home.repo, _EMPTY)
        return repository.derived(CppRepository)

    @property
    def standard(self) -> Standard:
        return standard_library()

    def declarations(self, scope: str, name: str) -> list[Description]:
        """What is declared in a scope under a name."""
        own = self.overlay.get("d", {}).get(scope, {}).get(name, [])
        others = self.repo.declared.get(scope, {}).get(name, ())
        return [
            *own,
            *(description for path, description in others if path != self.home.path and description not in own),
        ]

    def names_in(self, scope: str) -> dict[str, Description]:
        """Everything that is declared in a scope."""
        names = {name: found[0] for name, found in self.overlay.get("d", {}).get(scope, {}).items()}
        for name, found in self.repo.declared.get(scope, {}).items():
            names.setdefault(name, found[0][1])
        return names

    def bodies(self, name: str) -> list[tuple[list[str], str]]:
        """Bases and flags of every definition of a class."""
        own = self.overlay.get("c", {}).get(name)
        others = [(bases, flags) for path, bases, flags in self.repo.classes.get(name, ()) if path != self.home.path]
        return [*([(own[0], own[1])] if own else []), *others]

    def is_class(self, name: str) -> bool:
        return name in self.overlay.get("c", {}) or name in self.repo.classes

    def is_namespace(self, name: str) -> bool:
        return name in self.overlay.get("n", {}) or name in self.repo.namespaces

    def is_macro(self, name: str) -> bool:
        return name in self.repo.macros or name in self.overlay.get("m", ())

    def is_outside_classes(self, name: str) -> bool:
        """Whether some namespace has the name."""
        here = self.overlay.get("d", {})
        return name in self.repo.outside_classes or any(
            name in names for scope, names in here.items() if not self.is_class(scope)
        )

    def everywhere(self, name: str) -> list[Description]:
        """What is declared under a name in any scope."""
        own = [found for names in self.overlay.get("d", {}).values() for found in names.get(name, ())]
        return [*own, *(found for path, found in self.repo.everywhere.get(name, ()) if path != self.home.path)]

    def kinds(self, name: str) -> set[tuple[str, str]]:
        """Of whatever is declared under a name: what it is, and of which type."""
        return {(description[0], description[1]) for description in self.everywhere(name)}

    def is_last_of_namespace(self, name: str) -> bool:
        """Whether some namespace has a simple name."""
        own = self.overlay.get("n", ())
        return name in self.repo.last_of_namespaces or any(known.rpartition("::")[2] == name for known in own)

    def occurs(self, name: str) -> bool:
        """Whether anything outside the completion says the name, or may put it together."""
        return self._elsewhere.has(name) or self.is_pasted(name)

    def is_pasted(self, name: str) -> bool:
        """Whether some macro may put the name together out of words that are there."""
        own = paste_patterns({tuple(paste) for paste in self.overlay.get("p", ())})
        return any(self._is_pasted(pattern, name) for pattern in [*self.repo.pastes, *own])

    def _is_pasted(self, pattern: re.Pattern[str], name: str) -> bool:
        if pattern.groups <= 1:
            match = pattern.fullmatch(name)
            return bool(match) and all(map(self._is_word, match.groups() if match else ()))
        if pattern.pattern == r"(\w+)(\w+)":
            return any(self._is_word(name[:cut]) and self._is_word(name[cut:]) for cut in range(1, len(name)))
        return pattern.fullmatch(name) is not None and pattern.pattern.strip(r"(\w+)") != ""

    def _is_word(self, text: str) -> bool:
        return text.isdigit() or self.index.num_files_with[text] > 0 or text in self._elsewhere.around

    @cached_property
    def _elsewhere(self) -> Elsewhere:
        return Elsewhere(self.case, self.home, self.index, lambda: self.standard.words)

    def foreign(self, is_conditional: bool) -> frozenset[str]:
        """Of what is not at hand, that which may declare anything but macros."""
        return frozenset(name for name in self.unread(is_conditional) if not brings_macros_only(name))

    def unread(self, is_conditional: bool) -> frozenset[str]:
        """What the file includes, by way of the repository's own files too, that is neither of the repository nor
        standard; for a name that all builds see, without what only some builds include."""
        if is_conditional not in self._unread:
            self._unread[is_conditional] = self._found_unread(is_conditional)
        return self._unread[is_conditional]

    @cached_property
    def _unread(self) -> dict[bool, frozenset[str]]:
        return {}

    def _found_unread(self, is_conditional: bool) -> frozenset[str]:
        found: set[str] = set()
        seen: set[str] = set()
        waiting = [self.home.path, *self._includers()]
        while waiting and len(seen) < _MOST_FILES:
            path = waiting.pop()
            if path in seen:
                continue
            seen.add(path)
            for edge in self._edges(path):
                if edge.is_conditional and not is_conditional:
                    continue
                if edge.target:
                    waiting.append(edge.target)
                elif edge.name not in self.standard.headers:
                    found.add(edge.name)
        return frozenset(found)

    def _edges(self, path: str) -> list[Edge]:
        return list(edges_of(self.overlay, path, self.repo)) if path == self.home.path else self.repo.edges(path)

    def _includers(self) -> Iterator[str]:
        """Those who include a file that cannot stand alone."""
        if not self.overlay.get("i") or self.home.path.endswith(_WITHOUT_GUARD):
            name = self.home.path.rpartition("/")[2]
            for path, summary in self.repo.summaries.items():
                if any(include[0].endswith(name) for include in summary.get("i", ())):
                    yield path

    @cached_property
    def opened(self) -> frozenset[str]:
        """Every namespace that a using directive of the repository opens."""
        here = {name for _, name in self.overlay.get("u", ())}
        return frozenset({name for _, name in self.repo.opened} | here)

    def is_opened(self, names: Collection[str], scope: str) -> bool:
        """Whether a using directive that holds in a scope opens one of some namespaces."""
        here = [tuple(said) for said in self.overlay.get("u", ())]
        opening = {
            f"::{name}" for at, name in [*self.repo.opened, *here] if f"{scope}::".startswith(f"{at}::" if at else "")
        }
        return any(f"::{name}".endswith(ending) for name in names for ending in opening)
