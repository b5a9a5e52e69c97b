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
_FOLLOWED = {"return_statement", "for_statement", "for_in_statement", "variable_declaration", "lexical_declaration",
             "function_declaration", "generator_function_declaration", *CLASSES}  # fmt: skip
_MOST_STATEMENTS = 20_000


def text(node: Node | None) -> str:
    """A node's source text; empty for none."""
    data = node.text if node is not None else None
    return data.decode("utf-8", "replace") if data else ""


def named(node: Node | None) -> list[Node]:
    """The named children of a node, comments and decorators left out."""
    return [child for child in node.named_children if child.type not in _SKIPPED] if node is not None else []


def words(node: Node) -> set[str]:
    """The keywords among the children of a node."""
    return {child.type for child in node.children if not child.is_named}


def string(node: Node | None) -> str | None:
    """What a string literal says, where it says it plainly."""
    if node is None or node.type != "string":
        return None
    written = text(node)
    return None if "\\" in written else written[1:-1]


def key(node: Node | None) -> str | None:
    """The name of a member; None where it is computed."""
    if node is None:
        return None
    if node.type == "string":
        return string(node)
    return None if node.type == "computed_property_name" else text(node)


def first(node: Node | None) -> Node | None:
    """The first named child."""
    if node is None:
        return None
    for number in range(node.named_child_count):
        child = node.named_child(number)
        if child is not None and child.type not in _SKIPPED:
            return child
    return None


def statements(body: Node) -> Iterator[tuple[str, Node]]:
    """Every statement in a body that binds or returns something, with its type, also in the blocks inside the body, but
    not in the functions and classes there."""
    waiting = [body]
    for _ in range(_MOST_STATEMENTS):
        if not waiting:
            return
        node = waiting.pop()
        for child in reversed(node.named_children):
            kind = child.type
            if kind in _FOLLOWED:
                yield kind, child
            if kind in _HOLDERS:
                waiting.append(child)
