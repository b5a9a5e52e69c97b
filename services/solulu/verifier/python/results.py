"""What methods are called on, what functions give that say nothing about it, and what tests are given.

pytest calls a test with what the fixtures named like its parameters give: the one place where a parameter's name says
what it is.
"""

from __future__ import annotations

import ast
from typing import Any

from solulu.verifier.python.bindings import Scope, in_module_terms
from solulu.verifier.python.describe import describe, either
from solulu.verifier.python.source import Source

_CLASS_NAMES = {"cls", "klass", "mcs", "mcls", "metacls", "meta"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def may_tell_its_result(node: Function, described: dict[str, Any], source: Source) -> bool:
    """Whether the `return` statements of a function say what a call of it gives."""
    if node.returns:
        return False
    return described["k"] == "t" or b"yield" not in source.data[source.start(node) : source.end(node)]


def describe_result(described: dict[str, Any], inner: Scope) -> None:
    """Adds what a function gives to its description, where every `return` in its scope can be followed."""
    result = either([in_module_terms(value, inner) for value in inner.returns]) if inner.returns else None
    if result is not None and result != ["#", "NoneType"]:
        described["r"] = result


def note_receiver(node: Function, inner: Scope, is_class: bool) -> None:
    """Notes which parameter is the instance or the class that a method belongs to, where that is certain."""
    positional = [*node.args.posonlyargs, *node.args.args]
    if positional and (is_class or positional[0].arg not in _CLASS_NAMES):
        inner.self_name, inner.self_is_class = positional[0].arg, is_class


def bind_fixtures(node: Function, inner: Scope, source: Source, is_fixture: bool) -> None:
    """Notes what a test or a fixture is given under the names of its parameters, but for those that its decorators
    speak of; and what a fixture yields."""
    start = source.start(node.decorator_list[0]) if node.decorator_list else source.start(node)
    decorators = source.data[start : source.start(node)].decode("utf-8", "replace")
    required = node.args.args[: len(node.args.args) - len(node.args.defaults)]
    for argument in [*node.args.posonlyargs, *required, *node.args.kwonlyargs]:
        if inner.names[argument.arg] == [["v", None]] and argument.arg not in decorators and "*" not in decorators:
            inner.names[argument.arg] = [["v", ["t", argument.arg]]]
    if is_fixture:
        inner.returns.extend(describe(part.value) for part in ast.walk(node) if isinstance(part, ast.Yield))
