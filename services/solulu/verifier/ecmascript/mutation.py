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
from functools import cached_property, lru_cache

from tree_sitter import Node

_ASSIGNED = re.compile(r"\.(?:(?<!this\.)|(?<=_this\.))([\w$]++)\s*+[-+*/%&|^?<>]{0,3}=(?![=>])")
_DEFINED = re.compile(r"(?:defineProperty|[dD]efineGetter(?:__)?)\s*\([^'\"]{0,80}['\"]([\w$]+)['\"]")
_REQUIRED = re.compile(r"require\s*\(\s*['\"`]([^'\"`\n]+)['\"`]")
_IMPORTED = re.compile(r"import\s*\(\s*['\"`]([^'\"`\n]+)['\"`]")
_NAMED_INDEX = re.compile(r"\[\s*['\"]([\w$]+)['\"]\s*\]\s*=(?![=>])")
_SET_BACKWARDS = re.compile(rb"=(?<![=>]=)[-+*/%&|^?<>]{0,3}\s*+([\w$\x80-\xff]++)(?!\.)")
_SET_IN_PATTERN = re.compile(rb"[\]}]\s*=(?![=>])")
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
_HANDING = re.compile(
    rb"(?:[aA]ssign|[eE]xtend|mixin\w*|[mM]erge|inherits|[dD]efaults|define\w*|setPrototypeOf|promisifyAll|delegate|augment"
    rb"|decorate\w*|install|copy\w*|add\w*|create\w*|set\w*|use|wrap\w*|bind\w*|attach\w*|apply\w*|register\w*|init\w*"
    rb"|each\w*|forEach|export\w*|__\w+)$"
)
"""Functions that may give members to what they are given."""
_DEFINING = re.compile(rb"define(?:Property|Getter(?:__)?)$")


class Mutations:
    """What one file does to what its names stand for, found in one pass each."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    @cached_property
    def reassigned(self) -> frozenset[str]:
        """Variables that are assigned more often than once."""
        data = self._data
        counts = Counter(name[::-1] for name in _SET_BACKWARDS.findall(data[::-1]))
        for match in _SET_IN_PATTERN.finditer(data):
            start = max(
                0, match.start() - _REACH, data.rfind(b";", 0, match.start()), data.rfind(b"=", 0, match.start())
            )
            counts.update(set(_WORD.findall(data, start, match.start())))
        for name in _SET_IN_LOOP.findall(data):
            counts[name] += 2
        return frozenset(name.decode("utf-8", "replace") for name, count in counts.items() if count > 1)

    @cached_property
    def opened(self) -> Mapping[str, list[int]]:
        """Objects that are handed to what may give them members, or get some whose names are computed, and where."""
        found: defaultdict[bytes, list[int]] = defaultdict(list)
        for name, place in (*self._handed(), *self._computed()):
            found[name].append(place)
        return {name.decode("utf-8", "replace"): sorted(places) for name, places in found.items()}

    def _handed(self) -> Iterator[tuple[bytes, int]]:
        data = self._data
        for match in _ARGUMENTS.finditer(data):
            start = match.start()
            before = data[max(0, start - _LONGEST_NAME) : start].rstrip().translate(_BETWEEN)
            callee = before[before.rfind(b" ") + 1 :]
            if not callee or not _is_handing(callee):
                continue
            first, second, quote = match.groups()
            if not quote or b"." in first or not _DEFINING.search(callee):
                yield first.partition(b".")[0], match.start(1)
            if second:
                yield second, match.start(2)

    def _computed(self) -> Iterator[tuple[bytes, int]]:
        data = self._data
        for match in _SET_AT_INDEX.finditer(data):
            end = match.start()
            start = max(0, end - _REACH, data.rfind(b"]", 0, end), data.rfind(b"\n", 0, end))
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
    return found | set(_DEFINED.findall(source)) if "efine" in source else found


def specifiers(source: str) -> set[str]:
    """The modules that a text requires, or imports while it runs."""
    return {*_REQUIRED.findall(source), *_IMPORTED.findall(source)}


@lru_cache(maxsize=10_000)
def _is_handing(callee: bytes) -> bool:
    return bool(_HANDING.search(callee))
