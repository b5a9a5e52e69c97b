"""Where a name is bound in the code around a place: parameters, patterns, loops and closures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

PATTERNS = frozenset(
    [
        "tuple_pattern",
        "tuple_struct_pattern",
        "struct_pattern",
        "reference_pattern",
        "ref_pattern",
        "mut_pattern",
        "captured_pattern",
        "or_pattern",
        "slice_pattern",
        "match_pattern",
        "field_pattern",
        "remaining_field_pattern",
        "generic_pattern",
    ]
)
_ITEMS = frozenset(["function_item", "impl_item", "trait_item", "mod_item", "source_file", "const_item", "static_item"])
_MOST_STATEMENTS = 5_000


@dataclass(frozen=True)
class Binding:
    """A name that a pattern binds."""

    name: Node
    pattern: Node
    """The whole pattern."""
    owner: Node
    """What the pattern belongs to: a let, a parameter, a match's arm, a loop, a condition or a closure."""


class Scopes:
    """The bindings of one file."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._blocks: dict[int, list[Node]] = {}

    def text(self, node: Node) -> str:
        """The text of a node."""
        return self._data[node.start_byte : node.end_byte].decode("utf-8", "replace").removeprefix("r#")

    def binding(self, name: str, place: Node) -> Binding | None:
        """What binds a name that is used at a place; None where nothing in the function does."""
        for owner, pattern in self.patterns(place):
            for bound in self.bound(pattern):
                if self.text(bound) == name:
                    return Binding(bound, pattern, owner)
        return None

    def visible(self, place: Node) -> list[str]:
        """The names that are bound at a place."""
        return [self.text(bound) for _, pattern in self.patterns(place) for bound in self.bound(pattern)]

    def patterns(self, place: Node) -> Iterator[tuple[Node, Node]]:
        """The patterns that are in force at a place with what they belong to, the innermost first."""
        child, node = place, place.parent
        while node is not None:
            yield from self._patterns_of(node, child)
            if node.type in _ITEMS:
                return
            child, node = node, node.parent

    def _patterns_of(self, node: Node, child: Node) -> Iterator[tuple[Node, Node]]:
        match node.type:
            case "block":
                for statement in reversed(self._lets(node)):
                    if statement.end_byte <= child.start_byte:
                        pattern = statement.child_by_field_name("pattern")
                        if pattern:
                            yield statement, pattern
            case "match_arm":
                pattern = node.child_by_field_name("pattern")
                if pattern and child != pattern:
                    yield node, pattern
            case "match_pattern":
                condition = node.child_by_field_name("condition")
                if condition and child == condition:
                    if child.type in ("let_chain", "let_condition"):
                        yield from self._conditions(child, child)
                    yield node, node.named_children[0]
            case "if_expression" | "while_expression":
                condition = node.child_by_field_name("condition")
                if condition and child in (node.child_by_field_name("consequence"), node.child_by_field_name("body")):
                    yield from self._conditions(condition, None)
            case "let_chain":
                yield from self._conditions(node, child)
            case "for_expression":
                pattern = node.child_by_field_name("pattern")
                if pattern and child == node.child_by_field_name("body"):
                    yield node, pattern
            case "closure_expression":
                parameters = node.child_by_field_name("parameters")
                if parameters and child != parameters:
                    for one in reversed(parameters.named_children):
                        inner = one.child_by_field_name("pattern") if one.type == "parameter" else one
                        if inner:
                            yield (one if one.type == "parameter" else node), inner
            case "function_item" | "function_signature_item":
                parameters = node.child_by_field_name("parameters")
                for one in parameters.named_children if parameters else ():
                    pattern = one.child_by_field_name("pattern")
                    if one.type == "parameter" and pattern:
                        yield one, pattern

    def _conditions(self, condition: Node, until: Node | None) -> Iterator[tuple[Node, Node]]:
        parts = [condition] if condition.type == "let_condition" else condition.named_children
        if condition.type not in ("let_condition", "let_chain", "parenthesized_expression", "binary_expression"):
            return
        for part in reversed(parts):
            if until is not None and part.start_byte >= until.start_byte:
                continue
            if part.type == "let_condition":
                pattern = part.child_by_field_name("pattern")
                if pattern:
                    yield part, pattern
            elif part.type in ("let_chain", "parenthesized_expression", "binary_expression"):
                yield from self._conditions(part, until)

    def _lets(self, block: Node) -> list[Node]:
        if block.id not in self._blocks:
            children = block.named_children[:_MOST_STATEMENTS]
            self._blocks[block.id] = [child for child in children if child.type == "let_declaration"]
        return self._blocks[block.id]

    def bound(self, pattern: Node) -> Iterator[Node]:
        """The identifiers that a pattern binds."""
        waiting = [pattern]
        while waiting:
            node = waiting.pop()
            kind = node.type
            if kind in ("identifier", "shorthand_field_identifier"):
                yield node
            elif kind == "self":
                continue
            elif kind == "tuple_struct_pattern":
                type = node.child_by_field_name("type")
                waiting.extend(child for child in node.named_children if child != type)
            elif kind == "struct_pattern":
                waiting.extend(child for child in node.named_children if child.type == "field_pattern")
            elif kind == "field_pattern":
                inner = node.child_by_field_name("pattern")
                names = [child for child in node.named_children if child.type == "shorthand_field_identifier"]
                waiting.extend([inner] if inner else names)
            elif kind == "match_pattern":
                waiting.extend(node.named_children[:1])
            elif kind in PATTERNS:
                waiting.extend(node.named_children)
