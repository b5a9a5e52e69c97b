"""What the name of a type means where it stands (Java Language Specification, 6.4 and 6.5), and what a class inherits.

Every look-up ends with a declaration, the certainty that there is none, or neither; the last wherever something on the
way was not read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from solulu.verifier.java.declarations import ABSENT, UNSURE, Declaration, Missing, SourceFile, bounds_of
from solulu.verifier.java.scopes import Place
from solulu.verifier.java.types import (
    PRIMITIVES,
    UNKNOWN,
    Array,
    Primitive,
    Reference,
    TypeText,
    Unknown,
    Value,
    either,
    parse_type,
)
from solulu.verifier.java.world import World
from solulu.verifier.steps import Steps

Scope = Place | Declaration | SourceFile
Arguments = Mapping[str, Value]
_IMPLIED = {
    "enum": "java.lang.Enum",
    "record": "java.lang.Record",
    "@interface": "java.lang.annotation.Annotation",
}
_MOST_STEPS = 40_000
_MOST_ANCESTORS = 200
_DEEPEST = 12


@dataclass(frozen=True)
class Variable:
    """A type parameter."""

    name: str
    bounds: tuple[str, ...]
    scope: Scope


@dataclass(frozen=True)
class Ancestor:
    """A class that another inherits from, or itself."""

    declaration: Declaration
    arguments: Arguments


class Names:
    """Looks names of types up."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.steps = Steps(_MOST_STEPS)
        self._supers: dict[Declaration, list[Value]] = {}
        self._ancestors: dict[Declaration, tuple[list[Ancestor], bool]] = {}
        self._in_progress: set[Declaration] = set()
        self._members: dict[tuple[Declaration, str], Declaration | Missing] = {}

    # -- names --------------------------------------------------------------------------------------------------------

    def type(self, name: str, scope: Scope) -> Declaration | Variable | Missing:
        """What a simple name of a type means."""
        is_sure = True
        around: Scope | None = scope
        while around is not None and not isinstance(around, SourceFile):
            self.steps.take()
            if isinstance(around, Place):
                found = self._in_place(name, around)
            elif name in around.variables:
                found = Variable(name, around.variables[name], around)
            else:
                found = self.member_type(around, name)
            if isinstance(found, Declaration | Variable):
                return found
            is_sure = is_sure and found is not UNSURE
            around = enclosing(around)
        if around is None:
            return UNSURE
        outside, is_named = self._in_file(name, around)
        if isinstance(outside, Declaration):
            return outside if is_sure or is_named else UNSURE
        return outside if is_sure else UNSURE

    def is_found(self, name: str, scope: Scope) -> bool:
        """Whether a simple name means some type, though it may be uncertain which one."""
        found = self.type(name, scope)
        if not isinstance(found, Missing):
            return True
        around: Scope | None = scope
        while around is not None and not isinstance(around, SourceFile):
            around = enclosing(around)
        return isinstance(around, SourceFile) and (
            isinstance(self._in_file(name, around)[0], Declaration) or name in around.single
        )

    def member_type(self, declaration: Declaration, name: str) -> Declaration | Missing:
        """A type that is a member of a class, inherited ones included."""
        key = declaration, name
        if key not in self._members:
            self._members[key] = UNSURE
            self._members[key] = self._member_type(declaration, name)
        return self._members[key]

    def dotted(self, name: str, scope: Scope) -> Declaration | Variable | Missing:
        """What a dotted name of a type means."""
        first, _, rest = name.partition(".")
        file = scope if isinstance(scope, SourceFile) else file_of(scope)
        if file.is_qualified and rest:
            return self.world.named(name)
        found = self.type(first, scope)
        if not rest or isinstance(found, Variable):
            return found
        if isinstance(found, Missing):
            whole = self.world.named(name)
            return whole if isinstance(whole, Declaration) else UNSURE
        for part in rest.split("."):
            inner = self.member_type(found, part)
            if isinstance(inner, Missing):
                return inner
            found = inner
        return found

    def _in_place(self, name: str, place: Place) -> Declaration | Variable | Missing:
        local = place.type(name)
        if isinstance(local, Declaration):
            return local
        return Variable(name, local, place) if local is not None else ABSENT

    def _in_file(self, name: str, file: SourceFile) -> tuple[Declaration | Missing, bool]:
        """What a file sees; and whether it says so by name."""
        if file is self.world.file:
            own = self.world.own(name)
        else:
            own = self.world.top(file.package, name) if self._declares(file, name) else None
        if own:
            return own, True
        if name in file.single:
            return self.world.named(file.single[name]), True
        for owner in file.static_single.get(name, ()):
            found = self._member_of_named(owner, name)
            if isinstance(found, Declaration):
                return found, True
        beside = self.world.top(file.package, name)
        if beside:
            return beside, False
        certain = self.world.missing(file.package) is ABSENT or (not file.package and not self._is_shared(file))
        for star in (*file.stars, "java.lang"):
            found = self._in_star(star, name)
            if isinstance(found, Declaration):
                return found, False
            certain = certain and found is ABSENT
        for star in file.static_stars:
            found = self._member_of_named(star, name)
            if isinstance(found, Declaration):
                return found, False
            certain = certain and found is ABSENT
        return ABSENT if certain else UNSURE, False

    def _in_star(self, star: str, name: str) -> Declaration | Missing:
        if self.world.is_package(star):
            return self.world.top(star, name) or self.world.missing(star)
        return self._member_of_named(star, name)

    def _member_of_named(self, owner: str, name: str) -> Declaration | Missing:
        declaration = self.world.named(owner)
        return self.member_type(declaration, name) if isinstance(declaration, Declaration) else UNSURE

    @staticmethod
    def _declares(file: SourceFile, name: str) -> bool:
        return any(described["n"] == name for described in file.summary.get("t", ()))

    def _is_shared(self, file: SourceFile) -> bool:
        return bool(file.repo) and not self.world.is_package("")

    def _member_type(self, declaration: Declaration, name: str) -> Declaration | Missing:
        found, is_sure = self.ancestors_of(declaration)
        for ancestor in found:
            inner = ancestor.declaration.nested(name)
            if inner:
                return inner
            is_sure = is_sure and not ancestor.declaration.is_open
        return ABSENT if is_sure else UNSURE

    # -- types --------------------------------------------------------------------------------------------------------

    def value(self, text: str, scope: Scope, arguments: Arguments | None = None) -> Value:
        """What a written type stands for. `arguments` are those of the class it is written in, where that is seen from
        outside; its type parameters stand for their bounds otherwise."""
        return self._value(parse_type(text), scope, arguments, _DEEPEST)

    def function(self, text: TypeText, scope: Scope, arguments: Arguments | None = None) -> Value:
        """What a lambda is where a type is expected: with the bounds of its wildcards (Java Language Specification,
        9.9)."""
        bare = replace(text, arguments=tuple(replace(part, bound="") for part in text.arguments))
        return self._value(bare, scope, arguments, _DEEPEST)

    def _value(self, text: TypeText, scope: Scope, arguments: Arguments | None, depth: int) -> Value:
        self.steps.take()
        if "|" in text.name:
            return either(self._value(parse_type(part), scope, arguments, depth - 1) for part in text.name.split("|"))
        if text.is_odd or depth == 0 or text.bound == "-" or text.name in ("", "?", "var"):
            return UNKNOWN
        if arguments is not None and text.name in arguments:
            value = arguments[text.name]
        elif text.name in PRIMITIVES:
            value = Primitive(text.name)
        else:
            value = self._named_value(text, scope, arguments, depth)
        for _ in range(text.dimensions):
            value = Array(value)
        return value

    def _named_value(self, text: TypeText, scope: Scope, arguments: Arguments | None, depth: int) -> Value:
        found = self.dotted(text.name, scope)
        if isinstance(found, Variable):
            if arguments is not None:
                return UNKNOWN
            return self._bound(found, depth)
        if not isinstance(found, Declaration):
            return UNKNOWN
        return Reference(found, tuple(self._value(part, scope, arguments, depth - 1) for part in text.arguments))

    def _bound(self, variable: Variable, depth: int) -> Value:
        if not variable.bounds:
            return Reference(self.world.object)
        if len(variable.bounds) > 1:
            return UNKNOWN
        return self._value(parse_type(variable.bounds[0]), variable.scope, None, min(depth - 1, 3))

    def this(self, declaration: Declaration) -> Reference:
        """An object of a class as the class itself sees it."""
        scope = declaration
        values = [self._bound(Variable(name, bounds, scope), 3) for name, bounds in declaration.variables.items()]
        return Reference(declaration, tuple(values))

    # -- inheritance --------------------------------------------------------------------------------------------------

    def ancestors_of(self, declaration: Declaration) -> tuple[list[Ancestor], bool]:
        """A class and all that it inherits from, the nearest first; and whether that is all."""
        if declaration in self._ancestors:
            return self._ancestors[declaration]
        found = self.ancestors(Reference(declaration))
        if not self._in_progress:
            self._ancestors[declaration] = found
        return found

    def ancestors(self, reference: Reference) -> tuple[list[Ancestor], bool]:
        """The same, with what is known of type arguments."""
        found: dict[Declaration, Ancestor] = {}
        waiting, is_sure = [reference], True
        for current in waiting:
            self.steps.take()
            declaration = current.declaration
            if declaration in found:
                continue
            if len(found) >= _MOST_ANCESTORS:
                return list(found.values()), False
            arguments = arguments_of(current)
            found[declaration] = Ancestor(declaration, arguments)
            for parent in self._supers_of(declaration):
                if isinstance(parent, Reference):
                    waiting.append(_substituted(parent, arguments))
                else:
                    is_sure = False
        if self.world.object not in found:
            found[self.world.object] = Ancestor(self.world.object, {})
        return list(found.values()), is_sure

    def superclass(self, declaration: Declaration) -> Value:
        """What `super` is in a class."""
        found = self._supers_of(declaration)
        if not all(isinstance(one, Reference) for one in found):
            return UNKNOWN
        classes = [one for one in found if isinstance(one, Reference) and one.declaration.kind in ("class", "enum")]
        arguments = arguments_of(self.this(declaration))
        return _substituted(classes[0], arguments) if classes else Reference(self.world.object)

    def _supers_of(self, declaration: Declaration) -> list[Value]:
        if declaration in self._supers:
            return self._supers[declaration]
        if declaration in self._in_progress:
            return [UNKNOWN]
        self._in_progress.add(declaration)
        try:
            scope = _header_scope(declaration)
            placeholders = {name: _Placeholder(name) for name in declaration.variables}
            found = [self.value(text, scope, placeholders) for text in declaration.described.get("s", ())]
            implied = _IMPLIED.get(declaration.kind)
            if implied:
                found.append(self.value(implied, self.world.object.file))
        finally:
            self._in_progress.discard(declaration)
        self._supers[declaration] = found
        return found


