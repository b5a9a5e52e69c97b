"""The names in a completion, and what each is used as.

The grammar says it by where an identifier stands; one that a declaration brings into the world is no use at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from tree_sitter import Language as Grammar
from tree_sitter import Node, Query, QueryCursor

from solulu.languages.csharp import CSHARP

Role = Literal["bare", "value", "called", "type", "attribute", "member", "method", "initialized", "keyword", "import",
               "opaque"]  # fmt: skip
_NAMED = {
    "class_declaration", "struct_declaration", "interface_declaration", "record_declaration", "enum_declaration",
    "delegate_declaration", "enum_member_declaration", "method_declaration", "constructor_declaration",
    "destructor_declaration", "property_declaration", "event_declaration", "local_function_statement",
    "variable_declarator", "parameter", "parameter_list", "type_parameter", "declaration_expression",
    "declaration_pattern", "recursive_pattern", "var_pattern", "list_pattern", "tuple_pattern", "catch_declaration",
    "parenthesized_variable_designation", "tuple_element", "from_clause", "namespace_declaration",
    "file_scoped_namespace_declaration", "implicit_parameter",
}  # fmt: skip
"""What declares the name in its field `name`."""
_FIRST = {"let_clause", "join_clause", "join_into_clause", "labeled_statement", "goto_statement"}
"""What declares, or jumps to, its first identifier."""
_NAMESPACES = {"namespace_declaration", "file_scoped_namespace_declaration"}
_TYPED = {
    "base_list", "type_argument_list", "array_type", "nullable_type", "pointer_type", "ref_type", "scoped_type",
    "typeof_expression", "default_expression", "sizeof_expression", "as_expression", "type_parameter_constraint",
    "primary_constructor_base_type", "explicit_interface_specifier", "type_pattern", "generic_name",
    "function_pointer_parameter", "type_parameter_constraints_clause",
}  # fmt: skip
_COMPARED = {"object_creation_expression", "binary_expression", "cast_expression"}
_QUERY = "(identifier) @name (implicit_parameter) @name"


@dataclass(frozen=True)
class Use:
    """A name that a completion uses."""

    node: Node
    """The identifier."""
    role: Role
    around: Node
    """For a member the access, for a type all of the name, for a keyword the call, for what is initialized the
    initializer's expression."""
    dotted: tuple[Node, ...] = ()
    """The identifiers before it, where it is part of a dotted type or namespace."""


def uses(root: Node, start: int, end: int) -> Iterator[Use]:
    """The names that touch some bytes, in order; a name that they cut is there as a whole."""
    cursor = QueryCursor(_query())
    cursor.set_byte_range(start, max(end, start + 1))
    nodes = [
        node
        for found in cursor.captures(root).values()
        for node in found
        if node.start_byte < end and start < node.end_byte
    ]
    for node in sorted(nodes, key=lambda node: node.start_byte):
        use = _use(node)
        if use is not None:
            yield use


def _use(node: Node) -> Use | None:
    name, parent = node, node.parent
    if node.type == "implicit_parameter" or parent is None:
        return None
    if parent.type == "generic_name" and parent.named_children[0] == node:
        name, parent = parent, parent.parent
    if parent is None:
        return None
    if parent.type in ("qualified_name", "alias_qualified_name"):
        return _qualified(node, parent)
    if parent.type in _COMPARED and _is_misread(parent):
        return Use(node, "opaque", parent)
    field = _field(parent, name)
    if parent.type in _NAMED and field == "name":
        return None
    if parent.type in _FIRST and parent.named_children[0] == name:
        return None
    match parent.type:
        case "using_directive":
            return None if field == "name" else Use(node, "import", parent)
        case "argument" if field == "name":
            return _keyword(node, parent)
        case "attribute":
            return Use(node, "attribute", name)
        case "attribute_argument":
            return Use(node, "opaque", parent) if name.next_sibling is not None else Use(node, "bare", name)
        case "member_access_expression" if field == "name":
            return Use(node, "method" if _is_called(parent) else "member", parent)
        case "member_binding_expression":
            return Use(node, "method" if _is_called(parent) else "member", parent)
        case "member_access_expression" | "constant_pattern" | "is_expression":
            return Use(node, "bare", name)
        case "invocation_expression" if field == "function":
            return Use(node, "called", name)
        case "anonymous_object_creation_expression" if name.next_sibling is not None and name.next_sibling.type == "=":
            return None
        case "assignment_expression" if field == "left":
            return _assigned(node, parent)
        case "with_initializer" if parent.named_children[0] == name and parent.parent is not None:
            return Use(node, "initialized", parent.parent)
        case "subpattern" | "query_expression":
            return Use(node, "opaque", parent) if parent.named_children[0] == name else Use(node, "bare", name)
        case "parameter_list" if field == "type":
            return Use(node, "type", name)
        case "foreach_statement" if field == "left":
            return None
    if parent.type == "pointer_type" and parent.parent is not None and parent.parent.type == "declaration_expression":
        return Use(node, "value", name)
    if field in ("type", "returns") or parent.type in _TYPED:
        if parent.type == "as_expression" and field == "left":
            return Use(node, "value", name)
        return Use(node, "type", name)
    if _is_in_nameof(name):
        return Use(node, "bare", name)
    return Use(node, "value", name)


