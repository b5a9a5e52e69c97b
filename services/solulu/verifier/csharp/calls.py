"""Calls: which methods one may mean, what it gives, and what its lambdas and `out` variables are.

Overloads are told apart by how many arguments they take, and by which of these are lambdas. Where several are left,
only what all of them say counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tree_sitter import Node

from solulu.verifier.csharp.members import Member, constructors, extensions
from solulu.verifier.csharp.texts import Parameter, Type, Written, read_type
from solulu.verifier.csharp.values import Object, Static, Value

if TYPE_CHECKING:
    from solulu.verifier.csharp.expressions import Expressions

_LAMBDAS = {"lambda_expression", "anonymous_method_expression"}
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
        return self.parameters[at] if at < len(self.parameters) else None


class Calls:
    """The calls of one file."""

    def __init__(self, expressions: Expressions) -> None:
        self._in = expressions

    def result(self, call: Node) -> Value:
        """What a call gives; None where it may be anything."""
        function = call.child_by_field_name("function")
        if function is not None and function.type == "identifier" and self._in.source.text(function) == "nameof":
            return self._in.world.standard("System.String")
        local = self.local_function(function)
        if local is not None:
            return self._in.written(local.child_by_field_name("type"))
        arguments = self.arguments(call)
        explicit = self._explicit(function)
        found = [
            self._returned(candidate, arguments, explicit)
            for candidate in self._fitting(self.candidates(call), arguments)
        ]
        return found[0] if found and all(one == found[0] for one in found) else None

    def candidates(self, call: Node) -> list[Candidate]:
        """The methods, or constructors, that a call may mean."""
        if call.type == "object_creation_expression":
            made = self._in.written(call.child_by_field_name("type"))
            return [Candidate(member) for member in constructors(made)] if made else []
        if call.type == "implicit_object_creation_expression":
            made = self._in.value(call)
            return [Candidate(member) for member in constructors(made)] if made else []
        function = call.child_by_field_name("function")
        if function is None:
            return []
        if function.type in ("identifier", "generic_name"):
            name = self._name(function)
            if name in self._in.source.locals(function):
                return self._invoked(self._in.variable(name, function)[1])
            found = self._in.around(function, name)
            return self._methods(found)
        if function.type == "conditional_access_expression":
            function = function.named_children[-1]
        name_node = function.child_by_field_name("name")
        if name_node is None:
            return []
        return self._members(function, self._name(name_node))

    def arguments(self, call: Node) -> list[Argument]:
        """The arguments of a call."""
        listed = call.child_by_field_name("arguments") or next(
            (child for child in call.named_children if child.type == "argument_list"), None
        )
        found = []
        for child in listed.named_children if listed else ():
            if child.type == "argument" and child.named_children:
                name = child.child_by_field_name("name")
                found.append(Argument(self._in.source.text(name), child.named_children[-1]))
        return found

    def lambda_parameter(self, name: Node) -> Value:
        """The type of a lambda's parameter that is written without one."""
        around: Node | None = name
        while around is not None and around.type not in _LAMBDAS:
            around = around.parent
        if around is None or around.parent is None:
            return None
        names = _lambda_parameters(around)
        starts = [one.start_byte for one in names]
        if name.start_byte not in starts:
            return None
        at = starts.index(name.start_byte)
        parent = around.parent
        if parent.type == "argument":
            targets = self._targets(parent)
        elif parent.type == "variable_declarator" and parent.parent is not None:
            targets = [self._in.written(parent.parent.child_by_field_name("type"))]
        else:
            return None
        found = []
        for target in targets:
            types = self._delegate_parameters(target)
            if target is None or types is None:
                return None
            if len(types) == len(names):
                found.append(types[at])
        return found[0] if found and all(one == found[0] for one in found) else None

    def out_argument(self, declared: Node) -> Value:
        """The type of a variable that an argument declares."""
        parent = declared.parent
        if parent is None or parent.type != "argument":
            return None
        targets = self._targets(parent)
        return targets[0] if targets and all(one == targets[0] for one in targets) else None

    # -- candidates ---------------------------------------------------------------------------------------------------

    def _members(self, access: Node, name: str) -> list[Candidate]:
        from solulu.verifier.csharp.expressions import bound_receiver

        if access.type == "member_binding_expression":
            left = bound_receiver(access)
        else:
            left = access.child_by_field_name("expression") or access.child(0)
        found: list[Candidate] = []
        for of in self._in.receivers(left):
            owner = of.of if isinstance(of, Static) else of
            if isinstance(owner, Object):
                found += self._methods(self._in.members.of(owner, name))
                if isinstance(of, Object):
                    found += self._extending(of, name)
        return found

    def _extending(self, of: Object, name: str) -> list[Candidate]:
        """The extension methods of a name that an object may be called with: those for its very type before others."""
        members = [member for info in self._in.world.extensions(name) for member in extensions(info, name)]
        members = [member for member in members if member.kind == "m"]
        fitting = [member for member in members if self.extends(member, of)]
        exact = [member for member in fitting if self._first(member) is of.type]
        return [Candidate(member, of, True) for member in exact or fitting]

    def _first(self, member: Member) -> object:
        bound: dict[str, Value] = dict.fromkeys(member.type_parameters)
        target = self._in.world.resolve(member.parameters[0].type, member.part.place, bound)
        return target.type if target else None

    def _methods(self, found: list[Member]) -> list[Candidate]:
        candidates = [Candidate(member) for member in found if member.kind == "m"]
        if not candidates and found and found[0].kind in "pfe":
            return self._invoked(self._in.type_of(found[0]))
        return candidates

    def _invoked(self, value: Value) -> list[Candidate]:
        if value is None or value.type.kind != "d":
            return []
        return [Candidate(member) for member in self._in.members.of(value, "Invoke")]

    def _fitting(self, candidates: list[Candidate], arguments: list[Argument]) -> list[Candidate]:
        fitting = [one for one in candidates if one.takes(len(arguments)) and self._takes_lambdas(one, arguments)]
        own = [one for one in fitting if not one.is_extended]
        return _not_hidden(own) or fitting

    def _takes_lambdas(self, candidate: Candidate, arguments: list[Argument]) -> bool:
        """Whether no argument is a lambda where none can be, as far as that is known."""
        member = candidate.member
        for at, argument in enumerate(arguments):
            parameter = candidate.parameter(at, argument.name)
            if argument.node.type == "lambda_expression" and parameter and "params" not in parameter.modifiers:
                bound = {**member.bound, **dict.fromkeys(member.type_parameters)}
                target = self._in.world.resolve(parameter.type, member.part.place, bound)
                types = self._delegate_parameters(target)
                if types is not None and len(types) != len(_lambda_parameters(argument.node)):
                    return False
                if target and types is None and target.type.kind != "d" and target.type.name not in _OF_LAMBDAS:
                    return False
        return True

    def extends(self, member: Member, of: Object) -> bool:
        """Whether an extension method may be called on an object."""
        first = member.parameters[0].type
        if first is None:
            return False
        if first.is_simple and first.parts[0][0] in member.type_parameters:
            return True
        bound: dict[str, Value] = dict.fromkeys(member.type_parameters)
        target = self._in.world.resolve(first, member.part.place, bound)
        return target is None or any(one.type is target.type for one in self._in.world.ancestors(of)[0])

    def local_function(self, function: Node | None) -> Node | None:
        """The local function that a name means."""
        if function is None or function.type != "identifier":
            return None
        local = self._in.source.locals(function).find(self._in.source.text(function), function.start_byte)
        parent = local.name.parent if local else None
        return parent if parent is not None and parent.type == "local_function_statement" else None

    # -- inference ----------------------------------------------------------------------------------------------------

    def _returned(self, candidate: Candidate, arguments: list[Argument], explicit: list[Value]) -> Value:
        member = candidate.member
        bound = self._inferred(candidate, arguments, explicit, has_lambdas=True)
        return self._in.world.resolve(read_type(member.type_text), member.part.place, bound)

    def _inferred(
        self, candidate: Candidate, arguments: list[Argument], explicit: list[Value], has_lambdas: bool
    ) -> dict[str, Value]:
        """What the type parameters of a call stand for."""
        self._in.steps.take()
        member = candidate.member
        own: dict[str, Value] = dict.fromkeys(member.type_parameters)
        if explicit and len(explicit) == len(own):
            return {**member.bound, **dict(zip(own, explicit, strict=True))}
        if not own:
            return dict(member.bound)
        if candidate.is_extended:
            self._unify(member.parameters[0].type, candidate.receiver, member, own)
        for at, argument in enumerate(arguments):
            parameter = candidate.parameter(at, argument.name)
            if parameter is None:
                continue
            if argument.node.type not in _LAMBDAS:
                if not _is_bare_type(parameter.type, own) or argument.node.type != "null_literal":
                    self._unify(parameter.type, self._in.value(argument.node), member, own)
            elif has_lambdas:
                self._unify_lambda(parameter.type, argument.node, member, own)
        return {**member.bound, **own}

    def _unify(self, written: Type, value: Value, member: Member, own: dict[str, Value]) -> None:
        if written is None or value is None:
            return
        name, arguments = written.parts[-1]
        if written.is_simple and name in own:
            if own[name] is None:
                own[name] = value
        elif name == "[]":
            if value.is_array:
                self._unify(arguments[0], value.arguments[0], member, own)
        elif name == "?":
            inner = value.arguments[0] if value.type.name == "System.Nullable" and value.arguments else value
            self._unify(arguments[0], inner, member, own)
        elif name == "()":
            for one, element in zip(arguments, value.arguments, strict=False):
                self._unify(one, element, member, own)
        elif arguments:
            target = self._in.world.resolve(written, member.part.place, {**member.bound, **own})
            for ancestor in self._in.world.ancestors(value)[0] if target else ():
                if target and ancestor.type is target.type:
                    for inner_type, inner in zip(arguments, ancestor.arguments, strict=False):
                        self._unify(inner_type, inner, member, own)
                    return

    def _unify_lambda(self, written: Type, node: Node, member: Member, own: dict[str, Value]) -> None:
        """Lets the body of a lambda say what a delegate's result is."""
        body = node.child_by_field_name("body")
        if written is None or body is None or body.type == "block":
            return
        name, arguments = written.parts[-1]
        if name == "Expression" and arguments and arguments[0]:
            written = arguments[0]
            name, arguments = written.parts[-1]
        if name == "Func" and arguments:
            result = arguments[-1]
            value = self._in.value(body)
            self._unify(result, value, member, own)

    def _targets(self, argument: Node) -> list[Value]:
        """The types of the parameters that an argument may be for."""
        listed = argument.parent
        call = listed.parent if listed is not None else None
        if listed is None or call is None:
            return []
        arguments = self.arguments(call)
        at = next((n for n, one in enumerate(arguments) if _is_within(one.node, argument)), None)
        if at is None:
            return []
        function = call.child_by_field_name("function")
        explicit = self._explicit(function)
        local = self.local_function(function)
        if local is not None:
            return []
        found: list[Value] = []
        for candidate in self._fitting(self.candidates(call), arguments):
            parameter = candidate.parameter(at, arguments[at].name)
            if parameter is None:
                return []
            bound = self._inferred(candidate, arguments, explicit, has_lambdas=False)
            found.append(self._in.world.resolve(parameter.type, candidate.member.part.place, bound))
        return found

    def _delegate_parameters(self, target: Value) -> list[Value] | None:
        if target is not None and target.type.name == "System.Linq.Expressions.Expression" and target.arguments:
            target = target.arguments[0]
        if target is None or target.type.kind != "d":
            return None
        invoke = self._in.members.of(target, "Invoke")
        if not invoke:
            return None
        place, bound = invoke[0].part.place, invoke[0].bound
        return [self._in.world.resolve(one.type, place, bound) for one in invoke[0].parameters]

    def _explicit(self, function: Node | None) -> list[Value]:
        """The type arguments that a call is written with."""
        if function is not None and function.type == "conditional_access_expression":
            function = function.named_children[-1]
        name = function
        if function is not None and function.type in ("member_access_expression", "member_binding_expression"):
            name = function.child_by_field_name("name")
        if name is None or name.type != "generic_name":
            return []
        return [self._in.written(child) for child in name.named_children[-1].named_children]

    def _name(self, node: Node) -> str:
        inner = node.named_children[0] if node.type == "generic_name" else node
        return self._in.source.text(inner)


def _not_hidden(candidates: list[Candidate]) -> list[Candidate]:
    """Those that no nearer type has with the same parameters."""
    nearest: dict[tuple[str, ...], str] = {}
    shown = []
    for one in candidates:
        owner = one.member.part.place.types[0]
        if nearest.setdefault(tuple(parameter.text for parameter in one.parameters), owner) == owner:
            shown.append(one)
    return shown


def _lambda_parameters(node: Node) -> list[Node]:
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


def _is_bare_type(written: Type, own: Mapping[str, Value]) -> bool:
    return isinstance(written, Written) and written.is_simple and written.parts[0][0] in own


def _is_within(node: Node, around: Node) -> bool:
    return around.start_byte <= node.start_byte and node.end_byte <= around.end_byte
