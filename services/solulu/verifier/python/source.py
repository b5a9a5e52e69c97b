"""A Python file as a syntax tree with byte offsets.

The interpreter's own parser, not tree-sitter: a verdict needs a tree that is certainly right, and where there is none
the verdict is unknown.
"""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

_NEWLINE = re.compile(rb"\r\n|\r|\n")
_BOM = "\ufeff"


@dataclass(frozen=True)
class Source:
    """A file that parses."""

    tree: ast.Module
    data: bytes
    shift: int
    """Bytes of a byte order mark, which the parser does not count."""

    @cached_property
    def _line_starts(self) -> list[int]:
        return [self.shift, *accumulate(map(len, self.data.splitlines(keepends=True)))]

    def start(self, node: ast.expr | ast.stmt | ast.keyword | ast.alias | ast.arg | ast.excepthandler) -> int:
        """Byte offset of a node."""
        return self._line_starts[node.lineno - 1] + node.col_offset

    def end(self, node: ast.expr | ast.stmt | ast.keyword | ast.alias | ast.arg | ast.excepthandler) -> int:
        """Byte offset after a node."""
        line, column = node.end_lineno or node.lineno, node.end_col_offset
        return self._line_starts[line - 1] + (node.col_offset if column is None else column)

    def is_at(self, node: ast.Name) -> bool:
        """Whether a name stands where its node says. Before Python 3.12 nodes in an f-string may be misplaced."""
        try:
            return self.data[self.start(node) : self.end(node)] == node.id.encode()
        except IndexError:
            return False

    def position(self, offset: int) -> tuple[int, int]:
        """1-based line and column (in code points) of a byte offset."""
        before = self.data[:offset]
        lines = _NEWLINE.split(before)
        return len(lines), len(lines[-1].decode("utf-8", "replace")) + 1


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes right below a node. As `ast.iter_child_nodes`, in half of its time."""
    found: list[ast.AST] = []
    for field in node._fields:
        value = getattr(node, field, None)
        if isinstance(value, list):
            found.extend(one for one in value if isinstance(one, ast.AST))
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


def read(text: str) -> Source | None:
    """The syntax tree of a file, or None where it has errors or is nested too deeply for the interpreter."""
    body = text.removeprefix(_BOM)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(body)
        data = text.encode()
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return Source(tree, data, len(data) - len(body.encode()))
