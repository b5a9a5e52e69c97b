"""Where code expects that something may not be there: its absence proves nothing then."""

from __future__ import annotations

import ast
import re

from solulu.verifier.python.describe import last_name

_TESTS = re.compile(
    r"version|platform|os\.name|hasattr|PY2|PY3|PYPY|WIN|windows|darwin|linux|IS_|HAS_|HAVE_|_available|implementation"
)
_FORGIVING = {"ImportError", "ModuleNotFoundError", "AttributeError", "NameError", "TypeError"}
_FORGIVING_IMPORTS = {"Exception", "BaseException"}
_FORGIVING_CONTEXTS = {"suppress", "raises", "assertRaises", "assertRaisesRegex"}
_FORGIVING_CLASS = re.compile(r"Attribute|Name|Import|ModuleNotFound|Type|Frozen|^Exception$|^BaseException$|^[a-z_]")
"""Classes that an absent name could raise, by their own names or by inheritance; a variable may hold any."""
_NARROWING = re.compile(rb"\b(?:is\w*|hasattr|callable|type)\s*\(\s*([A-Za-z_][\w.]*)|\bmatch\s+([\w.]+)\s*:")


def is_forgiving_test(text: str) -> bool:
    """Whether a condition asks for a version, a platform or a capability."""
    return bool(_TESTS.search(text))


def is_forgiving_try(node: ast.Try | ast.TryStar) -> bool:
    """Whether a handler catches what an absent name raises; any handler does that counts for imports."""
    caught = {name for handler in node.handlers for name in _caught(handler)}
    imports = any(isinstance(statement, ast.Import | ast.ImportFrom) for statement in node.body)
    return bool(caught & _FORGIVING) or (imports and bool(caught & _FORGIVING_IMPORTS))


def is_forgiving_with(node: ast.With | ast.AsyncWith) -> bool:
    """Whether a context manager catches what an absent name raises."""
    return any(
        last_name(call) in _FORGIVING_CONTEXTS and _forgives(call)
        for call in (item.context_expr for item in node.items)
    )


def narrowed(data: bytes, start: int, end: int) -> frozenset[str]:
    """Dotted names whose class or kind the code between two offsets asks about."""
    found = _NARROWING.finditer(data, start, end)
    return frozenset((match[1] or match[2]).decode("utf-8", "replace") for match in found)


def _forgives(call: ast.expr) -> bool:
    if not isinstance(call, ast.Call) or not call.args or isinstance(call.args[0], ast.Starred):
        return True
    first = call.args[0]
    classes = first.elts if isinstance(first, ast.Tuple) else call.args if last_name(call) == "suppress" else [first]
    return any(not last_name(one) or _FORGIVING_CLASS.search(last_name(one)) for one in classes)


def _caught(handler: ast.ExceptHandler) -> list[str]:
    if handler.type is None:
        return ["BaseException"]
    classes = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return [last_name(one) for one in classes]
