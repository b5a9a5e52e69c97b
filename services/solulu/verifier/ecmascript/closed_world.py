"""The proof by absence: a name that occurs nowhere is no name of anything.

It holds only where everything that an object in the file could come from has been indexed. The file that is checked
counts as its text around the hole: neither the completion nor what the index knows of that file may vouch for a name.
"""

from __future__ import annotations

from functools import cached_property

from solulu.verifier.case import Case
from solulu.verifier.ecmascript.globals import is_of_tests_only
from solulu.verifier.ecmascript.repository import EcmaRepository
from solulu.verifier.ecmascript.standard import standard_library
from solulu.verifier.ecmascript.values import Ambient, Module
from solulu.verifier.ecmascript.world import World
from solulu.verifier.elsewhere import Elsewhere
from solulu.verifier.repository import Home, Repository
from solulu.verifier.words import may_contain, words_of


class Imports:
    """What the files of a dependency import from elsewhere."""

    def __init__(self, repo: Repository) -> None:
        modules = repo.derived(EcmaRepository).modules.values()
        self.specifiers = {one for summary in modules for one in summary.get("i", ()) if not one.startswith(".")}


class ClosedWorld:
    """What occurs outside the hole of one case."""

    def __init__(self, case: Case, world: World) -> None:
        self._case, self._world = case, world
        self._elsewhere = Elsewhere(case, world.home, world.index, lambda: standard_library().words(""))

    def lacks(self, name: str) -> bool:
        """Whether it is proved that nothing is called `name`."""
        return not self.occurs(name) and not is_standard(name) and self.is_closed

    def occurs(self, name: str) -> bool:
        """Whether a word stands anywhere but in the completion."""
        return self.occurs_elsewhere(name) or may_contain(self._elsewhere.around, name)

    def occurs_elsewhere(self, name: str) -> bool:
        """Whether a word stands in any other file."""
        return may_contain(_Files(self._elsewhere), name)

    @cached_property
    def is_closed(self) -> bool:
        """Whether all modules that the file imports, and that the repository's modules among them import, are indexed,
        with whatever these dependencies import themselves, and nothing else brings names whose members matter."""
        if not is_of_tests_only(self._elsewhere.around | words_of(self._case.completion)):
            return False
        seen: set[Home] = set()
        waiting = [self._world.home]
        while waiting:
            home = waiting.pop()
            if home in seen:
                continue
            seen.add(home)
            for specifier in self._world.summary(home).get("i", ()):
                found = self._world.find(specifier, home)
                if found is None or found == "missing":
                    return False
                if isinstance(found, Module) and found.home.repo == home.repo:
                    waiting.append(found.home)
                elif isinstance(found, Module) and not self._is_whole(found.home):
                    return False
        return True

    def _is_whole(self, home: Home) -> bool:
        """Whether everything that a dependency imports is indexed."""
        imports = self._world.index.repositories[home.repo].derived(Imports)
        return all(isinstance(self._world.find(one, home), Module | Ambient) for one in imports.specifiers)


class _Files:
    """The words of all files but the one that is checked."""

    def __init__(self, elsewhere: Elsewhere) -> None:
        self._elsewhere = elsewhere

    def __contains__(self, word: object) -> bool:
        return self._elsewhere.has_file(str(word))


def is_standard(name: str) -> bool:
    """Whether a word stands anywhere in the standard library."""
    return may_contain(standard_library().words(""), name)