@dataclass(frozen=True)
class _Placeholder(Unknown):
    """A type parameter in the supertypes of a class, until its argument is known."""

    name: str


def _substituted(parent: Reference, arguments: Arguments) -> Reference:
    return Reference(parent.declaration, tuple(_replaced(one, arguments) for one in parent.arguments))


def _replaced(value: Value, arguments: Arguments) -> Value:
    match value:
        case _Placeholder(name):
            return arguments.get(name, UNKNOWN)
        case Reference():
            return _substituted(value, arguments)
        case Array(element):
            return Array(_replaced(element, arguments))
    return value


def arguments_of(reference: Reference) -> Arguments:
    """The arguments of a class by the names of its type parameters; nothing is known of those of a raw type."""
    variables = reference.declaration.variables
    if len(variables) != len(reference.arguments):
        return dict.fromkeys(variables, UNKNOWN)
    return dict(zip(variables, reference.arguments, strict=True))


def enclosing(scope: Place | Declaration) -> Scope | None:
    """The next scope outwards."""
    if isinstance(scope, Place):
        return scope.declaration or scope.file
    return scope.outer or scope.place or scope.file


def file_of(scope: Place | Declaration) -> SourceFile:
    """The file that a scope is in."""
    return scope.file


def _header_scope(declaration: Declaration) -> Scope:
    """Where the names in a class's header are looked up: not among what it inherits."""
    return enclosing(declaration) or declaration.file


def overload_variables(overload: list[Any]) -> Iterator[str]:
    """The names of a method's own type parameters."""
    return iter(bounds_of(overload[2]) if len(overload) > 2 else ())
