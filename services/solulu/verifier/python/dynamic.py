"""What makes names appear that nothing in a file names: `setattr`, `__dict__`, `globals`, `exec`.

Where code does such things to an object, absence of a name proves nothing about that object any more.
"""

from __future__ import annotations

import ast
import re

from solulu.verifier.python.bindings import ClassBody, File, Scope
from solulu.verifier.python.describe import describe_base, last_name

MAY_BE_DYNAMIC = re.compile(
    rb":=|\bsetattr\b|__setattr__|__dict__|\bglobals\b|\bvars\b|\blocals\b|\bexec\b|\bextend_path\b|\bmodules\s*\["
)
"""A file without any of these has nothing here to look for, nor a name bound in an expression."""
REFLECTION = {"eval", "exec", "getattr", "locals", "globals", "vars", "__import__"}
_SAFE_METACLASSES = {"ABCMeta", "EnumMeta", "EnumType", "type"}
_SAFE_CLASS_DECORATORS = {
    "dataclass", "total_ordering", "final", "runtime_checkable", "unique", "deprecated", "skip", "skipif",
    "parametrize",
}  # fmt: skip
_RESTORING = {"__setstate__", "__copy__", "__deepcopy__"}
"""Methods that set by computed names only what other instances have."""
_WRITE = rb"\b%s\s*(?:\[[^\]\n]*\]\s*[-+|]?=[^=]|\.(?:update|setdefault|pop|clear|__)|[,)\]}])"
"""How names could be set through a mapping, or the mapping given away."""
_READS = {"copy", "get", "items", "keys", "values"}


def note_class(node: ast.ClassDef, body: ClassBody) -> None:
    """Notes what a class statement says of its bases, and what may give the class more than its body."""
    body.bases.extend(described for base in node.bases if (described := describe_base(base)) not in body.bases)
    for keyword in node.keywords:
        if keyword.arg == "metaclass" and last_name(keyword.value) in _SAFE_METACLASSES:
            continue
        body.is_dynamic |= keyword.arg in (None, "metaclass")
    for decorator in node.decorator_list:
        body.is_dataclass |= last_name(decorator) == "dataclass"
        body.is_dynamic |= last_name(decorator) not in _SAFE_CLASS_DECORATORS


def note_call(call: ast.Call, scope: Scope, file: File) -> None:
    """Notes in `file` what a call may bring into being."""
    name = last_name(call.func)
    if name in ("setattr", "__setattr__"):
        _note_setattr(call, name, scope, file)
    elif name == "exec" and len(call.args) > 1:
        return
    elif name == "extend_path" or (isinstance(call.func, ast.Name) and name in ("globals", "exec")):
        file.is_dynamic = True
    elif isinstance(call.func, ast.Name) and name in ("vars", "locals"):
        if call.args:
            goes_dynamic(call.args[0], scope, file)
        elif scope.kind == "module":
            file.is_dynamic = True


def is_only_read(node: ast.Assign, data: bytes) -> bool:
    """Whether an assignment like `names = locals()` gives a name to a module's names, through which none is set."""
    call, target = node.value, node.targets[0]
    if not isinstance(call, ast.Call) or call.args or last_name(call) not in ("locals", "globals", "vars"):
        return False
    if len(node.targets) != 1 or not isinstance(target, ast.Name):
        return False
    return not re.search(_WRITE % target.id.encode(), data)


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
        file.opened.add(receiver.id)
    elif last_name(receiver) in ("modules", "import_module"):
        file.is_dynamic = True


def open_classes(file: File) -> None:
    """Marks the classes of a module that members are set on by computed names."""
    for name in file.opened:
        for binding in file.module.names.get(name, ()):
            if binding[0] == "c" and binding[1] in file.classes:
                file.classes[binding[1]].is_dynamic = True


def _note_setattr(call: ast.Call, name: str, scope: Scope, file: File) -> None:
    literals = [argument.value for argument in call.args if isinstance(argument, ast.Constant)]
    names = [value for value in literals if isinstance(value, str)][:1]
    names = names or [name for argument in call.args[:2] for name in scope.literals(argument)]
    if names:
        file.assigned.update(names)
        return
    if scope.function_name in _RESTORING:
        return
    if call.args:
        goes_dynamic(call.args[0], scope, file)
    if name == "__setattr__" and scope.owner:
        file.classes[scope.owner].is_dynamic = True
