"""What an expression or a function is, in few words that can be stored: enough to evaluate it later, in its scope.

An expression's description is a name, null where nothing is known, or

    [".", e, name]  ["()", e, types, n]  ["new", e, types]  ["await", e]  ["[]", e]  ["[n]", e, n]  ["|", e...]
    ["this"]  ["super"]  ["#", primitive]  ["@", type]  ["f", function]  ["c", class]  ["o", body]  ["array", e...]
    ["module", specifier]  ["lazy", specifier]: the promise of a module    ["outer", name]: a name of the scope around
    ["expected", callee, n, types, 1 if it is constructed]: what argument n of a call should be
    ["parameter", e, n]: parameter n of a function

Types, functions and bodies stand in types.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Self

from tree_sitter import Node

from solulu.verifier.ecmascript.mutation import Mutations
from solulu.verifier.ecmascript.nodes import CLASSES, FUNCTIONS, first, key, named, statements, string, text, words
from solulu.verifier.ecmascript.types import DEEPEST, PRIMITIVES, Body, Description, TypeDescriber, accessor_or_method

_LARGEST_LITERAL = 20_000
"""Bytes; larger object literals are data."""
_BOOLEAN = {"===", "!==", "==", "!=", "<", ">", "<=", ">=", "in", "instanceof"}
_LOADING = {"require": "module", "import": "lazy"}
_MOST_RESULTS = 8


class Describer(TypeDescriber):
    """Describes expressions too. In a function whose result is asked for, its own names (`own`) stand for what they are
    bound to: a description, or the node of one that nobody has asked for yet. `changes` is what a file in JavaScript
    does to its objects, None in TypeScript."""

    def __init__(self, changes: Mutations | None, own: dict[str, Any] | None = None, depth: int = DEEPEST) -> None:
        super().__init__(depth)
        self.changes, self.own = changes, {} if own is None else own

    @property
    def is_typed(self) -> bool:
        """Whether what is declared is believed."""
        return self.changes is None

    def _inside(self) -> Self:
        return type(self)(self.changes, self.own, self.depth - 1)

    def seeing(self, own: dict[str, Any]) -> Self:
        """For where these names are its own; `this` is one of them where it is not the instance of a class."""
        return type(self)(self.changes, own, self.depth - 1)

    def annotation(self, node: Node | None, field: str = "type") -> Description:
        """As for any declaration; JavaScript's grammar has no types, so there they are not looked for."""
        return super().annotation(node, field) if self.is_typed else None

    def arguments(self, node: Node) -> list[Description]:
        """As for any node; none in JavaScript."""
        return super().arguments(node) if self.is_typed else []

    def type_parameters(self, node: Node) -> list[list[Any]]:
        """As for any declaration; none in JavaScript."""
        return super().type_parameters(node) if self.is_typed else []

    def expression(self, node: Node | None) -> Description:
        """An expression's description."""
        if node is None or self.depth <= 0:
            return None
        kind = node.type
        if kind in ("identifier", "shorthand_property_identifier"):
            return self._name(text(node))
        if kind in PRIMITIVES:
            return ["#", PRIMITIVES[kind]]
        if kind in FUNCTIONS:
            return ["f", self.deeper().function(node)]
        method = getattr(self, f"_{kind}", None)
        return method(node) if method else None

    def _name(self, name: str) -> Description:
        if name not in self.own:
            return ["#", "null"] if name == "undefined" else name
        value = self.own[name]
        if isinstance(value, Node):
            self.own[name] = None
            value = self.own[name] = self.deeper().expression(value)
        return value

    def _this(self, node: Node) -> Description:
        return None if "this" in self.own else ["this"]

    def _super(self, node: Node) -> Description:
        return None if "this" in self.own else ["super"]

    def _parenthesized_expression(self, node: Node) -> Description:
        inside = named(node)
        return self.deeper().expression(inside[-1]) if inside else None

    def _non_null_expression(self, node: Node) -> Description:
        return self.deeper().expression(first(node))

    def _satisfies_expression(self, node: Node) -> Description:
        return self.deeper().expression(first(node))

    def _as_expression(self, node: Node) -> Description:
        inside = named(node)
        return self.deeper().expression(inside[0]) if len(inside) == 1 else ["@", self.deeper().type(inside[-1])]

    def _type_assertion(self, node: Node) -> Description:
        arguments = self.arguments(node)
        return ["@", arguments[0]] if arguments else None

    def _member_expression(self, node: Node) -> Description:
        inner = self.deeper().expression(node.child_by_field_name("object"))
        return inner and [".", inner, text(node.child_by_field_name("property"))]

    def _subscript_expression(self, node: Node) -> Description:
        inner = self.deeper().expression(node.child_by_field_name("object"))
        name = string(node.child_by_field_name("index"))
        return inner and ([".", inner, name] if name else ["[]", inner])

    def _call_expression(self, node: Node) -> Description:
        callee, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        given = named(arguments)
        loading = _LOADING.get(text(callee)) if callee is not None and callee.type in ("identifier", "import") else None
        if arguments is not None and loading is not None:
            specifier = string(given[0]) if given else None
            return specifier and [loading, specifier]
        inner = self.deeper().expression(callee)
        if not inner:
            return None
        is_spread = arguments is None or any(one.type == "spread_element" for one in given)
        return ["()", inner, self.arguments(node), -1 if is_spread else len(given)]

    def _new_expression(self, node: Node) -> Description:
        inner = self.deeper().expression(node.child_by_field_name("constructor"))
        return inner and ["new", inner, self.arguments(node)]

    def _await_expression(self, node: Node) -> Description:
        inner = self.deeper().expression(first(node))
        return inner and ["await", inner]

    def _ternary_expression(self, node: Node) -> Description:
        inside = self.deeper()
        return either(inside.expression(node.child_by_field_name(field)) for field in ("consequence", "alternative"))

    def _binary_expression(self, node: Node) -> Description:
        operator = text(node.child_by_field_name("operator"))
        if operator in _BOOLEAN:
            return ["#", "boolean"]
        if operator in ("||", "??", "&&"):
            inside = self.deeper()
            return either(inside.expression(node.child_by_field_name(field)) for field in ("left", "right"))
        return None

    def _unary_expression(self, node: Node) -> Description:
        operator = text(node.child_by_field_name("operator"))
        primitive = {"!": "boolean", "typeof": "string", "void": "null"}.get(operator)
        return primitive and ["#", primitive]

    def _assignment_expression(self, node: Node) -> Description:
        return self.deeper().expression(node.child_by_field_name("right"))

    def _array(self, node: Node) -> Description:
        elements = named(node)
        if not elements or len(elements) > 20:
            return ["array", None]
        return ["array", *(self.deeper().expression(element) for element in elements)]

    def _object(self, node: Node) -> Description:
        if node.end_byte - node.start_byte > _LARGEST_LITERAL:
            return None
        inside = self.seeing({**self.own, "this": None})
        members: dict[str, list[Any]] = {}
        body: Body = {"m": members}
        for child in named(node):
            name = key(child.child_by_field_name("key") or child.child_by_field_name("name"))
            if child.type == "shorthand_property_identifier":
                members.setdefault(text(child), []).append(["v", None, inside.expression(child)])
            elif child.type == "pair" and name is not None and name != "__proto__":
                value = inside.expression(child.child_by_field_name("value"))
                members.setdefault(name, []).append(["v", None, value])
            elif child.type == "method_definition" and name is not None:
                members.setdefault(name, []).append(accessor_or_method(child, inside.function(child)))
            else:
                body["d"] = 1
        return ["o", body]

    def function(self, node: Node) -> dict[str, Any]:
        """A function with a body; without a declared result, the expressions that it returns."""
        described = self.signature(node)
        body = node.child_by_field_name("body")
        if "r" in described or body is None:
            return described
        marks = words(node)
        if "*" not in marks:
            has_own_this = node.type.startswith(("function", "generator"))
            described["e"] = self._results(node, body, has_own_this)
            if "async" in marks:
                described["a"] = 1
        return described

    def _results(self, node: Node, body: Node, has_own_this: bool) -> list[Description]:
        results: list[Node | None] = []
        declarations: list[tuple[str, Node]] = []
        if body.type != "statement_block":
            results.append(body)
        else:
            for kind, statement in statements(body):
                if kind == "return_statement":
                    results.append(first(statement))
                else:
                    declarations.append((kind, statement))
        if not results:
            return [["#", "null"]]
        if len(results) > _MOST_RESULTS:
            return [None]
        own = {**self.own, **({"this": None} if has_own_this else {})}
        inside = self.seeing(own)
        for child in named(node.child_by_field_name("parameters")) or named(node)[:1]:
            pattern = child.child_by_field_name("pattern") or child
            if pattern.type == "identifier":
                is_typed = child.child_by_field_name("type") is not None
                own[text(pattern)] = ["@", inside.annotation(child)] if is_typed else None
            else:
                own.update(dict.fromkeys(names_in(pattern)))
        for kind, statement in declarations:
            if kind in ("lexical_declaration", "variable_declaration"):
                _declare_own(statement, own, self.changes, body)
            elif kind in CLASSES or kind in FUNCTIONS:
                own[text(statement.child_by_field_name("name"))] = None
        return [["#", "null"] if result is None else inside.expression(result) for result in results]

    def bound(self, pattern: Node, value: Description) -> Iterator[tuple[str, Description]]:
        """The names that a pattern binds, with what they are bound to where `value` is taken apart."""
        kind = pattern.type
        if kind in ("identifier", "shorthand_property_identifier_pattern"):
            yield text(pattern), value
        elif kind == "object_pattern":
            for child in named(pattern):
                yield from self._bound_member(child, value)
        elif kind == "array_pattern":
            number = 0
            for child in pattern.children:
                if child.type == ",":
                    number += 1
                elif child.is_named and child.type != "comment":
                    yield from self.bound(child, value and ["[n]", value, number])
        elif kind in ("assignment_pattern", "object_assignment_pattern"):
            left = pattern.child_by_field_name("left")
            if left is not None:
                for name, inner in self.bound(left, value):
                    yield name, inner and ["|", inner, self.expression(pattern.child_by_field_name("right"))]
        elif kind == "rest_pattern":
            yield from ((name, None) for name in names_in(pattern))

    def _bound_member(self, child: Node, value: Description) -> Iterator[tuple[str, Description]]:
        if child.type == "shorthand_property_identifier_pattern":
            yield text(child), value and [".", value, text(child)]
        elif child.type == "object_assignment_pattern":
            left = child.child_by_field_name("left")
            if left is not None and left.type == "shorthand_property_identifier_pattern":
                default = self.expression(child.child_by_field_name("right"))
                yield text(left), value and ["|", [".", value, text(left)], default]
        elif child.type == "pair_pattern":
            name, inner = key(child.child_by_field_name("key")), child.child_by_field_name("value")
            if inner is not None:
                yield from self.bound(inner, value and name and [".", value, name])
        else:
            yield from ((name, None) for name in names_in(child))


