"""The standard library of C++ and of C with POSIX, as a committed table.

`python -m solulu.verifier.cpp.standard_table` writes the table anew from the toolchain that is installed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from solulu.verifier.repository import SymbolIndex

STANDARD = "<standard library>"
VERSION = "12"
TABLE = Path(__file__).parents[1] / "tables" / f"cpp-{VERSION}.index"


@dataclass(frozen=True)
class Standard:
    """What every toolchain brings."""

    headers: frozenset[str]
    words: frozenset[str]
    """Everything that some header declares or defines, without the names that are reserved."""
    members: Mapping[str, frozenset[str]]
    """Of the class templates and classes of namespace std, those that are inherited too."""


@lru_cache(maxsize=1)
def standard_library() -> Standard:
    """The libraries of g++ `VERSION` with what later standards have added."""
    repo = SymbolIndex.from_bytes(TABLE.read_bytes()).repositories[STANDARD]
    table = repo.summaries["cpp"][""]
    members = {name: frozenset(text.split()) for name, text in table["members"].items()}
    return Standard(frozenset(table["headers"]), repo.words(""), members)
