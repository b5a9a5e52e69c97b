"""Where a hole refers to something: the names in it that could be invented, each with the type that would be.

Read from the queries of the language's own file, so a new language needs nothing here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from tree_sitter import Node, Query, QueryCursor

from solulu.languages import LANGUAGES

_TYPES = {"name": "undefinedvariable", "imported": "import", "keyword": "parameter", "method": "method"}
"""Hallucination type by the capture of `Language.references`, the widest first."""
_NAMED = {"keyword_argument", "comment"}
_NO_VALUE = {"keyword_argument", "list_splat", "dictionary_splat", "parenthesized_list_splat", "comment"}


@dataclass(frozen=True)
class Place:
    """A name in a file, with its bytes there, and the hallucination type that inventing it would be."""

    type: str
    start: int
    end: int
    name: str


def places(language: str, data: bytes, start: int = 0, end: int | None = None) -> list[Place]:
    """The references that overlap the bytes `start` to `end` of a file, in order. Names that are defined there (a
    parameter, an assignment's target) are no references."""
    end = len(data) if end is None else end
    root = _root(language, data)
    captures = _captures(LANGUAGES[language].reference_query, root, start, end)
    found: dict[int, Place] = {}
    for capture, type in _TYPES.items():
        for node in captures.get(capture, ()):
            found[node.start_byte] = _place(type, data, node)
    defined = _captures(LANGUAGES[language].definition_query, root, start, end)
    for node in [
        *captures.get("defined", ()),
        *(n for kind, nodes in defined.items() if kind != "module" for n in nodes),
    ]:
        found.pop(node.start_byte, None)
    return [found[offset] for offset in sorted(found)]


@lru_cache(maxsize=32)
def names_in_file(language: str, data: bytes) -> frozenset[str]:
    """Every identifier of a file, whether it is defined or referred to there."""
    captures = _file_captures(language, data, 0, len(data))
    return frozenset(_text(data, node) for capture in _TYPES for node in captures.get(capture, ()))


def num_comments(language: str, data: bytes, start: int, end: int) -> int:
    """How many comments begin in the bytes `start` to `end`."""
    return sum(node.start_byte >= start for node in _file_captures(language, data, start, end).get("comment", ()))


def last_values(language: str, data: bytes, start: int, end: int) -> list[int]:
    """The offset of each positional argument in the hole that no positional one follows: where a keyword could be put
    before it. None in languages whose arguments have no names."""
    if not LANGUAGES[language].argument_name:
        return []
    values = _file_captures(language, data, start, end).get("value", ())
    return sorted(node.start_byte for node in values if node.start_byte >= start and _is_last_value(node))


def _is_last_value(node: Node) -> bool:
    if node.type in _NO_VALUE or _has_name(node):
        return False
    sibling = node.next_named_sibling
    while sibling is not None:
        if sibling.type not in _NAMED and not _has_name(sibling):
            return False
        sibling = sibling.next_named_sibling
    return True


def _has_name(node: Node) -> bool:
    """Whether an argument is given by name, as C# writes it."""
    return node.type == "argument" and node.child_by_field_name("name") is not None


def _place(type: str, data: bytes, node: Node) -> Place:
    """Of an import path, only the last part is a name that could be invented and still look real."""
    text = _text(data, node)
    name = text.rpartition("/")[2] if type == "import" else text
    return Place(type, node.end_byte - len(name.encode()), node.end_byte, name)


@lru_cache(maxsize=8)
def _root(language: str, data: bytes) -> Node:
    """A file is asked about several times in a row."""
    return LANGUAGES[language].parse(data).root_node


def _file_captures(language: str, data: bytes, start: int, end: int) -> dict[str, list[Node]]:
    return _captures(LANGUAGES[language].reference_query, _root(language, data), start, end)


def _captures(query: Query, root: Node, start: int, end: int) -> dict[str, list[Node]]:
    """The captures whose node overlaps the range."""
    cursor = QueryCursor(query)
    cursor.set_byte_range(start, max(start, end))
    found = cursor.captures(root)
    return {
        name: [node for node in nodes if node.start_byte < end and node.end_byte > start]
        for name, nodes in found.items()
    }


def _text(data: bytes, node: Node) -> str:
    return data[node.start_byte : node.end_byte].decode("utf-8", "replace")