def names_in(pattern: Node) -> Iterator[str]:
    """The names that a pattern binds."""
    waiting = [pattern]
    while waiting:
        node = waiting.pop()
        if node.type in ("identifier", "shorthand_property_identifier_pattern"):
            yield text(node)
        elif node.type in ("assignment_pattern", "object_assignment_pattern"):
            left = node.child_by_field_name("left")
            waiting.extend([left] if left is not None else [])
        elif node.type == "pair_pattern":
            value = node.child_by_field_name("value")
            waiting.extend([value] if value is not None else [])
        elif node.type in ("object_pattern", "array_pattern", "rest_pattern", "required_parameter",
                           "optional_parameter"):  # fmt: skip
            field = node.child_by_field_name("pattern")
            waiting.extend([field] if field is not None else named(node))


def names_in_parameters(function: Node) -> Iterator[str]:
    """The names that a function's parameters bind."""
    single = function.child_by_field_name("parameter")
    for parameter in [single] if single is not None else named(function.child_by_field_name("parameters")):
        yield from names_in(parameter)


def either(parts: Iterable[Description]) -> Description:
    """Alternatives; what is unknown stays among them."""
    distinct: list[Description] = []
    for part in parts:
        if part not in distinct:
            distinct.append(part)
    return distinct[0] if len(distinct) == 1 else ["|", *distinct]


def _declare_own(statement: Node, own: dict[str, Any], changes: Mutations | None, body: Node) -> None:
    """Adds what a statement declares; not the values of objects that get more members in the body around."""
    kind = statement.child_by_field_name("kind")
    is_const = kind is not None and kind.type == "const"
    for declarator in named(statement):
        name = declarator.child_by_field_name("name")
        if name is None:
            continue
        if is_const and name.type == "identifier" and declarator.child_by_field_name("type") is None:
            bound = text(name)
            is_open = bound in own or (changes is not None and changes.is_opened(bound, body))
            own[bound] = None if is_open else declarator.child_by_field_name("value")
        else:
            own.update(dict.fromkeys(names_in(name)))
