"""What an expression may be: a class with its type arguments, an array, a primitive, or nothing that is known.

Types are written as summary.py writes them; here they are taken apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from solulu.verifier.java.declarations import Declaration

PRIMITIVES = frozenset({"boolean", "byte", "char", "double", "float", "int", "long", "short", "void"})
_DEEPEST = 12


@dataclass(frozen=True)
class TypeText:
    """A type as it is written."""

    name: str
    """Dotted; type arguments of outer classes are left out."""
    arguments: tuple[TypeText, ...] = ()
    dimensions: int = 0
    bound: str = ""
    """`+` for `? extends`, `-` for `? super`."""
    is_diamond: bool = False
    is_odd: bool = False
    """It could not be taken apart."""


@lru_cache(maxsize=65536)
def parse_type(text: str) -> TypeText:
    """A type's parts."""
    try:
        return _parsed(text, _DEEPEST)
    except ValueError:
        return TypeText("", is_odd=True)


def _parsed(text: str, depth: int) -> TypeText:
    if depth == 0:
        raise ValueError(text)
    bound = text[0] if text[:1] in ("+", "-") else ""
    text = text[len(bound) :]
    if text.endswith("..."):
        text = text[:-3] + "[]"
    dimensions = 0
    while text.endswith("[]"):
        text, dimensions = text[:-2], dimensions + 1
    name, arguments, is_diamond, at = "", "", False, 0
    while at < len(text):
        if text[at] == "<":
            end = _closing(text, at)
            arguments, at = text[at + 1 : end], end + 1
            is_diamond = not arguments
        elif text[at] == "." or text[at] not in "<>,&?[]":
            arguments, is_diamond = ("", False) if text[at] == "." else (arguments, is_diamond)
            name += text[at]
            at += 1
        elif text == "?":
            return TypeText("?")
        else:
            raise ValueError(text)
    parts = tuple(_parsed(part, depth - 1) for part in _split(arguments)) if arguments else ()
    return TypeText(name, parts, dimensions, bound, is_diamond)


def _closing(text: str, at: int) -> int:
    level = 0
    for place in range(at, len(text)):
        level += (text[place] == "<") - (text[place] == ">")
        if level == 0:
            return place
    raise ValueError(text)


def _split(text: str) -> list[str]:
    parts, level, start = [], 0, 0
    for place, letter in enumerate(text):
        level += (letter == "<") - (letter == ">")
        if letter == "," and level == 0:
            parts.append(text[start:place])
            start = place + 1
    return [*parts, text[start:]]


@dataclass(frozen=True)
class Unknown:
    """Anything."""


@dataclass(frozen=True)
class Primitive:
    """A primitive type, or `null`."""

    name: str


@dataclass(frozen=True)
class Reference:
    """An object of a class, or an array of such."""

    declaration: Declaration
    arguments: tuple[Value, ...] = ()
    """None where they are not known, or where the class has none."""


@dataclass(frozen=True)
class Array:
    """An array."""

    element: Value


@dataclass(frozen=True)
class TypeName:
    """A class that is named, and not an object of it."""

    declaration: Declaration


@dataclass(frozen=True)
class PackageName:
    """A package, or the beginning of one's name."""

    name: str


@dataclass(frozen=True)
class Either:
    """One of several; which one is not known."""

    values: tuple[Value, ...]


Value = Unknown | Primitive | Reference | Array | TypeName | PackageName | Either
UNKNOWN = Unknown()


def either(values: Iterable[Value]) -> Value:
    """One of some values; anything, where anything is among them."""
    distinct = list(dict.fromkeys(values))
    if not distinct or any(isinstance(value, Unknown) for value in distinct):
        return UNKNOWN
    return distinct[0] if len(distinct) == 1 else Either(tuple(distinct))


def written(value: Value) -> str:
    """A type as a message shows it; `?` where it is not known."""
    match value:
        case Primitive(name):
            return name
        case Reference(declaration):
            return declaration.name or declaration.qualified
        case Array(element):
            return f"{written(element)}[]"
    return "?"
