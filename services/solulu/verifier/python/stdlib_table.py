"""Writes the table of the standard library from the interpreter that runs this: `python -m
solulu.verifier.python.stdlib_table`.

Its Python files are read like any repository's; what is written in C, or made while a module is imported, is added by
looking at the imported modules. The words of all files are kept as one.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
import sysconfig
import types
import warnings
from pathlib import Path
from typing import Any

from solulu.verifier import index
from solulu.verifier.python.stdlib import PYTHON_VERSION, STDLIB, TABLE
from solulu.verifier.repository import Repository, SymbolIndex

_LEFT_OUT = {
    "test", "tests", "idlelib", "lib2to3", "turtledemo", "ensurepip", "site-packages", "pydoc_data", "this",
    "antigravity", "__phello__",
}  # fmt: skip
"""Files and folders of which no library's code uses the names; where they are modules, they stay unknown."""
_NOT_IMPORTED = {
    "this", "antigravity", "__main__", "idlelib", "turtledemo", "lib2to3", "ensurepip", "pydoc_data",
}  # fmt: skip
"""Modules that do something when they are imported, or are none."""
_DYNAMIC_CLASSES = {
    "super", "_local", "ProxyType", "CallableProxyType", "SimpleNamespace", "GenericAlias", "Struct", "Union",
    "Structure",
}  # fmt: skip
"""Classes written in C whose instances have members of their own."""
_ELSEWHERE = {
    "os": (
        "startfile", "O_BINARY", "O_NOINHERIT", "O_TEXT", "O_RANDOM", "O_SEQUENTIAL", "O_SHORT_LIVED", "O_TEMPORARY",
        "add_dll_directory", "get_handle_inheritable", "set_handle_inheritable", "P_DETACH", "P_OVERLAY",
    ),
    "signal": ("CTRL_C_EVENT", "CTRL_BREAK_EVENT", "SIGBREAK"),
    "sys": (
        "getwindowsversion", "winver", "dllhandle", "last_exc", "pypy_version_info", "ps1", "ps2", "gettotalrefcount",
        "last_type", "last_value", "last_traceback", "tracebacklimit", "getandroidapilevel",
    ),
    "socket": (
        "SIO_RCVALL", "SIO_KEEPALIVE_VALS", "SIO_LOOPBACK_FAST_PATH", "RCVALL_ON", "SO_EXCLUSIVEADDRUSE", "AF_SYSTEM",
        "TCP_KEEPALIVE", "ioctl", "fromshare", "SO_USELOOPBACK", "AF_LINK", "MSG_EOF", "SYSPROTO_CONTROL",
    ),
    "select": (
        "kqueue", "kevent", "devpoll", "KQ_FILTER_READ", "KQ_FILTER_WRITE", "KQ_EV_ADD", "KQ_EV_DELETE",
        "KQ_EV_ERROR", "KQ_EV_EOF", "KQ_EV_ENABLE", "KQ_EV_DISABLE", "KQ_EV_ONESHOT", "KQ_EV_CLEAR",
    ),
    "ctypes": (
        "windll", "oledll", "WinDLL", "OleDLL", "WinError", "FormatError", "GetLastError", "WINFUNCTYPE", "HRESULT",
        "get_last_error", "set_last_error", "DllCanUnloadNow", "DllGetClassObject",
    ),
    "asyncio": (
        "WindowsSelectorEventLoopPolicy", "WindowsProactorEventLoopPolicy", "ProactorEventLoop", "IocpProactor",
    ),
    "builtins": (
        "WindowsError", "reveal_type", "reveal_locals", "copyright", "credits", "exit", "license", "quit",
        "__builtins__", "__file__", "__debug__",
    ),
}  # fmt: skip
"""Names that other platforms, or a program that runs, have."""


def main() -> None:
    """Writes the table."""
    if f"{sys.version_info.major}.{sys.version_info.minor}" != PYTHON_VERSION:
        raise SystemExit(f"this is Python {sys.version.split()[0]}, the table is of {PYTHON_VERSION}")
    folder = Path(sysconfig.get_path("stdlib"))
    files = [(path.relative_to(folder).as_posix(), path) for path in folder.rglob("*.py")]
    kept = [(name, path.read_bytes()) for name, path in files if _is_kept(Path(name).with_suffix("").parts)]
    read = index.build(STDLIB, kept).repositories[STDLIB]
    modules = dict(read.summaries["python"])
    words = set(read.vocabulary)
    for name in sorted({*sys.stdlib_module_names, *(_dotted(path) for path in modules)} - _NOT_IMPORTED):
        if name.partition(".")[0] not in _NOT_IMPORTED and not name.endswith("__main__"):
            _add_module(name, modules, words)
    modules["os/path.py"] = modules["posixpath.py"]
    for path in modules:
        modules[path] = _slim(modules[path])
    table = Repository({"python": modules}, sorted(words), {"": list(range(len(words)))}, {})
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_bytes(SymbolIndex({STDLIB: table}).to_bytes())


