"""What a type has: its own members, those it inherits, and those that the compiler makes.

That a member is missing is only known where every part of the type and of all it inherits from is here: a partial type
may have one that a generator writes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from solulu.verifier.csharp.repository import is_extension
from solulu.verifier.csharp.standard import STANDARD
from solulu.verifier.csharp.texts import Parameter, read_constraints, read_parameters, read_type_parameters
from solulu.verifier.csharp.values import Object, Part, TypeInfo, Value
from solulu.verifier.csharp.world import World

_MADE_FOR_RECORDS = {"Deconstruct", "EqualityContract", "PrintMembers"}
_MADE_FOR_DELEGATES = {"Invoke", "BeginInvoke", "EndInvoke"}
_READ_BY_GENERATORS = {
    "GeneratedRegex", "LoggerMessage", "JsonSerializable", "LibraryImport", "ObservableProperty", "RelayCommand",
    "JsonSourceGenerationOptions", "GeneratedComInterface", "DllImport",
}  # fmt: skip
_OPEN_BASES = {"System.Text.Json.Serialization.JsonSerializerContext", "System.Dynamic.DynamicObject"}
_MADE_OF_STATEMENTS = frozenset({"Program"})
"""The type that the compiler makes where a file has statements outside of all."""
_OPEN_TYPES = {"System.Dynamic.ExpandoObject", "System.__ComObject"}


@dataclass(frozen=True)
class Member:
    """One declaration of a member, and what its type's parameters stand for."""

    name: str
    kind: str
    """`m` method, `p` property, `f` field, `e` event, `i` indexer, `c` constructor, `o` conversion."""
    type_text: str
    is_explicit: bool
    """Whether only an interface shows it."""
    parameter_text: str | None
    generic_text: str
    constraint_text: str
    part: Part
    bound: Mapping[str, Value]

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Its parameters."""
        return read_parameters(self.parameter_text) if self.parameter_text else ()

    @property
    def type_parameters(self) -> tuple[str, ...]:
        """Its own type parameters."""
        return read_type_parameters(self.generic_text) if self.generic_text else ()

    @property
    def constraints(self) -> Mapping[str, tuple[str, ...]]:
        """What its type parameters have to be."""
        return read_constraints(self.constraint_text) if self.constraint_text else {}

    @property
    def is_extension(self) -> bool:
        """Whether it is an extension method."""
        return bool(self.parameters) and "this" in self.parameters[0].modifiers

    @property
    def signature(self) -> str:
        """As C# writes it."""
        if self.kind in "pfe":
            return f"{self.type_text} {self.name}".strip()
        return f"{self.type_text} {self.name}{self.generic_text}{self.parameter_text or ''}".strip()


class Members:
    """The members of the types that one case sees."""

    def __init__(self, world: World) -> None:
        self._world = world

    def of(self, of: Object, name: str) -> list[Member]:
        """The members of a name, nearest first."""
        ancestors, _ = self._world.ancestors(of)
        found: list[Member] = []
        for one in ancestors:
            bound = one.bound()
            found += [_member(name, member, part, bound) for part, member in one.type.members(name)]
            found += self._made(one, name, bound)
        return [member for member in found if not member.is_explicit] or found

    def has(self, of: Object, name: str) -> bool:
        """Whether a name is a member, a nested type, or made by the compiler."""
        if self.of(of, name) or (of.names and name in of.names):
            return True
        ancestors, _ = self._world.ancestors(of)
        return any(
            (one.type.kind == "r" and name in _MADE_FOR_RECORDS)
            or (one.type.kind == "d" and name in _MADE_FOR_DELEGATES)
            or self._world.has_type(f"{one.type.name}.{name}")
            for one in ancestors
        )

    def is_closed(self, of: Object) -> bool:
        """Whether a type has no other members than those that are known."""
        ancestors, is_closed = self._world.ancestors(of)
        return is_closed and all(self._is_whole(one.type) for one in ancestors)

    def names(self, of: Object) -> dict[str, str]:
        """The members that are known, with their signatures."""
        found: dict[str, str] = {}
        ancestors, _ = self._world.ancestors(of)
        for one in ancestors:
            for part in one.type.parts:
                for name, overloads in part.declared.get("m", {}).items():
                    if name.isidentifier() and name not in found:
                        found[name] = _member(name, overloads[0], part, {}).signature
        return found

    def _is_whole(self, info: TypeInfo) -> bool:
        if info.name in _OPEN_TYPES or info.name in _OPEN_BASES:
            return False
        own = [part for part in info.parts if part.place.repo != STANDARD]
        if any("x" in part.declared for part in own):
            return False
        partial = [part for part in own if "a" in part.declared]
        if not partial:
            return True
        repo = self._world.repositories.get(partial[0].place.repo)
        made = _MADE_OF_STATEMENTS | (repo.sources if repo else frozenset())
        attributes = {name for part in partial for name in part.declared["a"]}
        return (
            info.name.rpartition(".")[2] not in made
            and not (repo and any(repo.has_generators(part.place.path) for part in own))
            and not attributes & _READ_BY_GENERATORS
            and all(
                self._world.is_some_type(name) or self._world.is_some_type(f"{name}Attribute") for name in attributes
            )
        )

    def _made(self, one: Object, name: str, bound: Mapping[str, Value]) -> list[Member]:
        """The members that the language makes of parameters."""
        made: list[Member] = []
        for part in one.type.parts:
            declared = part.declared
            if one.type.kind == "r" and name in declared.get("c", ""):
                made += [
                    Member(name, "p", parameter.text, False, None, "", "", part, bound)
                    for parameter in read_parameters(declared["c"])
                    if parameter.name == name
                ]
            if one.type.kind == "d" and name == "Invoke":
                made.append(Member(name, "m", declared["r"], False, declared.get("c", "()"), "", "", part, bound))
        return made


def constructors(of: Object) -> list[Member]:
    """The constructors that are written in a type."""
    bound = of.bound()
    found = [_member(".ctor", member, part, bound) for part, member in of.type.members(".ctor")]
    for part in of.type.parts:
        if "c" in part.declared and of.type.kind != "d":
            found.append(Member(".ctor", "c", "", False, part.declared["c"], "", "", part, bound))
    return found


def extensions(info: TypeInfo, name: str) -> list[Member]:
    """The extension methods of a name in a static class."""
    return [_member(name, member, part, {}) for part, member in info.members(name) if is_extension(member)]


def _member(name: str, member: Sequence[Any], part: Part, bound: Mapping[str, Value]) -> Member:
    return Member(
        name,
        member[0],
        member[1],
        "v" in member[2],
        member[3] if len(member) > 3 else None,
        member[4] if len(member) > 4 else "",
        member[5] if len(member) > 5 else "",
        part,
        bound,
    )
