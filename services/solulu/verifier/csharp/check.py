"""The verdict on a completion in C#."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tree_sitter import Node

from solulu.languages.csharp import CSHARP, hidden
from solulu.verifier.case import UNKNOWN, Case, Verdict
from solulu.verifier.csharp.expressions import Expressions
from solulu.verifier.csharp.members import Members
from solulu.verifier.csharp.names import UNSURE, Answer, Names
from solulu.verifier.csharp.scopes import member_around
from solulu.verifier.csharp.source import Source
from solulu.verifier.csharp.summary import summarize
from solulu.verifier.csharp.texts import read_type
from solulu.verifier.csharp.uses import Role, Use, uses
from solulu.verifier.csharp.values import Value
from solulu.verifier.csharp.visible import Visible
from solulu.verifier.csharp.world import World
from solulu.verifier.findings import Finding, Type, conclude
from solulu.verifier.place import locate
from solulu.verifier.repository import SymbolIndex
from solulu.verifier.steps import TooFar
from solulu.verifier.syntax import touches_error
from solulu.verifier.words import words_of

_TYPES: Mapping[Role, Type] = {"import": "import", "keyword": "parameter", "method": "method"}
_SCRIPT = re.compile(rb"^#(?::|!|r |load|addin|tool|module)", re.M)
_KEYWORDS = frozenset(
    [
        "abstract",
        "as",
        "base",
        "bool",
        "break",
        "byte",
        "case",
        "catch",
        "char",
        "checked",
        "class",
        "const",
        "continue",
        "decimal",
        "default",
        "delegate",
        "do",
        "double",
        "else",
        "enum",
        "event",
        "explicit",
        "extern",
        "false",
        "finally",
        "fixed",
        "float",
        "for",
        "foreach",
        "goto",
        "if",
        "implicit",
        "in",
        "int",
        "interface",
        "internal",
        "is",
        "lock",
        "long",
        "namespace",
        "new",
        "null",
        "object",
        "operator",
        "out",
        "override",
        "params",
        "private",
        "protected",
        "public",
        "readonly",
        "ref",
        "return",
        "sbyte",
        "sealed",
        "short",
        "sizeof",
        "stackalloc",
        "static",
        "string",
        "struct",
        "switch",
        "this",
        "throw",
        "true",
        "try",
        "typeof",
        "uint",
        "ulong",
        "unchecked",
        "unsafe",
        "ushort",
        "using",
        "virtual",
        "void",
        "volatile",
        "while",
        "async",
        "await",
        "yield",
        "when",
        "var",
        "get",
        "set",
        "init",
    ]
)
_LARGEST = 400_000


def check(case: Case, index: SymbolIndex) -> Verdict:
    """The verdict; unknown where the code around the completion cannot be understood."""
    data, start, end = case.data, case.start, case.end
    if len(data) > _LARGEST or _SCRIPT.search(data):
        return UNKNOWN
    tree = CSHARP.parse(data)
    if _is_broken(tree.root_node, start, end) or any(first < end and start < last for first, last in hidden(data)):
        return UNKNOWN
    world = World(index, locate(case, index), summarize(data, tree))
    expressions = Expressions(Source(data, tree, world), Members(world))
    examiner = _Examiner(expressions, Names(expressions, Visible(case, world)))
    found = list(uses(tree.root_node, start, end))
    is_complete = bool(found) or not words_of(case.completion) - _KEYWORDS
    return conclude(map(examiner.examine, found), data, is_complete)


class _Examiner:
    """Looks at the names of one completion."""

    def __init__(self, expressions: Expressions, names: Names) -> None:
        self._in, self._names = expressions, names

    def examine(self, use: Use) -> Finding:
        """What becomes of a name."""
        name = self._in.source.text(use.node)
        self._in.steps.restart()
        try:
            answer = self._answer(use, name)
        except (TooFar, RecursionError):
            answer = UNSURE
        type = _TYPES.get(use.role) or ("method" if use.role == "called" else "undefinedvariable")
        return answer.of(name, use.node.start_byte, type)

    def _answer(self, use: Use, name: str) -> Answer:
        match use.role:
            case "bare" | "value" | "called":
                return self._names.bare(use.node, name, use.role == "called", use.role == "bare")
            case "type" | "attribute":
                return self._type(use, name)
            case "member" | "method":
                return self._names.member(use.around, name, use.role == "method")
            case "initialized":
                return self._names.initialized(self._made(use.around), name)
            case "keyword":
                return self._names.keyword(use.around, name)
            case "import":
                return self._names.imported([*map(self._in.source.text, use.dotted), name], use.node)
            case _:
                return UNSURE

    def _type(self, use: Use, name: str) -> Answer:
        if not use.dotted:
            return self._names.type(use.around, name, use.role == "attribute")
        source = self._in.source
        text = ".".join(" ".join(source.text(one).split()) for one in use.dotted)
        before = self._in.world.denoted(read_type(text), source.place(use.node), source.bound(use.node))
        return self._names.inside(before, name)

    def _made(self, node: Node) -> Value:
        if node.type == "with_expression":
            return self._in.value(node.named_children[0])
        if node.type in ("object_creation_expression", "implicit_object_creation_expression"):
            return self._in.value(node)
        return None


def _is_broken(root: Node, start: int, end: int) -> bool:
    """Whether the code that a completion lies in has a syntax error."""
    if not root.has_error:
        return False
    node = root.descendant_for_byte_range(start, max(start, end - 1)) or root
    around = member_around(node)
    if around.parent is not None:
        return around.has_error
    return touches_error(CSHARP, root, start, end)
