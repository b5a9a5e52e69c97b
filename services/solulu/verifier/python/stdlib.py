"""The standard library as a committed table, so that a verdict does not depend on the interpreter that gives it.

`python -m solulu.verifier.python.stdlib_table` writes the table anew from the interpreter that runs it.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from solulu.verifier.repository import Home, Repository, SymbolIndex

STDLIB = "<standard library>"
PYTHON_VERSION = "3.11"
BUILTINS = Home(STDLIB, "builtins.py")
TABLE = Path(__file__).parents[1] / "tables" / f"python-{PYTHON_VERSION}.index"


@lru_cache(maxsize=1)
def standard_library() -> Repository:
    """The symbols of the standard library of `PYTHON_VERSION`, builtins included."""
    return SymbolIndex.from_bytes(TABLE.read_bytes()).repositories[STDLIB]
