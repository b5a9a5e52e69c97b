"""What a type says, in few words that can be stored and evaluated later.

Descriptions are JSON, null where nothing is known. A type is

    ["r", dotted name, types]  ["#", primitive]  ["|", t...]  ["&", t...]  ["[]", t]  ["tuple", t...]  ["f", function]
    ["o", body]  ["typeof", e]  ["from", specifier, dotted name, types]  ["in", t, name]  ["this"]

A function is {t: its type parameters, p: [[name, type, mark]...], r: its result's type, e: the expressions it returns,
a: async}, where a mark is "?" or "..."; a body is {m: {name: bindings}, d: 1 if there may be members that nothing
names, x: what it extends, c: call signatures, n: construct signatures, i: what its index signature gives}. A binding
of a member is ["v", type, expression] or ["f", function]; those of other names stand in declare.py, expressions in
describe.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Self

from tree_sitter import Node

from solulu.verifier.ecmascript.nodes import first, key, named, string, text, words

Description = Any
Body = dict[str, Any]
DEEPEST = 10
PRIMITIVES = {"string": "string", "template_string": "string", "number": "number", "true": "boolean",
              "false": "boolean", "regex": "RegExp", "null": "null", "undefined": "null"}  # fmt: skip
"""Literals and what they are; `null` is also undefined, void and never, which no member access meets."""
_SYMBOL = re.compile(r"\[\s*(?:Symbol\.|[\w$.]*[sS]ymbol\w*\s*\]|k[A-Z]\w*\s*\]|[\w$.]*\binspect\.custom\s*\])")
_NOTHING = ("void", "never", "undefined")
_TYPED_PARAMETERS = ("required_parameter", "optional_parameter")


class TypeDescriber:
    """Describes types, and what is declared with them."""

    _deeper: Self | None = None

    def __init__(self, depth: int = DEEPEST) -> None:
        self.depth = depth

    def deeper(self) -> Self:
        """For what lies inside."""
        if self._deeper is None:
            self._deeper = self._inside()
        return self._deeper

    def _inside(self) -> Self:
        return type(self)(self.depth - 1)

    def annotation(self, node: Node | None, field: str = "type") -> Description:
        """The type that a declaration is annotated with; null where it is not."""
        annotation = node.child_by_field_name(field) if node is not None else None
        if annotation is None:
            return None
        if annotation.type in ("type_predicate_annotation", "type_predicate"):
            return ["#", "boolean"]
        if annotation.type in ("asserts_annotation", "asserts"):
            return ["#", "null"]
        return self.type(first(annotation) if annotation.type == "type_annotation" else annotation)

    def arguments(self, node: Node) -> list[Description]:
        """The type arguments of a node."""
        given = node.child_by_field_name("type_arguments")
        if given is None:
            given = next((child for child in node.named_children if child.type == "type_arguments"), None)
        return [self.deeper().type(argument) for argument in named(given)]

    def type(self, node: Node | None) -> Description:
        """A type's description."""
        if node is None or self.depth <= 0:
            return None
        kind = node.type
        if kind == "type_identifier" and text(node) == "bigint":
            return ["#", "bigint"]
        if kind in ("type_identifier", "nested_type_identifier", "identifier", "nested_identifier"):
            return ["r", text(node), []]
        if kind == "predefined_type":
            name = text(node)
            return None if name in ("any", "unknown") else ["#", "null" if name in _NOTHING else name]
        if kind == "generic_type":
            name_node = node.child_by_field_name("name")
            is_dotted = name_node is not None and name_node.type.endswith("identifier")
            return ["r", text(name_node), self.arguments(node)] if is_dotted else None
        method = getattr(self, f"_type_{kind}", None)
        return method(node) if method else None

    def type_parameters(self, node: Node) -> list[list[Any]]:
        """[name, constraint, default] of the type parameters of a declaration."""
        inside = self.deeper()
        return [
            [
                text(child.child_by_field_name("name")),
                inside.type(first(child.child_by_field_name("constraint"))),
                inside.type(first(child.child_by_field_name("value"))),
            ]
            for child in named(node.child_by_field_name("type_parameters"))
        ]

    def signature(self, node: Node) -> dict[str, Any]:
        """A function, a method, or the type of one, as far as its types tell."""
        described: dict[str, Any] = {"p": list(self._parameters(node))}
        if parameters := self.type_parameters(node):
            described["t"] = parameters
        field = "type" if node.type in ("constructor_type", "construct_signature") else "return_type"
        if node.child_by_field_name(field) is not None:
            described["r"] = self.annotation(node, field)
        return described

    def body(self, node: Node) -> Body:
        """The members of an interface's body or an object type."""
        members: dict[str, list[Any]] = {}
        body: Body = {"m": members}
        for child in named(node):
            name = key(child.child_by_field_name("name"))
            if child.type == "property_signature" and name is not None:
                members.setdefault(name, []).append(["v", self.annotation(child), None])
            elif child.type == "method_signature" and name is not None:
                members.setdefault(name, []).append(accessor_or_method(child, self.signature(child)))
            elif child.type == "call_signature":
                body.setdefault("c", []).append(self.signature(child))
            elif child.type == "construct_signature":
                body.setdefault("n", []).append(self.signature(child))
            elif child.type == "index_signature":
                if text(child.child_by_field_name("index_type")) != "number":
                    body["d"] = 1
                if child.child_by_field_name("index_type") is not None:
                    body["i"] = self.annotation(child)
            elif not is_symbol(child):
                body["d"] = 1
        return body

    def _parameters(self, node: Node) -> Iterator[list[Any]]:
        single = node.child_by_field_name("parameter")
        for child in [single] if single is not None else named(node.child_by_field_name("parameters")):
            if child.type == "identifier":
                yield [text(child), None, ""]
                continue
            pattern = child.child_by_field_name("pattern") or child.child_by_field_name("left") or child
            if pattern.type == "this":
                continue
            is_optional = child.type in ("optional_parameter", "assignment_pattern")
            mark = "?" if is_optional or child.child_by_field_name("value") is not None else ""
            if pattern.type == "rest_pattern":
                pattern, mark = first(pattern) or pattern, "..."
            type = self.deeper().annotation(child) if child.type in _TYPED_PARAMETERS else None
            yield [text(pattern) if pattern.type == "identifier" else "", type, mark]

    def _type_literal_type(self, node: Node) -> Description:
        inside = first(node)
        return ["#", PRIMITIVES.get(inside.type, "number")] if inside is not None else None

    def _type_template_literal_type(self, node: Node) -> Description:
        return ["#", "string"]

    def _type_parenthesized_type(self, node: Node) -> Description:
        return self.deeper().type(first(node))

    def _type_readonly_type(self, node: Node) -> Description:
        return self.deeper().type(first(node))

    def _type_optional_type(self, node: Node) -> Description:
        return self.deeper().type(first(node))

    def _type_array_type(self, node: Node) -> Description:
        return ["[]", self.deeper().type(first(node))]

    def _type_tuple_type(self, node: Node) -> Description:
        inside = self.deeper()
        return [
            "tuple",
            *(
                inside.annotation(child) if child.type in _TYPED_PARAMETERS else inside.type(child)
                for child in named(node)
            ),
        ]

    def _type_union_type(self, node: Node) -> Description:
        return ["|", *self._flat(node)]

    def _type_intersection_type(self, node: Node) -> Description:
        return ["&", *self._flat(node)]

    def _flat(self, node: Node) -> list[Description]:
        parts: list[Node] = []
        waiting = [node]
        while waiting:
            one = waiting.pop()
            if one.type == node.type:
                waiting.extend(reversed(named(one)))
            else:
                parts.append(one)
        inside = self.deeper()
        return [inside.type(part) for part in parts]

    def _type_function_type(self, node: Node) -> Description:
        return ["f", self.deeper().signature(node)]

    def _type_constructor_type(self, node: Node) -> Description:
        return ["o", {"m": {}, "n": [self.deeper().signature(node)]}]

    def _type_object_type(self, node: Node) -> Description:
        return ["o", self.deeper().body(node)]

    def _type_type_query(self, node: Node) -> Description:
        inside = first(node)
        specifier = imported(inside)
        if specifier:
            return ["typeof", ["module", specifier]]
        dotted = text(inside)
        return ["typeof", _path(dotted)] if all(part.isidentifier() for part in dotted.split(".")) else None

    def _type_this_type(self, node: Node) -> Description:
        return ["this"]

    def _type_this(self, node: Node) -> Description:
        return ["this"]

    def _type_lookup_type(self, node: Node) -> Description:
        inside = named(node)
        literal = first(inside[1]) if len(inside) == 2 and inside[1].type == "literal_type" else None
        name = string(literal)
        return ["in", self.deeper().type(inside[0]), name] if name else None

    def _type_member_expression(self, node: Node) -> Description:
        specifier = imported(node.child_by_field_name("object"))
        if _is_cut(node):
            return None
        return specifier and ["from", specifier, text(node.child_by_field_name("property")), []]


