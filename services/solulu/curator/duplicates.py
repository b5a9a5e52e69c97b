"""Copies of the same hole: one is enough to learn from, and two may fall on both sides of a split.

Contexts are compared, not rows: the rows of one context are variants by design. MinHash proposes (rensa, fixed seed),
exact figures decide: the surroundings' Jaccard similarity, and the goldens' edit similarity, without which neighbouring
holes of one file would be copies of each other. The first in order stays.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

import numpy as np
from rapidfuzz.distance import Levenshtein
from rensa import RMinHash, RMinHashLSH

from solulu.curator.words import Hashes, ngrams, words

Kind = Literal["exact_duplicate", "near_duplicate"]

_SIDE_WORDS = 32
_SIDE_CHARS = 4096
_SHINGLE_WORDS = 3
_AFTER_HOLE = np.uint64(0x5851F42D4C957F2D)
_NUM_PERM = 128
_SEED = 1
_RECALL = 0.99


@dataclass(frozen=True)
class Duplicate:
    """That a hole is a copy, and of which context."""

    kind: Kind
    of: str


@dataclass(frozen=True)
class _Kept:
    context_id: str
    golden: str
    shingles: Hashes


class Duplicates:
    """Remembers the contexts seen; fed in the artifact's order."""

    def __init__(self, threshold: float) -> None:
        """Near duplicates from this similarity on, 0 to 1; 1 finds only exact ones."""
        self._threshold = round(threshold, 6)  # 0.8 came as a float32
        self._exact: dict[bytes, str] = {}
        self._kept: list[_Kept] = []
        self._index = RMinHashLSH(threshold, _NUM_PERM, _num_bands(threshold))

    def add(self, context_id: str, prefix: str, golden: str, suffix: str) -> Duplicate | None:
        """Whether the context is a copy of one that was kept; it is kept if not. Call it once a context."""
        key = _exact_key(prefix, golden, suffix)
        if key in self._exact:
            return Duplicate("exact_duplicate", self._exact[key])
        if self._threshold < 1 and (near := self._near(context_id, prefix, golden, suffix)):
            return near
        self._exact[key] = context_id
        return None

    def _near(self, context_id: str, prefix: str, golden: str, suffix: str) -> Duplicate | None:
        shingles = _shingles(prefix, suffix)
        if not shingles.size:
            return None
        minhash = RMinHash(_NUM_PERM, _SEED)
        minhash.update([shingle.tobytes() for shingle in shingles])
        golden = " ".join(golden.split())
        for number in sorted(self._index.query(minhash)):
            other = self._kept[number]
            if self._are_near(golden, other.golden, shingles, other.shingles):
                return Duplicate("near_duplicate", other.context_id)
        self._index.insert(len(self._kept), minhash)
        self._kept.append(_Kept(context_id, golden, shingles))
        return None

    def _are_near(self, golden: str, other_golden: str, shingles: Hashes, others: Hashes) -> bool:
        shared = np.intersect1d(shingles, others, assume_unique=True).size
        if shared < self._threshold * (shingles.size + others.size - shared):
            return False
        cutoff = self._threshold
        return Levenshtein.normalized_similarity(golden, other_golden, score_cutoff=cutoff) >= cutoff


def same_text(text: str) -> str:
    """What stays of a text when its layout does not count."""
    return " ".join(text.split())


def _exact_key(*texts: str) -> bytes:
    digest = hashlib.sha256()
    for text in texts:
        digest.update(same_text(text).encode() + b"\0")
    return digest.digest()


def _shingles(prefix: str, suffix: str) -> Hashes:
    """Distinct shingles of the words nearest to the hole, those after it told from those before it."""
    before = ngrams(words(prefix[-_SIDE_CHARS:])[-_SIDE_WORDS:], _SHINGLE_WORDS)
    after = ngrams(words(suffix[:_SIDE_CHARS])[:_SIDE_WORDS], _SHINGLE_WORDS)
    return np.unique(np.concatenate([before, after ^ _AFTER_HOLE]))


def _num_bands(threshold: float) -> int:
    """Fewest bands that still propose 99 % of the pairs at the threshold."""
    bands = (_NUM_PERM // rows for rows in (8, 4, 2))
    return next((n for n in bands if 1 - (1 - threshold ** (_NUM_PERM // n)) ** n >= _RECALL), _NUM_PERM)
