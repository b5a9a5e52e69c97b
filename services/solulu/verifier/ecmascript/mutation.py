"""How code changes what an object or a variable is, read off the text: members that are assigned, names that are
assigned again, objects that get members in ways that are not followed.

A comment or a string may look like code; so these err on the side of change. Patterns begin with plain text, for it is
what `re` finds fast.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property

from tree_sitter import Node

_ASSIGNED = re.compile(r"\.(?:(?<!this\.)|(?<=_this\.))([\w$]++)\s*+[-+*/%&|^?<>]{0,3}=(?![=>])")
_DEFINED = re.compile(r"efine(?:(?<=define)Property|(?<=[dD]efine)Getter(?:__)?)\s*\([^'\"]{0,80}['\"]([\w$]+)['\"]")
_REQUIRED = re.compile(r"require\s*\(\s*['\"`]([^'\"`\n]+)['\"`]")
_IMPORTED = re.compile(r"import\s*\(\s*['\"`]([^'\"`\n]+)['\"`]")
_NAMED_INDEX = re.compile(r"\[\s*['\"]([\w$]+)['\"]\s*\]\s*=(?![=>])")
_SET_BACKWARDS = re.compile(rb"=(?<![=>]=)[-+*/%&|^?<>]{0,3}\s*+([\w$\x80-\xff]++)(?!\.)")
_PATTERN_SET_BACKWARDS = re.compile(rb"=(?<![=>]=)\s*+[\]}]")
_SET_IN_LOOP = re.compile(rb"for\s*\(\s*([\w$\x80-\xff]+)\s+(?:of|in)\b")
_REACH = 400
_WORD = re.compile(rb"[\w$\x80-\xff]+")
_SET_AT_INDEX = re.compile(rb"\]\s*=(?![=>])")
_INDEXED = re.compile(
    rb"(?<![\w$.\x80-\xff])([\w$\x80-\xff]++)(?:\.prototype)?\s*\["
    rb"(?!\s*(?:['\"\d]|Symbol\b|[\w$.]*[sS]ymbol\w*\s*\]|[\w$.]*\binspect\.custom|k[A-Z]\w*\s*\]))"
)
_PROTOTYPE_SET = re.compile(rb"\.(?:prototype|__proto__)\s*=(?![=>])")
_ARGUMENTS = re.compile(rb"\(\s*+([\w$.\x80-\xff]++)(?:\s*+,\s*+(?:([\w$\x80-\xff]++)|(['\"])))?")
"""The first two arguments of a call, where they are names; or the second is a text."""
_BETWEEN = bytes(byte if byte >= 0x80 or chr(byte).isalnum() or byte in b"_$" else 0x20 for byte in range(256))
_LONGEST_NAME = 80


def _backwards(names: str) -> str:
    return "|".join(name[::-1] for name in names.split())


_ENDING = "assign Assign extend Extend merge Merge inherits defaults Defaults setPrototypeOf promisifyAll delegate " \
          "augment install use forEach"  # fmt: skip
_HOLDING = "mixin define decorate copy add create set wrap bind attach apply register init each export"
"""How the names of functions end that may give members to what they are given, and what else such names hold."""
_HANDING_BACKWARDS = re.compile(
    rf"\((?<=[\w$.\s\x80-\xff]\()\s*+"
    rf"(?=(?:{_backwards(_ENDING)})|\w*(?:{_backwards(_HOLDING)})|\w+__)([\w$\x80-\xff]++)".encode("latin-1")
)
_DEFINING_BACKWARDS = re.compile(_backwards("defineProperty defineGetter defineGetter__").encode())


class Mutations:
    """What one file does to what its names stand for, found in one pass each."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._backwards = data[::-1]

    @cached_property
    def reassigned(self) -> frozenset[str]:
        """Variables that are assigned more often than once."""
        data = self._data
        counts = Counter(_SET_BACKWARDS.findall(self._backwards))
        for match in _PATTERN_SET_BACKWARDS.finditer(self._backwards):
            end = len(data) - match.end()
            reach = max(0, end - _REACH)
            start = max(reach, data.rfind(b";", reach, end), data.rfind(b"=", reach, end))
            counts.update({name[::-1] for name in _WORD.findall(data, start, end)})
        twice = [name[::-1] for name, count in counts.items() if count > 1]
        return frozenset(name.decode("utf-8", "replace") for name in twice + _SET_IN_LOOP.findall(data))

    @cached_property
    def opened(self) -> Mapping[str, list[int]]:
        """Objects that are handed to what may give them members, or get some whose names are computed, and where."""
        found: defaultdict[bytes, list[int]] = defaultdict(list)
        for name, place in (*self._handed(), *self._computed()):
            found[name].append(place)
        return {name.decode("utf-8", "replace"): sorted(places) for name, places in found.items()}

    def _handed(self) -> Iterator[tuple[bytes, int]]:
        data = self._data
        for call in _HANDING_BACKWARDS.finditer(self._backwards):
            given = _ARGUMENTS.match(data, len(data) - call.start() - 1)
            if given is None:
                continue
            first, second, quote = given.groups()
            if not quote or b"." in first or not _DEFINING_BACKWARDS.match(call[1]):
                yield first.partition(b".")[0], given.start(1)
            if second:
                yield second, given.start(2)

    def _computed(self) -> Iterator[tuple[bytes, int]]:
        data = self._data
        for match in _SET_AT_INDEX.finditer(data):
            end = match.start()
            reach = max(0, end - _REACH)
            start = max(reach, data.rfind(b"]", reach, end), data.rfind(b"\n", reach, end))
            for indexed in _INDEXED.finditer(data, start, end):
                yield indexed[1], indexed.start(1)
        for match in _PROTOTYPE_SET.finditer(data):
            before = data[max(0, match.start() - _LONGEST_NAME) : match.start()].translate(_BETWEEN)
            name = before[before.rfind(b" ") + 1 :]
            yield name, match.start() - len(name)

    def is_opened(self, name: str, within: Node) -> bool:
        """Whether that happens to an object inside of a node."""
        places = self.opened.get(name, ())
        position = bisect_left(places, within.start_byte)
        return position < len(places) and places[position] < within.end_byte


def assigned_members(source: str) -> set[str]:
    """The members that a text assigns to anything but `this`."""
    found = set(_ASSIGNED.findall(source))
    found.update(_NAMED_INDEX.findall(source))
    found.update(_DEFINED.findall(source))
    return found


def specifiers(source: str) -> set[str]:
    """The modules that a text requires, or imports while it runs."""
    return {*_REQUIRED.findall(source), *_IMPORTED.findall(source)}
