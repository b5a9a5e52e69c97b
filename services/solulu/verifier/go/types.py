"""Go's types as their source writes them, read only when a verdict needs one.

An index keeps types as text, because a declaration is cheap to cut out and most are never asked for. A form is a nested
tuple: ("name", "pkg.T"), ("*", form), ("[]", form), ("map", key, value), ("chan", form), ("func", parameters, results),
("struct", fields), ("interface", methods, embedded). Type arguments are left out: generics are erased.
"""

from __future__ import annotations

import re
from functools import lru_cache

Form = tuple
"""A type; what could not be read is no form but None."""

_TOKEN = re.compile(
    r"(?P<space>[ \t\r]+|//[^\n]*|/\*.*?\*/)|(?P<end>\n)|(?P<word>[^\W\d]\w*)|(?P<number>\d[\w.]*)"
    r"|(?P<string>\"(?:\\.|[^\"\\\n])*\"|`[^`]*`|'(?:\\.|[^'\\\n])+')|(?P<sign>\.\.\.|<-|.)",
    re.S,
)
_KEYWORDS = {"map", "chan", "func", "struct", "interface"}
_DEEPEST = 40
_STARTS = {"*", "[", "(", "<-"}


class _Unreadable(Exception):
    """This is no type."""


@lru_cache(maxsize=16_384)
def read_type(text: str) -> Form | None:
    """The form of a type; a function's begins with `func`."""
    reader = _Reader(_tokens(text))
    try:
        form = reader.type()
    except _Unreadable:
        return None
    return form if reader.at_end() else None


def write_type(form: Form | None) -> str:
    """A type as Go writes it; `?` for what could not be read."""
    if form is None:
        return "?"
    match form[0]:
        case "name":
            return str(form[1])
        case "*" | "[]" | "...":
            return f"{form[0]}{write_type(form[1])}"
        case "chan":
            return f"chan {write_type(form[1])}"
        case "map":
            return f"map[{write_type(form[1])}]{write_type(form[2])}"
        case "func":
            return f"func{write_signature(form)}"
        case "struct":
            fields = (f"{name} {write_type(type)}" if name else write_type(type) for name, type in form[1])
            return f"struct{{{'; '.join(fields)}}}"
        case _:
            methods = (f"{name}{write_signature(type)}" for name, type in form[1])
            return f"interface{{{'; '.join([*methods, *map(write_type, form[2])])}}}"


def write_signature(form: Form) -> str:
    """The parameters and results of a function's form, as Go writes them."""
    results = ", ".join(f"{name} {write_type(type)}".strip() for name, type in form[2])
    is_bare = len(form[2]) == 1 and not form[2][0][0]
    shown = f" {results}" if is_bare else f" ({results})" if results else ""
    parameters = ", ".join(f"{name} {write_type(type)}".strip() for name, type in form[1])
    return f"({parameters}){shown}"


def embedded_name(form: Form | None) -> str:
    """The name of the field that an embedded type makes."""
    while form and form[0] == "*":
        form = form[1]
    return str(form[1]).rpartition(".")[2] if form and form[0] == "name" else ""


def _tokens(text: str) -> list[str]:
    """The tokens, with a semicolon wherever Go puts one at a line's end."""
    found: list[str] = []
    is_operand = False
    for match in _TOKEN.finditer(text):
        kind, token = match.lastgroup, match[0]
        if kind == "space":
            if not (token.startswith("/*") and "\n" in token):
                continue
            kind = "end"
        if kind == "end":
            if is_operand:
                found.append(";")
            is_operand = False
            continue
        found.append(token)
        is_operand = kind in ("word", "number", "string") or token in (")", "]", "}")
    return found