def _is_kept(parts: tuple[str, ...]) -> bool:
    """Whether a file is part of the library proper, and not of the machine that it is installed on."""
    return _LEFT_OUT.isdisjoint(parts) and all(part.isidentifier() for part in parts)


def _add_module(name: str, modules: dict[str, Any], words: set[str]) -> None:
    path = next((path for path in modules if _dotted(path) == name), f"{name.replace('.', '/')}.py")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            module = importlib.import_module(name)
        except (ImportError, OSError, AttributeError, ValueError):
            modules.setdefault(path, {})["d"] = 1
            return
    summary = modules.setdefault(path, {})
    names = summary.setdefault("n", {})
    if "__getattr__" not in names:
        summary.pop("d", None)
    summary.pop("s", None)
    classes = summary.setdefault("c", {})
    for member in sorted({*dir(module), *_ELSEWHERE.get(name, ())}):
        value = getattr(module, member, None)
        words.add(member)
        if isinstance(value, type) and value.__module__ == "builtins" != name:
            names.setdefault(member, [["i", ["builtins", 0], value.__name__]])
        elif isinstance(value, type) and value.__module__ in (name, name.lstrip("_")):
            if member not in names or names[member] == [["v", None]]:
                names[member] = [["c", member]]
            if names[member] == [["c", member]] and member not in classes:
                classes[member] = {}
            if member in classes:
                _add_class(value, classes[member], words)
        elif member not in names:
            names[member] = [_binding(value)]


def _add_class(value: type, body: dict[str, Any], words: set[str]) -> None:
    members = body.setdefault("m", {})
    if "b" not in body:
        bases = [base for base in value.__bases__ if base is not object]
        if bases and all(base.__module__ == "builtins" for base in bases):
            body["b"] = [base.__name__ for base in bases]
    if value.__name__ in _DYNAMIC_CLASSES:
        body["d"] = 1
    members_of_value = {*dir(value), *_node_fields(value)}
    if value is not object:
        members_of_value.discard("__getattribute__")
    for member in sorted(members_of_value):
        words.add(member)
        if member not in members and (member in vars(value) or "b" not in body or member not in dir(value)):
            members[member] = [_binding(inspect.getattr_static(value, member, None))]


def _node_fields(value: type) -> tuple[str, ...]:
    """The attributes of a syntax tree's node, which only its instances have."""
    return (*value._fields, *value._attributes) if issubclass(value, ast.AST) else ()


def _binding(value: Any) -> list[Any]:
    if isinstance(value, types.ModuleType):
        return ["m", value.__name__]
    if isinstance(value, staticmethod | classmethod | types.ClassMethodDescriptorType):
        kind = "s" if isinstance(value, staticmethod) else "c"
        return ["f", {"p": [], "k": kind, "x": 1}]
    if isinstance(value, types.GetSetDescriptorType | types.MemberDescriptorType | property):
        return ["v", None]
    if not callable(value) or isinstance(value, type):
        return ["v", None]
    try:
        signature = inspect.signature(value)
    except (ValueError, TypeError, AttributeError, NameError):
        return ["f", {"p": [], "k": "", "x": 1}]
    return ["f", {"p": _parameters(signature), "k": ""}]


def _parameters(signature: inspect.Signature) -> list[str]:
    words: list[str] = []
    kinds = [parameter.kind for parameter in signature.parameters.values()]
    for number, parameter in enumerate(signature.parameters.values()):
        default = "" if parameter.default is parameter.empty else "="
        before = kinds[number - 1] if number else None
        if before == parameter.POSITIONAL_ONLY and parameter.kind != parameter.POSITIONAL_ONLY:
            words.append("/")
        if parameter.kind == parameter.KEYWORD_ONLY and before not in (
            parameter.KEYWORD_ONLY,
            parameter.VAR_POSITIONAL,
        ):
            words.append("*")
        star = "*" * ((parameter.kind == parameter.VAR_POSITIONAL) + 2 * (parameter.kind == parameter.VAR_KEYWORD))
        words.append(star + parameter.name + default)
    if kinds and kinds[-1] == inspect.Parameter.POSITIONAL_ONLY:
        words.append("/")
    return words


def _slim(summary: dict[str, Any]) -> dict[str, Any]:
    """Without what is only of use to the repository itself."""
    return {key: value for key, value in summary.items() if key not in ("i", "a")}


def _dotted(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


if __name__ == "__main__":
    main()
