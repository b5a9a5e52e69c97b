"""The proof by absence: a name that occurs nowhere is no name of anything.

It holds only where everything that a value in the file could come from has been indexed: all that its package imports,
and all that those packages import in turn. The file that is checked counts as its text around the hole.
"""

from __future__ import annotations

from functools import cached_property

from solulu.verifier.case import Case
from solulu.verifier.elsewhere import Elsewhere
from solulu.verifier.go.repository import Package
from solulu.verifier.go.standard import STANDARD, standard_words
from solulu.verifier.go.values import FileScope
from solulu.verifier.go.world import MISSING, World
from solulu.verifier.repository import SymbolIndex


class ClosedWorld:
    """What occurs outside the hole of one case."""

    def __init__(self, case: Case, index: SymbolIndex, world: World) -> None:
        self._index, self._world = index, world
        self._elsewhere = Elsewhere(case, world.home, index, standard_words)

    def lacks(self, name: str) -> bool:
        """Whether it is proved that nothing is called `name`."""
        return not self._elsewhere.has(name) and self.is_closed

    @cached_property
    def is_closed(self) -> bool:
        """Whether every package that a value in the file could come from is known in full."""
        seen: set[Package] = set()
        waiting = [self._world.package]
        while waiting:
            package = waiting.pop()
            if package in seen:
                continue
            seen.add(package)
            imported = self._imported(package) if self._world.is_known(package) else None
            if imported is None:
                return False
            waiting.extend(imported)
        return True

    def _imported(self, package: Package) -> list[Package] | None:
        """The packages that one imports, besides the standard library's; None where one of them is not indexed."""
        found: list[Package] = []
        paths = {path for path in package.files if not path.endswith("_test.go")}
        if package == self._world.package:
            paths.add(self._world.home.path)
        for path in sorted(paths):
            for _, imported_path in self._world.imports(FileScope(package, path)):
                imported = self._world.imported(imported_path, package)
                if imported is None or imported == MISSING:
                    return None
                found.extend(one for one in imported.packages if one.repo != STANDARD)
        return found
