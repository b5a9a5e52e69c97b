"""The names that a completion uses, and what each of them is syntactically: a variable, a type, a member."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tree_sitter import Language as Grammar
from tree_sitter import Node, Query, QueryCursor

from solulu.languages.java import JAVA
from solulu.verifier.java.scopes import Place, Scopes

UseKind = Literal[
    "variable", "type", "nested", "method", "field", "import", "element", "label", "constant", "reference", "arguments",
    "opaque",
]  # fmt: skip
_NAMES = Query(Grammar(JAVA.grammar()), "[(identifier) (type_identifier)] @name (argument_list) @arguments")
_DECLARED_BY_NAME = {
    "class_declaration", "interface_declaration", "enum_declaration", "record_declaration",
    "annotation_type_declaration", "method_declaration", "constructor_declaration", "compact_constructor_declaration",
    "annotation_type_element_declaration", "formal_parameter", "catch_formal_parameter", "variable_declarator",
    "enhanced_for_statement", "resource", "enum_constant", "instanceof_expression",
}  # fmt: skip
_DECLARED = {"inferred_parameters", "type_parameter", "type_pattern", "record_pattern_component", "receiver_parameter"}
_MOST_NODES = 60_000
"""That are looked at on the ways from the root to the names of one completion; a person's have some hundred."""


@dataclass(frozen=True)
class Use:
    """A name at its place."""

    kind: UseKind
    name: str
    node: Node
    parent: Node
    place: Place

    @property
    def start(self) -> int:
        """Byte offset in the file."""
        return self.node.start_byte


def uses_in(scopes: Scopes, start: int, end: int) -> Iterator[Use]:
    """The uses of names that overlap some bytes, in order; where those are none, of the name that they cut."""
    cursor = QueryCursor(_NAMES)
    cursor.set_byte_range(max(0, start - (start == end)), max(end, start + 1))
    captures = cursor.captures(scopes.root)
    found = [node for node in captures.get("name", ()) if _overlaps(node, start, end)]
    calls = [node for node in captures.get("arguments", ()) if node.start_byte < end and start < node.end_byte]
    left = _MOST_NODES
    for node in sorted([*found, *calls], key=lambda node: (node.start_byte, node.end_byte)):
        path = scopes.path(node)
        left -= len(path) if path else _MOST_NODES
        name = scopes.data[node.start_byte : node.end_byte].decode("utf-8", "replace")
        if path is None or len(path) < 2 or left < 0:
            yield Use("opaque", name, node, scopes.root, scopes.place_at([scopes.root]))
            return
        kind = "arguments" if node.type == "argument_list" else _kind(node, path)
        if kind:
            yield Use(kind, name, node, path[-2], scopes.place_at(path))


def _overlaps(node: Node, start: int, end: int) -> bool:
    if start == end:
        return node.start_byte < start < node.end_byte
    return node.start_byte < end and start < node.end_byte


def _kind(node: Node, path: list[Node]) -> UseKind | None:
    """What a name is; None where it is not used, but declared."""
    parent = path[-2]
    kind = parent.type
    if kind in _DECLARED_BY_NAME and parent.child_by_field_name("name") == node:
        return None
    if any(around.is_error for around in path):
        return "opaque"
    if node.type == "type_identifier":
        return _kind_of_type(node, parent)
    if kind in _DECLARED or (kind == "labeled_statement" and parent.named_children[0] == node):
        return None
    if kind == "lambda_expression" and parent.child_by_field_name("parameters") == node:
        return None
    return _kind_of_name(node, parent, path)


def _kind_of_type(node: Node, parent: Node) -> UseKind | None:
    kind = parent.type
    if kind == "type_parameter":
        return None
    if kind == "scoped_type_identifier":
        return "nested"
    if node.end_byte - node.start_byte == len(b"var") and node.text == b"var":
        return None
    if kind == "object_creation_expression" and any(child.type == "." for child in parent.children):
        return "opaque"
    return "type"


def _kind_of_name(node: Node, parent: Node, path: list[Node]) -> UseKind | None:
    match parent.type:
        case "method_invocation":
            return "method" if parent.child_by_field_name("name") == node else "variable"
        case "field_access":
            return "field" if parent.child_by_field_name("field") == node else "variable"
        case "scoped_identifier" | "import_declaration" | "package_declaration":
            return _kind_of_dotted(path)
        case "marker_annotation" | "annotation":
            return "type"
        case "element_value_pair":
            return "element" if parent.child_by_field_name("key") == node else "variable"
        case "method_reference":
            return "variable" if parent.named_children[0] == node else "reference"
        case "break_statement" | "continue_statement":
            return "label"
        case "switch_label":
            return "constant"
        case "record_pattern":
            return "type"
        case "module_declaration" | "template_expression":
            return "opaque"
    return "variable"


def _kind_of_dotted(path: list[Node]) -> UseKind | None:
    for around in reversed(path[:-1]):
        if around.type == "package_declaration":
            return None
        if around.type == "import_declaration":
            return "import"
        if around.type != "scoped_identifier":
            return "nested" if around.type in ("annotation", "marker_annotation", "record_pattern") else "opaque"
    return "opaque"
