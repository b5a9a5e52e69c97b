"""The members of a type: fields, methods with their overloads, and whether there can be others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from solulu.verifier.findings import Status
from solulu.verifier.java.declarations import Declaration
from solulu.verifier.java.names import Ancestor, Arguments, Names, overload_variables
from solulu.verifier.java.summary import CONSTRUCTOR
from solulu.verifier.java.types import UNKNOWN, Array, Either, Primitive, Reference, TypeName, Value, either

_OF_ARRAYS = ("length",)


@dataclass(frozen=True)
class Overload:
    """A method, and the class that it was found in."""

    owner: Ancestor
    described: list[Any]
    """[result, parameters, type parameters], as in summary.py."""

    @property
    def parameters(self) -> list[str]:
        """Their types."""
        return self.described[1]

    def accepts(self, count: int) -> bool:
        """Whether it can be called with so many arguments."""
        least = len(self.parameters)
        if self.parameters and self.parameters[-1].endswith("..."):
            return count >= least - 1
        return count == least


@dataclass(frozen=True)
class Function:
    """The one abstract method of an interface, in the class that declares it."""

    owner: Ancestor
    described: list[Any]


class Members:
    """Answers questions about the members of types."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def field(self, value: Value, name: str) -> Status:
        """Whether a type has a field, or another type, of a name."""
        if isinstance(value, Either):
            return _together(self.field(one, name) for one in value.values)
        if isinstance(value, Array):
            return "found" if name in _OF_ARRAYS else "absent"
        if isinstance(value, Primitive):
            return "absent"
        if not isinstance(value, Reference | TypeName):
            return "unknown"
        found, is_sure = self._names.ancestors_of(value.declaration)
        for ancestor in found:
            declaration = ancestor.declaration
            if name in declaration.fields or declaration.nested(name):
                return self._seen(declaration, name, value.declaration)
            is_sure = is_sure and not declaration.is_open
        return "absent" if is_sure else "unknown"

    def field_value(self, value: Value, name: str) -> Value:
        """What a field holds; a type where that is what the name means."""
        if isinstance(value, Either):
            return either(self.field_value(one, name) for one in value.values)
        if isinstance(value, Array):
            return Primitive("int") if name in _OF_ARRAYS else UNKNOWN
        if not isinstance(value, Reference | TypeName):
            return UNKNOWN
        reference = value if isinstance(value, Reference) else Reference(value.declaration)
        for ancestor in self._names.ancestors(reference)[0]:
            declaration = ancestor.declaration
            if name in declaration.fields:
                return self._names.value(declaration.fields[name], declaration, ancestor.arguments)
            inner = declaration.nested(name)
            if inner:
                return TypeName(inner)
            if declaration.is_open:
                return UNKNOWN
        return UNKNOWN

    def method(self, value: Value, name: str) -> Status:
        """Whether a type has a method of a name."""
        if isinstance(value, Either):
            return _together(self.method(one, name) for one in value.values)
        if isinstance(value, Primitive):
            return "absent"
        reference = self._receiver(value, name)
        if reference is None:
            return "unknown"
        found, is_sure = self._names.ancestors_of(reference.declaration)
        for ancestor in found:
            declaration = ancestor.declaration
            if name in declaration.methods:
                return self._seen(declaration, name, reference.declaration)
            is_sure = is_sure and not declaration.is_open
        return "absent" if is_sure else "unknown"

    def overloads(self, value: Value, name: str) -> tuple[list[Overload], bool]:
        """The methods of a name, and whether those are all. Overridden ones are left out; two that are inherited side
        by side are not."""
        reference = self._receiver(value, name)
        if reference is None:
            return [], False
        found, is_sure = self._names.ancestors(reference)
        overloads: dict[tuple[str, ...], list[Overload]] = {}
        for ancestor in found:
            is_sure = is_sure and not ancestor.declaration.is_open
            for described in ancestor.declaration.methods.get(name, ()):
                alike = overloads.setdefault(_key(described[1]), [])
                if not any(self._inherits(one.owner.declaration, ancestor.declaration) for one in alike):
                    alike.append(Overload(ancestor, described))
        return [one for alike in overloads.values() for one in alike], is_sure

    def constructors(self, declaration: Declaration) -> tuple[list[Overload], bool]:
        """The constructors of a class, and whether those are all."""
        owner = Ancestor(declaration, {})
        found = [Overload(owner, described) for described in declaration.methods.get(CONSTRUCTOR, ())]
        return found, bool(found) and not declaration.is_open

    def function(self, value: Value) -> Function | None:
        """The method that a lambda is where a type is expected; None where that is not one, or not known."""
        if not isinstance(value, Reference) or value.declaration.kind != "interface":
            return None
        found: dict[str, Ancestor] = {}
        settled: set[str] = set()
        for ancestor in self._names.ancestors(value)[0]:
            abstract = set(ancestor.declaration.described.get("a", ()))
            for name in sorted(abstract - settled):
                found.setdefault(name, ancestor)
            settled |= ancestor.declaration.methods.keys() - abstract
        if len(found) != 1:
            return None
        ((name, owner),) = found.items()
        overloads = owner.declaration.methods[name]
        return Function(owner, overloads[0]) if len(overloads) == 1 else None

    def result(
        self, overloads: Iterable[Overload], receiver: Value, inferred: Callable[[Overload], Arguments] | None = None
    ) -> Value:
        """What a call gives that any of some overloads may answer; `inferred` says what an overload's own type
        parameters are."""
        return either(self._result(one, receiver, inferred(one) if inferred else {}) for one in overloads)

    def names(self, value: Value) -> Mapping[str, str]:
        """All members that are known, with their signatures."""
        if isinstance(value, Either):
            return {name: text for one in value.values for name, text in self.names(one).items()}
        if isinstance(value, Array):
            return {"length": "int", "clone": ""}
        if not isinstance(value, Reference | TypeName):
            return {}
        known: dict[str, str] = {}
        for ancestor in self._names.ancestors_of(value.declaration)[0]:
            for name, text in ancestor.declaration.fields.items():
                known.setdefault(name, f"{text} {name}")
            for name, overloads in ancestor.declaration.methods.items():
                known.setdefault(name, signature(name, overloads[0]))
        return known

    def _result(self, overload: Overload, receiver: Value, inferred: Arguments) -> Value:
        text, owner = overload.described[0], overload.owner
        if isinstance(receiver, Array):
            return receiver if overload.parameters == [] and text == "java.lang.Object" else UNKNOWN
        own = dict.fromkeys(overload_variables(overload.described), UNKNOWN)
        arguments: Arguments = {**owner.arguments, **own, **inferred}
        return self._names.value(text, owner.declaration, arguments)

    def _inherits(self, declaration: Declaration, parent: Declaration) -> bool:
        return any(one.declaration is parent for one in self._names.ancestors_of(declaration)[0])

    def _receiver(self, value: Value, name: str) -> Reference | None:
        """What to look a method up in."""
        if isinstance(value, Array):
            return Reference(self._names.world.object)
        if isinstance(value, TypeName):
            return Reference(value.declaration)
        return value if isinstance(value, Reference) else None

    @staticmethod
    def _seen(owner: Declaration, name: str, asked: Declaration) -> Status:
        """A private member is inherited by nobody, though classes in the same file may see it."""
        is_hidden = owner is not asked and owner.hides(name) and owner.top is not asked.top
        return "unknown" if is_hidden else "found"


def _together(statuses: Iterable[Status]) -> Status:
    """What holds for one of several things, where it holds for all of them."""
    distinct = set(statuses)
    return distinct.pop() if len(distinct) == 1 else "unknown"


def signature(name: str, described: list[Any]) -> str:
    """A method as Java writes it."""
    result = f"{described[0]} " if described[0] else ""
    return f"{result}{name}({', '.join(described[1])})"


def _key(parameters: list[str]) -> tuple[str, ...]:
    """Parameter types without arguments and packages: what tells overloads apart, nearly."""
    return tuple(
        parameter.partition("<")[0].rpartition(".")[2] + str(parameter.count("[]")) for parameter in parameters
    )
