"""Analyzing a file piece by piece, so that between two keystrokes only the statement that is being typed is read anew.

A module is a sequence of statements, and so is a class body: text that is cut between two of them means the same. A cut
in the wrong place (inside a string or brackets) leaves a piece that does not parse, and then the file is read as a
whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from solulu.verifier.python.bindings import Binding, ClassBody, File
from solulu.verifier.python.dynamic import open_classes
from solulu.verifier.python.scopes import analyze
from solulu.verifier.python.source import read

_SMALLEST = 8_000
"""Bytes up to which a file is read as a whole, and a class is one piece."""
_MOST_KEPT = 8_192
_NO_BEGINNING = rb"(?![ \t\f\r\n#)\]}]|(?:else|elif|except|finally)\b)"
_STATEMENT = re.compile(rb"^" + _NO_BEGINNING, re.M)
_CLASS = re.compile(rb"(?:^@[^\n]*\n)*^class[ ]+(\w+)[^\n]*:[ \t]*\r?\n(?:[ \t]*(?:#[^\n]*)?\r?\n)*([ \t]+)", re.M)
_NAMESPACE = re.compile(rb"=\s*(?:locals|globals|vars)\s*\(\s*\)")
"""What is done with a module's names as a whole may be anywhere in the file."""


@dataclass(frozen=True)
class Piece:
    """Whole statements of a module, or of the class whose name is in `head`."""

    head: bytes
    """What stands before them so that they parse."""
    data: bytes
    start: int
    """Where they begin in the file."""


def analyze_text(text: str, start: int = 0, end: int = 0) -> File | None:
    """As `scopes.analyze`: the scopes of a file and its uses of names in the bytes `start` to `end`. None where it
    cannot be read."""
    data = text.encode()
    if len(data) > _SMALLEST and not _NAMESPACE.search(data):
        pieces = list(_pieces(data))
        files = [_read(piece, start, end) for piece in pieces]
        if all(files):
            return _merged(pieces, [file for file in files if file])
    source = read(text)
    return None if source is None else analyze(source, start, end)


def _pieces(data: bytes) -> Iterator[Piece]:
    for piece in _statements(data, 0, 0, b"", b""):
        head = _CLASS.match(piece.data) if len(piece.data) > _SMALLEST else None
        if head is None:
            yield piece
            continue
        name, indent = head[1], head[2]
        body = head.start(2)
        yield Piece(b"", piece.data[:body] + indent + b"pass\n", piece.start)
        yield from _statements(piece.data, body, piece.start, b"class " + name + b":\n", indent)


def _statements(data: bytes, begin: int, offset: int, head: bytes, indent: bytes) -> Iterator[Piece]:
    pattern = re.compile(rb"^" + indent + _NO_BEGINNING, re.M) if indent else _STATEMENT
    starts = [found.start() for found in pattern.finditer(data, begin)]
    kept: list[int] = []
    is_decorated = False
    for start in starts:
        if not is_decorated:
            kept.append(start)
        is_decorated = data.startswith(b"@", start + len(indent))
    for start, end in zip(kept, [*kept[1:], len(data)], strict=True):
        yield Piece(head, data[start:end], offset + start)


def _read(piece: Piece, start: int, end: int) -> File | None:
    """The analysis of a piece, the uses in it with their places in the whole file."""
    shift = piece.start - len(piece.head)
    if start >= piece.start + len(piece.data) or end <= piece.start:
        return _known(piece.head, piece.data)
    source = read((piece.head + piece.data).decode("utf-8", "replace"))
    if source is None:
        return None
    file = analyze(source, max(start - shift, len(piece.head)), end - shift)
    file.uses = [replace(use, start=use.start + shift, end=use.end + shift) for use in file.uses]
    return file


@lru_cache(maxsize=_MOST_KEPT)
def _known(head: bytes, data: bytes) -> File | None:
    """The analysis of a piece without the hole; never to be changed."""
    source = read((head + data).decode("utf-8", "replace"))
    return None if source is None else analyze(source)


def _merged(pieces: list[Piece], files: list[File]) -> File:
    """One file of the analyses of its pieces."""
    whole = File()
    names: dict[str, list[Binding]] = {}
    narrowed: set[str] = set()
    for file in files:
        _add(names, file.module.names.items())
        narrowed |= file.module.narrowed
        for name, body in file.classes.items():
            _add_class(whole.classes.setdefault(name, ClassBody()), body)
        whole.stars += file.stars
        whole.imports |= file.imports
        whole.assigned |= file.assigned
        whole.opened |= file.opened
        whole.is_dynamic |= file.is_dynamic
        whole.uses += file.uses
        if file.exports is not None:
            whole.exports = [*(whole.exports or ()), *file.exports]
    whole.module.names, whole.module.narrowed = names, frozenset(narrowed)
    for number, file in enumerate(files):
        if file.uses:
            file.module.names, file.module.narrowed = names, whole.module.narrowed
            _see_siblings(pieces, files, number)
    open_classes(whole)
    return whole


def _see_siblings(pieces: list[Piece], files: list[File], number: int) -> None:
    """Lets a part of a class body see what its other parts bind."""
    head = pieces[number].head
    if head:
        name = head[len(b"class ") : -len(b":\n")].decode()
        scope = files[number].scopes[name]
        for piece, file in zip(pieces, files, strict=True):
            if piece.head == head and file is not files[number]:
                _add(scope.names, file.scopes[name].names.items())


def _add(names: dict[str, list[Binding]], others: Iterable[tuple[str, list[Binding]]]) -> None:
    for name, bindings in others:
        known = names.setdefault(name, [])
        known.extend(binding for binding in bindings if binding not in known)


def _add_class(body: ClassBody, other: ClassBody) -> None:
    body.bases.extend(base for base in other.bases if base not in body.bases)
    _add(body.members, other.members.items())
    body.fields.extend(other.fields)
    body.is_dynamic |= other.is_dynamic
    body.is_dataclass |= other.is_dataclass
