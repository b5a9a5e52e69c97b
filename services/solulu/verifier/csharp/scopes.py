"""The local names around a place: what the member that it lies in declares, and how far each declaration reaches.

One query over the member finds them all: a hole needs no more of a file than the member it is in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from tree_sitter import Language as Grammar
from tree_sitter import Node, Query, QueryCursor

from solulu.languages.csharp import CSHARP

_QUERY = """
    (variable_declarator name: (identifier) @name)
    (variable_declarator (tuple_pattern name: (identifier) @name))
    (parameter name: (identifier) @name)
    (parameter_list name: (identifier) @name)
    (implicit_parameter) @name
    (declaration_expression name: (identifier) @name)
    (declaration_pattern name: (identifier) @name)
    (recursive_pattern name: (identifier) @name)
    (var_pattern name: (identifier) @name)
    (list_pattern name: (identifier) @name)
    (tuple_pattern name: (identifier) @name)
    (parenthesized_variable_designation name: (identifier) @name)
    (foreach_statement left: (identifier) @name)
    (catch_declaration name: (identifier) @name)
    (from_clause name: (identifier) @name)
    (let_clause . (identifier) @name)
    (join_clause . (identifier) @name)
    (join_into_clause (identifier) @name)
    (query_expression (identifier) @name)
    (local_function_statement name: (identifier) @name)
    (type_parameter name: (identifier) @type)
    (type_parameter_constraints_clause) @constraint
"""
MEMBERS = {
    "method_declaration", "constructor_declaration", "destructor_declaration", "property_declaration",
    "indexer_declaration", "operator_declaration", "conversion_operator_declaration", "field_declaration",
    "event_field_declaration", "event_declaration", "enum_member_declaration", "delegate_declaration",
    "global_statement",
}  # fmt: skip
"""What code and its local names lie in."""
TYPES = {
    "class_declaration", "struct_declaration", "interface_declaration", "record_declaration", "enum_declaration",
}  # fmt: skip
_SCOPES = MEMBERS | {
    "block", "for_statement", "foreach_statement", "using_statement", "fixed_statement", "lambda_expression",
    "anonymous_method_expression", "local_function_statement", "catch_clause", "switch_section", "query_expression",
    "switch_expression_arm", "compilation_unit", "accessor_declaration", "checked_statement", "while_statement",
    "do_statement", "arrow_expression_clause",
}  # fmt: skip


@dataclass(frozen=True)
class Local:
    """A local name."""

    name: Node
    start: int
    end: int
    """Where it can be used, as far as the nesting of code says."""


class Locals:
    """The local names of one member."""

    def __init__(self, member: Node, data: bytes) -> None:
        self._found: defaultdict[str, list[Local]] = defaultdict(list)
        captures = QueryCursor(_query()).captures(member)
        for node in captures.get("name", ()):
            scope = _scope(node)
            name = data[node.start_byte : node.end_byte].decode("utf-8", "replace").removeprefix("@")
            self._found[name].append(Local(node, scope.start_byte, scope.end_byte))
        self.types = frozenset(
            data[node.start_byte : node.end_byte].decode("utf-8", "replace") for node in captures.get("type", ())
        )
        """The names of type parameters."""
        self.constraints: list[Node] = captures.get("constraint", [])
        """What is said of them."""

    def __contains__(self, name: str) -> bool:
        return name in self._found

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._found))

    def find(self, name: str, at: int) -> Local | None:
        """The declaration that a name means at a place; None where none reaches it or several do."""
        reaching = [local for local in self._found.get(name, ()) if local.start <= at < local.end]
        if not reaching:
            return None
        inner = max(local.start for local in reaching)
        nearest = [local for local in reaching if local.start == inner]
        return nearest[0] if len(nearest) == 1 else None


def member_around(node: Node) -> Node:
    """The member of a type that a node lies in; else what is outermost."""
    around = node
    while around.parent is not None and around.type not in MEMBERS:
        around = around.parent
    if around.type == "global_statement" and around.parent is not None:
        return around.parent
    return around


def enclosing(node: Node, kinds: set[str]) -> Iterator[Node]:
    """The nodes of some kinds around a node, the innermost first."""
    around = node.parent
    while around is not None:
        if around.type in kinds:
            yield around
        around = around.parent


def _scope(name: Node) -> Node:
    around = name.parent
    if around is not None and around.type == "local_function_statement" and around.child_by_field_name("name") == name:
        around = around.parent
    while around is not None and around.type not in _SCOPES:
        if around.parent is None:
            return around
        around = around.parent
    return around or name


@cache
def _query() -> Query:
    return Query(Grammar(CSHARP.grammar()), _QUERY)
