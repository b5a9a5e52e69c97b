"""Reading tree-sitter's nodes of JavaScript and TypeScript, and walking the statements of one function."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

FUNCTIONS = {"function_declaration", "generator_function_declaration", "function_expression", "generator_function",
             "arrow_function", "method_definition"}  # fmt: skip
CLASSES = {"class_declaration", "abstract_class_declaration", "class"}
_SKIPPED = {"comment", "decorator"}
_HOLDERS = {"statement_block", "if_statement", "else_clause", "for_statement", "for_in_statement", "while_statement",
            "do_statement", "try_statement", "catch_clause", "finally_clause", "switch_statement", "switch_body",
            "switch_case", "switch_default", "labeled_statement"}  # fmt: skip
_MOST_STATEMENTS = 20_000


def text(node: Node | None) -> str:
    """A node's source text; empty for none."""
    return node.text.decode("utf-8", "replace") if node is not None and node.text else ""


def named(node: Node | None) -> list[Node]:
    """The named children of a node, comments and decorators left out."""
    return [child for child in node.named_children if child.type not in _SKIPPED] if node is not None else []


def words(node: Node) -> set[str]:
    """The keywords among the children of a node."""
    return {child.type for child in node.children if not child.is_named}


def string(node: Node | None) -> str | None:
    """What a string literal says, where it says it plainly."""
    return text(node)[1:-1] if node is not None and node.type == "string" and "\\" not in text(node) else None


def key(node: Node | None) -> str | None:
    """The name of a member; None where it is computed."""
    if node is None:
        return None
    if node.type == "string":
        return string(node)
    return None if node.type == "computed_property_name" else text(node)


def first(node: Node | None) -> Node | None:
    """The first named child."""
    inside = named(node)
    return inside[0] if inside else None


def statements(body: Node) -> Iterator[Node]:
    """Every statement in a body, also in the blocks inside it, but not in the functions and classes there."""
    waiting = [body]
    for _ in range(_MOST_STATEMENTS):
        if not waiting:
            return
        node = waiting.pop()
        for child in reversed(node.named_children):
            if child.type in _HOLDERS or child.type.endswith(("_statement", "_declaration")):
                yield child
                if child.type in _HOLDERS:
                    waiting.append(child)
