"""Text as hashed words: what both de-duplication and decontamination compare.

Only words count, so layout and punctuation do not hide a copy. A hash has 64 bits and is the same on any machine.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

_WORD = re.compile(r"\w+")
_NAME = re.compile(r"\b[^\W\d]\w+")
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


def words(text: str) -> list[str]:
    """Runs of letters, digits and underscores."""
    return _WORD.findall(text)


def names(text: str) -> list[str]:
    """Words of two letters or more that are no numbers: runs of `0 0 0` and `a b c` are in everybody's code."""
    return _NAME.findall(text)


def ngrams(tokens: list[str], n: int) -> Hashes:
    """Hash of every `n` words in a row, in order: shape (max(len(tokens) - n + 1, 0),)."""
    hashes = np.fromiter((_hash(token) for token in tokens), dtype=np.uint64, count=len(tokens))
    num = max(len(tokens) - n + 1, 0)
    grams = np.zeros(num, dtype=np.uint64)
    for offset in range(n if num else 0):
        grams = grams * _MULTIPLIER + hashes[offset : offset + num]  # modulo 2**64
    return grams


@lru_cache(maxsize=1 << 18)
def _hash(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode(errors="surrogatepass"), digest_size=8).digest(), "little")
