"""Which stretches of a file may become a hole: the syntax that a person would have a model fill.

One query pass finds the stretches, some are chosen, and only what lies in those is asked what it refers to. So taking a
few holes of a file costs about as much as parsing it, and taking all of them stays linear, however deep it is nested.
"""

from __future__ import annotations

import random
import re
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tree_sitter import Node, Query, QueryCursor

from solulu.languages.language import Language

KINDS = ("argument", "block", "call", "import", "member", "statement", "token")
TYPES = ("import", "method", "parameter", "undefinedvariable")
MAX_BYTES = 4_000
"""Longer spans are no holes: nobody wants half a file completed, and bounding them keeps deep nesting linear."""
_SMALLEST = 2
_SHORTEST_CUT = 4
"""Identifiers shorter than this are not cut: one keystroke more and they are whole."""
_RIMMED = ("argument", "block")
"""Kinds whose nodes may have brackets, and white space inside them, that are no part of the hole."""
_DEEPEST = 500
"""Levels of the tree that are looked at. No person nests deeper, and every open level slows each node below it down."""
_MANY_RANGES = 64
"""More are faster asked in one pass: each is a way down from the root."""
_CELL_BYTES = 1024
_SPANS_PER_CELL = 4
_LINE = re.compile(rb"[^\r\n]*\S[^\r\n]*")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a file that may become a hole. Offsets are bytes, `end` exclusive."""

    kind: str
    start: int
    end: int
    symbols: tuple[str, ...]
    """Distinct names that it refers to, in order; a name that the span cuts is here as a whole."""
    eligible_types: tuple[str, ...]
    """Types of hallucination that could be made in it, sorted."""


def find_spans(
    language: Language,
    data: bytes,
    kinds: Iterable[str] = KINDS,
    max_bytes: int = MAX_BYTES,
    limit: int | None = None,
    seed: int = 0,
) -> list[Span]:
    """The spans of a file that refer to something and touch no syntax error, sorted by start, end and kind: all of
    them, or about `limit` drawn evenly over the kinds by `seed` and the file's bytes. An argument list and a line give
    one span each, cut where their offsets say."""
    root = language.parse(data).root_node
    chance = random.Random(f"{seed}:{zlib.crc32(data)}")
    parts = [(0, len(data))] if limit is None or root.has_error else _parts(data, limit, chance)
    captures: dict[str, list[Node]] = {}
    by_kind: dict[str, list[Stretch]] = {kind: [] for kind in sorted(set(kinds))}
    for part in parts:
        captures = _captures(language.span_query, root, *part)
        for kind, found in by_kind.items():
            found.extend(_stretches(kind, language, captures, data, max_bytes, *part))
    if limit is not None:
        by_kind = _drawn(by_kind, limit, chance)
    stretches = [stretch for found in by_kind.values() for stretch in found]
    errors = _merged((node.start_byte, node.end_byte) for node in captures.get("error", ()))
    names = _Names.of(language, root, data, _ranges(stretches))
    spans: dict[tuple[int, int, str], Span] = {}
    for kind, start, end in stretches:
        if kind in _RIMMED:
            start, end = _stripped(data, start, end)
        if kind == "argument":
            start = names.argument_from(start, end)
        elif kind == "token":
            start, end = names.cut(start, end)
        if end - start >= _SMALLEST and (start, end, kind) not in spans and not _overlaps(errors, start, end):
            symbols, types = names.inside(start, end)
            if symbols:
                spans[start, end, kind] = Span(kind, start, end, symbols, types)
    return [spans[place] for place in sorted(spans)]


Stretch = tuple[str, int, int]


def _parts(data: bytes, limit: int, chance: random.Random) -> list[tuple[int, int]]:
    """Where to look for `limit` spans: all of a small file, and of a large one its head, where the imports are, and
    some more lines by lot, since asking the tree about everything costs half as much as making it."""
    count = -(-limit // _SPANS_PER_CELL)
    cells = range(1, -(-len(data) // _CELL_BYTES))
    if len(cells) <= count:
        return [(0, len(data))]
    drawn = [0, *sorted(chance.sample(cells, count))]
    return [(_line_from(data, cell * _CELL_BYTES), _line_from(data, (cell + 1) * _CELL_BYTES)) for cell in drawn]


def _line_from(data: bytes, place: int) -> int:
    """The first beginning of a line that is not before `place`."""
    return data.find(b"\n", place - 1) + 1 or len(data) if place else 0


def _stretches(
    kind: str,
    language: Language,
    captures: Mapping[str, list[Node]],
    data: bytes,
    max_bytes: int,
    first: int,
    stop: int,
) -> list[Stretch]:
    """(kind, start, end) of all of one kind that begins in a part of the file and could be a hole; argument lists and
    lines stand for what is cut of them."""
    if kind == "token":
        lines = _LINE.finditer(data, first, stop)
        return [(kind, start, end) for line in lines if (end := line.end()) - (start := line.start()) <= max_bytes]
    rim = 1 if kind == "argument" or (kind == "block" and language.braces) else 0
    return [
        (kind, start + rim, end - rim)
        for node in captures.get(kind, ())
        if first <= (start := node.start_byte) < stop and 0 < (end := node.end_byte) - start - 2 * rim <= max_bytes
    ]


def _drawn(by_kind: dict[str, list[Stretch]], limit: int, chance: random.Random) -> dict[str, list[Stretch]]:
    """About `limit` of the stretches, evenly over the kinds. Captures come in no order that lasts: they are sorted."""
    share = -(-limit // max(1, sum(map(bool, by_kind.values()))))
    return {
        kind: chance.sample(sorted(found), share) if share < len(found) else found for kind, found in by_kind.items()
    }


def _ranges(stretches: list[Stretch]) -> list[tuple[int, int]]:
    """What to ask the references of: the stretches, or everything where there are many."""
    merged = _merged((start, end) for _, start, end in stretches)
    return merged if len(merged) <= _MANY_RANGES else [(merged[0][0], merged[-1][1])]


@dataclass(frozen=True)
class _Names:
    """What some ranges of a file refer to, by position."""

    starts: list[int]
    ends: list[int]
    texts: list[str]
    by_type: tuple[list[int], ...]
    """For each of `TYPES`, the sorted offsets at which something of that type could be made up."""
    arguments: list[int]
    """Sorted offsets at which an argument begins."""
    comments: list[int]
    """Sorted offsets at which a comment begins."""
    data: bytes

    @staticmethod
    def of(language: Language, root: Node, data: bytes, ranges: Iterable[tuple[int, int]]) -> _Names:
        found: dict[int, tuple[int, str]] = {}
        arguments: set[int] = set()
        comments: set[int] = set()
        for start, end in ranges:
            captures = _captures(language.reference_query, root, start, end)
            for capture, type in _REFERENCES:
                for node in captures.get(capture, ()):
                    found[node.start_byte] = node.end_byte, type
            arguments.update(node.start_byte for node in captures.get("value", ()))
            comments.update(node.start_byte for node in captures.get("comment", ()))
        starts = sorted(start for start, (_, type) in found.items() if type != "defined")
        by_type: dict[str, list[int]] = {type: [] for type in TYPES}
        for start in starts:
            by_type[found[start][1]].append(start)
        by_type["parameter"] = sorted({*by_type["parameter"], *arguments})
        ends = [found[start][0] for start in starts]
        texts = [data[start:end].decode("utf-8", "replace") for start, end in zip(starts, ends, strict=True)]
        return _Names(starts, ends, texts, tuple(by_type.values()), sorted(arguments), sorted(comments), data)

    def inside(self, start: int, end: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Symbols and eligible types of the names that overlap `start` to `end`."""
        first, stop = bisect_right(self.ends, start), bisect_left(self.starts, end)
        if first >= stop:
            return (), ()
        start = min(start, self.starts[first])
        types = tuple(
            type
            for type, offsets in zip(TYPES, self.by_type, strict=True)
            if (at := bisect_left(offsets, start)) < len(offsets) and offsets[at] < end
        )
        return tuple(dict.fromkeys(self.texts[first:stop])), types

    def argument_from(self, start: int, end: int) -> int:
        """The beginning of one of the arguments in a list: the hole goes from there to the list's end."""
        first, stop = bisect_left(self.arguments, start), bisect_left(self.arguments, end)
        return self.arguments[first + end % (stop - first)] if first < stop else start

    def cut(self, start: int, end: int) -> tuple[int, int]:
        """From the middle of one of a line's references to the end of its code; an empty stretch if it has none."""
        comment = bisect_left(self.comments, start)
        if comment < len(self.comments):
            end = min(end, self.comments[comment])
        numbers = range(bisect_left(self.starts, start), bisect_left(self.starts, end))
        names = [
            number for number in numbers if len(self.texts[number]) >= _SHORTEST_CUT and self.texts[number].isascii()
        ]
        if not names:
            return start, start
        number = names[start % len(names)]
        return _stripped(self.data, self.starts[number] + 1 + start % (len(self.texts[number]) - 1), end)


_REFERENCES = (
    ("name", "undefinedvariable"),
    ("imported", "import"),
    ("keyword", "parameter"),
    ("method", "method"),
    ("defined", "defined"),
)
"""Captures and what they say about a name; later ones are the more specific."""


def _captures(query: Query, root: Node, start: int, end: int) -> dict[str, list[Node]]:
    cursor = QueryCursor(query)
    cursor.set_max_start_depth(_DEEPEST)
    cursor.set_byte_range(start, end)
    return cursor.captures(root)


def _stripped(data: bytes, start: int, end: int) -> tuple[int, int]:
    """The stretch without the white space around it."""
    text = data[start:end]
    first = start + len(text) - len(text.lstrip())
    return first, max(first, end - len(text) + len(text.rstrip()))


def _merged(stretches: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The stretches without overlaps, sorted. An empty one (something missing) still takes a place."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(stretches):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def _overlaps(stretches: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """Whether sorted disjoint stretches touch `start` to `end`."""
    at = bisect_left(stretches, (end + 1,))
    return at > 0 and stretches[at - 1][1] >= start
