"""Which contexts are kept when there are more than asked for: an even share for everyone, the rest by lot.

The lot is a hash of the seed and the context's own id, so the choice depends on what there is and not on the order in
which it was found.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

OVERSAMPLING = 4
"""Contexts cut for each one that a repository may keep, so that there is a choice of kinds and types."""


@dataclass(frozen=True)
class Place:
    """What the shares of a context are counted by."""

    id: str
    language: str
    repo: str
    types: tuple[str, ...]
    span_kind: str


def lot(seed: int, *parts: object) -> bytes:
    """Sort key that shuffles reproducibly."""
    return hashlib.blake2b(repr((seed, *parts)).encode(), digest_size=16).digest()


def fair_shares(total: int, available: Sequence[int]) -> list[int]:
    """Splits `total` evenly (max-min fair) over groups that can give `available` each; what one cannot give goes to the
    others, and a remainder to the first."""
    shares = [0] * len(available)
    left = min(total, sum(available))
    while left:
        open_groups = [number for number, count in enumerate(available) if shares[number] < count]
        each = left // len(open_groups)
        for number in open_groups if each else open_groups[:left]:
            given = min(each or 1, available[number] - shares[number])
            shares[number] += given
            left -= given
    return shares


def choose(places: Iterable[Place], max_contexts: int, max_per_repo: int, seed: int) -> set[str]:
    """Ids of the contexts to keep: at most `max_per_repo` of a repository, and of all these at most `max_contexts`,
    shared over languages, then repositories, then combinations of eligible types and span kind."""
    by_lot = sorted(places, key=lambda place: lot(seed, place.id))
    within = [
        place
        for group in _groups(by_lot, lambda place: place.repo)
        for place in _share(group, max_per_repo, (_language, _types, _kind))
    ]
    within.sort(key=lambda place: lot(seed, place.id))
    return {place.id for place in _share(within, max_contexts, (_language, _repo, _types, _kind))}


def spread(items: Sequence[T], count: int, group: Callable[[T], Hashable], order: Callable[[T], bytes]) -> list[T]:
    """At most `count` of `items`, one of each group in turn; groups and items in the given order."""
    queues = [sorted(queue, key=order) for queue in _groups(items, group)]
    queues.sort(key=lambda queue: order(queue[0]))
    longest = max(map(len, queues), default=0)
    return [queue[turn] for turn in range(longest) for queue in queues if turn < len(queue)][:count]


def _share(places: list[Place], total: int, levels: tuple[Callable[[Place], Hashable], ...]) -> list[Place]:
    if len(places) <= total:
        return places
    if not levels:
        return places[:total]
    groups = _groups(places, levels[0])
    shares = fair_shares(total, [len(group) for group in groups])
    return [place for group, share in zip(groups, shares, strict=True) for place in _share(group, share, levels[1:])]


def _groups(items: Iterable[T], key: Callable[[T], Hashable]) -> list[list[T]]:
    """Items by key, in the order in which the keys first occur."""
    groups: dict[Hashable, list[T]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return list(groups.values())


def _language(place: Place) -> str:
    return place.language


def _repo(place: Place) -> str:
    return place.repo


def _types(place: Place) -> tuple[str, ...]:
    return place.types


def _kind(place: Place) -> str:
    return place.span_kind
