"""The names in a completion that refer to something, and how each of them does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tree_sitter import Language as Grammar
from tree_sitter import Node, Query, QueryCursor

from solulu.languages.go import GO

Kind = Literal["name", "qualifier", "member", "key", "label", "import", "call"]
_GRAMMAR = Grammar(GO.grammar())
_NAMES = Query(_GRAMMAR, "[(identifier) (type_identifier) (field_identifier) (package_identifier) (label_name)] @name")
_OTHERS = Query(_GRAMMAR, "(import_spec path: (_) @import) (call_expression arguments: (argument_list) @arguments)")
_DEEPEST = 500
_MOST = 2_000
"""More are not looked at: no person has so many names completed at once."""
_DECLARES = {
    "parameter_declaration", "variadic_parameter_declaration", "type_parameter_declaration", "function_declaration",
    "method_declaration", "method_elem", "field_declaration", "package_clause", "import_spec", "labeled_statement",
}  # fmt: skip
"""Nodes whose direct children of these kinds are names that they declare."""
_NAMING = {"type_spec", "type_alias", "var_spec", "const_spec"}
_LISTING = {"short_var_declaration": "left", "range_clause": "left", "receive_statement": "left",
            "type_switch_statement": "alias"}  # fmt: skip


@dataclass(frozen=True)
class Use:
    """A name that refers to something; for `call`, the arguments of a call."""

    kind: Kind
    node: Node
    is_called: bool = False

    @property
    def name(self) -> str:
        """The name; for `import`, the path."""
        text = (self.node.text or b"").decode("utf-8", "replace")
        return text[1:-1] if self.kind == "import" else text


def find_uses(root: Node, start: int, end: int) -> tuple[list[Use], bool]:
    """The uses that overlap a stretch of a file, in order, and whether that is all of them."""
    names = _captured(_NAMES, root, start, end, _DEEPEST).get("name", [])
    all_names = _captured(_NAMES, root, start, end, None).get("name", [])
    others = _captured(_OTHERS, root, start, end, _DEEPEST)
    found = [Use("import", node) for node in others.get("import", ())]
    found.extend(Use("call", node) for node in others.get("arguments", ()))
    names.sort(key=lambda node: node.start_byte)
    for node in names[:_MOST]:
        found.extend(_classified(node))
    found.sort(key=lambda use: (use.node.start_byte, use.kind))
    return found[:_MOST], len(all_names) <= min(len(names), _MOST)


def _captured(query: Query, root: Node, start: int, end: int, deepest: int | None) -> dict[str, list[Node]]:
    """What overlaps a stretch, by capture. A node's parent is found from the root, so nodes far down cost most."""
    cursor = QueryCursor(query)
    if deepest is not None:
        cursor.set_max_start_depth(deepest)
    cursor.set_byte_range(max(0, start - 1), end + 1)
    return {
        capture: [node for node in nodes if node.start_byte < end and node.end_byte > start]
        for capture, nodes in cursor.captures(root).items()
    }


def _classified(node: Node) -> Iterator[Use]:
    parent = node.parent
    if parent is None or node.text == b"_":
        return
    is_type_in_field = node.type == "type_identifier" and parent.type in _DECLARES
    if (parent.type in _DECLARES and not is_type_in_field) or _is_declared(node, parent) or _is_misread(parent):
        return
    match node.type:
        case "label_name":
            yield Use("label", node)
        case "field_identifier":
            if parent.type == "selector_expression":
                yield Use("member", node, _is_called(parent))
        case "package_identifier":
            yield Use("qualifier", node)
        case "type_identifier":
            yield Use("member" if parent.type == "qualified_type" else "name", node, _is_called(parent))
        case _:
            is_qualifier = parent.type == "selector_expression"
            kind: Kind = "key" if _is_key(parent) else "qualifier" if is_qualifier else "name"
            yield Use(kind, node, _is_called(node))


def _is_declared(node: Node, parent: Node) -> bool:
    if parent.type in _NAMING:
        return node in parent.children_by_field_name("name")
    if parent.type != "expression_list" or parent.parent is None:
        return False
    declaration = parent.parent
    field = _LISTING.get(declaration.type)
    if field is None or declaration.child_by_field_name(field) != parent:
        return False
    return any(child.type == ":=" for child in declaration.children)


def _is_key(element: Node) -> bool:
    keyed = element.parent
    if element.type != "literal_element" or keyed is None or keyed.type != "keyed_element":
        return False
    return keyed.child_by_field_name("key") == element


def _is_misread(declaration: Node) -> bool:
    """Whether a parameter without a name stands among others with names: the grammar takes the first names of a long
    list for types, which Go does not allow."""
    if declaration.type != "parameter_declaration" or declaration.child_by_field_name("name") or not declaration.parent:
        return False
    return any(other.child_by_field_name("name") for other in declaration.parent.named_children)


def _is_called(node: Node) -> bool:
    parent = node.parent
    return parent is not None and parent.type == "call_expression" and parent.child_by_field_name("function") == node
