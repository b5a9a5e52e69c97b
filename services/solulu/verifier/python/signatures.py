"""Functions and their parameters, as JSON.

A function is {"p": parameters, "r": description of what it returns, "k": kind, "x": 1 where decorators may have
changed either, "a": 1 where it is awaited}. Kinds are `s` for a static method, `c` for a class method, `p` for a
property, `t` for what a test is given (a pytest fixture), else empty. Parameters are words: `x`, `x=` with a default,
`/` and `*` alone, `*args`, `**kwargs`.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from solulu.verifier.python.describe import describe_annotation, last_name

_PROPERTIES = {"property", "cached_property", "abstractproperty", "setter", "getter", "deleter"}
_HARMLESS = _PROPERTIES | {
    "staticmethod", "classmethod", "abstractmethod", "overload", "override", "final", "lru_cache", "cache",
    "no_type_check", "wraps",
}  # fmt: skip
"""Decorators that keep a function's signature and result."""
_IMPLICIT_CLASS_METHODS = {"__init_subclass__", "__class_getitem__"}


def describe_function(node: ast.FunctionDef | ast.AsyncFunctionDef, is_method: bool) -> dict[str, Any]:
    """The description of a function statement. What an unannotated function gives is not in it yet."""
    decorators = [last_name(decorator) for decorator in node.decorator_list]
    described: dict[str, Any] = {"p": parameters(node.args), "k": _kind(node.name, decorators, is_method)}
    if isinstance(node, ast.AsyncFunctionDef):
        described["a"] = 1
    if not _HARMLESS.issuperset(decorators):
        described["x"] = 1
    if node.returns and ("x" not in described or described["k"] == "t"):
        described["r"] = ["s"] if _gives_itself(node) else describe_annotation(node.returns)
    return described


def _gives_itself(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a method is annotated to give the object that it is called on: `Self`, or the receiver's type
    variable."""
    positional = [*node.args.posonlyargs, *node.args.args]
    annotated = positional[0].annotation if positional else None
    if node.returns is not None and last_name(node.returns) == "Self":
        return True
    return isinstance(annotated, ast.Name) and isinstance(node.returns, ast.Name) and annotated.id == node.returns.id


def parameters(arguments: ast.arguments) -> list[str]:
    """A signature as words."""
    words: list[str] = []
    positional = [*arguments.posonlyargs, *arguments.args]
    first_default = len(positional) - len(arguments.defaults)
    for number, argument in enumerate(positional):
        if arguments.posonlyargs and number == len(arguments.posonlyargs):
            words.append("/")
        words.append(argument.arg + ("=" if number >= first_default else ""))
    if arguments.posonlyargs and not arguments.args:
        words.append("/")
    if arguments.vararg:
        words.append("*" + arguments.vararg.arg)
    elif arguments.kwonlyargs:
        words.append("*")
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        words.append(argument.arg + ("=" if default is not None else ""))
    if arguments.kwarg:
        words.append("**" + arguments.kwarg.arg)
    return words


def keywords(signature: Sequence[str]) -> set[str]:
    """The names that a signature accepts as keywords, and its `**kwargs` with the stars."""
    names = list(signature[signature.index("/") + 1 :] if "/" in signature else signature)
    return {name.rstrip("=") for name in names if name.startswith("**") or not name.startswith("*")}


def without_first(signature: Sequence[str]) -> list[str]:
    """What is left of a signature when its first parameter is given."""
    if signature and not signature[0].startswith("*"):
        rest = list(signature[1:])
        return rest[1:] if rest[:1] == ["/"] else rest
    return list(signature)


def _kind(name: str, decorators: Sequence[str], is_method: bool) -> str:
    if "fixture" in decorators:
        return "t"
    if is_method and name == "__new__":
        return "s"
    if is_method and name in _IMPLICIT_CLASS_METHODS:
        return "c"
    if _PROPERTIES.intersection(decorators):
        return "p"
    return next((decorator[0] for decorator in decorators if decorator in ("staticmethod", "classmethod")), "")


def signature_of(bindings: Sequence[Sequence[Any]]) -> str:
    """How a function that is bound may be called, as Python writes it; empty where it is none, or not known."""
    function = next((binding[1] for binding in bindings if binding[0] == "f"), None)
    if function is None or "x" in function:
        return ""
    return f"({', '.join(word + '...' if word.endswith('=') else word for word in function['p'])})"
