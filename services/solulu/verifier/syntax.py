"""Whether a completion is a syntax error in its place.

The file around the hole may have errors of its own, or be unfinished; so what counts is whether the completion has
more of them than the most harmless thing that could stand there.
"""

from __future__ import annotations

from tree_sitter import Node, QueryCursor, Tree

from solulu.languages import LANGUAGES, for_path
from solulu.languages.language import Language
from solulu.verifier.case import Case
from solulu.verifier.python.source import read

_DEEPEST = 300
_LOOKS = 8
_HARMLESS = ("", "x", "x()", "pass", "x;", "x = 1", '"x"', ":", ")", "x)", "x):")


def parses_in_place(case: Case) -> bool:
    """Whether the completion brings no new syntax error. Files in unsupported languages parse."""
    language = LANGUAGES.get(case.language) if case.language else for_path(case.path)
    if language is None:
        return True
    text = case.text
    if language.name == "python":
        if read(text) is not None:
            return True
        if any(read(case.prefix + harmless + case.suffix) is not None for harmless in _HARMLESS):
            return False
    errors = _num_errors(language, text)
    return errors == 0 or errors <= min(_num_errors(language, case.prefix + other + case.suffix) for other in _HARMLESS)


def touches_error(language: Language, root: Node, start: int, end: int) -> bool:
    """Whether the bytes `start` to `end` touch something that could not be parsed."""
    if not root.has_error:
        return False
    cursor = QueryCursor(language.error_query)
    cursor.set_byte_range(max(0, start - 1), end + 1)
    found = (node for nodes in cursor.captures(root).values() for node in nodes)
    return any(node.start_byte <= end and node.end_byte >= start for node in found)


def is_too_deep(language: Language, data: bytes, start: int, end: int) -> bool:
    """Whether what stands in the bytes `start` to `end` of a file is nested deeper than anybody writes: going up and
    down such a tree takes the square of its depth."""
    tree = language.parse(data)
    steps = max(1, (end - start) // _LOOKS)
    return any(_depth(tree, offset) > _DEEPEST for offset in {*range(start, end, steps), max(start, end - 1)})


def _depth(tree: Tree, offset: int) -> int:
    cursor = tree.walk()
    depth = 0
    while depth <= _DEEPEST and cursor.goto_first_child_for_byte(offset) is not None:
        depth += 1
    return depth


def _num_errors(language: Language, text: str) -> int:
    root = language.parse(text.encode("utf-8", "replace")).root_node
    return sum(map(len, QueryCursor(language.error_query).captures(root).values())) if root.has_error else 0
