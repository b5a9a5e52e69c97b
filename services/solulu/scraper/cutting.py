"""Cuts holes into one file: which of its spans become contexts, and the rows of these.

Secrets are overwritten before anything is parsed, by text of the same length; so prefix, golden and suffix always make
up the whole redacted file, and a hole that would hold a secret is left out.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from solulu.core.digests import row_id, sha256
from solulu.core.stage import Drop, Row
from solulu.languages.language import Language
from solulu.languages.spans import Span, find_spans
from solulu.scraper.sampling import lot
from solulu.scraper.secrets import redact

_MIN_GOLDEN_BYTES = 2
_MAX_CHAR_BYTES = 4
_DRAWN_PER_CONTEXT = 2
"""Spans looked at for each context wanted, so that there is a choice of types and some may turn out unfit."""


@dataclass(frozen=True)
class Origin:
    """Where a file came from, as its rows say."""

    repo: str
    commit: str
    path: str
    license: str


@dataclass(frozen=True)
class Knife:
    """What a spec says about the holes of one file."""

    span_kinds: frozenset[str]
    max_golden_chars: int
    seed: int


def cut(origin: Origin, language: Language, data: bytes, knife: Knife, max_contexts: int) -> Iterator[Row | Drop]:
    """At most `max_contexts` contexts of the UTF-8 file `data`, in the file's order, and a drop `secret` for each hole
    that would have held one."""
    text, secrets = redact(data.decode("utf-8"))
    yield from cut_redacted(origin, language, text, secrets, knife, max_contexts)


def cut_redacted(
    origin: Origin, language: Language, text: str, secrets: list[tuple[int, int]], knife: Knife, max_contexts: int
) -> Iterator[Row | Drop]:
    """The same of a file whose `secrets`, (start, stop) in characters, are overwritten already."""
    data = text.encode("utf-8")
    secrets = _in_bytes(text, secrets)
    longest = knife.max_golden_chars * (1 if len(text) == len(data) else _MAX_CHAR_BYTES)
    spans, spoilt = list[Span](), list[Span]()
    drawn = find_spans(
        language, data, knife.span_kinds, longest, limit=_DRAWN_PER_CONTEXT * max_contexts, seed=knife.seed
    )
    for span in drawn:
        if _is_wanted(span, data, knife):
            (spoilt if secrets and _overlaps(span, secrets) else spans).append(span)
    file_digest = sha256(data)
    for span in _chosen(spans, max_contexts, lot(knife.seed, origin.repo, origin.path, file_digest)):
        yield _row(origin, language, data, text, span, file_digest)
    for span in spoilt:
        line = data.count(b"\n", 0, span.start) + 1
        yield Drop(f"{origin.repo}:{origin.path}:{line}", "secret", f"a {span.kind} that holds a secret")


def _is_wanted(span: Span, data: bytes, knife: Knife) -> bool:
    """Whether a span can be filled wrongly, and is neither too short nor too long."""
    if not span.eligible_types:
        return False
    golden = data[span.start : span.end]
    if len(golden) > knife.max_golden_chars and len(golden.decode("utf-8", "ignore")) > knife.max_golden_chars:
        return False
    return len(golden.strip()) >= _MIN_GOLDEN_BYTES and _is_boundary(data, span.start) and _is_boundary(data, span.end)


def _is_boundary(data: bytes, place: int) -> bool:
    """Whether a character begins at `place`."""
    return place >= len(data) or data[place] & 0xC0 != 0x80


def _overlaps(span: Span, places: list[tuple[int, int]]) -> bool:
    return any(start < span.end and span.start < stop for start, stop in places)


def _chosen(spans: list[Span], count: int, key: bytes) -> list[Span]:
    """At most `count` spans by lot, kinds and types in turn, no place twice; in the file's order."""
    groups: dict[tuple[object, ...], list[Span]] = {}
    for span in spans:
        groups.setdefault((span.kind, span.eligible_types), []).append(span)
    draw = random.Random(key)
    hands = [draw.sample(group, min(count, len(group))) for _, group in sorted(groups.items())]
    draw.shuffle(hands)
    chosen: dict[tuple[int, int], Span] = {}
    for turn in range(count):
        for hand in hands:
            if turn < len(hand) and len(chosen) < count:
                chosen.setdefault((hand[turn].start, hand[turn].end), hand[turn])
    return [chosen[place] for place in sorted(chosen)]


def _row(origin: Origin, language: Language, data: bytes, text: str, span: Span, file_digest: str) -> Row:
    if len(text) == len(data):
        prefix, golden, suffix = text[: span.start], text[span.start : span.end], text[span.end :]
    else:
        pieces = data[: span.start], data[span.start : span.end], data[span.end :]
        prefix, golden, suffix = (piece.decode("utf-8") for piece in pieces)
    return {
        "id": row_id(origin.repo, origin.commit, origin.path, span.start, span.end, file_digest),
        "repo": origin.repo,
        "commit": origin.commit,
        "path": origin.path,
        "language": language.name,
        "license": origin.license,
        "prefix": prefix,
        "golden": golden,
        "suffix": suffix,
        "span_kind": span.kind,
        "line": data.count(b"\n", 0, span.start) + 1,
        "symbols": list(span.symbols),
        "eligible_types": list(span.eligible_types),
    }


def _in_bytes(text: str, places: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Character positions as byte positions."""
    if text.isascii():
        return list(places)
    return [(len(text[:start].encode()), len(text[:stop].encode())) for start, stop in places]
