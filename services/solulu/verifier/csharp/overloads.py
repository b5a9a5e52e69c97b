"""Overloads: which of the methods of a name a call may mean.

What it is called on says it, how many arguments it has, and which of these are lambdas; their types are not asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

from tree_sitter import Node

from solulu.verifier.csharp.members import Member, Members, extensions
from solulu.verifier.csharp.texts import Parameter, read_type
from solulu.verifier.csharp.values import Object, Value
from solulu.verifier.csharp.world import World

LAMBDAS = {"lambda_expression", "anonymous_method_expression"}
"""What is written without a type of its own."""
_OF_LAMBDAS = {"System.Object", "System.Delegate", "System.MulticastDelegate", "System.Linq.Expressions.Expression"}
"""What a lambda can be beside a delegate."""


@dataclass(frozen=True)
class Argument:
    """An argument of a call."""

    name: str
    node: Node


@dataclass(frozen=True)
class Candidate:
    """A method that a call may mean, and what it is called on where it is an extension."""

    member: Member
    receiver: Value = None
    is_extended: bool = False

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Those that take the arguments."""
        return self.member.parameters[1:] if self.is_extended else self.member.parameters

    def takes(self, count: int) -> bool:
        """Whether it can be called with so many arguments."""
        parameters = self.parameters
        is_open = bool(parameters) and "params" in parameters[-1].modifiers
        needed = sum(1 for one in parameters if not one.is_optional) - is_open
        return needed <= count and (is_open or count <= len(parameters))

    def parameter(self, at: int, name: str) -> Parameter | None:
        """The parameter that takes an argument."""
        if name:
            return next((one for one in self.parameters if one.name == name), None)
        parameters = self.parameters
        if at >= len(parameters) and parameters and "params" in parameters[-1].modifiers:
            return parameters[-1]
        return parameters[at] if at < len(parameters) else None


