"""What makes names appear that nothing in a file names: `setattr`, `__dict__`, `globals`, `exec`.

Where code does such things to an object, absence of a name proves nothing about that object any more.
"""

from __future__ import annotations

import ast
import re

from solulu.verifier.python.bindings import File, Scope
from solulu.verifier.python.describe import last_name

MAY_BE_DYNAMIC = re.compile(
    rb":=|\bsetattr\b|__setattr__|__dict__|\bglobals\b|\bvars\b|\blocals\b|\bexec\b|\bextend_path\b|\bmodules\s*\["
)
"""A file without any of these has nothing here to look for, nor a name bound in an expression."""
REFLECTION = {"eval", "exec", "getattr", "locals", "globals", "vars", "__import__"}
_READS = {"copy", "get", "items", "keys", "values"}


def note_call(call: ast.Call, scope: Scope, file: File) -> None:
    """Notes in `file` what a call may bring into being."""
    name = last_name(call.func)
    if name in ("setattr", "__setattr__"):
        _note_setattr(call, name, scope, file)
    elif name == "extend_path" or (isinstance(call.func, ast.Name) and name in ("globals", "exec")):
        file.is_dynamic = True
    elif isinstance(call.func, ast.Name) and name in ("vars", "locals"):
        if call.args:
            goes_dynamic(call.args[0], scope, file)
        elif scope.kind == "module":
            file.is_dynamic = True


def is_read_of_dict(node: ast.Attribute) -> bool:
    """Whether an attribute like `self.__dict__.copy` only reads."""
    return node.attr in _READS and isinstance(node.value, ast.Attribute) and node.value.attr == "__dict__"


def goes_dynamic(receiver: ast.expr, scope: Scope, file: File) -> None:
    """Notes that something of `receiver` is set by a name that is not written there."""
    if isinstance(receiver, ast.Name):
        for function in scope.functions():
            if function.self_name == receiver.id and function.owner:
                file.classes[function.owner].is_dynamic = True
                return
        for binding in file.module.names.get(receiver.id, ()):
            if binding[0] == "c":
                file.classes[binding[1]].is_dynamic = True
    elif last_name(receiver) in ("modules", "import_module"):
        file.is_dynamic = True


def _note_setattr(call: ast.Call, name: str, scope: Scope, file: File) -> None:
    literals = [argument.value for argument in call.args if isinstance(argument, ast.Constant)]
    names = [value for value in literals if isinstance(value, str)]
    if names:
        file.assigned.add(names[0])
        return
    if call.args:
        goes_dynamic(call.args[0], scope, file)
    if name == "__setattr__" and scope.owner:
        file.classes[scope.owner].is_dynamic = True
