"""What the language, browsers and Node.js bring, as a committed table, so that a verdict depends on no installation.

`python -m solulu.verifier.ecmascript.standard_table FOLDER` writes the table anew from the declarations that the
packages `typescript` and `@types/node` of the stated versions carry.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from solulu.verifier.repository import Repository, SymbolIndex

STANDARD = "<standard library>"
TYPESCRIPT_VERSION = "5.9.3"
NODE_VERSION = "24.19.2"
TABLE = Path(__file__).parents[1] / "tables" / f"typescript-{TYPESCRIPT_VERSION}.index"


@lru_cache(maxsize=1)
def standard_library() -> Repository:
    """The declarations of the standard library, its words as those of one file."""
    return SymbolIndex.from_bytes(TABLE.read_bytes()).repositories[STANDARD]
