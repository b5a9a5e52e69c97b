"""What a name is bound to and what a type stands for.

Generics are erased where their arguments are not written out. Whatever is not followed to its end is `UNKNOWN`; so a
gap in what is understood costs coverage, never soundness.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from solulu.verifier.ecmascript.declare import Binding
from solulu.verifier.ecmascript.types import Description
from solulu.verifier.ecmascript.values import (
    NOTHING,
    UNKNOWN,
    All,
    Ambient,
    Declared,
    Found,
    Function,
    Instance,
    Missing,
    Module,
    Part,
    Scope,
    Shape,
    Static,
    Tuple,
    Value,
)  # fmt: skip
from solulu.verifier.ecmascript.world import World
from solulu.verifier.steps import Steps

_OBJECTS = {"string": "String", "number": "Number", "boolean": "Boolean", "symbol": "Symbol", "bigint": "BigInt",
            "RegExp": "RegExp"}  # fmt: skip
_SAME = ("Partial", "Required", "Readonly", "NonNullable", "NoInfer", "ReadonlyDeep")
_VALUES = ("v", "f", "c", "e", "n", "m")
_TYPES = ("c", "i", "a", "e", "n", "m")
_MOST_STEPS = 4_000
_MOST_VALUES = 24


class TypeEvaluator(ABC):
    """Evaluates names and types in scopes. `lookup` tells what member a value has."""

    def __init__(self, world: World, lookup: Callable[[Value, str], Found | Missing]) -> None:
        self.world, self.steps, self.lookup = world, Steps(_MOST_STEPS), lookup
        self._declared: dict[tuple[int, str], tuple[Scope, Declared]] = {}

    # -- names --------------------------------------------------------------------------------------------------------

    def parts(self, name: str, scope: Scope) -> list[Part]:
        """The declarations that a name has where it is used."""
        around: Scope | None = scope
        while around is not None:
            if name in around.names:
                inner = around.parent if name in around.outer and around.parent else around
                parts = [(binding, inner) for binding in around.names[name]]
                if around.parent is self.world.everything:
                    others = self.world.global_parts(name) if self._is_script(around) else ()
                    parts += [part for part in others if part[1] is not around and part[0][0] in ("i", "n")]
                return parts
            around = around.parent
        return self.world.global_parts(name)

    def declared(self, name: str, parts: Sequence[Part]) -> Declared:
        """What a name's declarations declare: the same object for the same declarations."""
        key = id(parts[0][0]), name
        if key not in self._declared:
            self._declared[key] = parts[0][1], Declared(name, list(parts))
        return self._declared[key][1]

    def bound(self, name: str, parts: Sequence[Part]) -> list[Value]:
        """What a name with these declarations may be."""
        values: list[Value] = []
        functions: list[Part] = []
        classes = [part for part in parts if part[0][0] in ("c", "e", "n")]
        for binding, scope in parts:
            self.steps.take()
            kind = binding[0]
            if kind == "f":
                functions.append((binding, scope))
            elif kind == "v":
                values.extend(self._variable(name, binding, scope))
            elif kind == "m":
                values.extend(self.imported(binding[1], binding[2], scope))
        if functions:
            values.append(Function([binding[1] for binding, _ in functions], functions[0][1], name))
        if classes:
            values.append(Static(self.declared(name, [part for part in parts if part[0][0] not in ("v", "f")])))
        is_merged = any(part[0][0] == "n" for part in classes) and len(values) > 1
        return [All(tuple(values))] if is_merged else some(values)

    def _variable(self, name: str, binding: Binding, scope: Scope) -> list[Value]:
        if binding[1] is not None:
            return self.type(binding[1], scope)
        values = self.expression(binding[2], scope)
        for value in values:
            if isinstance(value, Shape | Function) and not value.name:
                value.name = name
        return values

    def named(self, name: str, scope: Scope) -> list[Value]:
        """What a name may be where it is used."""
        parts = self.parts(name, scope)
        return self.bound(name, parts) if any(part[0][0] in _VALUES for part in parts) else [UNKNOWN]

    # -- modules ------------------------------------------------------------------------------------------------------

    def imported(self, specifier: str, name: str, scope: Scope) -> list[Value]:
        """What an import of a name gives; "*" is all of the module, "=" what it is to `require`."""
        module = self.world.find(specifier, scope.home)
        if not isinstance(module, Module | Ambient):
            return [UNKNOWN]
        if name == "*":
            return [module]
        if name == "=":
            return self.required(module)
        if name == "default" and self._exported_whole(module):
            return self.required(module)
        found = self.lookup(module, name)
        if not isinstance(found, Found) or not found.parts:
            return [UNKNOWN]
        return self.bound(self._local(module, name), found.parts)

    def _local(self, module: Module | Ambient, name: str) -> str:
        """What an exported name is called in its own file."""
        exported = self.world.summary(module.home).get("x", {}) if isinstance(module, Module) else {}
        return exported.get(name, ["", name])[1] or name

    def required(self, module: Module | Ambient) -> list[Value]:
        """What `require` gives for a module."""
        wholes = self._exported_whole(module)
        values: list[Value] = []
        for described, scope, has_members in wholes:
            for value in self.expression(described, scope):
                values.append(All((value, module)) if has_members and value != UNKNOWN else value)
        return values or [module]

    def _exported_whole(self, module: Module | Ambient) -> list[tuple[Description, Scope, bool]]:
        """The expressions that a module is assigned as a whole; whether it is given members one by one too."""
        if isinstance(module, Module):
            common = self.world.summary(module.home).get("c", {})
            scope = self.world.scope(module.home)
            return [(value, scope, bool(common.get("m"))) for value in common.get("=", ())]
        found = []
        for home, one in self.world.ambient(module.specifier):
            scope = self.ambient_scope(home, one)
            found += [(value, scope, False) for value in one.get("c", {}).get("=", ())]
        return found

    def ambient_scope(self, home: Any, summary: Mapping[str, Any]) -> Scope:
        """The inside of a module that is only declared."""
        key = id(summary), ""
        if key not in self._declared:
            scope = Scope(home, summary["n"], self.world.scope(home))
            self._declared[key] = scope, Declared("", [])
        return self._declared[key][0]

    # -- types --------------------------------------------------------------------------------------------------------

    def type(self, described: Description, scope: Scope) -> list[Value]:
        """What is of a type."""
        self.steps.take()
        if described is None:
            return [UNKNOWN]
        match described[0]:
            case "#":
                return self.primitive(described[1])
            case "r":
                return self._reference(described[1], described[2], scope)
            case "|":
                return some([value for part in described[1:] for value in self.type(part, scope)])
            case "&":
                parts = [self.type(part, scope) for part in described[1:]]
                return [All(tuple(part[0] if len(part) == 1 else UNKNOWN for part in parts))]
            case "[]":
                return self.standard("Array", self.type(described[1], scope))
            case "tuple":
                return [Tuple(tuple(tuple(self.type(part, scope)) for part in described[1:]))]
            case "f":
                return [Function([described[1]], scope)]
            case "o":
                return [Shape(described[1], scope)]
            case "typeof":
                return self.expression(described[1], scope)
            case "in":
                return [one for value in self.type(described[1], scope) for one in self.member(value, described[2])]
            case "this":
                return self.this(scope)
            case "from":
                return self._from(described[1], described[2], described[3], scope)
            case _:
                return [UNKNOWN]

    def standard(self, name: str, *arguments: Sequence[Value]) -> list[Value]:
        """An instance of an interface that all files see."""
        parts = [part for part in self.world.global_parts(name) if part[0][0] == "i"]
        given = tuple(tuple(argument) for argument in arguments)
        return [Instance(self.declared(name, parts), given)] if parts else [UNKNOWN]

    def primitive(self, name: str) -> list[Value]:
        """What is of a type that the language itself has."""
        if name == "null":
            return [NOTHING]
        return self.standard(_OBJECTS[name]) if name in _OBJECTS else [UNKNOWN]

    def _reference(self, dotted: str, arguments: Sequence[Description], scope: Scope) -> list[Value]:
        head, *rest = dotted.split(".")
        around: Scope | None = scope
        while around is not None and not rest:
            if head in around.types:
                return list(around.types[head])
            if head in around.names and any(binding[0] in _TYPES for binding in around.names[head]):
                break
            around = around.parent
        parts = [part for part in self.parts(head, scope) if part[0][0] in _TYPES]
        return self._typed(head, parts, rest, arguments, scope)

    def _typed(
        self, name: str, parts: list[Part], rest: list[str], arguments: Sequence[Description], scope: Scope
    ) -> list[Value]:
        """What is of the type that a name with these declarations, and then the names in `rest`, stand for."""
        self.steps.take()
        if rest and parts and parts[0][0][0] == "m" and parts[0][0][2] in ("*", "="):
            inner = self._of_module(parts[0], rest[0])
            if inner is not None:
                return self._typed(rest[0], inner, rest[1:], arguments, scope)
        parts = self._followed(parts)
        if not parts:
            return [UNKNOWN]
        if rest:
            inner = [(binding, self._inside(part)) for part in parts if part[0][0] == "n"
                     for binding in part[0][1].get(rest[0], ())]  # fmt: skip
            if any(part[0][0] == "e" for part in parts):
                return [*self.primitive("number"), *self.primitive("string")]
            return self._typed(rest[0], inner, rest[1:], arguments, scope)
        return self._of_type(name, parts, arguments, scope)

    def _followed(self, parts: list[Part]) -> list[Part]:
        """Declarations with imports replaced by what they import."""
        followed: list[Part] = []
        for binding, scope in parts:
            if binding[0] != "m":
                followed.append((binding, scope))
                continue
            self.steps.take()
            module = self.world.find(binding[1], scope.home)
            if not isinstance(module, Module | Ambient):
                return []
            if binding[2] in ("*", "="):
                followed += self._as_namespace(module)
                continue
            found = self.lookup(module, binding[2])
            if not isinstance(found, Found):
                return []
            followed += self._followed(list(found.parts))
        return [part for part in followed if part[0][0] in _TYPES]

    def _of_module(self, part: Part, name: str) -> list[Part] | None:
        """The declarations of a name in an imported module; None where the module is something as a whole."""
        module = self.world.find(part[0][1], part[1].home)
        if not isinstance(module, Module | Ambient) or self._exported_whole(module):
            return None
        found = self.lookup(module, name)
        return list(found.parts) if isinstance(found, Found) else []

    def _as_namespace(self, module: Module | Ambient) -> list[Part]:
        """A module seen as a namespace of types."""
        for described, scope, _ in self._exported_whole(module):
            if isinstance(described, str):
                return self._followed([part for part in self.parts(described, scope) if part[0][0] in _TYPES])
        return []

    def _of_type(self, name: str, parts: list[Part], arguments: Sequence[Description], scope: Scope) -> list[Value]:
        if name in _SAME and arguments:
            return self.type(arguments[0], scope)
        if name == "Awaited" and arguments:
            return self.awaited(self.type(arguments[0], scope))
        if name == "ReturnType" and arguments:
            return [one for value in self.type(arguments[0], scope) for one in self.called(value)]
        if name == "InstanceType" and arguments:
            return [one for value in self.type(arguments[0], scope) for one in self.constructed(value, [], scope)]
        if any(part[0][0] in ("c", "i") for part in parts):
            given = tuple(tuple(self.type(argument, scope)) for argument in arguments)
            return [Instance(self.declared(name, parts), given)]
        for binding, where in parts:
            if binding[0] == "a":
                inner = self.with_parameters(where, binding[1], [self.type(argument, scope) for argument in arguments])
                return self.type(binding[2], inner)
            if binding[0] == "e":
                return [*self.primitive("number"), *self.primitive("string")]
        return [UNKNOWN]

    def _from(self, specifier: str, name: str, arguments: Sequence[Description], scope: Scope) -> list[Value]:
        head, *rest = name.split(".")
        return self._typed(head, [(["m", specifier, head], scope)], rest, arguments, scope)

    def _inside(self, part: Part) -> Scope:
        """The scope in which the members of a namespace are evaluated."""
        binding, scope = part
        key = id(binding), "<inside>"
        if key not in self._declared:
            self._declared[key] = Scope(scope.home, binding[1], scope), Declared("", [])
        return self._declared[key][0]

    inside = _inside

    def with_parameters(self, scope: Scope, parameters: Sequence[Any], given: Sequence[Sequence[Value]]) -> Scope:
        """A scope in which type parameters stand for what is given, for their defaults, or for anything."""
        if not parameters:
            return scope
        types: dict[str, tuple[Value, ...]] = {}
        inner = Scope(scope.home, {}, scope, types)
        for number, (name, _, default) in enumerate(parameters):
            if number < len(given):
                types[name] = tuple(given[number])
            else:
                types[name] = tuple(self.type(default, inner)) if default and given else (UNKNOWN,)
        return inner

    def this(self, scope: Scope) -> list[Value]:
        """What `this` is in a scope."""
        around: Scope | None = scope
        while around is not None:
            if around.this is not None:
                return list(around.this)
            around = around.parent
        return [UNKNOWN]

    def _is_script(self, scope: Scope) -> bool:
        return self.world.summary(scope.home).get("k") == "script"

    # -- what expressions are for -------------------------------------------------------------------------------------

    @abstractmethod
    def expression(self, described: Description, scope: Scope) -> list[Value]:
        """What an expression may be."""

    @abstractmethod
    def member(self, value: Value, name: str) -> list[Value]:
        """What a member of a value may be."""

    @abstractmethod
    def called(self, value: Value) -> list[Value]:
        """What a call of a value gives."""

    @abstractmethod
    def constructed(self, value: Value, arguments: Sequence[Description], scope: Scope) -> list[Value]:
        """What `new` of a value gives."""

    @abstractmethod
    def awaited(self, values: Sequence[Value]) -> list[Value]:
        """What `await` gives."""


def some(values: list[Value]) -> list[Value]:
    """Distinct values; anything where there are none, or too many to follow."""
    distinct: list[Value] = []
    for value in values:
        if value not in distinct:
            distinct.append(value)
        if len(distinct) > _MOST_VALUES:
            return [UNKNOWN]
    return distinct or [UNKNOWN]
