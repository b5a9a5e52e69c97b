"""What is asked and what is answered (contracts.md, "The static verdict")."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

VerdictName = Literal["valid", "hallucinated", "unknown"]
Basis = Literal["resolved", "closed_world"]


@dataclass(frozen=True)
class Case:
    """A completion in its place: the file at `path` is prefix + completion + suffix."""

    path: str
    """Relative to the repository's root, with forward slashes."""
    prefix: str
    completion: str
    suffix: str
    id: str = ""
    language: str = ""
    """Told by the file's name where empty."""

    @property
    def text(self) -> str:
        """The file."""
        return self.prefix + self.completion + self.suffix

    @cached_property
    def data(self) -> bytes:
        """The file; halves of surrogate pairs, which are in no file, are question marks."""
        return self.text.encode("utf-8", "replace")

    @cached_property
    def start(self) -> int:
        """Where the completion begins in `data`."""
        return len(self.prefix.encode("utf-8", "replace"))

    @cached_property
    def end(self) -> int:
        """Where the completion ends in `data`, exclusive."""
        return self.start + len(self.completion.encode("utf-8", "replace"))


@dataclass(frozen=True)
class Evidence:
    """What a verdict rests on, as a compiler would word it; line and column are 1-based, in the whole file."""

    message: str
    line: int
    column: int
    candidates: tuple[str, ...] = ()
    """Nearest real names, best first."""
    signatures: tuple[str, ...] = ()
    """Of each candidate, as its language writes it; empty where it is not known."""


@dataclass(frozen=True)
class Verdict:
    """`type` (import, method, parameter, undefinedvariable), `symbol`, `basis` and `evidence` are set where
    hallucinated; `error` says why a case could not be checked."""

    verdict: VerdictName
    basis: Basis | None = None
    type: str | None = None
    symbol: str | None = None
    evidence: Evidence | None = None
    error: str | None = None


UNKNOWN = Verdict("unknown")
