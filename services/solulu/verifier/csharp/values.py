"""What an expression may be: an object of a type that is known, a type, or a namespace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from solulu.verifier.csharp.repository import Usings


@dataclass(frozen=True)
class Place:
    """Where a name is written: what is around it decides what it means."""

    repo: str
    path: str
    namespace: str
    types: tuple[str, ...]
    """Full names of the types around, the innermost first."""
    usings: Usings


@dataclass(frozen=True, eq=False)
class Part:
    """One declaration of a type."""

    place: Place
    """Inside of it."""
    declared: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class TypeInfo:
    """A type: all its parts."""

    name: str
    """Full."""
    arity: int
    parts: tuple[Part, ...]

    @property
    def kind(self) -> str:
        """`c` class, `s` struct, `i` interface, `r` record, `e` enum, `d` delegate, `?` known by name only."""
        return str(self.parts[0].declared["k"])

    @property
    def parameters(self) -> Sequence[str]:
        """The names of its type parameters."""
        found: Sequence[str] = self.parts[0].declared.get("p", ())
        return found

    def members(self, name: str) -> list[tuple[Part, Sequence[Any]]]:
        """The members of a name that its parts declare."""
        return [(part, member) for part in self.parts for member in part.declared.get("m", {}).get(name, ())]


@dataclass(frozen=True)
class Object:
    """Something of a known type."""

    type: TypeInfo
    arguments: tuple[Value, ...] = ()
    """What its type parameters stand for."""
    names: tuple[str, ...] = ()
    """Of the elements of a tuple."""

    @property
    def is_array(self) -> bool:
        """Whether it is an array, its elements the only argument."""
        return self.type.name == "System.Array" and bool(self.arguments)

    def bound(self) -> dict[str, Value]:
        """What each type parameter stands for."""
        return dict(zip(self.type.parameters, self.arguments, strict=False))

    def __str__(self) -> str:
        simple = self.type.name.rpartition(".")[2]
        if not self.arguments:
            return simple
        shown = [str(argument) if argument else "?" for argument in self.arguments]
        return f"{shown[0]}[]" if self.is_array else f"{simple}<{', '.join(shown)}>"


Value: TypeAlias = Object | None
"""None is anything."""


def joined(values: Sequence[Value]) -> Value:
    """What some values are all of: of one type, with those of its arguments in which they agree."""
    first = values[0] if values else None
    if first is None or any(one is None or one.type is not first.type for one in values):
        return None
    lists = [one.arguments for one in values if one]
    if any(len(one) != len(first.arguments) for one in lists):
        return None
    names = first.names if all(one and one.names == first.names for one in values) else ()
    return Object(first.type, tuple(joined(some) for some in zip(*lists, strict=True)), names)


@dataclass(frozen=True)
class Static:
    """A type as such."""

    of: Object


@dataclass(frozen=True)
class Namespace:
    """A namespace."""

    name: str


Denoted: TypeAlias = Object | Static | Namespace | None
