"""The names that functions and generic types declare, each with the stretch of the file in which it is seen.

One query finds every declaration and every scope around a hole; a lookup then compares offsets, and never climbs the
tree.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tree_sitter import Language as Grammar
from tree_sitter import Node, Query, QueryCursor

from solulu.languages.go import GO
from solulu.verifier.go.summary import type_parameters
from solulu.verifier.go.types import Form, read_type

Kind = Literal["assigned", "parameter", "constant", "range", "switch", "received", "type", "type parameter"]
_QUERY = """
    [(block) (if_statement) (for_statement) (expression_switch_statement) (type_switch_statement)
     (expression_case) (type_case) (default_case) (communication_case)] @scope
    [(function_declaration) (method_declaration) (func_literal)] @function
    (type_spec) @type
    (type_alias) @type
    [(short_var_declaration) (var_spec)] @assigned
    (const_spec) @constant
    (range_clause) @range
    (receive_statement) @received
    (type_switch_statement) @switch
    (labeled_statement label: (label_name) @label)
"""
_LOCALS = Query(Grammar(GO.grammar()), _QUERY)


@dataclass(frozen=True)
class Local:
    """A name and what declares it."""

    name: str
    kind: Kind
    node: Node
    """The declaration; for a parameter its function, for a variable of a type switch its case."""
    position: int
    """Among the names that the node declares."""
    start: int
    """Where it begins to be seen."""
    end: int
    form: Form | None = None
    """A parameter's type."""


class Locals:
    """The names declared inside some stretch of a file's top-level declarations."""

    def __init__(self, root: Node, start: int, end: int) -> None:
        cursor = QueryCursor(_LOCALS)
        cursor.set_byte_range(start, end)
        captures = cursor.captures(root)
        self._by_name: dict[str, list[Local]] = {}
        for local in sorted(_declared(captures), key=lambda local: local.start):
            if local.name not in ("", "_"):
                self._by_name.setdefault(local.name, []).append(local)
        self.labels = frozenset(map(_text, captures.get("label", ())))

    def find(self, name: str, offset: int) -> Local | None:
        """The innermost declaration that a name means at a place: the last one that is still seen there."""
        found = self._by_name.get(name, [])
        for number in range(bisect_right(found, offset, key=lambda local: local.start) - 1, -1, -1):
            if offset < found[number].end:
                return found[number]
        return None

    def visible(self, offset: int) -> list[Local]:
        """All declarations that are seen at a place."""
        return [local for found in self._by_name.values() for local in found if local.start <= offset < local.end]


def _declared(captures: Mapping[str, list[Node]]) -> Iterator[Local]:
    for node in captures.get("function", ()):
        yield from _parameters(node)
    for node in captures.get("type", ()):
        for parameter in type_parameters(node):
            yield Local(parameter, "type parameter", node, 0, node.start_byte, node.end_byte)
    for node in captures.get("switch", ()):
        yield from _switched(node)
    kinds: tuple[Kind, ...] = ("assigned", "constant", "type", "range", "received")
    declarations = [(node, kind) for kind in kinds for node in captures.get(kind, ())]
    declarations.sort(key=lambda declaration: declaration[0].start_byte)
    ends = _scope_ends([node.start_byte for node, _ in declarations], captures.get("scope", ()))
    for (node, kind), end in zip(declarations, ends, strict=True):
        if end is not None and (kind not in ("range", "received") or _defines(node)):
            start = node.start_byte if kind == "type" else node.end_byte
            for position, name in enumerate(_names(node)):
                yield Local(_text(name), kind, node, position, start, end)


def _scope_ends(starts: Sequence[int], scopes: Iterable[Node]) -> Iterator[int | None]:
    """For each of some sorted places, the end of the innermost scope that begins before it and ends after it."""
    waiting = sorted({(node.start_byte, -node.end_byte) for node in scopes}, reverse=True)
    open_: list[int] = []
    for start in starts:
        while waiting and waiting[-1][0] < start:
            first, end = waiting.pop()
            while open_ and open_[-1] <= first:
                open_.pop()
            open_.append(-end)
        while open_ and open_[-1] <= start:
            open_.pop()
        yield open_[-1] if open_ else None


def _defines(node: Node) -> bool:
    return any(child.type == ":=" for child in node.children)


def _parameters(function: Node) -> Iterator[Local]:
    """What a function declares for its body: receiver, parameters, named results, type parameters. The grammar takes
    the first names of a long list for types, so that the text is read."""
    start, end = function.start_byte, function.end_byte
    for name in type_parameters(function):
        yield Local(name, "type parameter", function, 0, start, end)
    receiver, result = function.child_by_field_name("receiver"), function.child_by_field_name("result")
    for argument in _type_arguments(receiver) if receiver else ():
        yield Local(_text(argument), "type parameter", function, 0, start, end)
    body, parameters = function.child_by_field_name("body"), function.child_by_field_name("parameters")
    if body is None or parameters is None:
        return
    form = read_type(f"func{_text(parameters)}{_text(result) if result else ''}")
    received = read_type(f"func{_text(receiver)}") if receiver else None
    for name, type in [*(form[1] + form[2] if form else ()), *(received[1] if received else ())]:
        yield Local(name, "parameter", function, 0, body.start_byte, body.end_byte, type)


def _type_arguments(receiver: Node) -> list[Node]:
    """The names that a receiver gives its type's parameters."""
    nodes = [receiver]
    for _ in range(8):
        nodes = [child for node in nodes for child in node.named_children]
        for node in nodes:
            if node.type == "type_arguments":
                return [name for one in node.named_children for name in (one.named_children or [one])]
    return []


def _switched(node: Node) -> Iterator[Local]:
    alias = node.child_by_field_name("alias")
    for name in alias.named_children if alias else ():
        for case in node.named_children:
            if case.type in ("type_case", "default_case"):
                yield Local(_text(name), "switch", case, 0, case.start_byte, case.end_byte)


def _names(node: Node) -> list[Node]:
    """The names that a declaration declares, in order."""
    found = [name for field in ("name", "left") for name in node.children_by_field_name(field) if name.is_named]
    if len(found) == 1 and found[0].type == "expression_list":
        found = [name for name in found[0].named_children if name.type != "comment"]
    return found


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")
