"""What an expression may be, as far as it is followed, and how far that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from solulu.verifier.ecmascript.declare import Binding, Names
from solulu.verifier.repository import Home

Status = Literal["found", "absent", "unknown"]


@dataclass(eq=False)
class Scope:
    """Names with their bindings: of a file, a namespace, a class or function, a block, or all files (no parent)."""

    home: Home
    names: Names
    parent: Scope | None
    types: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    """Type parameters and what they stand for."""
    this: tuple[Value, ...] | None = None
    """What `this` is; None where the parent says."""
    outer: frozenset[str] = frozenset()
    """Names whose bindings are evaluated in the parent: parameters whose types follow from what the function is for."""
    is_static: bool = False


Part = tuple[Binding, Scope]


@dataclass(eq=False)
class Declared:
    """A class, interface, enum or namespace: all declarations of one name in one place, which are one."""

    name: str
    parts: Sequence[Part]

    def of_kind(self, *kinds: str) -> list[Part]:
        """The declarations of some kinds."""
        return [part for part in self.parts if part[0][0] in kinds]


@dataclass(frozen=True)
class Instance:
    """An instance of a class or interface with what its type parameters stand for."""

    of: Declared
    arguments: tuple[tuple[Value, ...], ...] = ()


@dataclass(frozen=True)
class Static:
    """A class, an enum or a namespace itself."""

    of: Declared


@dataclass(frozen=True)
class Module:
    """All that a module exports."""

    home: Home
    specifier: str


@dataclass(frozen=True)
class Ambient:
    """All that a module exports that is only declared (`declare module "x"`)."""

    specifier: str


@dataclass(eq=False)
class Function:
    """A function with its overloads."""

    overloads: Sequence[Mapping[str, Any]]
    scope: Scope
    name: str = ""


@dataclass(eq=False)
class Shape:
    """An object literal, or an object type without a name."""

    body: Mapping[str, Any]
    scope: Scope
    name: str = ""
    """Of the variable that it is the value of."""


@dataclass(frozen=True)
class Tuple:
    """An array of known length."""

    elements: tuple[tuple[Value, ...], ...]


@dataclass(frozen=True)
class All:
    """Something that is all of these at once."""

    values: tuple[Value, ...]


@dataclass(frozen=True)
class Unknown:
    """Anything at all."""


@dataclass(frozen=True)
class Nothing:
    """Null or undefined: whoever asks for a member of it has ruled it out."""


UNKNOWN = Unknown()
NOTHING = Nothing()
Value = Instance | Static | Module | Ambient | Function | Shape | Tuple | All | Unknown | Nothing


@dataclass(frozen=True)
class Found:
    """Where a member is declared."""

    parts: Sequence[Part]


Missing = Literal["absent", "unknown"]
