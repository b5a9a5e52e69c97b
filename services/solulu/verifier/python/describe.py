"""What an expression is, in few words that can be stored: enough to evaluate it later, in the scope it stood in.

A description is JSON: a name; [".", what, member]; ["()", callee]; ["a", callee] for a call that is awaited;
["w", what] and ["aw", what] for what `with` and `async with` give a name to; ["@", class] for an instance that an
annotation promises; ["#", builtin] for a literal; ["s"] for the object that a method is called on; ["t", name] for what
a test is given under a name; ["|", ...] for alternatives; null for anything else. Descriptions end at a few levels, so
nothing that walks them can run away.
"""

from __future__ import annotations

import ast
from typing import Any

Description = Any
_DEEPEST = 8
_NESTED = {".", "()", "@", "a", "w", "aw"}
_FIRST_ARGUMENT = {"Annotated", "ClassVar", "Final", "Required", "NotRequired", "InitVar", "ReadOnly"}
_LITERALS: dict[type[ast.expr], str] = {
    ast.JoinedStr: "str",
    ast.List: "list",
    ast.ListComp: "list",
    ast.Dict: "dict",
    ast.DictComp: "dict",
    ast.Set: "set",
    ast.SetComp: "set",
    ast.Tuple: "tuple",
}


def describe(node: ast.expr | None, depth: int = _DEEPEST) -> Description:
    """An expression's description."""
    if node is None or depth == 0:
        return None
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = describe(node.value, depth - 1)
        return inner and [".", inner, node.attr]
    if isinstance(node, ast.Call):
        callee = describe(node.func, depth - 1)
        if callee == "super" and (node.args or node.keywords):
            return None
        return callee and ["()", callee]
    if isinstance(node, ast.Await) and isinstance(node.value, ast.Call):
        callee = describe(node.value.func, depth - 1)
        return callee and ["a", callee]
    if isinstance(node, ast.Constant):
        return None if node.value is Ellipsis else ["#", type(node.value).__name__]
    if type(node) in _LITERALS:
        return ["#", _LITERALS[type(node)]]
    if isinstance(node, ast.IfExp):
        return either([describe(node.body, depth - 1), describe(node.orelse, depth - 1)])
    if isinstance(node, ast.BoolOp):
        return either([describe(value, depth - 1) for value in node.values])
    if isinstance(node, ast.NamedExpr):
        return describe(node.value, depth - 1)
    return None


def describe_annotation(node: ast.expr | None, depth: int = _DEEPEST) -> Description:
    """The description of an instance of what an annotation names; None in it is left out."""
    if node is None or depth == 0:
        return None
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            return describe_annotation(_parsed(node.value), depth - 1)
        return ["#", "NoneType"] if node.value is None else None
    if isinstance(node, ast.Name | ast.Attribute):
        named = describe(node, depth)
        return named and ["@", named]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return either([describe_annotation(node.left, depth - 1), describe_annotation(node.right, depth - 1)])
    if isinstance(node, ast.Subscript):
        return _subscript(node, depth - 1)
    return None


def describe_base(node: ast.expr) -> Description:
    """The description of a class's base, without what it is parametrized with."""
    while isinstance(node, ast.Subscript):
        node = node.value
    return describe(node)


def root(description: Description) -> str | None:
    """The name that a description begins with; None for a literal, alternatives or nothing."""
    while isinstance(description, list) and description[0] in _NESTED:
        description = description[1]
    return description if isinstance(description, str) else None


def with_root(description: Description, other: Description) -> Description:
    """The description with another one in place of the name that it begins with."""
    if isinstance(description, str):
        return other
    return [description[0], with_root(description[1], other), *description[2:]]


def last_name(node: ast.expr) -> str:
    """The last name of a dotted expression, called or subscripted or not; empty where there is none."""
    while isinstance(node, ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def strings(node: ast.expr | None) -> list[str]:
    """The strings in a literal list, tuple or set, or the string that a literal is."""
    elements = node.elts if isinstance(node, ast.List | ast.Tuple | ast.Set) else [node]
    return [one.value for one in elements if isinstance(one, ast.Constant) and isinstance(one.value, str)]


def _subscript(node: ast.Subscript, depth: int) -> Description:
    name = last_name(node.value)
    arguments = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if name == "Optional":
        return describe_annotation(node.slice, depth)
    if name == "Union":
        return either([describe_annotation(argument, depth) for argument in arguments])
    if name in _FIRST_ARGUMENT:
        return describe_annotation(arguments[0], depth) if arguments else None
    return describe_annotation(node.value, depth) if isinstance(node.value, ast.Name | ast.Attribute) else None


def either(parts: list[Description]) -> Description:
    """Alternatives; nothing is known where one of them is unknown. None is what every member access assumes away."""
    if any(part is None for part in parts):
        return None
    distinct = [part for number, part in enumerate(parts) if part not in parts[:number] and part != ["#", "NoneType"]]
    if not distinct:
        return ["#", "NoneType"]
    return distinct[0] if len(distinct) == 1 else ["|", *distinct]


def _parsed(text: str) -> ast.expr | None:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
