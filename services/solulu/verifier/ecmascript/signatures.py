"""How the language writes what a name is: shown beside the real names that could stand in a wrong one's place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from solulu.verifier.ecmascript.declare import Binding
from solulu.verifier.ecmascript.types import Description
from solulu.verifier.ecmascript.values import Ambient, Instance, Module, Shape, Static, Tuple, Value

_MOST = 3


def signatures(names: Iterable[tuple[str, Sequence[Binding]]]) -> dict[str, str]:
    """The signature or type of each name; empty where it is not known."""
    return {name: signature(bindings[0]) if bindings else "" for name, bindings in names if name[:1] not in ("*", "<")}


def signature(binding: Binding) -> str:
    """Of one binding: the parameters of a function, the type of a variable."""
    match binding[0]:
        case "f":
            parameters = ", ".join(_parameter(*parameter) for parameter in binding[1]["p"])
            result = written(binding[1].get("r"))
            return f"({parameters}){': ' + result if result else ''}"
        case "v":
            return written(binding[1])
        case "c":
            return "class"
        case "i":
            return "interface"
        case "e":
            return "enum"
        case _:
            return ""


def written(type: Description) -> str:
    """A type as its language writes it; empty where it is long or not known."""
    match type:
        case ["#", name]:
            return "undefined" if name == "null" else str(name)
        case ["r", name, arguments]:
            inner = [written(argument) or "unknown" for argument in arguments]
            return f"{name}<{', '.join(inner)}>" if inner else str(name)
        case ["[]", element]:
            return f"{written(element) or 'unknown'}[]"
        case ["|", *parts] if len(parts) <= _MOST and all(map(written, parts)):
            return " | ".join(map(written, parts))
        case _:
            return ""


def type_of(value: Value) -> str:
    """The type of a value as the compiler would name it."""
    match value:
        case Instance():
            return value.of.name or "(anonymous class)"
        case Static():
            return f"typeof {value.of.name or '(anonymous class)'}"
        case Module() | Ambient():
            return f'typeof import("{value.specifier}")'
        case Shape():
            members = [f"{name};" for name in value.body["m"]]
            return f"{{ {' '.join(members[:_MOST])}{' ...' if len(members) > _MOST else ''} }}" if members else "{}"
        case Tuple():
            return "[]"
        case _:
            return "Function"


def _parameter(name: str, type: Description, mark: str) -> str:
    described = written(type)
    rest, optional = ("..." if mark == "..." else ""), ("?" if mark == "?" else "")
    return f"{rest}{name or '{}'}{optional}{': ' + described if described else ''}"
