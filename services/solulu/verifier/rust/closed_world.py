"""The proof by absence: a name that occurs nowhere is no name of anything.

It holds where every crate that the file's crate depends on is indexed. The file that is checked counts as its text
around the hole.
"""

from __future__ import annotations

from functools import cached_property

from solulu.verifier.case import Case
from solulu.verifier.elsewhere import Elsewhere
from solulu.verifier.rust.names import World
from solulu.verifier.rust.repository import Mod
from solulu.verifier.rust.standard import standard_library


class ClosedWorld:
    """What occurs outside the hole of one case."""

    def __init__(self, case: Case, world: World) -> None:
        self._world = world
        self._elsewhere = Elsewhere(case, world.home, world.index, lambda: standard_library().words(""))

    def lacks(self, name: str) -> bool:
        """Whether it is proved that nothing is called `name`."""
        return not self._elsewhere.has(name) and self._is_closed

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