class _Reader:
    """Reads one type from its tokens."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens, self._at, self._depth = tokens, 0, 0

    def at_end(self) -> bool:
        """Whether nothing is left."""
        return all(token == ";" for token in self._tokens[self._at :])

    def type(self) -> Form:
        """A type."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _Unreadable
        form = self._any()
        self._depth -= 1
        return form

    def _any(self) -> Form:
        token = self._next()
        if token == "*":
            return ("*", self.type())
        if token == "...":
            return ("...", self.type())
        if token == "(":
            form = self.type()
            self._expect(")")
            return form
        if token == "[":
            self._skip_to("]")
            return ("[]", self.type())
        if token == "map":
            self._expect("[")
            key = self.type()
            self._expect("]")
            return ("map", key, self.type())
        if token == "chan":
            self._accept("<-")
            return ("chan", self.type())
        if token == "<-":
            self._expect("chan")
            return ("chan", self.type())
        if token == "func":
            return self._signature()
        if token == "struct":
            return ("struct", self._fields())
        if token == "interface":
            return self._interface()
        if not _is_name(token):
            raise _Unreadable
        return self._named(token)

    def _named(self, token: str) -> Form:
        if self._accept("."):
            token = f"{token}.{self._name()}"
        if self._peek() == "[" and self._peek(1) != "]":
            self._next()
            self._skip_to("]")
        return ("name", token)

    def _signature(self) -> Form:
        self._expect("(")
        parameters = self._parameters()
        results: tuple = ()
        if self._accept("("):
            results = self._parameters()
        elif self._starts_type():
            results = (("", self.type()),)
        return ("func", parameters, results)

    def _parameters(self) -> tuple:
        """(name, form) of each, up to the closing parenthesis; the names are empty where there are none."""
        entries: list[tuple[str | None, Form]] = []
        while not self._accept(")"):
            self._accept(";")
            entries.append(self._parameter())
            self._accept(";")
            if not self._accept(",") and self._peek() != ")":
                raise _Unreadable
        if not any(name for name, _ in entries):
            return tuple(("", form) for _, form in entries)
        grouped: list[tuple[str, Form]] = []
        form: Form = ("name", "")
        for name, own in reversed(entries):
            form = own if name else form
            grouped.append((name or str(own[1]), form))
        return tuple(reversed(grouped))

    def _parameter(self) -> tuple[str | None, Form]:
        start, depth = self._at, self._depth
        if _is_name(self._peek()):
            try:
                form = self.type()
                if self._peek() in (",", ")", ";"):
                    return None, form
            except _Unreadable:
                self._depth = depth
            self._at = start
            return self._name(), self.type()
        return None, self.type()

    def _fields(self) -> tuple:
        """(name, form) of each; the name of an embedded one is empty."""
        self._expect("{")
        fields: list[tuple[str, Form]] = []
        while not self._accept("}"):
            if self._accept(";"):
                continue
            fields.extend(self._field())
            if self._peek()[:1] in ('"', "`"):
                self._next()
            if self._peek() not in (";", "}"):
                raise _Unreadable
        return tuple(fields)

    def _field(self) -> list[tuple[str, Form]]:
        start = self._at
        if self._peek() in ("*", "("):
            return [("", self.type())]
        first = self._name()
        if self._peek()[:1] in (";", "}", ".", '"', "`"):
            self._at = start
            return [("", self.type())]
        if self._peek() == "[" and self._peek(1) != "]":
            self._next()
            self._skip_to("]")
            if self._peek()[:1] in (";", "}", '"', "`"):
                return [("", ("name", first))]
            self._at = start + 1
        names = [first]
        while self._accept(","):
            names.append(self._name())
        form = self.type()
        return [(name, form) for name in names]

    def _interface(self) -> Form:
        self._expect("{")
        methods: list[tuple[str, Form]] = []
        embedded: list[Form] = []
        while not self._accept("}"):
            if self._accept(";"):
                continue
            if _is_name(self._peek()) and self._peek(1) == "(":
                methods.append((self._name(), self._signature()))
                continue
            if self._peek() == "~":
                self._skip_union()
                continue
            form = self.type()
            if self._peek() == "|":
                self._skip_union()
            else:
                embedded.append(form)
        return ("interface", tuple(methods), tuple(embedded))

    def _skip_union(self) -> None:
        """Past a constraint's union: it has no methods of its own."""
        depth = 0
        while depth or self._peek() not in (";", "}"):
            token = self._next()
            depth += (token in "([{") - (token in ")]}")

    def _skip_to(self, end: str) -> None:
        """Past the bracket that closes the one just read."""
        depth = 0
        while True:
            token = self._next()
            if token == end and depth == 0:
                return
            depth += (token in "([{") - (token in ")]}")

    def _starts_type(self) -> bool:
        token = self._peek()
        return token in _STARTS or token in _KEYWORDS or _is_name(token)

    def _name(self) -> str:
        token = self._next()
        if not _is_name(token):
            raise _Unreadable
        return token

    def _peek(self, ahead: int = 0) -> str:
        at = self._at + ahead
        return self._tokens[at] if at < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        if not token:
            raise _Unreadable
        self._at += 1
        return token

    def _accept(self, token: str) -> bool:
        if self._peek() == token:
            self._at += 1
            return True
        return False

    def _expect(self, token: str) -> None:
        if not self._accept(token):
            raise _Unreadable


def _is_name(token: str) -> bool:
    return token.isidentifier() and token not in _KEYWORDS


__all__ = ["Form", "embedded_name", "read_type", "write_signature", "write_type"]
