"""The base class library as a committed table, and the names in the packages that most code uses.

.NET's own reference sources give the types with their members; of what is rarely used, and of test and hosting
packages, only names are kept, so that a file's usings can be understood. `python -m
solulu.verifier.csharp.standard_table` writes the table anew.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from solulu.verifier.repository import Repository, SymbolIndex

STANDARD = "<base class library>"
DOTNET_VERSION = "10.0"
TABLE = Path(__file__).parents[1] / "tables" / f"csharp-net{DOTNET_VERSION}.index"
TYPES, NAMES = "types", "names"
"""The table's two files: types with their members, and names by namespace."""


@lru_cache(maxsize=1)
def standard_library() -> Repository:
    """What .NET `DOTNET_VERSION` and .NET Framework 4.8 offer together."""
    return SymbolIndex.from_bytes(TABLE.read_bytes()).repositories[STANDARD]


def standard_words() -> frozenset[str]:
    """Every name that a program can use of it, or of the packages."""
    return standard_library().words(NAMES)
