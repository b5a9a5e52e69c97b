"""What names mean: modules, their items, what they import, and what is in scope everywhere.

A lookup gives every definition that a name may have, since those that are compiled under other conditions count as
well, and says whether something that is not known could define it too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from solulu.verifier.repository import Home, SymbolIndex
from solulu.verifier.rust.repository import Crate, Mod, Part, RustRepository, inner_modules
from solulu.verifier.rust.standard import CRATES, STANDARD, standard_library
from solulu.verifier.rust.summary import Module

PRIMITIVES = frozenset(
    [
        "bool",
        "char",
        "str",
        "u8",
        "u16",
        "u32",
        "u64",
        "u128",
        "usize",
        "i8",
        "i16",
        "i32",
        "i64",
        "i128",
        "isize",
        "f32",
        "f64",
        "f16",
        "f128",
        "never",
    ]
)
_DEEPEST = 40
_STANDARD_NAMES: dict[tuple[Mod, str], Found] = {}
"""What names mean in the standard library, which no case changes."""


@dataclass(frozen=True)
class Def:
    """A definition: the kind of an item as summaries have it, or `mod`, `variant`, `prim` and `foreign`."""

    kind: str
    mod: Mod
    """The module that it stands in; for a `mod` the module itself."""
    name: str
    item: Sequence[Any] = field(compare=False, default=())
    """As in the summary. Of a variant: its fields and the definition of its enum."""


@dataclass(frozen=True)
class Found:
    """What a name may mean."""

    defs: tuple[Def, ...] = ()
    is_open: bool = False
    """Whether it may mean something else as well."""
    by_macro: bool = False
    """Whether a macro may make the name, if nothing else does."""

    @property
    def is_unsure(self) -> bool:
        """Whether a name that was not found may be there all the same."""
        return self.is_open or self.by_macro

    def __add__(self, other: Found) -> Found:
        defs = tuple(dict.fromkeys((*self.defs, *other.defs)))
        return Found(defs, self.is_open or other.is_open, self.by_macro or other.by_macro)


NOTHING = Found()
OPEN = Found(is_open=True)
ROOT = Mod("", "", ())


@dataclass
class World:
    """The files around one that is checked, which is seen as it is with the completion in it."""

    index: SymbolIndex
    home: Home
    overlay: Module
    blocks: dict[Mod, tuple[Module, Mod]] = field(default_factory=dict)
    """Blocks that declare items: what they declare, and the module or block around them."""
    _known: dict[tuple[Mod, str], Found] = field(default_factory=dict)
    _open: set[tuple[Mod, str]] = field(default_factory=set)
    _parts: dict[Mod, list[Module] | None] = field(default_factory=dict)

    def repository(self, name: str) -> RustRepository:
        """A repository of the index, or the standard library."""
        repo = standard_library() if name == STANDARD else self.index.repositories[name]
        made = repo.derived(RustRepository)
        made.name = name
        return made

    @cached_property
    def own(self) -> RustRepository | None:
        """The repository of the file that is checked."""
        return self.repository(self.home.repo) if self.home.repo else None

    @cached_property
    def repositories(self) -> list[str]:
        """All that is indexed, the file's own first, the standard library last."""
        others = sorted(name for name in self.index.repositories if name != self.home.repo)
        return [*([self.home.repo] if self.home.repo else []), *others, STANDARD]

    def homes(self) -> list[Mod]:
        """The modules that the file that is checked is; none where that is not known."""
        if self.own is None:
            return []
        known = self.own.modules_of
        found = known.get(self.home.path) or self.own.supposed(self.home.path, known)
        return [Mod(self.home.repo, crate.root, path) for crate, path in found]

    def crate(self, mod: Mod) -> Crate | None:
        """The crate of a module."""
        return self.repository(mod.repo).crates.get(mod.root) if mod.root else None

    # -- modules ------------------------------------------------------------------------------------------------------

    def modules(self, mod: Mod) -> list[Module] | None:
        """What a module holds, in each of its variants; None where it is not known."""
        if mod in self.blocks:
            return [self.blocks[mod][0]]
        if mod not in self._parts:
            self._parts[mod] = self._modules(mod)
        return self._parts[mod]

    def _modules(self, mod: Mod) -> list[Module] | None:
        if not mod.root:
            return [self.overlay]
        crate = self.crate(mod)
        parts = crate.parts.get(mod.path) if crate else None
        found = [module for part in parts or () for module in self._written(mod, part)]
        if not parts and mod in self.homes():
            return [self.overlay]
        if not found and mod.path and mod.repo == self.home.repo:
            above = self.modules(mod._replace(path=mod.path[:-1]))
            found = [module for outer in above or () for module in outer.get("m", {}).get(mod.path[-1], ())]
        return found or None

    def _written(self, mod: Mod, part: Part) -> list[Module]:
        if mod.repo == self.home.repo and part.file == self.home.path:
            return inner_modules(self.overlay, part.inner)
        return inner_modules(self.repository(mod.repo).files.get(part.file, {}), part.inner)

    def around(self, mod: Mod) -> Iterator[Mod]:
        """A block and those around it up to the module."""
        while mod in self.blocks:
            yield mod
            mod = self.blocks[mod][1]
        yield mod

    def module_of(self, mod: Mod) -> Mod:
        """The module that a block stands in."""
        return list(self.around(mod))[-1]

    # -- names --------------------------------------------------------------------------------------------------------

    def in_module(self, mod: Mod, name: str, depth: int = 0) -> Found:
        """What a name means as a member of a module."""
        key = (mod, name)
        known = _STANDARD_NAMES if mod.repo == STANDARD else self._known
        if key in known:
            return known[key]
        if key in self._open or depth > _DEEPEST:
            return NOTHING if key in self._open else OPEN
        self._open.add(key)
        try:
            found = self._in_module(mod, name, depth)
        finally:
            self._open.discard(key)
        if not self._open:
            known[key] = found
        return found

    def _in_module(self, mod: Mod, name: str, depth: int) -> Found:
        modules = self.modules(mod)
        if modules is None:
            return OPEN
        found = NOTHING
        for module in modules:
            for item in module.get("i", {}).get(name, ()):
                is_mod = item[0] == "m"
                place = mod._replace(path=(*mod.path, name)) if is_mod else mod
                found += Found((Def("mod" if is_mod else item[0], place, name, item),))
            if name in module.get("m", {}):
                found += Found((Def("mod", mod._replace(path=(*mod.path, name)), name),))
            for path, alias, is_glob in module.get("u", ()):
                if not is_glob and alias == name:
                    imported = self.used(path, mod, depth + 1)
                    found += imported if imported.defs else OPEN
        if found.defs:
            return found
        for module in modules:
            found += self._by_globs(module, mod, name, depth)
            if mod.repo and "o" in module and self.repository(mod.repo).is_opaque(module["o"]):
                found += Found(by_macro=True)
        crate = self.crate(mod)
        return found + OPEN if crate is None or ("P" in crate.manifest and not mod.path) else found

    def _by_globs(self, module: Module, mod: Mod, name: str, depth: int) -> Found:
        found = NOTHING
        for path, _, is_glob in module.get("u", ()):
            if is_glob:
                base = self.used(path, mod, depth + 1) if path else Found((self._root(mod),))
                if base.is_open or not base.defs:
                    found += OPEN
                for outer in base.defs:
                    found += self.below(outer, name, depth + 1)
        return found

    def used(self, path: str, mod: Mod, depth: int = 0) -> Found:
        """What the path of a use declaration means."""
        return self.path(path.split("::"), mod, depth, is_use=True)

    def path(self, segments: Sequence[str], mod: Mod, depth: int = 0, is_use: bool = False) -> Found:
        """What a path means that is written in a module or block."""
        found = self.first(segments[0], mod, depth, is_use, len(segments) > 1) if segments[0] else OPEN
        rest = segments[1:]
        if not segments[0] and rest:
            found = self._rooted(rest[0], mod, depth)
            rest = rest[1:]
        for name in rest:
            if depth > _DEEPEST:
                return OPEN
            if name in ("self", "super"):
                found = Found(tuple(self._relative(outer.mod, name) for outer in found.defs), found.is_open)
                continue
            inner = NOTHING if found.defs and not found.is_open else OPEN
            for outer in found.defs:
                inner += self.below(outer, name, depth + 1)
            found = inner
        return found

    def _rooted(self, name: str, mod: Mod, depth: int) -> Found:
        found = self.external(name, mod)
        if self.edition(mod) == "2015":
            found += self.in_module(self._root(mod).mod, name, depth + 1)
        return found

    def _relative(self, mod: Mod, word: str) -> Def:
        place = self.module_of(mod)
        return Def("mod", place._replace(path=place.path[:-1]) if word == "super" else place, word)

    def _root(self, mod: Mod) -> Def:
        return Def("mod", mod._replace(path=()), "crate")

    def first(self, name: str, mod: Mod, depth: int = 0, is_use: bool = False, is_outer: bool = False) -> Found:
        """What the first name of a path means, or a name alone: items around it, then crates, then the prelude. Where
        another name follows it, functions, constants and macros are not meant."""
        if name in ("crate", "$crate"):
            return Found((self._root(self.module_of(mod)),))
        if name in ("self", "super"):
            return Found((self._relative(mod, name),))
        is_open = by_macro = False
        for place in self.around(mod):
            found = self.in_module(place, name, depth + 1)
            is_open, by_macro = is_open or found.is_open, by_macro or found.by_macro
            defs = tuple(one for one in found.defs if not is_outer or one.kind not in ("f", "c", "x"))
            if defs:
                return Found(defs, is_open, by_macro)
        outside = self._renamed(name, mod) or self.external(name, mod)
        if self.edition(mod) == "2015" and is_use and not outside.defs:
            outside += self.in_module(self._root(self.module_of(mod)).mod, name, depth + 1)
        if not outside.defs and not outside.is_open:
            outside = self.prelude(name, depth)
        return Found(outside.defs, outside.is_open or is_open, by_macro)

    def _renamed(self, name: str, mod: Mod) -> Found | None:
        """What the crate's root calls a crate by `extern crate`, which holds in all its modules."""
        for module in self.modules(self._root(self.module_of(mod)).mod) or ():
            for path, alias, _ in module.get("u", ()):
                if alias == name and path.startswith("::") and "::" not in path[2:]:
                    return self.external(path[2:], mod)
        return None

    def prelude(self, name: str, depth: int = 0) -> Found:
        """What a name means everywhere."""
        if name in PRIMITIVES:
            return Found((Def("prim", ROOT, name),))
        found = NOTHING
        for path in (("prelude", "v1"), ("prelude", "rust_2021"), ("prelude", "rust_2024")):
            found += self.in_module(Mod(STANDARD, "std/src/lib.rs", path), name, depth + 1)
            if found.defs:
                return Found(found.defs)
        return NOTHING

    def edition(self, mod: Mod) -> str:
        """The edition of the crate of a module."""
        crate = self.crate(mod)
        edition = crate.manifest.get("e", "2015") if crate else "2021"
        return edition if isinstance(edition, str) else "2021"

    def external(self, name: str, mod: Mod) -> Found:
        """The crate of a name, as a dependency of the crate of a module."""
        if mod.repo == STANDARD or name in CRATES:
            known = self.repository(STANDARD).libraries.get(name) if name in CRATES else None
            return Found((Def("mod", Mod(STANDARD, known.root, ()), name),)) if known else NOTHING
        crate = self.crate(mod)
        if crate is None:
            return OPEN
        if name == "test":
            return OPEN
        manifest = crate.manifest
        own = manifest.get("l") or manifest.get("n", "").replace("-", "_")
        package = manifest["n"] if name == own and "n" in manifest else manifest["d"].get(name)
        if package is None:
            return NOTHING if "n" in manifest else OPEN
        package = self._workspace(mod.repo).get(name, package) if name != own else package
        for repo in dict.fromkeys((mod.repo, *self.repositories[:-1])):
            library = self.repository(repo).libraries.get(package)
            if library and (repo == mod.repo or name == package.replace("-", "_")):
                return Found((Def("mod", Mod(repo, library.root, ()), name),))
        return OPEN

    def _workspace(self, repo: str) -> dict[str, str]:
        manifests = self.repository(repo).manifests.values()
        return {name: package for manifest in manifests for name, package in manifest.get("w", {}).items()}

    def below(self, outer: Def, name: str, depth: int = 0) -> Found:
        """What a name means below a module or an enum, as a path or a glob has it; members of types are not looked
        at."""
        if depth > _DEEPEST:
            return OPEN
        if outer.kind == "mod":
            found = self.in_module(outer.mod, name, depth)
            if not found.defs and not outer.mod.path and self._is_macro(outer.mod.repo, name):
                return Found((Def("x", outer.mod, name),))
            return found
        if outer.kind == "e":
            if name in outer.item[2]:
                return Found((Def("variant", outer.mod, f"{outer.name}::{name}", (outer.item[2][name], outer)),))
            return NOTHING
        if outer.kind == "y":
            return OPEN
        return OPEN

    def _is_macro(self, repo: str, name: str) -> bool:
        return bool(repo) and name in self.repository(repo).tables.macros
