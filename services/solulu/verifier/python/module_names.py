"""The names of modules: their own, their star imports', and the modules below them."""

from __future__ import annotations

from dataclasses import replace

from solulu.verifier.python.stdlib import BUILTINS
from solulu.verifier.python.values import Absence, Found, ModuleValue
from solulu.verifier.python.world import World
from solulu.verifier.repository import Home
from solulu.verifier.steps import Steps

_IMPLICIT = {
    "__name__", "__file__", "__doc__", "__package__", "__spec__", "__loader__", "__path__", "__dict__", "__builtins__",
    "__cached__", "__annotations__", "__class__", "__all__", "__version__", "__debug__",
}  # fmt: skip


class ModuleNames:
    """Looks names up in the modules of a world."""

    def __init__(self, world: World, steps: Steps) -> None:
        self._world, self._steps = world, steps

    def homes(self, value: ModuleValue) -> list[Home]:
        """The files that a module may be; none where that is unknown."""
        homes = self._world.find(value.name, self._world.home)
        return homes if isinstance(homes, list) else []

    def builtin(self, name: str) -> Found | None:
        """A builtin name."""
        bindings = self._world.summary(BUILTINS).names.get(name)
        return Found(BUILTINS, bindings) if bindings else None

    def member(self, value: ModuleValue, name: str) -> Found | Absence:
        """A name of a module; where several files may be meant, one that has it is enough."""
        homes = self.homes(value)
        answers = [self.lookup(home, name) for home in homes]
        found = next((answer for answer in answers if isinstance(answer, Found)), None)
        if found:
            return found
        below = f"{value.name}.{name}"
        if self._world.is_package(below, self._world.home) or self._is_module(below, self._world.home):
            return Found(self._world.home, [["m", below]])
        if not answers or "unknown" in answers or any(self._world.is_assigned(name, home) for home in homes):
            return "unknown"
        return "absent"

    def lookup(self, home: Home, name: str, seen: frozenset[Home] = frozenset()) -> Found | Absence:
        """A name at the top level of a file."""
        summary = self._world.summary(home)
        if name in summary.names:
            return Found(home, summary.names[name])
        if home in seen:
            return "absent"
        self._steps.take()
        unsure = summary.is_dynamic or "__getattr__" in summary.names or self._world.has_opaque(name, home)
        for module, level in reversed(summary.stars):
            found = self._exported(self._world.absolute(module, level, home), home, name, seen | {home})
            if isinstance(found, Found):
                return replace(found, is_sure=found.is_sure and not unsure)
            unsure |= found == "unknown"
        below = self._below(home, name)
        if below:
            return Found(home, [["m", below]])
        if name in _IMPLICIT:
            return Found(home, [["v", None]])
        return "unknown" if unsure else "absent"

    def _exported(self, module: str | None, asker: Home, name: str, seen: frozenset[Home]) -> Found | Absence:
        """A name that a star import brings."""
        homes = self._world.find(module, asker) if module else None
        if not isinstance(homes, list):
            return "unknown"
        answer: Found | Absence = "absent"
        for home in homes:
            found = self.lookup(home, name, seen)
            exports = self._world.summary(home).exports
            if isinstance(found, Found) and (name in exports if exports else not name.startswith("_")):
                return found
            if found != "absent":
                answer = "unknown"
        return answer

    def _below(self, home: Home, name: str) -> str | None:
        """The module called `name` in the package that a file begins."""
        if not home.path.endswith("__init__.py"):
            return None
        names = [f"{dotted}.{name}" for dotted in self._world.names_of(home)]
        return next((dotted for dotted in names if self._is_module(dotted, home)), None)

    def _is_module(self, dotted: str, asker: Home) -> bool:
        return isinstance(self._world.find(dotted, asker), list)
