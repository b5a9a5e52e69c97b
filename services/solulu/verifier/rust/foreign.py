"""Traits of crates that are not indexed: where one is in scope, its methods may be called on what implements it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from solulu.verifier.rust.macros import FOR_ALL_TYPES, KNOWN_TRAITS
from solulu.verifier.rust.names import World
from solulu.verifier.rust.repository import Mod
from solulu.verifier.rust.summary import Module

Reach = Literal["none", "some", "all"]
"""Of which types traits that are not known may be implemented: of none, of those with certain traits, of any."""
_AS_TYPE = (
    r"(?:->\s*|\b[a-z_]\w*\s*:\s*)(?:&\s*(?:'\w+\s*)?(?:mut\s+)?)?(?:\w+<)?{0}\b(?!\s*\+)"
    r"|[<,]\s*(?:&\s*)?{0}\s*(?:<[^<>]*>)?\s*>|\b{0}::(?:new|default|from|[A-Z][a-z])"
    r"|[=(,;{{]\s*{0}\s*\{{"
)
"""A name in places where a type stands, and no trait."""
_PRELUDES = frozenset({"rayon", "futures", "futures_util", "tokio", "itertools", "quote", "clap", "serde", "std"})
"""Crates whose preludes have no trait that is implemented for every type."""


class Foreign:
    """The traits that a file imports and that are not known."""

    def __init__(self, world: World, data: bytes) -> None:
        self._world, self._text = world, data.decode("utf-8", "replace")
        homes = world.homes()
        self.methods: set[str] = set()
        """The methods of well-known traits that are imported."""
        self.reach: Reach = "none" if homes else "all"
        for home in homes[:1]:
            for path, alias, is_glob in self._uses(home):
                self._add(home, path, alias, is_glob)

    def _uses(self, home: Mod) -> Iterator[list]:
        yield from _below(self._world.overlay)
        for module, _ in self._world.blocks.values():
            yield from module.get("u", ())

    def _add(self, home: Mod, path: str, alias: str, is_glob: int) -> None:
        last = path.rpartition("::")[2]
        if not is_glob and last in KNOWN_TRAITS:
            self.methods |= KNOWN_TRAITS[last]
            return
        if not path or (alias and not is_glob and not alias[:1].isupper()):
            return
        found = self._world.used(path, home)
        if not found.is_open:
            return
        if last in FOR_ALL_TYPES or (is_glob and path.removeprefix("::").partition("::")[0] not in _PRELUDES):
            self.reach = "all"
        elif self.reach == "none" and not (alias and re.search(_AS_TYPE.format(re.escape(alias)), self._text)):
            self.reach = "some"


def _below(module: Module) -> Iterator[list]:
    yield from module.get("u", ())
    for modules in module.get("m", {}).values():
        for inner in modules:
            yield from _below(inner)
