"""What a Go file offers its package, as JSON: top-level names and methods, their types left as text.

Only the top level of the tree is looked at, so that a file costs hardly more than its parse. A file that has errors, or
that cannot be read, says so: its package may have names that are not seen.

Keys: `p` package clause, `i` imports as [name, path], `d` declarations as [kind, text, type parameters or position],
`m` methods by receiver as [text, type parameters], `x` unread in part, `g` asks for a generator, `n` made by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tree_sitter import Node, Tree

from solulu.languages.go import GO
from solulu.verifier.go.modules import is_build_file, summarize_build_file

UNREAD = {"x": 1}
_GENERATE = re.compile(rb"^//go:generate ", re.M)
_HEAD = 4096
_LONGEST_EXPRESSION = 160
_RECEIVER = re.compile(r"\(\s*(?:\w+\s+)?\(?\s*\*?\s*(\w+)\s*(?:\[(.*)\])?\s*\)?\s*,?\s*\)", re.S)
LITERALS = {
    "int_literal": "int",
    "float_literal": "float64",
    "imaginary_literal": "complex128",
    "rune_literal": "rune",
    "interpreted_string_literal": "string",
    "raw_string_literal": "string",
    "true": "bool",
    "false": "bool",
    "iota": "int",
}
"""The types that literals have by default."""
_MAKERS = ("new", "make", "append", "min", "max")


def reads(path: str) -> bool:
    """Whether a file says anything about a Go package or module."""
    return path.endswith(".go") or is_build_file(path)


def summarize_file(path: str, data: bytes | None, tree: Tree | None = None) -> dict[str, Any] | None:
    """The summary of a file as JSON."""
    if is_build_file(path):
        return summarize_build_file(path, data)
    if data is None:
        return dict(UNREAD)
    if tree is None or (tree.root_node.has_error and not data.endswith(b"\n")):
        tree = parse(data)
    return summarize(tree.root_node, data)


def parse(data: bytes) -> Tree:
    """The syntax tree of a file: the grammar wants a line's end after the last declaration."""
    return GO.parse(data if data.endswith(b"\n") else data + b"\n")


def summarize(root: Node, data: bytes) -> dict[str, Any]:
    """The summary of a file of Go."""
    summary = _Summary(data)
    for node in root.named_children:
        summary.add(node)
    found = summary.found
    if root.has_error:
        found["x"] = 1
    if _GENERATE.search(data):
        found["g"] = 1
    if GO.generated and GO.generated.search(data[:_HEAD]):
        found["n"] = 1
    return {key: value for key, value in found.items() if value}


def shortened(node: Node) -> str:
    """The text of an expression, without the parts of a long one that say nothing of its type."""
    text = _text(node)
    if len(text) <= _LONGEST_EXPRESSION:
        return text
    match node.type:
        case "composite_literal":
            type = node.child_by_field_name("type")
            return f"{_text(type)}{{}}" if type else ""
        case "func_literal":
            body = node.child_by_field_name("body")
            return text[: -len(_text(body))] + "{}" if body else ""
        case "unary_expression":
            operand = node.child_by_field_name("operand")
            inner = shortened(operand) if operand else ""
            return text[0] + inner if inner else ""
        case "call_expression":
            function = node.child_by_field_name("function")
            callee = shortened(function) if function else ""
            return f"{callee}()" if callee and callee not in _MAKERS else ""
        case _:
            return ""


def type_parameters(node: Node) -> list[str]:
    """The names of the type parameters of a declaration."""
    listed = node.child_by_field_name("type_parameters")
    declared = listed.named_children if listed else []
    return [_text(name) for one in declared for name in one.children_by_field_name("name")]


def import_specs(node: Node) -> Iterator[tuple[str, str]]:
    """Name (empty, a name, `.` or `_`) and path of each import in a declaration."""
    for spec in _specs(node, "import_spec"):
        name, path = spec.child_by_field_name("name"), spec.child_by_field_name("path")
        if path:
            yield _text(name) if name else "", _text(path)[1:-1]


