"""What the parameters of a lambda are, and what the type parameters of a generic method become in a call.

Only what follows from a single overload is said: the function that it takes there, by its one abstract method, and the
types that arguments have by themselves (Java Language Specification, 15.27.3 and 18.5, as far as that).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tree_sitter import Node

from solulu.verifier.java.declarations import Declaration, bounds_of
from solulu.verifier.java.members import Function, Members, Overload
from solulu.verifier.java.names import Names
from solulu.verifier.java.summary import type_text
from solulu.verifier.java.types import (
    UNKNOWN,
    Either,
    Primitive,
    Reference,
    TypeName,
    TypeText,
    Value,
    either,
    parse_type,
)

if TYPE_CHECKING:
    from solulu.verifier.java.expressions import Expressions

_BOXES = {
    "boolean": "Boolean", "byte": "Byte", "char": "Character", "double": "Double", "float": "Float", "int": "Integer",
    "long": "Long", "short": "Short", "void": "Void",
}  # fmt: skip


class Lambdas:
    """Types that follow from the call around a lambda, or from the lambda in a call."""

    def __init__(self, names: Names, members: Members, expressions: Expressions) -> None:
        self._names, self._members, self._expressions = names, members, expressions

    def parameter(self, node: Node) -> Value:
        """What a parameter of a lambda is that is written without a type."""
        listed = node.parent
        is_alone = listed is not None and listed.type == "lambda_expression"
        around = listed if is_alone or listed is None else listed.parent
        if listed is None or around is None or around.type != "lambda_expression":
            return UNKNOWN
        siblings = [node] if is_alone else _arguments(listed)
        function = self._function_of(around, len(siblings))
        if function is None or node not in siblings:
            return UNKNOWN
        text = function.described[1][siblings.index(node)]
        return self._names.value(text, function.owner.declaration, function.owner.arguments)

    def inferred(self, overload: Overload, call: Node) -> Mapping[str, Value]:
        """What a method's own type parameters become in a call, as far as one argument says so."""
        own = bounds_of(overload.described[2]) if len(overload.described) > 2 else {}
        found: dict[str, list[Value]] = {name: [] for name in own}
        listed = call.child_by_field_name("arguments")
        for argument, text in zip(_arguments(listed) if listed else [], overload.parameters, strict=False):
            self._infer(argument, parse_type(text), overload, found)
        return {name: either(values) for name, values in found.items()}

    def _infer(self, argument: Node, text: TypeText, overload: Overload, found: dict[str, list[Value]]) -> None:
        if text.name in found and not text.dimensions:
            found[text.name].append(self.boxed(self._expressions.value(argument)))
        elif argument.type == "class_literal" and len(text.arguments) == 1 and text.arguments[0].name in found:
            value = self._expressions.value(argument.named_children[0])
            kind = Reference(value.declaration) if isinstance(value, TypeName) else UNKNOWN
            found[text.arguments[0].name].append(kind)
        elif argument.type in ("lambda_expression", "method_reference"):
            self._infer_result(argument, text, overload, found)

    def _infer_result(self, argument: Node, text: TypeText, overload: Overload, found: dict[str, list[Value]]) -> None:
        """What a function gives, where that is one of the type parameters."""
        kind = self._names.function(text, overload.owner.declaration, overload.owner.arguments)
        function = self._members.function(kind)
        if function is None or not isinstance(kind, Reference):
            return
        variables = list(kind.declaration.variables)
        result = function.described[0]
        if function.owner.declaration is not kind.declaration or result not in variables:
            return
        given = text.arguments[variables.index(result)].name if len(text.arguments) == len(variables) else ""
        if given in found:
            found[given].append(self.boxed(self._result_of(argument)))

    def _result_of(self, argument: Node) -> Value:
        """What a lambda or a method reference gives."""
        if argument.type == "lambda_expression":
            body = argument.child_by_field_name("body")
            return self._expressions.value(body) if body and body.type != "block" else UNKNOWN
        parts = argument.named_children
        receiver = self._expressions.value(parts[0])
        if len(parts) < 2 or not isinstance(receiver, TypeName | Reference):
            return UNKNOWN
        overloads, is_sure = self._members.overloads(receiver, self._expressions.text(parts[-1]))
        return self._members.result(overloads, receiver) if is_sure else UNKNOWN

    def _function_of(self, around: Node, count: int) -> Function | None:
        """The method that a lambda with so many parameters is, where that is certain."""
        parent = around.parent
        if parent is None:
            return None
        if parent.type == "variable_declarator" and parent.parent:
            place = self._expressions.place(parent)
            text = type_text(parent.parent.child_by_field_name("type"), self._expressions.data)
            return self._members.function(self._names.function(parse_type(text), place)) if place else None
        call = parent.parent
        if parent.type != "argument_list" or call is None:
            return None
        index, total = _arguments(parent).index(around), len(_arguments(parent))
        overloads, is_sure = self._expressions.overloads(call)
        fitting = [one for one in overloads if one.accepts(total) and index < len(one.parameters)] if is_sure else []
        functions = [self._taken(one, index) for one in fitting]
        matching = [one for one in functions if one is None or len(one.described[1]) == count]
        return matching[0] if len(matching) == 1 else None

    def _taken(self, overload: Overload, index: int) -> Function | None:
        """The function that a parameter of a method is."""
        own = dict.fromkeys(bounds_of(overload.described[2]) if len(overload.described) > 2 else (), UNKNOWN)
        arguments = {**overload.owner.arguments, **own}
        kind = self._names.function(parse_type(overload.parameters[index]), overload.owner.declaration, arguments)
        return self._members.function(kind)

    def boxed(self, value: Value) -> Value:
        """What a value is where an object is needed."""
        if isinstance(value, Either):
            return either(map(self.boxed, value.values))
        if not isinstance(value, Primitive):
            return value
        found = self._names.world.named(f"java.lang.{_BOXES.get(value.name, '')}")
        return Reference(found) if isinstance(found, Declaration) else UNKNOWN


def _arguments(listed: Node) -> list[Node]:
    return [child for child in listed.named_children if not child.is_extra]
