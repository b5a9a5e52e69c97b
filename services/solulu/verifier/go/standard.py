"""Go's standard library as a committed table, so that a verdict does not depend on what is installed.

`python -m solulu.verifier.go.standard_table` writes the table anew from an installed toolchain.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from solulu.verifier.go.repository import GoRepository
from solulu.verifier.repository import Repository, SymbolIndex

STANDARD = "<standard library>"
GO_VERSION = "1.26"
TABLE = Path(__file__).parents[1] / "tables" / f"go-{GO_VERSION}.index"

UNIVERSE_TYPES = frozenset({
    "any", "bool", "byte", "comparable", "complex64", "complex128", "error", "float32", "float64", "int", "int8",
    "int16", "int32", "int64", "rune", "string", "uint", "uint8", "uint16", "uint32", "uint64", "uintptr",
})  # fmt: skip
UNIVERSE_FUNCTIONS = frozenset({
    "append", "cap", "clear", "close", "complex", "copy", "delete", "imag", "len", "make", "max", "min", "new", "panic",
    "print", "println", "real", "recover",
})  # fmt: skip
UNIVERSE_CONSTANTS = frozenset(("true", "false", "iota", "nil"))


@lru_cache(maxsize=1)
def standard_library() -> Repository:
    """The exported symbols of the standard library of `GO_VERSION`."""
    return SymbolIndex.from_bytes(TABLE.read_bytes()).repositories[STANDARD]


def standard_packages() -> GoRepository:
    """Its packages: the folder is the import path."""
    return standard_library().derived(GoRepository)


def standard_words() -> frozenset[str]:
    """Every name that a program can use of it."""
    return standard_library().words("")
