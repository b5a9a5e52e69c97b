"""Reads compiled classes as they were declared (JVM specification, chapter 4): what a jar or a JDK offers.

A class becomes the same JSON as one in a source file (summary.py), with every name in full, so that nobody needs to
know which of them a type came from. Code and constants are skipped.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from solulu.verifier.java.summary import CONSTRUCTOR, OF_OBJECT, TypeJson, dense

_PUBLIC, _PRIVATE, _PROTECTED, _STATIC, _SYNTHETIC = 0x1, 0x2, 0x4, 0x8, 0x1000
_VARARGS, _INTERFACE, _ABSTRACT, _ANNOTATION, _ENUM, _MODULE = 0x80, 0x200, 0x400, 0x2000, 0x4000, 0x8000
_PRIMITIVES = {
    "B": "byte", "C": "char", "D": "double", "F": "float", "I": "int", "J": "long", "S": "short", "Z": "boolean",
    "V": "void",
}  # fmt: skip
_SIZES = {3: 4, 4: 4, 5: 8, 6: 8, 7: 2, 8: 2, 9: 4, 10: 4, 11: 4, 12: 4, 15: 3, 16: 2, 17: 4, 18: 4, 19: 2, 20: 2}
_OBJECT, _RECORD = "java.lang.Object", "java.lang.Record"
_IMPLIED = {_OBJECT, "java.lang.Enum", _RECORD, "java.lang.annotation.Annotation"}


@dataclass
class CompiledClass:
    """A class, and where it belongs."""

    package: str
    names: tuple[str, ...]
    """Simple names from the outermost class inwards."""
    is_visible: bool
    """Public or protected, and neither local nor made by the compiler."""
    described: TypeJson = field(default_factory=dict)


def read_class(data: bytes) -> CompiledClass | None:
    """The class in a class file; None for a module, a local class, or anything that is no class file."""
    try:
        return _Reader(data).read()
    except (struct.error, IndexError, KeyError, UnicodeDecodeError, ValueError):
        return None


def nested(classes: Iterable[CompiledClass | None]) -> dict[str, list[TypeJson]]:
    """The types of each package with the types in them, of those classes that are visible or inherited from."""
    found = sorted(_offered(one for one in classes if one), key=lambda one: (one.package, one.names))
    packages: dict[str, list[TypeJson]] = {}
    by_name: dict[tuple[str, tuple[str, ...]], TypeJson] = {}
    for one in found:
        parent = by_name.get((one.package, one.names[:-1]))
        if len(one.names) > 1 and parent is None:
            continue
        by_name[one.package, one.names] = one.described
        (packages.setdefault(one.package, []) if parent is None else parent.setdefault("t", [])).append(one.described)
    return packages


def _offered(classes: Iterable[CompiledClass]) -> list[CompiledClass]:
    by_name = {".".join((one.package, *one.names)): one for one in classes}
    waiting = [name for name, one in by_name.items() if one.is_visible]
    kept: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in by_name and name not in kept:
            kept.add(name)
            waiting += [one.partition("<")[0] for one in by_name[name].described.get("s", ())]
    return [by_name[name] for name in kept]


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0
        self._pool: list[Any] = []

    def read(self) -> CompiledClass | None:
        if self._take(">IHH")[0] != 0xCAFEBABE:
            return None
        self._read_pool()
        flags, this, parent = self._take(">HHH")
        interfaces = [self._class_name(number) for number in self._take(f">{self._take('>H')[0]}H")]
        fields = list(self._members())
        methods = list(self._members())
        attributes = self._attributes()
        if flags & _MODULE:
            return None
        name = self._class_name(this)
        inner = self._inner_names(attributes.get("InnerClasses"))
        chain, access = self._chain(name, inner, flags)
        if not chain:
            return None
        package = name.rpartition("/")[0].replace("/", ".")
        names = tuple(part for part, _ in chain)
        is_visible = all(each & (_PUBLIC | _PROTECTED) for _, each in chain) and not flags & _SYNTHETIC
        names_of = {key: self._dotted(key, inner) for key in inner}
        signature = self._signature(attributes)
        parser = _Signature(signature, names_of) if signature else None
        own = parser.type_parameters() if parser else []
        superclass = [self._class_name(parent)] if parent else []
        supers = parser.rest() if parser else [names_of.get(one) or _plain(one) for one in [*superclass, *interfaces]]
        if not parent:
            supers = []
        described: TypeJson = {
            "n": names[-1], "k": _kind(access, supers), "p": own, "s": [one for one in supers if one not in _IMPLIED],
        }  # fmt: skip
        self._add_fields(described, fields, names_of)
        self._add_methods(described, methods, names_of, own_outer=len(names) > 1 and not access & _STATIC)
        return CompiledClass(package, names, is_visible, dense(**described))

    def _add_fields(self, described: TypeJson, fields: list[Any], names: dict[str, str]) -> None:
        types = {}
        for flags, name, descriptor, signature in fields:
            if flags & (_PUBLIC | _PROTECTED) and not flags & _SYNTHETIC:
                types[name] = _Signature(signature or descriptor, names).one()
        described["f"] = types

    def _add_methods(self, described: TypeJson, methods: list[Any], names: dict[str, str], own_outer: bool) -> None:
        found: dict[str, list[Any]] = {}
        if described["k"] == "interface":
            abstract = {name for flags, name, _, _ in methods if flags & _ABSTRACT} - {*OF_OBJECT}
            described["a"] = sorted(abstract)
        for flags, name, descriptor, signature in methods:
            if not flags & (_PUBLIC | _PROTECTED) or flags & _SYNTHETIC or name == "<clinit>":
                continue
            parser = _Signature(signature or descriptor, names)
            own = parser.type_parameters()
            parameters, result = parser.method()
            if name == CONSTRUCTOR:
                result = ""
                if own_outer and not signature:
                    parameters = parameters[1:]
            if flags & _VARARGS and parameters and parameters[-1].endswith("[]"):
                parameters[-1] = parameters[-1].removesuffix("[]") + "..."
            overload = [result, parameters, own] if own else [result, parameters]
            if overload not in found.setdefault(name, []):
                found[name].append(overload)
        described["m"] = {name: sorted(overloads, key=repr) for name, overloads in sorted(found.items())}

    # -- the file's structure -----------------------------------------------------------------------------------------

    def _take(self, form: str) -> tuple[Any, ...]:
        values = struct.unpack_from(form, self._data, self._at)
        self._at += struct.calcsize(form)
        return values

    def _read_pool(self) -> None:
        (count,) = self._take(">H")
        self._pool = [None] * count
        number = 1
        while number < count:
            (tag,) = self._take(">B")
            if tag == 1:
                (length,) = self._take(">H")
                self._pool[number] = self._data[self._at : self._at + length].decode("utf-8", "replace")
                self._at += length
            else:
                if tag in (7, 16, 19, 20):
                    self._pool[number] = struct.unpack_from(">H", self._data, self._at)[0]
                self._at += _SIZES[tag]
            number += 2 if tag in (5, 6) else 1

    def _class_name(self, number: int) -> str:
        return str(self._pool[self._pool[number]]) if number else ""

    def _members(self) -> Iterator[tuple[int, str, str, str]]:
        for _ in range(self._take(">H")[0]):
            flags, name, descriptor = self._take(">HHH")
            yield flags, self._pool[name], self._pool[descriptor], self._signature(self._attributes())

    def _attributes(self) -> dict[str, tuple[int, int]]:
        found = {}
        for _ in range(self._take(">H")[0]):
            name, length = self._take(">HI")
            found[self._pool[name]] = (self._at, length)
            self._at += length
        return found

    def _signature(self, attributes: dict[str, tuple[int, int]]) -> str:
        place = attributes.get("Signature")
        return str(self._pool[struct.unpack_from(">H", self._data, place[0])[0]]) if place else ""

    def _inner_names(self, place: tuple[int, int] | None) -> dict[str, tuple[str, str, int]]:
        """Outer class, simple name and access of each nested class that is named; no outer class for a local one."""
        found = {}
        if place:
            (count,) = struct.unpack_from(">H", self._data, place[0])
            for number in range(count):
                inner, outer, name, flags = struct.unpack_from(">HHHH", self._data, place[0] + 2 + 8 * number)
                found[self._class_name(inner)] = (self._class_name(outer), self._pool[name] if name else "", flags)
        return found

    @staticmethod
    def _chain(name: str, inner: dict[str, tuple[str, str, int]], flags: int) -> tuple[list[tuple[str, int]], int]:
        chain: list[tuple[str, int]] = []
        access = inner[name][2] if name in inner else flags
        while name in inner and len(chain) < 20:
            outer, simple, each = inner[name]
            if not outer or not simple:
                return [], 0
            chain.insert(0, (simple, each))
            name = outer
        chain.insert(0, (name.rpartition("/")[2], flags if not chain else _PUBLIC))
        return chain, access

    @staticmethod
    def _dotted(name: str, inner: dict[str, tuple[str, str, int]]) -> str:
        parts: list[str] = []
        while name in inner and inner[name][0] and len(parts) < 20:
            parts.insert(0, inner[name][1])
            name = inner[name][0]
        return ".".join([_plain(name), *parts])


class _Signature:
    """Reads a signature or descriptor (JVM specification, 4.7.9.1) into types as they would be written."""

    def __init__(self, text: str, names: dict[str, str]) -> None:
        self._text, self._at, self._names = text, 0, names

    def type_parameters(self) -> list[str]:
        if not self._text.startswith("<"):
            return []
        self._at, found = 1, []
        while self._text[self._at] != ">":
            end = self._text.index(":", self._at)
            name, self._at, bounds = self._text[self._at : end], end, []
            while self._text[self._at] == ":":
                self._at += 1
                if self._text[self._at] != ":":
                    bounds.append(self.one())
            bounds = [bound for bound in bounds if bound != _OBJECT]
            found.append(name + ":" * bool(bounds) + "&".join(bounds))
        self._at += 1
        return found

    def rest(self) -> list[str]:
        found = []
        while self._at < len(self._text):
            found.append(self.one())
        return found

    def method(self) -> tuple[list[str], str]:
        self._at += 1
        parameters = []
        while self._text[self._at] != ")":
            parameters.append(self.one())
        self._at += 1
        return parameters, self.one()

    def one(self) -> str:
        letter = self._text[self._at]
        self._at += 1
        if letter == "[":
            return self.one() + "[]"
        if letter == "T":
            end = self._text.index(";", self._at)
            name, self._at = self._text[self._at : end], end + 1
            return name
        if letter == "L":
            return self._class()
        if letter == "*":
            return "?"
        if letter in "+-":
            return letter + self.one()
        return _PRIMITIVES[letter]

    def _class(self) -> str:
        name, arguments, start = "", "", self._at
        while True:
            letter = self._text[self._at]
            if letter in ";<.":
                name += self._text[start : self._at]
                if letter == "<":
                    self._at, parts = self._at + 1, []
                    while self._text[self._at] != ">":
                        parts.append(self.one())
                    arguments = f"<{','.join(parts)}>"
                    letter, self._at = self._text[self._at + 1], self._at + 1
                self._at += 1
                if letter == ";":
                    return (self._names.get(name) or _plain(name)) + arguments
                name, arguments, start = name + "$", "", self._at
            else:
                self._at += 1


def _plain(name: str) -> str:
    return name.replace("/", ".")


def _kind(access: int, supers: list[str]) -> str:
    if access & _ANNOTATION:
        return "@interface"
    if access & _INTERFACE:
        return "interface"
    if access & _ENUM:
        return "enum"
    return "record" if _RECORD in supers[:1] else "class"
