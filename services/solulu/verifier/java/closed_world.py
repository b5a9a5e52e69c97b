"""The proof by absence: a name that occurs nowhere is no name of anything.

It holds only where all types that the file could see come from its repository, from what was indexed with it, or from
the standard library. The file that is checked counts as its text around the hole: neither the completion nor what the
index knows of that file may vouch for a name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from solulu.verifier.case import Case
from solulu.verifier.elsewhere import Elsewhere
from solulu.verifier.java.repository import JavaRepository
from solulu.verifier.java.standard import standard_library
from solulu.verifier.java.world import World
from solulu.verifier.repository import Repository
from solulu.verifier.words import words_of

_FULL_NAME = re.compile(r"(?<![\w.])((?:[a-z_]\w*\.)+[a-z_]\w*)\.[A-Z]")
"""A package with a type in it, wherever it stands."""


class Reach:
    """Which files of a repository each of its files sees, and which of them see what is not here."""

    def __init__(self, repo: Repository) -> None:
        self._repo, self._view = repo, repo.derived(JavaRepository)
        self._seen: dict[str, tuple[frozenset[str], frozenset[str]]] = {}

    def of(self, path: str) -> tuple[frozenset[str], frozenset[str]]:
        """Paths of the files whose types a file names, and the packages that it imports from and that are not here."""
        if path not in self._seen:
            self._seen[path] = self.seen_by(self._view.files[path], self._repo.words(path))
        return self._seen[path]

    def seen_by(self, summary: Mapping[str, Any], words: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
        """The same, for a file with this summary and these words."""
        files: set[str] = set()
        foreign: set[str] = set()
        self._add_package(str(summary.get("p", "")), words, files)
        for text in summary.get("i", ()):
            self._add_import(text, words, files, foreign)
        return frozenset(files), frozenset(foreign)

    def _add_package(self, package: str, words: frozenset[str], files: set[str]) -> None:
        types = self._view.types.get(package, {})
        for name in types.keys() & words if len(types) > len(words) else [name for name in types if name in words]:
            files.update(path for path, _ in types[name])

    def _add_import(self, text: str, words: frozenset[str], files: set[str], foreign: set[str]) -> None:
        name = text.lstrip("=").removesuffix(".*")
        parts = name.split(".")
        for end in range(len(parts), 0, -1):
            package = ".".join(parts[:end])
            types = self._view.types.get(package)
            if types is None:
                continue
            if end == len(parts):
                self._add_package(package, words, files)
            elif parts[end] in types:
                files.update(path for path, _ in types[parts[end]])
            else:
                foreign.add(name)
            return
        foreign.add(name)


class ClosedWorld:
    """What occurs outside the hole of one case."""

    def __init__(self, case: Case, world: World) -> None:
        self._case, self._world = case, world
        self.elsewhere = Elsewhere(case, world.home, world.index, lambda: standard_library().words(""))

    def lacks(self, name: str) -> bool:
        """Whether it is proved that nothing is called `name`."""
        return not self.elsewhere.has(name) and self.is_closed

    @cached_property
    def is_closed(self) -> bool:
        """Whether everything that the file names, and the repository's files among it, is indexed."""
        home, index = self._world.home, self._world.index
        if not home.repo:
            return False
        repo = index.repositories[home.repo]
        view, reach = repo.derived(JavaRepository), repo.derived(Reach)
        has_jars = any("jar" in one for one in repo.summaries.get("java", {}).values())
        if has_jars or self._names_in_full() or not view.is_complete(self._world.file.package, home.path):
            return False
        words = self.elsewhere.around | words_of(self._case.completion)
        waiting = [reach.seen_by(self._world.overlay, words)]
        seen: set[str] = {home.path}
        while waiting:
            files, foreign = waiting.pop()
            if not all(self._is_indexed(name) for name in foreign):
                return False
            packages = {str(view.files[path].get("p", "")) for path in files - seen}
            if not all(view.is_complete(package, home.path) for package in packages):
                return False
            waiting += [reach.of(path) for path in sorted(files - seen)]
            seen |= files
        return True

    def _names_in_full(self) -> bool:
        """Whether the file writes out the full name of a type that was not indexed."""
        texts = self._case.prefix, self._case.completion, self._case.suffix
        packages = {package for text in texts for package in _FULL_NAME.findall(text)}
        return not all(self._world.begins_package(package) for package in packages)

    def _is_indexed(self, name: str) -> bool:
        """Whether an imported type or package belongs to the standard library, or to a package that was indexed."""
        parts = name.split(".")
        return any(self._world.is_standard(".".join(parts[:end])) for end in range(1, len(parts) + 1))
