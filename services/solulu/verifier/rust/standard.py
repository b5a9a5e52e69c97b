"""Rust's standard library as a committed table, so that a verdict does not depend on the toolchain at hand.

`python -m solulu.verifier.rust.standard_table SOURCE` writes it anew from a toolchain's `rust-src`.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from solulu.verifier.repository import Repository, SymbolIndex

STANDARD = "<standard library>"
RUST_VERSION = "1.95"
CRATES = ("alloc", "core", "proc_macro", "std")
TABLE = Path(__file__).parents[1] / "tables" / f"rust-{RUST_VERSION}.index"


@lru_cache(maxsize=1)
def standard_library() -> Repository:
    """The symbols of the crates of `RUST_VERSION`."""
    return SymbolIndex.from_bytes(TABLE.read_bytes()).repositories[STANDARD]
