"""From what became of each name in a completion to one verdict.

`hallucinated` needs one name to be proved absent, `valid` all of them to be proved present; a proof by scope comes
before a proof by absence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from solulu.verifier.case import UNKNOWN, Basis, Evidence, Verdict

Status = Literal["found", "absent", "unknown"]
Type = Literal["import", "method", "parameter", "undefinedvariable"]
_MOST_CANDIDATES = 5
_CANDIDATE_CUTOFF = 0.45


@dataclass(frozen=True)
class Finding:
    """What became of one name in the completion."""

    name: str
    start: int
    """Byte offset of the name in the whole file."""
    type: Type
    """What inventing it would be."""
    status: Status
    basis: Basis = "resolved"
    message: str = ""
    """As a compiler would word it, where the name is absent."""
    candidates: Callable[[], Mapping[str, str]] = dict
    """Real names that could stand in its place, each with its signature or type as its language writes it, empty where
    that is not known."""


@dataclass(frozen=True)
class Answer:
    """What became of a name, before it is known where it stands and what inventing it would be."""

    status: Status
    message: str = ""
    candidates: Callable[[], Mapping[str, str]] = dict
    basis: Basis = "resolved"

    def of(self, name: str, start: int, type: Type) -> Finding:
        """The finding on a name at a byte offset."""
        return Finding(name, start, type, self.status, self.basis, self.message, self.candidates)


FOUND, UNSURE = Answer("found"), Answer("unknown")


def conclude(findings: Iterable[Finding], data: bytes, is_complete: bool = True) -> Verdict:
    """The verdict on a completion in the file `data`, from the findings on its names, which are taken one by one.
    `is_complete` is false where something in the completion was not looked at."""
    kept = []
    for finding in findings:
        if finding.status == "absent" and finding.basis == "resolved":
            return _refuted(finding, data)
        kept.append(finding)
    for finding in kept:
        if finding.status == "absent":
            return _refuted(finding, data)
    if not is_complete or any(finding.status != "found" for finding in kept):
        return UNKNOWN
    return Verdict("valid")


def position(data: bytes, offset: int) -> tuple[int, int]:
    """1-based line and column (in code points) of a byte offset."""
    lines = data[:offset].decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return len(lines), len(lines[-1]) + 1


def _refuted(finding: Finding, data: bytes) -> Verdict:
    real = finding.candidates()
    nearest = _nearest(finding.name, real)
    evidence = Evidence(
        finding.message, *position(data, finding.start), nearest, tuple(real[candidate] for candidate in nearest)
    )
    return Verdict("hallucinated", finding.basis, finding.type, finding.name, evidence)


def _nearest(name: str, candidates: Iterable[str]) -> tuple[str, ...]:
    pool = sorted({candidate for candidate in candidates if candidate != name and "<" not in candidate})
    found = process.extract(
        name,
        pool,
        scorer=DamerauLevenshtein.normalized_similarity,
        limit=_MOST_CANDIDATES,
        score_cutoff=_CANDIDATE_CUTOFF,
    )
    return tuple(candidate for candidate, _, _ in found)
