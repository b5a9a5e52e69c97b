"""The proof by absence: a name that occurs nowhere is no name of anything.

It holds where every crate that the file's crate depends on is indexed. The file that is checked counts as its text
around the hole.
"""

from __future__ import annotations

from functools import cached_property

from solulu.verifier.case import Case
from solulu.verifier.rust.names import World
from solulu.verifier.rust.repository import Mod
from solulu.verifier.rust.standard import standard_library
from solulu.verifier.words import words_of


class ClosedWorld:
    """What occurs outside the hole of one case."""

    def __init__(self, case: Case, world: World) -> None:
        self._case, self._world = case, world

    def lacks(self, name: str) -> bool:
        """Whether it is proved that nothing is called `name`."""
        return not self._occurs(name) and self._is_closed

    def _occurs(self, name: str) -> bool:
        home, index = self._world.home, self._world.index
        elsewhere = index.num_files_with[name]
        if home.repo and elsewhere:
            elsewhere -= name in index.repositories[home.repo].words(home.path)
        return elsewhere > 0 or name in self._around or name in standard_library().words("")

    @cached_property
    def _around(self) -> frozenset[str]:
        return words_of(self._case.prefix) | words_of(self._case.suffix)

    @cached_property
    def _is_closed(self) -> bool:
        """Whether everything that the crates of the file depend on is indexed."""
        homes = self._world.homes()
        return bool(homes) and all(self._is_indexed(home) for home in homes)

    def _is_indexed(self, home: Mod) -> bool:
        seen: set[tuple[str, str]] = set()
        waiting = [home]
        while waiting:
            mod = waiting.pop()
            if (mod.repo, mod.root) in seen:
                continue
            seen.add((mod.repo, mod.root))
            crate = self._world.crate(mod)
            if crate is None:
                return False
            for name in crate.manifest["d"]:
                found = self._world.external(name, mod)
                if found.is_open or not found.defs:
                    return False
                waiting.extend(one.mod for one in found.defs)
        return True
