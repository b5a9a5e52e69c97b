"""Which rows stay where there are too many: the same number of each type and language, of every repository alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from solulu.core.digests import row_id


@dataclass(frozen=True)
class Entry:
    """What a quota looks at of a row."""

    id: str
    candidate_id: str
    repo: str
    language: str
    type: str

    @property
    def stratum(self) -> tuple[str, str]:
        """What is balanced."""
        return self.type, self.language


def balanced(entries: Sequence[Entry], limit: int, seed: int) -> set[str]:
    """Ids of at most `limit` entries, dealt in turn over type and language, and within those over repositories.

    Which ones is decided by a hash, so an entry's fate does not depend on its place.
    """
    if len(entries) <= limit:
        return {entry.id for entry in entries}
    order = sorted(entries, key=lambda entry: row_id(seed, entry.id))
    order = _dealt(order, [(entry.stratum, entry.repo) for entry in order])
    order = _dealt(order, [entry.stratum for entry in order])
    return {entry.id for entry in order[:limit]}


def _dealt(entries: Sequence[Entry], groups: Sequence[Hashable]) -> list[Entry]:
    """The first of each group, then the second of each, and so on."""
    seen: Counter[Hashable] = Counter()
    ranks = []
    for group in groups:
        ranks.append(seen[group])
        seen[group] += 1
    return [entries[number] for number in sorted(range(len(entries)), key=ranks.__getitem__)]
