"""Types of values: what a written type means, what it implements, and what its members are.

A reference is taken for what it refers to, since methods and fields are found through it. `None` is a type of which
nothing is known; arguments of a known type may be unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from solulu.verifier.rust.names import PRIMITIVES, ROOT, Def, World
from solulu.verifier.rust.repository import MOST_HOMES, Implementation, Mod, Tables, below, head_of
from solulu.verifier.rust.standard import STANDARD
from solulu.verifier.rust.types import INFER, Ast, parse_generics, parse_outer_bounds, parse_type

SLICE = Def("prim", ROOT, "[")
TUPLE = Def("prim", ROOT, "tuple")
OPAQUE = Def("prim", ROOT, "impl")
"""A type parameter, `impl Trait` or `dyn Trait`: known by its bounds alone."""
FUTURE = Def("prim", ROOT, "future")
_TYPES = ("s", "e", "t", "y", "prim")
_DEEPEST = 24
_STANDARD_IMPLEMENTATIONS: dict[Def, list[Implementation]] = {}


@dataclass(frozen=True)
class Bound:
    """A trait that a type is known to implement; without a trait where it is not known which."""

    trait: Def | None
    args: tuple[Type | None, ...] = ()
    bindings: tuple[tuple[str, Type | None], ...] = ()


@dataclass(frozen=True)
class Type:
    """A type."""

    head: Def
    args: tuple[Type | None, ...] = ()
    bounds: tuple[Bound, ...] = ()
    name: str = field(default="", compare=False)
    """Of a type parameter."""

    def __str__(self) -> str:
        return self.name or {"tuple": "(...)", "[": "[...]"}.get(self.head.name, self.head.name)


Names = Mapping[str, Type | None]


@dataclass(frozen=True)
class Env:
    """Where a type is written: its module, and what the type parameters and `Self` are."""

    mod: Mod
    names: Names


class Types:
    """The types of one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._implementations: dict[Def, list[Implementation]] = {}
        homes = world.homes()[:MOST_HOMES] or [ROOT]
        self.overlay = Tables(
            (world.home.path, mod, module) for home in homes for mod, module in below(home, world.overlay)
        )

    # -- written types ------------------------------------------------------------------------------------------------

    def read(self, text: str, env: Env) -> Type | None:
        """What the text of a type means."""
        return self.resolve(parse_type(text), env) if text else None

    def resolve(self, ast: Ast, env: Env, depth: int = 0) -> Type | None:
        """What a type means where it is written."""
        if depth > _DEEPEST:
            return None
        match ast[0]:
            case "ref":
                return self.resolve(ast[1], env, depth + 1)
            case "slice":
                return Type(SLICE, (self.resolve(ast[1], env, depth + 1),))
            case "tuple":
                return Type(TUPLE, tuple(self.resolve(part, env, depth + 1) for part in ast[1]))
            case "impl" | "dyn":
                return Type(OPAQUE, (), self.bounds(ast[1], env, depth + 1), name=ast[0])
            case "path":
                return self._path(ast[1], env, depth)
            case "as":
                inner = self.resolve(ast[1], env, depth + 1)
                return self.projected(inner, ast[3][0][0], depth + 1) if len(ast[3]) == 1 else None
        return None

    def _path(self, segments: tuple[Any, ...], env: Env, depth: int) -> Type | None:
        first = segments[0][0]
        if first in env.names:
            if len(segments) == 1:
                return env.names[first]
            return self.projected(env.names[first], segments[1][0], depth + 1) if len(segments) == 2 else None
        found = self.world.path([segment[0] for segment in segments], env.mod)
        defs = [one for one in found.defs if one.kind in _TYPES]
        if len(segments) == 1 and first in PRIMITIVES and all(one.kind == "prim" for one in defs):
            return Type(Def("prim", ROOT, first))
        if len(defs) != 1 or found.is_open:
            return None
        args = tuple(self.resolve(argument, env, depth + 1) for argument in segments[-1][1])
        return self.made(defs[0], args, depth + 1)

    def made(self, found: Def, args: tuple[Type | None, ...] = (), depth: int = 0) -> Type | None:
        """The type of a definition with some arguments."""
        if found.kind == "prim":
            return Type(found)
        if depth > _DEEPEST or found.kind not in _TYPES:
            return None
        names = list(parse_generics(found.item[1]))
        padded = (args + (None,) * len(names))[: len(names)]
        if found.kind == "y":
            if len(self.items(found)) != 1:
                return None
            return self.resolve(
                parse_type(found.item[2]), Env(found.mod, dict(zip(names, padded, strict=True))), depth + 1
            )
        if found.kind == "t":
            return Type(OPAQUE, (), (Bound(found, args),), name=f"dyn {found.name}")
        return Type(found, padded)

    def items(self, found: Def) -> list[Any]:
        """All variants of an item."""
        modules = self.world.modules(found.mod) or []
        items = [item for module in modules for item in module.get("i", {}).get(found.name, ())]
        return [item for item in items if item[0] == found.kind]

    def bounds(self, asts: tuple[Ast, ...], env: Env, depth: int = 0) -> tuple[Bound, ...]:
        """What some written bounds mean."""
        found: list[Bound] = []
        for ast in asts:
            if ast[0] != "path" or depth > _DEEPEST:
                found.append(Bound(None))
                continue
            _, arguments, bindings = ast[1][-1]
            traits = self.world.path([segment[0] for segment in ast[1]], env.mod)
            defs = [one for one in traits.defs if one.kind == "t"]
            if len(defs) != 1 or traits.is_open:
                found.append(Bound(None))
                continue
            args = tuple(self.resolve(argument, env, depth + 1) for argument in arguments)
            bound = tuple((key, self.resolve(value, env, depth + 1)) for key, value in bindings)
            found.append(Bound(defs[0], args, bound))
        return tuple(found)

    def generics(self, text: str, env: Env) -> Env:
        """`env` with the type parameters of a text, each known by its bounds."""
        if not text:
            return env
        parameters = parse_generics(text)
        blank = Env(env.mod, {**env.names, **{name: Type(OPAQUE, (), (Bound(None),), name) for name in parameters}})
        known = {name: Type(OPAQUE, (), self.bounds(bounds, blank), name) for name, bounds in parameters.items()}
        for name, bounds in parse_outer_bounds(text).items():
            outer = env.names.get(name)
            if outer is not None and outer.head == OPAQUE:
                known[name] = Type(OPAQUE, (), (*outer.bounds, *self.bounds(bounds, blank)), outer.name)
        return Env(env.mod, {**env.names, **known})

    # -- implementations ----------------------------------------------------------------------------------------------

    def implementations(self, head: Def) -> list[Implementation]:
        """The blocks that implement a type."""
        if head not in self._implementations:
            found = []
            for repo in self.world.repositories:
                if repo == STANDARD:
                    if head not in _STANDARD_IMPLEMENTATIONS:
                        _STANDARD_IMPLEMENTATIONS[head] = list(self._of(head, self.world.repository(repo).tables))
                    found += _STANDARD_IMPLEMENTATIONS[head] if is_standard(head) else []
                else:
                    tables = self.world.repository(repo).tables
                    found += [
                        one
                        for one in self._of(head, tables)
                        if repo != self.world.home.repo or one.file != self.world.home.path
                    ]
            found += self._of(head, self.overlay)
            for module, _ in self.world.blocks.values():
                found += [
                    Implementation("", head.mod, written)
                    for written in module.get("p", ())
                    if head_of(written["s"]) == head.name and head.mod in self.world.blocks
                ]
            self._implementations[head] = found
        return self._implementations[head]

    def _of(self, head: Def, tables: Tables) -> Iterator[Implementation]:
        for one in tables.implementations.get(head.name, ()):
            if head.kind == "prim" or self._is_of(head, one):
                yield one

    def _is_of(self, head: Def, one: Implementation) -> bool:
        if one.mod == head.mod and one.written["s"].startswith(head.name):
            return True
        ast = parse_type(one.written["s"])
        while ast[0] == "ref":
            ast = ast[1]
        if ast[0] == "dyn" and ast[1]:
            ast = ast[1][0]
        if ast[0] != "path":
            return False
        found = self.world.path([segment[0] for segment in ast[1]], one.mod)
        return head in found.defs or (found.is_open and not found.defs)

    def entered(self, one: Implementation, type: Type) -> Env | None:
        """What the parameters of an implementation are for a type; None where it is of another."""
        names: dict[str, Type | None] = {}
        parameters = parse_generics(one.written.get("g", ""))
        env = Env(one.mod, dict.fromkeys(parameters))
        if not self._unify(parse_type(one.written["s"]), type, parameters.keys(), env, names, 0):
            return None
        return Env(one.mod, {**dict.fromkeys(parameters), **names, "Self": type})

    def _unify(
        self, ast: Ast, type: Type | None, parameters: Any, env: Env, names: dict[str, Type | None], depth: int
    ) -> bool:
        while ast[0] == "ref":
            ast = ast[1]
        if type is None or depth > _DEEPEST:
            return True
        inner: tuple[Ast, ...] = ()
        match ast[0]:
            case "path":
                segments = ast[1]
                if len(segments) == 1 and segments[0][0] in parameters:
                    names.setdefault(segments[0][0], type)
                    return True
                if depth:
                    found = self.world.path([segment[0] for segment in segments], env.mod)
                    if len(found.defs) == 1 and found.defs[0].kind in ("s", "e", "prim") and not found.is_open:
                        if found.defs[0] != type.head:
                            return type.head is OPAQUE
                    else:
                        return True
                inner = segments[-1][1]
            case "slice":
                inner = (ast[1],)
                if type.head != SLICE:
                    return depth == 0 or type.head is OPAQUE
            case "tuple":
                inner = ast[1]
                if type.head != TUPLE or len(inner) != len(type.args):
                    return type.head is OPAQUE
            case _:
                return True
        return all(
            self._unify(one, argument, parameters, env, names, depth + 1)
            for one, argument in zip(inner, type.args, strict=False)
        )

    def learned(self, ast: Ast, type: Type | None, parameters: Any, env: Env, names: dict[str, Type | None]) -> None:
        """Adds to `names` what a value of a type, given where a type is written, says of parameters."""
        self._unify(ast, type, parameters, env, names, 1)

    def implements(self, type: Type, trait: str) -> bool:
        """Whether a type is known to implement a trait of a name."""
        if any(bound.trait and bound.trait.name == trait for bound in type.bounds):
            return True
        return any(head_of(one.written.get("t", "")) == trait for one in self.implementations(type.head))

    def projected(self, type: Type | None, name: str, depth: int = 0) -> Type | None:
        """The associated type of a type."""
        if type is None or depth > _DEEPEST:
            return None
        for bound in self.all_bounds(type):
            for key, value in bound.bindings:
                if key == name:
                    return value
        if type.head == OPAQUE:
            return type if name == "IntoIter" and self.implements(type, "Iterator") else None
        found: list[Type | None] = []
        written = [one for one in self.implementations(type.head) if name in one.written.get("a", {})]
        for one in [one for one in written if not one.written["s"].startswith("&")] or written:
            env = self.entered(one, type)
            if env:
                found.append(self.resolve(parse_type(one.written["a"][name]), env, depth + 1))
        if not found and name == "IntoIter" and self.implements(type, "Iterator"):
            return type
        return found[0] if found and all(one == found[0] for one in found) else None

    def all_bounds(self, type: Type) -> list[Bound]:
        """The bounds of a type, and those of the traits in them."""
        found = list(type.bounds)
        for bound in found:
            if bound.trait is None or len(found) > 50:
                continue
            for item in self.items(bound.trait) or [bound.trait.item]:
                names = dict(zip(parse_generics(item[1]), bound.args, strict=False))
                env = Env(bound.trait.mod, {**dict.fromkeys(parse_generics(item[1])), **names, "Self": type})
                above = self.bounds(_bounds_of(item[2]), env)
                found += [one for one in above if one.trait is None or one.trait not in {b.trait for b in found}]
        return found

    def target(self, type: Type) -> Type | None:
        """What a type dereferences to; raises LookupError where it does not."""
        targets = [one for one in self.implementations(type.head) if "Target" in one.written.get("a", {})]
        if not targets:
            if any(bound.trait and bound.trait.name == "Deref" for bound in type.bounds):
                return self.projected(type, "Target")
            raise LookupError
        return self.projected(type, "Target")

    def chain(self, type: Type | None) -> list[Type | None]:
        """A type and what it dereferences to, ending with None where that is not known."""
        found: list[Type | None] = [type]
        while found[-1] is not None and len(found) < 8:
            try:
                found.append(self.target(found[-1]))
            except LookupError:
                break
        return found


def _bounds_of(text: str) -> tuple[Ast, ...]:
    if not text.strip():
        return ()
    ast = parse_type(f"impl {text}")
    found: tuple[Ast, ...] = ast[1] if ast[0] == "impl" else (INFER,)
    return found


def is_standard(head: Def) -> bool:
    """Whether a type is the language's or the standard library's."""
    return head.kind == "prim" or head.mod.repo == STANDARD