class Overloads:
    """The methods that the calls of one file may mean."""

    def __init__(self, world: World, members: Members) -> None:
        self._world, self._members = world, members

    def extending(self, of: Object, name: str) -> list[Candidate]:
        """The extension methods of a name that an object may be called with."""
        members = [member for info in self._world.extensions(name) for member in extensions(info, name)]
        is_closed = self._world.ancestors(of)[1]
        return [
            Candidate(one, of, True) for one in members if one.kind == "m" and (not is_closed or self.extends(one, of))
        ]

    def extends(self, member: Member, of: Object) -> bool:
        """Whether an extension method may be called on an object."""
        first = member.parameters[0].type
        if first is None:
            return False
        name, inner = first.parts[0]
        if name == "?" and inner[0] and inner[0].is_simple and inner[0].parts[0][0] in member.type_parameters:
            name = inner[0].parts[0][0]
            if "struct" in member.constraints.get(name, ()):
                is_nullable = of.type.name == "System.Nullable" and bool(of.arguments)
                return is_nullable and self._satisfies(of.arguments[0], member, name)
        if first.is_simple and name in member.type_parameters:
            return self._satisfies(of, member, name)
        target = self._first(member)
        return target is None or any(self._may_be(one, target) for one in self._world.ancestors(of)[0])

    def _satisfies(self, of: Value, member: Member, name: str) -> bool:
        """Whether a type parameter of a method may stand for a type."""
        if of is None:
            return True
        bound: dict[str, Value] = dict.fromkeys(member.type_parameters)
        ancestors, is_closed = self._world.ancestors(of)
        for text in member.constraints.get(name, ()):
            if text in ("struct", "unmanaged", "class", "class?"):
                if of.type.kind != "?" and (of.type.kind in "se") == text.startswith("class"):
                    return False
            elif is_closed and text not in ("notnull", "new()", "default"):
                target = self._world.resolve(read_type(text), member.part.place, bound)
                if target is not None and not any(self._may_be(one, target) for one in ancestors):
                    return False
        return True

    def fitting(self, candidates: list[Candidate], arguments: list[Argument]) -> list[Candidate]:
        """Those that take some arguments: members before extensions, and of these the ones for the nearest types."""
        fitting = [one for one in candidates if one.takes(len(arguments)) and self._takes_lambdas(one, arguments)]
        own = [one for one in fitting if not one.is_extended]
        return _not_hidden(own) or self._nearest(fitting)

    def _nearest(self, candidates: list[Candidate]) -> list[Candidate]:
        """Those for the very type before others, and no other where a nearer type has one with the same parameters."""
        firsts = [self._first(one.member) for one in candidates]
        exact = [
            one
            for one, first in zip(candidates, firsts, strict=True)
            if first and one.receiver and first.type is one.receiver.type
        ]
        if exact:
            return exact
        return [
            one
            for one, first in zip(candidates, firsts, strict=True)
            if not any(
                first
                and nearer
                and other.receiver
                and self._is_nearer(nearer, first)
                and _texts(other) == _texts(one)
                and self.extends(other.member, other.receiver)
                for other, nearer in zip(candidates, firsts, strict=True)
            )
        ]

    def _is_nearer(self, one: Object, other: Object) -> bool:
        return one.type is not other.type and any(base.type is other.type for base in self._world.ancestors(one)[0])

    def _first(self, member: Member) -> Value:
        """The type that an extension method extends."""
        bound: dict[str, Value] = dict.fromkeys(member.type_parameters)
        return self._world.resolve(member.parameters[0].type, member.part.place, bound)

    def _may_be(self, one: Object, target: Object) -> bool:
        """Whether something of a type may be of another of the same name, by what their type parameters stand for."""
        return one.type is target.type and all(
            mine is None or theirs is None or self._are_related(mine, theirs)
            for mine, theirs in zip(one.arguments, target.arguments, strict=False)
        )

    def _are_related(self, one: Object, other: Object) -> bool:
        """Whether one type may be the other, or inherit from it."""
        above, is_closed = self._world.ancestors(one)
        below, is_other_closed = self._world.ancestors(other)
        is_known = is_closed and is_other_closed
        return (
            not is_known
            or any(base.type is other.type for base in above)
            or any(base.type is one.type for base in below)
        )

    def _takes_lambdas(self, candidate: Candidate, arguments: list[Argument]) -> bool:
        """Whether no argument is a lambda where none can be, as far as that is known: nothing is inferred from one."""
        member = candidate.member
        for at, argument in enumerate(arguments):
            parameter = candidate.parameter(at, argument.name)
            if argument.node.type == "lambda_expression" and parameter:
                written = parameter.element if "params" in parameter.modifiers else parameter.type
                if written and written.is_simple and written.parts[0][0] in member.type_parameters:
                    return False
                bound = {**member.bound, **dict.fromkeys(member.type_parameters)}
                target = self._world.resolve(written, member.part.place, bound)
                types = self.delegate_parameters(target)
                if types is not None and len(types) != len(lambda_parameters(argument.node)):
                    return False
                if target and types is None and target.type.kind not in "d?" and target.type.name not in _OF_LAMBDAS:
                    return False
        return True

    def delegate_parameters(self, target: Value) -> list[Value] | None:
        """The types of what a delegate takes; None where something is no delegate."""
        if target is not None and target.type.name == "System.Linq.Expressions.Expression" and target.arguments:
            target = target.arguments[0]
        if target is None or target.type.kind != "d":
            return None
        invoke = self._members.of(target, "Invoke")
        if not invoke:
            return None
        place, bound = invoke[0].part.place, invoke[0].bound
        return [self._world.resolve(one.type, place, bound) for one in invoke[0].parameters]


def _not_hidden(candidates: list[Candidate]) -> list[Candidate]:
    """Those that no nearer type has with the same parameters."""
    nearest: dict[tuple[str, ...], str] = {}
    shown = []
    for one in candidates:
        owner = one.member.part.place.types[0]
        if nearest.setdefault(_texts(one), owner) == owner:
            shown.append(one)
    return shown


def _texts(candidate: Candidate) -> tuple[str, ...]:
    return tuple(parameter.text for parameter in candidate.parameters)


def lambda_parameters(node: Node) -> list[Node]:
    """The names of what a lambda takes."""
    listed = node.child_by_field_name("parameters")
    if listed is None:
        return []
    if listed.type == "implicit_parameter":
        return [listed]
    names = []
    for child in listed.named_children:
        name = child.child_by_field_name("name") if child.type == "parameter" else child
        if name is not None:
            names.append(name)
    return names
