"""The names that a stretch of a file uses, and what each of them is asked to be."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from tree_sitter import Node, Query, QueryCursor

from solulu.languages.language import Language
from solulu.verifier.ecmascript.nodes import string, text

Kind = Literal["name", "type", "member", "private", "module", "imported", "key", "taken", "opaque", "declared"]
_NAMES = """
    [(identifier) (property_identifier) (private_property_identifier) (shorthand_property_identifier)
     (shorthand_property_identifier_pattern)] @name
    (import_statement source: (string) @module)
    (export_statement source: (string) @module)
    (call_expression function: [(identifier) (import)] @_callee arguments: (arguments . (string) @module)
        (#match? @_callee "^(require|import)$"))
"""
_TYPED_NAMES = """
    (type_identifier) @name
    (import_require_clause source: (string) @module)
"""
_LABELLED = ("required_parameter", "optional_parameter", "rest_pattern")
"""What an element of a tuple type is that has a name."""
_LITERAL_PLACES = ("arguments", "pair", "array", "object", "ternary_expression", "parenthesized_expression")


@dataclass(frozen=True)
class Use:
    """A name in the stretch that was asked about, with the nodes around it, from the file down to the name."""

    kind: Kind
    """`taken`: a member that a pattern takes out of an object; `opaque`: something is used here that cannot be
    followed; `declared`: it brings its own name."""
    name: str
    node: Node
    path: list[Node]
    specifier: str = ""
    """Of the module that an imported name is imported from."""

    @property
    def parent(self) -> Node:
        """The node around the name."""
        return self.path[-2] if len(self.path) > 1 else self.node

    @property
    def is_called(self) -> bool:
        """Whether what the name stands for is called."""
        around = self.path[-3] if len(self.path) > 2 else None
        is_callee = around is not None and around.type in ("call_expression", "new_expression")
        return is_callee and around is not None and _callee(around) == self.parent


def names_between(language: Language, root: Node, start: int, end: int) -> list[Node]:
    """The nodes of the names and specifiers that overlap a stretch, in order."""
    cursor = QueryCursor(_query(language))
    cursor.set_byte_range(start, end)
    captures = cursor.captures(root)
    found = {node.id: node for kind in ("name", "module") for node in captures.get(kind, ())}
    overlapping = [node for node in found.values() if node.start_byte < end and node.end_byte > start]
    return sorted(overlapping, key=lambda node: (node.start_byte, node.end_byte))


def use_of(node: Node, path: list[Node]) -> Use:
    """What a name is asked to be, by where it stands."""
    parent = path[-2] if len(path) > 1 else node
    if node.type == "string":
        return Use("module", string(node) or "", node, path)
    name = text(node)
    kind: Kind = "name"
    specifier = ""
    if node.type == "private_property_identifier":
        kind = "private"
    elif node.type == "type_identifier":
        kind = "opaque" if parent.type == "nested_type_identifier" else "type"
    elif node.type == "property_identifier":
        kind = _property(parent, path)
    elif node.type == "shorthand_property_identifier_pattern":
        kind = "taken"
    elif parent.type in ("import_specifier", "export_specifier"):
        kind, specifier = _specifier(node, parent, path)
    elif parent.type == "import_clause":
        specifier = string(path[-3].child_by_field_name("source")) or "" if len(path) > 2 else ""
        kind = "imported" if specifier else "opaque"
        name = "default"
    elif parent.type in ("namespace_import", "namespace_export", "import_require_clause"):
        kind = "declared"
    elif parent.type.startswith("jsx_") and name[:1].islower():
        kind = "opaque"
    elif any(one.type == "tuple_type" for one in path[-4:-2]) and parent.type in _LABELLED:
        kind = "declared"
    elif parent.type == "nested_identifier":
        kind = "name" if parent.child_by_field_name("object") == node else "opaque"
    return Use(kind, name, node, path, specifier)


def _property(parent: Node, path: list[Node]) -> Kind:
    if parent.type == "member_expression":
        return "member"
    if parent.type == "pair":
        return "key" if len(path) > 3 and path[-4].type in _LITERAL_PLACES else "declared"
    if parent.type in ("pair_pattern", "nested_identifier") or parent.type.startswith("jsx_"):
        return "opaque"
    return "declared"


def _specifier(node: Node, parent: Node, path: list[Node]) -> tuple[Kind, str]:
    statement = next((one for one in reversed(path) if one.type in ("import_statement", "export_statement")), parent)
    specifier = string(statement.child_by_field_name("source"))
    if parent.child_by_field_name("name") != node:
        return "declared", ""
    if parent.type == "export_specifier" and statement.child_by_field_name("source") is None:
        return "name", ""
    return ("imported", specifier) if specifier else ("opaque", "")


def _callee(call: Node) -> Node | None:
    return call.child_by_field_name("function") or call.child_by_field_name("constructor")


@lru_cache(maxsize=8)
def _query(language: Language) -> Query:
    return language.query(_NAMES + (_TYPED_NAMES if language.name == "typescript" else ""))