def _qualified(node: Node, parent: Node) -> Use | None:
    """A name in `A.B.C` outside of expressions."""
    if parent.type == "alias_qualified_name":
        return Use(node, "opaque", parent)
    names = []
    around: Node | None = node if node.parent is None or node.parent.type != "generic_name" else node.parent
    whole = parent
    if around is not None and parent.child_by_field_name("name") == around:
        names = _identifiers(parent.child_by_field_name("qualifier"))
    while whole.parent is not None and whole.parent.type == "qualified_name":
        whole = whole.parent
    outside = whole.parent
    if outside is not None and outside.type in _NAMESPACES:
        return None
    if outside is not None and outside.type == "using_directive":
        return Use(node, "import", outside, tuple(names))
    if outside is not None and outside.type == "pointer_type":
        return Use(node, "opaque", parent)
    if outside is not None and outside.type == "attribute" and whole == parent:
        return Use(node, "opaque", parent)
    return Use(node, "type", around or node, tuple(names))


def _identifiers(node: Node | None) -> list[Node]:
    if node is None:
        return []
    if node.type in ("identifier", "generic_name"):
        return [node]
    return [one for child in node.named_children for one in _identifiers(child)]


def _keyword(node: Node, argument: Node) -> Use | None:
    listed = argument.parent
    if listed is not None and listed.type == "tuple_expression":
        return None
    call = listed.parent if listed is not None else None
    if call is None or listed is None or listed.type != "argument_list":
        return Use(node, "opaque", argument)
    return Use(node, "keyword", call)


def _assigned(node: Node, assignment: Node) -> Use:
    initializer = assignment.parent
    if initializer is None or initializer.type != "initializer_expression" or initializer.parent is None:
        return Use(node, "value", node)
    return Use(node, "initialized", initializer.parent)


def _is_called(access: Node) -> bool:
    call = access.parent
    is_last = call is not None and call.named_children[-1] == access
    if call is not None and is_last and call.type == "conditional_access_expression":
        access, call = call, call.parent
    return call is not None and call.type == "invocation_expression" and _field(call, access) == "function"


def _is_misread(node: Node) -> bool:
    """Whether the grammar took the signs in `a = new B<C>(d) { e }` for comparisons, and the argument for a cast."""
    around: Node | None = node
    while around is not None and around.type in _COMPARED:
        right = around.child_by_field_name("right")
        value = right.child_by_field_name("value") if right is not None else None
        if value is not None and value.type == "initializer_expression":
            return True
        around = around.parent
    return False


def _is_in_nameof(node: Node) -> bool:
    around = node.parent
    for _ in range(3):
        if around is None:
            return False
        if around.type == "invocation_expression":
            function = around.child_by_field_name("function")
            return function is not None and function.text == b"nameof"
        around = around.parent
    return False


def _field(parent: Node, child: Node) -> str | None:
    for number, one in enumerate(parent.children):
        if one == child:
            return parent.field_name_for_child(number)
    return None


@cache
def _query() -> Query:
    return Query(Grammar(CSHARP.grammar()), _QUERY)