def receiver_type(text: str) -> tuple[str, list[str]]:
    """The name of a receiver's type, and the names that it gives the type parameters."""
    found = _RECEIVER.fullmatch(text)
    if not found:
        return "", []
    return found[1], [name.strip() for name in (found[2] or "").split(",") if name.strip()]


def signature_text(node: Node, data: bytes) -> str:
    """A function's type as text."""
    parameters, result = node.child_by_field_name("parameters"), node.child_by_field_name("result")
    if parameters is None:
        return ""
    return "func" + data[parameters.start_byte : (result or parameters).end_byte].decode("utf-8", "replace")


class _Summary:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._names: dict[str, list[Any]] = {}
        self._methods: dict[str, dict[str, list[Any]]] = {}
        self._imports: list[list[str]] = []
        self.found: dict[str, Any] = {"p": "", "i": self._imports, "d": self._names, "m": self._methods}

    def add(self, node: Node) -> None:
        match node.type:
            case "package_clause":
                self.found["p"] = _text(node.named_children[-1]) if node.named_children else ""
            case "import_declaration":
                self._imports.extend([name, path] for name, path in import_specs(node))
            case "function_declaration":
                self._define(node, ["f", signature_text(node, self._data), *_some(type_parameters(node))])
            case "method_declaration":
                self._method(node)
            case "type_declaration":
                for spec in node.named_children:
                    type = spec.child_by_field_name("type")
                    if type and spec.type in ("type_spec", "type_alias"):
                        kind = "a" if spec.type == "type_alias" else "t"
                        self._define(spec, [kind, _text(type), *_some(type_parameters(spec))])
            case "var_declaration":
                for spec in _specs(node, "var_spec"):
                    self._variables(spec)
            case "const_declaration":
                self._constants(node)

    def _define(self, node: Node, declaration: list[Any]) -> None:
        for name in node.children_by_field_name("name"):
            self._put(name, declaration)

    def _put(self, name: Node, declaration: list[Any]) -> None:
        text = _text(name)
        if name.is_named and text not in ("_", "init"):
            self._names[text] = declaration

    def _method(self, node: Node) -> None:
        receiver, name = node.child_by_field_name("receiver"), node.child_by_field_name("name")
        type, parameters = receiver_type(_text(receiver)) if receiver else ("", [])
        if type and name:
            method = [signature_text(node, self._data), *_some(parameters)]
            self._methods.setdefault(type, {})[_text(name)] = method
        else:
            self.found["x"] = 1

    def _variables(self, spec: Node) -> None:
        type, values = spec.child_by_field_name("type"), spec.child_by_field_name("value")
        if type:
            self._define(spec, ["v", _text(type)])
            return
        names = [name for name in spec.children_by_field_name("name") if name.is_named]
        given = [node for node in values.named_children if node.type != "comment"] if values else []
        for position, name in enumerate(names):
            if len(given) == len(names):
                self._put(name, _value(given[position]))
            else:
                self._put(name, ["e", shortened(given[0]) if len(given) == 1 else "", position])

    def _constants(self, node: Node) -> None:
        type: Node | None = None
        given: list[Node] = []
        for spec in _specs(node, "const_spec"):
            values = spec.child_by_field_name("value")
            if values:
                type = spec.child_by_field_name("type")
                given = [node for node in values.named_children if node.type != "comment"]
            names = [name for name in spec.children_by_field_name("name") if name.is_named]
            for position, name in enumerate(names):
                if type:
                    self._put(name, ["v", _text(type)])
                else:
                    self._put(name, _value(given[position]) if position < len(given) else ["e", ""])


def _value(node: Node) -> list[Any]:
    literal = LITERALS.get(node.type)
    return ["l", literal] if literal else ["e", shortened(node)]


def _specs(node: Node, kind: str) -> Iterator[Node]:
    for child in node.named_children:
        if child.type == kind:
            yield child
        elif child.type == f"{kind}_list":
            yield from (spec for spec in child.named_children if spec.type == kind)


def _some(names: list[str]) -> list[list[str]]:
    return [names] if names else []


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")
