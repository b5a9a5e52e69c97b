"""Chains of names, which the grammar nests from the inside: in `a?.B.C()`, `C` is a member of `a?.B`."""

from __future__ import annotations

from tree_sitter import Node

from solulu.verifier.csharp.scopes import enclosing
from solulu.verifier.csharp.source import Source

_CHAINED = {
    "member_access_expression", "invocation_expression", "element_access_expression", "conditional_access_expression",
    "postfix_unary_expression",
}  # fmt: skip


def simple_name(source: Source, node: Node | None) -> str:
    """The name in a node, without type arguments."""
    if node is not None and node.type == "generic_name" and node.named_children:
        node = node.named_children[0]
    return source.text(node)


def arity(node: Node) -> int:
    """How many type arguments a name is written with."""
    if node.type != "generic_name":
        return 0
    arguments = node.named_children[-1]
    return max(1, sum(1 for child in arguments.children if child.type == ",") + 1)


def ends_conditional(node: Node) -> bool:
    """Whether an expression is all of a chain with a `?.` in it."""
    parent = node.parent
    if parent is None or (parent.type in _CHAINED and parent.named_children[0] == node):
        return False
    while node.type in _CHAINED and node.type != "conditional_access_expression":
        node = node.named_children[0]
    return node.type == "conditional_access_expression"


def receiver(access: Node) -> Node | None:
    """What a member is taken of."""
    if access.type == "member_binding_expression":
        return bound_receiver(access)
    return access.child_by_field_name("expression") or access.child(0)


def bound_receiver(node: Node) -> Node | None:
    """What `?.` is applied to, of the member after it."""
    around = next(enclosing(node, {"conditional_access_expression"}), None)
    return around.child_by_field_name("condition") if around is not None else None
