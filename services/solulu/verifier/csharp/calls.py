"""Calls: which methods one may mean, what it gives, and what it wants of its arguments.

Where several methods may be meant, only what all of them say counts.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from tree_sitter import Language as Grammar
from tree_sitter import Node, Query, QueryCursor

from solulu.languages.csharp import CSHARP
from solulu.verifier.csharp.members import Member, constructors
from solulu.verifier.csharp.overloads import LAMBDAS, Argument, Candidate, Overloads
from solulu.verifier.csharp.scopes import enclosing
from solulu.verifier.csharp.texts import Type, read_type
from solulu.verifier.csharp.values import Object, Static, Value, joined

if TYPE_CHECKING:
    from solulu.verifier.csharp.expressions import Expressions


class Calls:
    """The calls of one file."""

    def __init__(self, expressions: Expressions) -> None:
        self._in = expressions
        self.overloads = Overloads(expressions.world, expressions.members)

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
            for candidate in self.overloads.fitting(self.candidates(call), arguments)
        ]
        return joined(found)

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

    # -- candidates ---------------------------------------------------------------------------------------------------

    def _members(self, access: Node, name: str) -> list[Candidate]:
        found: list[Candidate] = []
        for of in self._in.receivers(access):
            if isinstance(of, Object):
                found += self.methods_on(of, name)
            elif isinstance(of, Static):
                found += self._methods(self._in.members.of(of.of, name))
        return found

    def methods_on(self, of: Object, name: str) -> list[Candidate]:
        """The methods of a name that an object may be called with."""
        return self._methods(self._in.members.of(of, name)) + self.overloads.extending(of, name)

    def _methods(self, found: list[Member]) -> list[Candidate]:
        candidates = [Candidate(member) for member in found if member.kind == "m"]
        if not candidates and found and found[0].kind in "pfe":
            return self._invoked(self._in.type_of(found[0]))
        return candidates

    def _invoked(self, value: Value) -> list[Candidate]:
        if value is None or value.type.kind != "d":
            return []
        return [Candidate(member) for member in self._in.members.of(value, "Invoke")]

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
        bound = self._inferred(candidate, arguments, explicit, len(arguments))
        return self._in.world.resolve(read_type(member.type_text), member.part.place, bound)

    def _inferred(
        self, candidate: Candidate, arguments: list[Argument], explicit: list[Value], before: int
    ) -> dict[str, Value]:
        """What the type parameters of a call stand for, as all arguments say, lambdas only those `before` one."""
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
            if argument.node.type in LAMBDAS:
                if at < before:
                    self._unify_lambda(self._expected(candidate, arguments, at), argument.node, member, own)
            elif argument.node.type != "null_literal":
                self._unify(self._expected(candidate, arguments, at), self._in.value(argument.node), member, own)
        return {**member.bound, **own}

    def _expected(self, candidate: Candidate, arguments: list[Argument], at: int) -> Type:
        """The type that is written for an argument: of one of many for a parameter, that of the many's elements."""
        argument = arguments[at]
        parameter = candidate.parameter(at, argument.name)
        if parameter is None or "params" not in parameter.modifiers:
            return parameter.type if parameter else None
        if len(arguments) > len(candidate.parameters) or argument.node.type in LAMBDAS:
            return parameter.element
        value = self._in.value(argument.node)
        return parameter.type if value is None or value.is_array else parameter.element

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
        if written is None:
            return
        name, arguments = written.parts[-1]
        if name == "Expression" and arguments and arguments[0]:
            name, arguments = arguments[0].parts[-1]
        if name != "Func" or not arguments or arguments[-1] is None:
            return
        result: Type = arguments[-1]
        value = self._given(node)
        if self._in.source.is_async(node):
            name, inner = arguments[-1].parts[-1]
            if name not in ("Task", "ValueTask") or not inner:
                value = self._in.world.standard("System.Threading.Tasks.Task", value) if value else None
            else:
                result = inner[0]
        self._unify(result, value, member, own)

    def _given(self, node: Node) -> Value:
        """What a lambda's body gives."""
        body = node.child_by_field_name("body") or node.named_children[-1]
        if body.type != "block":
            return self._in.value(body)
        returned = [one for one in QueryCursor(_returns()).captures(body).get("return", ()) if _lambda(one) == node]
        return joined([self._in.value(one.named_children[0]) if one.named_children else None for one in returned])

    def wanted(self, argument: Node) -> list[Value]:
        """The types of the parameters that an argument may be for; none where one of them is not known."""
        listed = argument.parent
        call = listed.parent if listed is not None else None
        if listed is None or call is None:
            return []
        arguments = self.arguments(call)
        at = next((n for n, one in enumerate(arguments) if _is_within(one.node, argument)), None)
        function = call.child_by_field_name("function")
        if at is None or self.local_function(function) is not None:
            return []
        return self.wanted_of(self.candidates(call), arguments, at, self._explicit(function))

    def wanted_of(
        self, candidates: list[Candidate], arguments: list[Argument], at: int, explicit: list[Value]
    ) -> list[Value]:
        """The types that some methods want for an argument: lambdas after it say nothing of it."""
        found: list[Value] = []
        for candidate in self.overloads.fitting(candidates, arguments):
            written = self._expected(candidate, arguments, at)
            if written is None:
                return []
            bound = self._inferred(candidate, arguments, explicit, at)
            found.append(self._in.world.resolve(written, candidate.member.part.place, bound))
        return found

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


def _lambda(node: Node) -> Node | None:
    """The function in a member that a node lies in."""
    return next(enclosing(node, LAMBDAS | {"local_function_statement"}), None)


def _is_within(node: Node, around: Node) -> bool:
    return around.start_byte <= node.start_byte and node.end_byte <= around.end_byte


@cache
def _returns() -> Query:
    return Query(Grammar(CSHARP.grammar()), "(return_statement) @return")
