"""The standard library as a committed table, so that a verdict does not depend on a JDK being there.

It is the union of all versions from `OLDEST` to `NEWEST`: a repository may be written for any of them, and what one of
them had is not made up. `python -m solulu.verifier.java.standard_table` writes it anew.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from solulu.verifier.repository import Repository, SymbolIndex

STANDARD = "<standard library>"
OLDEST, NEWEST = 7, 25
TABLE = Path(__file__).parents[1] / "tables" / f"java-{NEWEST}.index"


@lru_cache(maxsize=1)
def standard_library() -> Repository:
    """What the java.* and javax.* packages offer to others."""
    return SymbolIndex.from_bytes(TABLE.read_bytes()).repositories[STANDARD]
