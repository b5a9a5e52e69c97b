"""The proof by absence: a name that occurs nowhere is no name of anything.

It holds only where everything that an object in the file could come from has been indexed. The file that is checked
counts as its text around the hole: neither the completion nor what the index knows of that file may vouch for a name.
"""

from __future__ import annotations

from functools import cached_property

from solulu.verifier.case import Case
from solulu.verifier.elsewhere import Elsewhere
from solulu.verifier.python.repository import PythonRepository
from solulu.verifier.python.stdlib import STDLIB, standard_library
from solulu.verifier.python.summary import ModuleSummary
from solulu.verifier.python.world import MISSING, World
from solulu.verifier.repository import Home, Repository

_NO_OBJECTS = {"__future__", "_typeshed"}
_FOREIGN = {"ctypes", "_ctypes", "cffi", "jpype", "clr"}
"""Modules whose objects have names out of libraries that are not Python."""


class Imports:
    """What the files of a dependency import from elsewhere."""

    def __init__(self, repo: Repository) -> None:
        view = repo.derived(PythonRepository)
        self.tops = {module.partition(".")[0] for path in view.modules for module, level in view.summary(path).imports
                     if level == 0}  # fmt: skip
        self.is_read = not view.opaque
        """Whether all its modules could be read."""


class ClosedWorld:
    """What occurs outside the hole of one case."""

    def __init__(self, case: Case, world: World) -> None:
        self._world = world
        self._elsewhere = Elsewhere(case, world.home, world.index, lambda: standard_library().words(""))

    def occurs(self, name: str) -> bool:
        """Whether anything that is indexed, or the file around the hole, has the word `name`."""
        return self._elsewhere.has(name)

    @cached_property
    def is_closed(self) -> bool:
        """Whether all modules that the file imports, and that the repository's modules among them import, are indexed,
        with whatever these dependencies import themselves."""
        seen: set[Home] = set()
        waiting = [self._world.home]
        while waiting:
            home = waiting.pop()
            if home in seen:
                continue
            seen.add(home)
            imported = self._imported(home, self._world.summary(home))
            if imported is None:
                return False
            waiting.extend(imported)
        return True

    def _imported(self, home: Home, summary: ModuleSummary) -> list[Home] | None:
        """The repository's own modules that a file imports; None where it imports something that is not indexed."""
        own: list[Home] = []
        for module, level in summary.imports:
            dotted = self._world.absolute(module, level, home)
            if dotted is None:
                return None
            top = dotted.partition(".")[0]
            if top in _NO_OBJECTS:
                continue
            if top in _FOREIGN:
                return None
            homes = self._world.find(dotted, home)
            if homes and homes != MISSING:
                if not all(found.repo == home.repo or self._is_whole(found) for found in homes):
                    return None
                own.extend(found for found in homes if found.repo == home.repo)
            elif not self._world.is_known(top, home):
                return None
        return own

    def _is_whole(self, found: Home) -> bool:
        """Whether everything that a dependency is made of is indexed."""
        if found.repo == STDLIB:
            return True
        imports = self._world.index.repositories[found.repo].derived(Imports)
        is_known = all(top in _NO_OBJECTS or self._world.is_known(top, found) for top in imports.tops)
        return imports.is_read and is_known and not imports.tops & _FOREIGN
