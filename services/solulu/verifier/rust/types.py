"""Types as Rust writes them, read from text.

A file's summary keeps types as the text they are written in, since most are never asked for; those that are, are read
here, once. What cannot be read becomes `INFER`, of which nothing is known.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

Ast = tuple[Any, ...]
"""("path", ((name, arguments, bindings), ...)), ("ref" | "ptr" | "slice", type), ("tuple", types), ("impl" | "dyn",
bounds), ("fn",), ("never",), ("as", type, trait or None, segments) for `<type as trait>::segments`, or INFER."""
INFER: Ast = ("?",)
_TOKEN = re.compile(r"//[^\n]*|/\*.*?\*/|r#\w+|'\w+(?!')|\w+|->|::|=>|\"[^\"]*\"|'[^']*'|[^\s\w]", re.S)
_DEEPEST = 40


class _Unreadable(Exception):
    pass


@lru_cache(maxsize=65536)
def parse_type(text: str) -> Ast:
    """The type that a text writes."""
    try:
        return _Reader(text).type(0)
    except _Unreadable:
        return INFER


def parse_generics(text: str) -> dict[str, tuple[Ast, ...]]:
    """The type parameters that `<...> where ...` declares, with the bounds of each."""
    return _generics(text)[0]


def parse_outer_bounds(text: str) -> dict[str, tuple[Ast, ...]]:
    """What `where` in the same text demands of other names: those of the block around it, and `Self`."""
    return _generics(text)[1]


@lru_cache(maxsize=16384)
def _generics(text: str) -> tuple[dict[str, tuple[Ast, ...]], dict[str, tuple[Ast, ...]]]:
    declared: dict[str, tuple[Ast, ...]] = {}
    others: dict[str, tuple[Ast, ...]] = {}
    try:
        _Reader(text).generics(declared, others)
    except _Unreadable:
        return dict.fromkeys(declared, (INFER,)), dict.fromkeys(others, (INFER,))
    return declared, others


class _Reader:
    def __init__(self, text: str) -> None:
        self._tokens = [token for token in _TOKEN.findall(text) if not token.startswith(("//", "/*"))]
        self._at = 0

    def _peek(self, ahead: int = 0) -> str:
        at = self._at + ahead
        return self._tokens[at] if at < len(self._tokens) else ""

    def _take(self, wanted: str | None = None) -> str:
        token = self._peek()
        if not token or (wanted is not None and token != wanted):
            raise _Unreadable
        self._at += 1
        return token

    def _skip(self, wanted: str) -> bool:
        if self._peek() == wanted:
            self._at += 1
            return True
        return False

    def type(self, depth: int) -> Ast:
        if depth > _DEEPEST:
            raise _Unreadable
        token = self._peek()
        if token == "&":
            self._at += 1
            while self._peek().startswith("'") or self._peek() == "mut":
                self._at += 1
            return ("ref", self.type(depth + 1))
        if token == "*":
            self._at += 2
            return ("ptr", self.type(depth + 1))
        if token == "(":
            return self._tuple(depth)
        if token == "[":
            self._at += 1
            element = self.type(depth + 1)
            self._to_close("]")
            return ("slice", element)
        if token == "!":
            self._at += 1
            return ("never",)
        if token == "_":
            self._at += 1
            return INFER
        if token in ("impl", "dyn") and self._peek(1) not in ("::", "", ",", ">"):
            self._at += 1
            return (token, self._bounds(depth + 1))
        if token == "<":
            return self._qualified(depth)
        if token == "for":
            self._at += 1
            self._angle()
            return self.type(depth + 1)
        if token in ("fn", "unsafe", "extern"):
            return self._function(depth)
        return ("path", self._segments(depth))

    def _tuple(self, depth: int) -> Ast:
        inner, has_comma = self._list(depth)
        return inner[0] if len(inner) == 1 and not has_comma else ("tuple", inner)

    def _list(self, depth: int) -> tuple[tuple[Ast, ...], bool]:
        """The types between parentheses, and whether a comma stands between or after them."""
        self._take("(")
        inner: list[Ast] = []
        has_comma = False
        while not self._skip(")"):
            inner.append(self.type(depth + 1))
            if self._skip("+"):
                self._bounds(depth + 1)
            if self._skip(","):
                has_comma = True
            elif self._peek() != ")":
                raise _Unreadable
        return tuple(inner), has_comma

    def _qualified(self, depth: int) -> Ast:
        self._take("<")
        inner = self.type(depth + 1)
        trait = self.type(depth + 1) if self._skip("as") else None
        self._take(">")
        self._take("::")
        return ("as", inner, trait, self._segments(depth))

    def _function(self, depth: int) -> Ast:
        while self._peek() in ("unsafe", "extern") or self._peek().startswith('"'):
            self._at += 1
        self._take("fn")
        self._take("(")
        self._to_close(")")
        if self._skip("->"):
            self.type(depth + 1)
        return ("fn",)

    def _segments(self, depth: int) -> tuple[Any, ...]:
        segments: list[Any] = []
        if self._skip("::"):
            segments.append(("", (), ()))
        while True:
            name = self._take()
            if not (name[0].isalpha() or name[0] == "_"):
                raise _Unreadable
            arguments: tuple[Ast, ...] = ()
            bindings: tuple[Any, ...] = ()
            if self._peek() == "::" and self._peek(1) == "<":
                self._at += 1
            if self._peek() == "<":
                arguments, bindings = self._arguments(depth)
            elif self._peek() == "(" and name.startswith(("Fn", "AsyncFn")):
                parameters = ("tuple", self._list(depth)[0])
                result = self.type(depth + 1) if self._skip("->") else ("tuple", ())
                arguments, bindings = (parameters,), (("Output", result),)
            segments.append((name.removeprefix("r#"), arguments, bindings))
            if self._peek() != "::":
                return tuple(segments)
            self._at += 1

    def _arguments(self, depth: int) -> tuple[tuple[Ast, ...], tuple[Any, ...]]:
        self._take("<")
        arguments: list[Ast] = []
        bindings: list[Any] = []
        while not self._skip(">"):
            token = self._peek()
            if token.startswith("'") or token[:1].isdigit() or token in ("true", "false", "-") or token[:1] == '"':
                self._at += 1
                if not token.startswith("'"):
                    arguments.append(INFER)
            elif token == "{":
                self._at += 1
                self._to_close("}")
                arguments.append(INFER)
            elif self._peek(1) == "=":
                self._at += 2
                bindings.append((token, self.type(depth + 1)))
            else:
                found = self.type(depth + 1)
                if self._skip("="):
                    bindings.append((found[1][-1][0], self.type(depth + 1)))
                elif self._skip(":"):
                    bindings.append((found[1][-1][0], ("impl", self._bounds(depth + 1))))
                else:
                    arguments.append(found)
            if not self._skip(",") and self._peek() != ">":
                raise _Unreadable
        return tuple(arguments), tuple(bindings)

    def _bounds(self, depth: int) -> tuple[Ast, ...]:
        if depth > _DEEPEST:
            raise _Unreadable
        bounds: list[Ast] = []
        while True:
            if self._peek().startswith("'"):
                self._at += 1
            elif self._peek() in ("?", "~"):
                self._at += 2 if self._peek() == "~" else 1
                self.type(depth + 1)
            elif self._peek() and self._peek() not in (",", ">", "=", "{", ";", "where", ")"):
                if self._peek() == "use" and self._peek(1) == "<":
                    self._at += 1
                    self._angle()
                else:
                    while self._peek() in ("const", "async") or self._peek() == "[":
                        self._at += 3 if self._peek() == "[" else 1
                    bounds.append(self.type(depth + 1))
            if not self._skip("+"):
                return tuple(bounds)

    def generics(self, found: dict[str, tuple[Ast, ...]], others: dict[str, tuple[Ast, ...]]) -> None:
        """Adds every parameter that the text declares to `found`, and what it says of others to `others`."""
        if self._skip("<"):
            while not self._skip(">"):
                name = self._take()
                if name == "#":
                    self._take("[")
                    self._to_close("]")
                elif name.startswith("'"):
                    if self._skip(":"):
                        self._bounds(0)
                elif name == "const":
                    found[self._take()] = (INFER,)
                    while self._peek() not in (",", ">", ""):
                        self._at += 1
                else:
                    found[name] = ()
                    found[name] = self._bounds(0) if self._skip(":") else ()
                    if self._skip("="):
                        self.type(0)
                if not self._skip(",") and self._peek() != ">" and name != "#":
                    raise _Unreadable
        if self._skip("where"):
            while self._peek():
                if self._peek().startswith("'"):
                    self._at += 1
                    left: Ast = INFER
                else:
                    left = self.type(0)
                self._take(":")
                bounds = self._bounds(0)
                if left[0] == "path" and len(left[1]) == 1 and not left[1][0][1]:
                    name = left[1][0][0]
                    into = found if name in found else others
                    into[name] = into.get(name, ()) + bounds
                if not self._skip(","):
                    break

    def _angle(self) -> None:
        self._take("<")
        depth = 1
        while depth:
            token = self._take()
            depth += (token == "<") - (token == ">")

    def _to_close(self, close: str) -> None:
        depth = 1
        while depth:
            token = self._take()
            depth += (token in "([{") - (token in ")]}")
            if depth == 0 and token != close:
                raise _Unreadable
