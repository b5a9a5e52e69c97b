"""Types and parameter lists as they are written, read into tuples.

They come from files that parsed, so a reader that gives up (None) at what it does not know is enough.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

_TOKEN = re.compile(r"\s*(@?[^\W\d]\w*|::|[<>(),?*.&]|\[[\s,]*\]|\S)")
_MODIFIERS = {"ref", "out", "in", "params", "this", "scoped", "readonly"}
_WHERE = re.compile(r"\bwhere\s+@?(\w+)\s*:")
_DEEPEST = 30


@dataclass(frozen=True)
class Written:
    """A type as it is written: dotted parts, each with its type arguments. Arrays are called `[]`, tuples `()`,
    nullable types `?`, pointers `*`, and have their elements as arguments."""

    parts: tuple[tuple[str, tuple[Written | None, ...]], ...]
    names: tuple[str, ...] = ()
    """Of a tuple's elements, empty where one has none."""

    @property
    def is_simple(self) -> bool:
        """Whether it is one name without a dot."""
        return len(self.parts) == 1


Type: TypeAlias = Written | None


@dataclass(frozen=True)
class Parameter:
    """A parameter of a method."""

    name: str
    text: str
    """Its type, as it is written."""
    modifiers: frozenset[str]
    is_optional: bool

    @property
    def type(self) -> Type:
        """Its type."""
        return read_type(self.text)

    @property
    def element(self) -> Type:
        """The type of what it has many of, where it takes many arguments."""
        many = self.type
        return many.parts[-1][1][0] if many and len(many.parts[-1][1]) == 1 else None


@lru_cache(maxsize=65_536)
def read_type(text: str) -> Type:
    """The type that a text is; None where it cannot be read."""
    reader = _Reader(_TOKEN.findall(text))
    found = reader.type(0)
    return found if found and reader.is_done else None


@lru_cache(maxsize=65_536)
def read_parameters(text: str) -> tuple[Parameter, ...]:
    """The parameters of a list in parentheses or brackets."""
    return tuple(_parameter(part) for part in split(text[1:-1]) if part.strip())


@lru_cache(maxsize=16_384)
def read_type_parameters(text: str) -> tuple[str, ...]:
    """The names in `<T, in U>`."""
    return tuple(part.split()[-1] for part in split(text[1:-1]) if part.strip())


@lru_cache(maxsize=16_384)
def read_constraints(text: str) -> dict[str, tuple[str, ...]]:
    """The types and words after each name in `where T : class, U where U : V`."""
    _, *parts = _WHERE.split(text)
    return {
        name: tuple(one.strip() for one in split(constraints))
        for name, constraints in zip(parts[::2], parts[1::2], strict=True)
    }


def split(text: str, separator: str = ",") -> list[str]:
    """The parts of a list, separated outside all brackets and literals."""
    parts, depth, start, quote, at = [], 0, 0, "", 0
    while at < len(text):
        sign = text[at]
        if quote:
            if sign == "\\":
                at += 1
            elif sign == quote:
                quote = ""
        elif sign in "\"'":
            quote = sign
        elif sign in "([{<":
            depth += 1
        elif sign in ")]}" or (sign == ">" and text[at - 1] != "="):
            depth -= 1
        elif sign == separator and depth == 0:
            parts.append(text[start:at])
            start = at + 1
        at += 1
    return [*parts, text[start:]]


def _parameter(text: str) -> Parameter:
    declared, *default = split(text, "=")
    declared = declared.strip()
    while declared.startswith("["):
        _, _, declared = declared.partition("]")
        declared = declared.lstrip()
    words = declared.split()
    modifiers: set[str] = set()
    while words and words[0] in _MODIFIERS:
        modifiers.add(words.pop(0))
    rest = " ".join(words)
    type_text, _, name = rest.rpartition(" ")
    return Parameter(name.removeprefix("@"), type_text, frozenset(modifiers), bool(default))


class _Reader:
    def __init__(self, tokens: list[str]) -> None:
        self._tokens, self._at = tokens, 0

    @property
    def is_done(self) -> bool:
        return self._at == len(self._tokens)

    @property
    def _next(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1]

    def type(self, depth: int) -> Type:
        if depth > _DEEPEST:
            return None
        while self._next in ("ref", "readonly", "scoped"):
            self._take()
        found = self._tuple(depth) if self._next == "(" else self._named(depth)
        while found is not None and self._next and (self._next in "?*" or self._next.startswith("[")):
            sign = self._take()
            found = Written((("[]" if sign.startswith("[") else sign, (found,)),))
        return found

    def _tuple(self, depth: int) -> Type:
        self._take()
        types: list[Type] = []
        names: list[str] = []
        while self._next:
            types.append(self.type(depth + 1))
            names.append(self._take() if self._next not in (",", ")") else "")
            if self._next != ",":
                break
            self._take()
        if self._next != ")":
            return None
        self._take()
        return Written((("()", tuple(types)),), tuple(names))

    def _named(self, depth: int) -> Type:
        parts = []
        while True:
            name = self._next
            if not name or not (name[0].isalpha() or name[0] in "_@"):
                return None
            self._take()
            if self._next == "::":
                self._take()
                if name != "global":
                    return None
                continue
            arguments: list[Type] = []
            if self._next == "<":
                self._take()
                while True:
                    arguments.append(None if self._next in (",", ">") else self.type(depth + 1))
                    if self._next != ",":
                        break
                    self._take()
                if self._next != ">":
                    return None
                self._take()
            parts.append((name.removeprefix("@"), tuple(arguments)))
            if self._next != ".":
                return Written(tuple(parts))
            self._take()
