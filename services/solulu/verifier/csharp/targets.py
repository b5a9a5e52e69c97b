"""What C# expects where an expression stands: the types of lambdas' parameters, of `out` variables, and of `new()`.

Where a call may mean several methods, only what all of them say counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tree_sitter import Node

from solulu.verifier.csharp.calls import Calls
from solulu.verifier.csharp.overloads import LAMBDAS, Argument, lambda_parameters
from solulu.verifier.csharp.scopes import enclosing
from solulu.verifier.csharp.values import Value, joined

if TYPE_CHECKING:
    from solulu.verifier.csharp.expressions import Expressions

_CREATIONS = {"object_creation_expression", "implicit_object_creation_expression"}
_TYPED = {"cast_expression", "property_declaration"}
_RETURNING = {"method_declaration", "local_function_statement", "property_declaration", "indexer_declaration"}
_TASKS = ("System.Threading.Tasks.Task", "System.Threading.Tasks.ValueTask")


class Targets:
    """What the places of one file expect."""

    def __init__(self, expressions: Expressions, calls: Calls) -> None:
        self._in, self._calls = expressions, calls

    def lambda_parameter(self, name: Node) -> Value:
        """The type of a lambda's parameter that is written without one."""
        around = next(enclosing(name, LAMBDAS), None)
        if around is None:
            return None
        names = lambda_parameters(around)
        starts = [one.start_byte for one in names]
        if name.start_byte not in starts:
            return None
        at = starts.index(name.start_byte)
        found = []
        for target in self.of(around):
            if target is None or target.type.kind == "?":
                return None
            types = self._calls.overloads.delegate_parameters(target)
            if types is not None and len(types) == len(names):
                found.append(types[at])
        return joined(found)

    def out_argument(self, declared: Node) -> Value:
        """The type of a variable that an argument declares."""
        parent = declared.parent
        return joined(self._calls.wanted(parent)) if parent is not None and parent.type == "argument" else None

    def created(self, node: Node) -> Value:
        """What a `new()` without a type makes."""
        found = joined(self.of(node))
        return found.arguments[0] if found and found.type.name == "System.Nullable" and found.arguments else found

    def of(self, node: Node) -> list[Value]:
        """The types that an expression may be for, one of each overload; none where it may be for anything."""
        parent = node.parent
        if parent is None:
            return []
        match parent.type:
            case "argument":
                return self._calls.wanted(parent)
            case "parenthesized_expression":
                return self.of(parent)
            case "conditional_expression":
                return self.of(parent) if parent.child_by_field_name("condition") != node else []
            case "switch_expression_arm" if parent.parent is not None and parent.named_children[-1] == node:
                return self.of(parent.parent)
            case "variable_declarator" if parent.parent is not None:
                return [self._in.written(parent.parent.child_by_field_name("type"))]
            case "assignment_expression" if parent.child_by_field_name("right") == node:
                return [self._assigned(parent)]
            case "with_initializer" if parent.parent is not None:
                return [self._member(self._in.value(parent.parent), parent.named_children[0])]
            case "initializer_expression":
                return self._element(node, parent)
            case "return_statement" | "arrow_expression_clause":
                return [self._returned(parent)]
            case kind if kind in _TYPED:
                return [self._in.written(parent.child_by_field_name("type"))]
        return []

    def _assigned(self, assignment: Node) -> Value:
        left = assignment.child_by_field_name("left")
        around = assignment.parent
        if left is None or around is None or around.type != "initializer_expression":
            return self._in.value(left)
        return self._member(self._made(around), left)

    def _member(self, of: Value, name: Node) -> Value:
        """The type of a member, or of an element, that an initializer sets."""
        if of is None:
            return None
        if name.type == "element_binding_expression":
            return self._in.indexed(of)
        found = self._in.members.of(of, self._in.source.text(name))
        return self._in.type_of(found[0]) if found and found[0].kind in "pfe" else None

    def _made(self, initializer: Node) -> Value:
        """What an initializer fills."""
        around = initializer.parent
        if around is None:
            return None
        if around.type in _CREATIONS:
            return self._in.value(around)
        return self._assigned(around) if around.type == "assignment_expression" else None

    def _element(self, node: Node, initializer: Node) -> list[Value]:
        """The types that one of an initializer's elements may be for."""
        around = initializer.parent
        if around is None:
            return []
        if around.type == "array_creation_expression" or around.type == "variable_declarator":
            made = self._in.value(around) if around.type != "variable_declarator" else joined(self.of(initializer))
            return [made.arguments[0]] if made and made.is_array else []
        added = [node]
        if around.type == "initializer_expression":
            added = initializer.named_children
            initializer = around
        filled = self._made(initializer)
        if filled is None:
            return []
        candidates = self._calls.methods_on(filled, "Add")
        return self._calls.wanted_of(candidates, [Argument("", one) for one in added], added.index(node), [])

    def _returned(self, node: Node) -> Value:
        """What the function around is to give."""
        around = next(enclosing(node, LAMBDAS | _RETURNING), None)
        if around is None or around.type in LAMBDAS:
            return None
        given = self._in.written(around.child_by_field_name("returns") or around.child_by_field_name("type"))
        if not self._in.source.is_async(around):
            return given
        return given.arguments[0] if given and given.type.name in _TASKS and given.arguments else None
