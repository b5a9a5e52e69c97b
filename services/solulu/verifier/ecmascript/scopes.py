"""The scopes around a place in a file: what each function, class, block and namespace there declares."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tree_sitter import Node

from solulu.verifier.ecmascript.classes import Declarer
from solulu.verifier.ecmascript.declare import Binding, Names, declare, hoisted
from solulu.verifier.ecmascript.describe import names_in
from solulu.verifier.ecmascript.nodes import CLASSES, FUNCTIONS, first, named, text, words
from solulu.verifier.ecmascript.types import Description
from solulu.verifier.ecmascript.values import UNKNOWN, Declared, Instance, Scope, Static, Value
from solulu.verifier.ecmascript.world import World

_BLOCKS = ("statement_block", "switch_body", "class_static_block", "switch_case", "switch_default")
_TYPE_FUNCTIONS = {"function_type", "constructor_type", "function_signature", "method_signature", "call_signature",
                   "construct_signature", "abstract_method_signature"}  # fmt: skip
_NAMESPACES = ("internal_module", "module")
_FIELDS = ("public_field_definition", "field_definition")
_DEEPEST = 400


class Scopes:
    """The scopes of one file, each made when it is first asked for."""

    def __init__(self, root: Node, world: World, describer: Declarer) -> None:
        self._root, self._world, self._describer = root, world, describer
        self._made: dict[int, Scope] = {}

    def around(self, start: int, end: int) -> list[Node]:
        """The nodes around a stretch, from the file down; none where it is nested too deep."""
        path: list[Node] = []
        node: Node | None = self._root
        while node is not None and len(path) < _DEEPEST:
            path.append(node)
            node = next(
                (child for child in node.children if child.start_byte <= start and child.end_byte >= end
                 and child.end_byte > child.start_byte),
                None,
            )  # fmt: skip
        return path if len(path) < _DEEPEST else []

    def innermost(self, path: list[Node]) -> Scope:
        """The scope at the end of a way down."""
        scope = self._world.scope(self._world.home)
        for depth, node in enumerate(path[1:], 1):
            if node.id not in self._made:
                made = self._scope(node, path[:depth], scope)
                if made is None:
                    continue
                self._made[node.id] = made
            scope = self._made[node.id]
        return scope

    def _scope(self, node: Node, path: list[Node], outer: Scope) -> Scope | None:
        kind = node.type
        if kind in FUNCTIONS:
            return self._function(node, path, outer)
        if kind in _TYPE_FUNCTIONS:
            scope = self._with_types(node, outer)
            for parameter in named(node.child_by_field_name("parameters")):
                for name in names_in(parameter):
                    scope.names.setdefault(name, []).append(["v", None, None])
            return scope
        if kind in CLASSES:
            return self._class(node, outer)
        if kind in _FIELDS and "static" in words(node) and outer.this and isinstance(outer.this[0], Instance):
            return self._plain(outer, {}, this=(Static(outer.this[0].of),))
        if kind in ("interface_declaration", "type_alias_declaration"):
            return self._with_types(node, outer)
        if kind == "enum_body":
            return self._plain(outer, {name: [["v", None, None]] for name in _enum_names(node)})
        if kind in ("mapped_type_clause", "index_signature", "conditional_type", "infer_type"):
            return self._type_variables(node, outer)
        names: Names = {}
        if kind in _BLOCKS or (kind == "program" and path):
            for statement in named(node):
                declare(statement, self._describer, names)
            if path and path[-1].type in _NAMESPACES:
                self._reopen(text(path[-1].child_by_field_name("name")), outer, names)
        elif kind == "for_statement":
            initializer = node.child_by_field_name("initializer")
            if initializer is not None:
                declare(initializer, self._describer, names)
        elif kind == "for_in_statement" and node.child_by_field_name("kind") is not None:
            self._loop(node, names)
            return Scope(self._world.home, names, outer, outer=frozenset(names))
        elif kind == "catch_clause" and (caught := node.child_by_field_name("parameter")) is not None:
            names = {name: [["v", None, None]] for name in names_in(caught)}
        return self._plain(outer, names) if names else None

    def _reopen(self, dotted: str, outer: Scope, names: Names) -> None:
        """Adds what other declarations of the same namespace declare."""
        head, *rest = dotted.split(".")
        bindings = [*outer.names.get(head, ()), *(binding for binding, _ in self._world.global_parts(head))]
        for part in rest:
            bindings = [inner for binding in bindings if binding[0] == "n" for inner in binding[1].get(part, ())]
        for binding in bindings:
            for name, declared in binding[1].items() if binding[0] == "n" else ():
                names.setdefault(name, list(declared))

    def _plain(self, outer: Scope, names: Names, this: tuple[Value, ...] | None = None) -> Scope:
        return Scope(self._world.home, names, outer, this=this)

    def _loop(self, node: Node, names: Names) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        operator = text(node.child_by_field_name("operator"))
        values = self._describer.expression(right)
        element: Description = ["#", "string"] if operator == "in" else values and ["of", values]
        if "await" in words(node):
            element = None
        if left is not None:
            for name, described in self._describer.bound(left, element):
                names.setdefault(name, []).append(["v", None, described])

    def _with_types(self, node: Node, outer: Scope) -> Scope:
        """A scope in which type parameters stand for what they extend."""
        types: dict[str, tuple[Value, ...]] = {}
        scope = Scope(self._world.home, {}, outer, types)
        for name, constraint, _ in self._describer.type_parameters(node):
            types[name] = (UNKNOWN,)
            if constraint is not None:
                scope.names[name] = [["a", [], constraint]]
                del types[name]
        return scope

    def _type_variables(self, node: Node, outer: Scope) -> Scope:
        types: dict[str, tuple[Value, ...]] = {}
        waiting = [node]
        for _ in range(500):
            if not waiting:
                break
            one = waiting.pop()
            if one.type in ("infer_type", "mapped_type_clause", "index_signature"):
                name = one.child_by_field_name("name") or first(one)
                types[text(name)] = (UNKNOWN,)
            waiting.extend(named(one))
        names: Names = {name: [["v", None, None]] for name in types}
        return Scope(self._world.home, names, outer, types)

    def _class(self, node: Node, outer: Scope) -> Scope:
        scope = self._with_types(node, outer)
        name = text(node.child_by_field_name("name"))
        own = outer.names.get(name)
        if not own:
            own = [["c", self._describer.class_(node)]]
            if name:
                scope.names[name] = own
        declared = Declared(name, [(binding, outer) for binding in own if binding[0] in ("c", "i", "n")])
        types = {one[0]: (UNKNOWN,) for one in self._describer.type_parameters(node)}
        value = Instance(declared, tuple(types.values()))
        scope.this = (value,) if declared.of_kind("c") else (UNKNOWN,)
        return scope

    def _function(self, node: Node, path: list[Node], outer: Scope) -> Scope:
        scope = self._with_types(node, outer)
        if node.type == "method_definition":
            in_class = path and path[-1].type == "class_body"
            if not in_class:
                scope.this = (UNKNOWN,)
            elif "static" in words(node) and outer.this and isinstance(outer.this[0], Instance):
                scope.this = (Static(outer.this[0].of),)
        elif node.type != "arrow_function":
            scope.this = (UNKNOWN,)
            scope.names["arguments"] = [["v", ["r", "IArguments", []], None]]
        if node.type == "method_definition":
            scope.names["arguments"] = [["v", ["r", "IArguments", []], None]]
        name = node.child_by_field_name("name")
        if node.type.endswith(("function_expression", "generator_function")) and name is not None:
            scope.names[text(name)] = [["f", self._describer.function(node)]]
        expected = self._expected([*path, node])
        outer_names = set()
        for number, parameter in enumerate(_parameters(node)):
            for bound, binding, is_outer in self._parameter(parameter, number, expected):
                scope.names[bound] = [binding]
                if is_outer:
                    outer_names.add(bound)
        body = node.child_by_field_name("body")
        if body is not None and body.type == "statement_block":
            for bound in hoisted(body):
                scope.names.setdefault(bound, []).append(["v", None, None])
        scope.outer = frozenset(outer_names)
        return scope

    def _parameter(self, parameter: Node, number: int, expected: Description) -> Iterator[tuple[str, Binding, bool]]:
        pattern = parameter.child_by_field_name("pattern") or parameter
        if pattern.type == "this":
            return
        annotation = self._describer.annotation(parameter) if parameter.type.endswith("_parameter") else None
        is_typed = parameter.type.endswith("_parameter") and parameter.child_by_field_name("type") is not None
        default = parameter.child_by_field_name("value")
        if is_typed:
            value: Description = ["@", annotation]
        elif expected is not None:
            value = ["parameter", expected, number]
        elif default is not None and self._describer.is_typed:
            value = self._describer.expression(default)
        else:
            value = None
        is_rest = pattern.type == "rest_pattern"
        if is_rest:
            inner = first(pattern)
            if inner is not None and inner.type == "identifier":
                yield text(inner), ["v", annotation if is_typed else None, None], False
                return
            value = None
        for name, described in self._describer.bound(pattern, value):
            yield name, ["v", None, described], expected is not None and not is_typed

    def _expected(self, path: list[Node]) -> Description:
        """The type that the place of a function asks it to be of, described for the scope around the function."""
        return expected(path, len(path) - 1, self._describer)


def expected(path: list[Node], depth: int, describer: Declarer) -> Description:
    """What the place of an expression, at a depth of the way down to it, asks it to be."""
    node, parent = path[depth], path[depth - 1] if depth else None
    if parent is None:
        return None
    if parent.type == "arguments" and depth >= 2:
        call = path[depth - 2]
        number = next((n for n, one in enumerate(named(parent)) if one.id == node.id), None)
        callee = describer.expression(call.child_by_field_name("function") or call.child_by_field_name("constructor"))
        if callee is not None and number is not None:
            return ["expected", callee, number, describer.arguments(call), int(call.type == "new_expression")]
        return None
    if parent.type in ("variable_declarator", "public_field_definition"):
        annotation = describer.annotation(parent)
        return annotation and ["@", annotation]
    if parent.type == "parenthesized_expression":
        return expected(path, depth - 1, describer)
    if parent.type == "pair" and depth >= 2:
        outer = expected(path, depth - 2, describer)
        name = text(parent.child_by_field_name("key"))
        return outer and [".", outer, name]
    if parent.type == "object" and node.type == "method_definition":
        outer = expected(path, depth - 1, describer)
        return outer and [".", outer, text(node.child_by_field_name("name"))]
    return None


def _parameters(function: Node) -> list[Node]:
    single = function.child_by_field_name("parameter")
    parameters = [single] if single is not None else named(function.child_by_field_name("parameters"))
    return [one for one in parameters if text(one.child_by_field_name("pattern")) != "this"]


def _enum_names(node: Node) -> Iterator[str]:
    for child in named(node):
        yield text(child.child_by_field_name("name") or child)


__all__ = ["Any", "Scopes", "expected"]
