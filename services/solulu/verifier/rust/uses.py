"""The names in a completion that refer to something, and what each of them is a use of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tree_sitter import Node, QueryCursor, Tree

from solulu.languages.rust import RUST
from solulu.verifier.rust.macros import PLAIN_MACROS
from solulu.verifier.rust.scopes import PATTERNS

Kind = Literal["name", "below", "member", "field", "shorthand", "import", "opaque"]
_DEFINED = frozenset(
    [
        "function_item",
        "function_signature_item",
        "struct_item",
        "enum_item",
        "union_item",
        "trait_item",
        "type_item",
        "associated_type",
        "const_item",
        "static_item",
        "mod_item",
        "macro_definition",
        "enum_variant",
        "type_parameter",
        "const_parameter",
        "field_declaration",
        "constrained_type_parameter",
        "optional_type_parameter",
    ]
)
_BINDING = frozenset(["let_declaration", "parameter", "for_expression", "let_condition"])
_USES = frozenset(["use_declaration", "scoped_use_list", "use_list", "use_as_clause", "use_wildcard"])
_OPAQUE = frozenset(
    [
        "token_tree",
        "token_tree_pattern",
        "macro_definition",
        "attribute_item",
        "inner_attribute_item",
        "token_repetition",
        "token_repetition_pattern",
        "token_binding_pattern",
        "macro_invocation",
        "visibility_modifier",
    ]
)


_DEEPEST = 150
_MOST = 300


@dataclass(frozen=True)
class Use:
    """One name."""

    kind: Kind
    node: Node
    outer: Node | None = None
    """The path, the receiver or the struct that a name is looked up in."""
    is_called: bool = False


def uses_in(tree: Tree, start: int, end: int) -> tuple[list[Use], bool]:
    """The uses that overlap a stretch, in order, and whether these are all: very many, or very deep ones, are not
    looked at."""
    nodes = sorted(_names(tree, start, end, _DEEPEST), key=lambda node: node.start_byte)
    is_complete = len(nodes) <= _MOST and len(nodes) == len(_names(tree, start, end, None))
    uses = [_use(node) for node in nodes[:_MOST]]
    return [use for use in uses if use], is_complete


def _names(tree: Tree, start: int, end: int, depth: int | None) -> list[Node]:
    cursor = QueryCursor(RUST.reference_query)
    cursor.set_byte_range(start, end)
    if depth is not None:
        cursor.set_max_start_depth(depth)
    found = cursor.captures(tree.root_node).get("name", ())
    return [node for node in found if node.start_byte < end and node.end_byte > start]


def _use(node: Node) -> Use | None:
    parent = node.parent
    if parent is None or parent.type in ("lifetime", "label") or node.text == b"_":
        return None
    if _is_opaque(node):
        return Use("opaque", node)
    if parent.type in _DEFINED and parent.child_by_field_name("name") == node:
        return None
    if node.type == "field_identifier":
        return _field(node, parent)
    if _is_import(parent):
        return None if node == _alias(parent) else Use("import", node)
    if node.type == "shorthand_field_identifier":
        return Use("field", node, _above(node, ("struct_pattern",)))
    if parent.type == "shorthand_field_initializer":
        return Use("shorthand", node, _above(node, ("struct_expression",)))
    if parent.type == "type_binding" and parent.child_by_field_name("name") == node:
        return Use("opaque", node)
    if parent.type in ("scoped_identifier", "scoped_type_identifier"):
        return _scoped(node, parent)
    if _is_bound(node, parent):
        return Use("opaque", node) if _text(node)[:1].isupper() else None
    if _is_argument_of_macro(node, parent):
        return None
    return Use("name", node, is_called=_is_called(node))


def _field(node: Node, parent: Node) -> Use | None:
    if parent.type == "field_expression":
        return Use("member", node, parent.child_by_field_name("value"), _is_called(parent))
    if parent.type == "field_initializer":
        return Use("field", node, _above(node, ("struct_expression",)))
    if parent.type == "field_pattern":
        return Use("field", node, _above(node, ("struct_pattern",)))
    return Use("opaque", node)


def _scoped(node: Node, parent: Node) -> Use:
    path = parent.child_by_field_name("path")
    if path == node:
        return Use("name", node)
    return Use("below", node, path, _is_called(parent)) if path else Use("opaque", node)


def _is_called(node: Node) -> bool:
    parent = node.parent
    if parent and parent.type == "generic_function":
        node, parent = parent, parent.parent
    return parent is not None and parent.type == "call_expression" and parent.child_by_field_name("function") == node


def _is_opaque(node: Node) -> bool:
    above = node.parent
    for _ in range(4):
        if above is None:
            return False
        if above.type in _OPAQUE:
            return True
        if above.type.endswith(("_expression", "_item", "_declaration", "block")):
            return False
        above = above.parent
    return False


def _is_import(parent: Node) -> bool:
    above: Node | None = parent
    while above is not None and above.type in ("scoped_identifier", *_USES):
        if above.type == "use_declaration":
            return True
        above = above.parent
    return above is not None and above.type == "extern_crate_declaration"


def _alias(parent: Node) -> Node | None:
    return parent.child_by_field_name("alias")


def _is_bound(node: Node, parent: Node) -> bool:
    """Whether a name in a pattern binds something."""
    if parent.type in ("tuple_struct_pattern", "struct_pattern"):
        return parent.child_by_field_name("type") != node
    if parent.type == "match_pattern":
        return parent.child_by_field_name("condition") != node
    if parent.type in PATTERNS or parent.type == "closure_parameters":
        return True
    return parent.type in _BINDING and parent.child_by_field_name("pattern") == node


def _is_argument_of_macro(node: Node, parent: Node) -> bool:
    """Whether a name is that of an argument of a formatting macro, or of the macro itself."""
    if parent.type == "assignment_expression" and parent.child_by_field_name("left") == node:
        call = parent.parent.parent if parent.parent else None
        callee = call.child_by_field_name("function") if call else None
        return callee is not None and _text(callee) in PLAIN_MACROS
    return False


def _above(node: Node, kinds: tuple[str, ...]) -> Node | None:
    above = node.parent
    while above is not None and above.type not in kinds:
        above = above.parent
    if above is None:
        return None
    return above.child_by_field_name("name") or above.child_by_field_name("type")


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")