def accessor_or_method(node: Node, signature: dict[str, Any]) -> list[Any]:
    """The binding of a method, or of the property that an accessor stands for."""
    marks = words(node)
    if "get" in marks:
        results = signature.get("e")
        return ["v", signature.get("r"), results[0] if results and len(results) == 1 else None]
    if "set" in marks:
        return ["v", signature["p"][0][1] if signature["p"] else None, None]
    return ["f", signature]


def is_symbol(node: Node) -> bool:
    """Whether a member is named by a symbol, so that no plain name is."""
    return bool(_SYMBOL.match(text(node.child_by_field_name("name"))))


def _is_cut(node: Node) -> bool:
    """Whether the grammar does not know what follows a type, as `import("x").T["member"]`, and takes it for something
    else."""
    around = node.parent
    while around is not None and not around.type.endswith("_declaration"):
        around = around.parent
    return around is not None and around.has_error


def imported(node: Node | None) -> str | None:
    """The specifier of `import("x")`."""
    if node is None or node.type != "call_expression" or text(node.child_by_field_name("function")) != "import":
        return None
    return string(first(node.child_by_field_name("arguments")))


def _path(dotted: str) -> Description:
    head, *names = dotted.split(".")
    described: Description = head
    for name in names:
        described = [".", described, name]
    return described
