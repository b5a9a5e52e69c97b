"""Pairs and completions worth showing, in the place they were cut from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from solulu.report.diff import Piece, compare

EXAMPLES_A_TYPE = 2
MAX_LINES = 4
LINES_BEFORE, LINES_AFTER = 5, 3

TYPE_NAMES = {
    "import": "invented import",
    "method": "invented method",
    "parameter": "invented parameter",
    "undefinedvariable": "undefined variable",
}


@dataclass(frozen=True)
class Place:
    """Where a hole is: whole lines around it, and what stands in its own line before and behind it."""

    repo: str
    path: str
    line: int
    before: str
    head: str
    tail: str
    after: str


@dataclass(frozen=True)
class Example:
    """A pair in its place."""

    place: Place
    type: str
    license: str
    generator: str
    fool_rate: float | None
    verdict: str
    basis: str
    evidence: str
    golden: list[Piece]
    negative: list[Piece]

    @property
    def type_name(self) -> str:
        """The type in words."""
        return TYPE_NAMES.get(self.type, self.type)


@dataclass(frozen=True)
class Outcome:
    """A held-out hole, filled by the base and by the tuned model."""

    title: str
    place: Place
    golden: str
    base: str
    base_verdict: str
    tuned: str
    tuned_verdict: str
    symbol: str
    """What the wrong one of them made up."""


def choose(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Ids of the pairs to show: of each type the most fooling short ones with evidence, from different repositories."""
    by_type: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        by_type.setdefault(row["hallucination_type"], []).append(row)
    chosen: list[str] = []
    repos: set[str] = set()
    for _, remaining in sorted(by_type.items()):
        for _ in range(min(EXAMPLES_A_TYPE, len(remaining))):
            row = min(remaining, key=lambda row: (row["repo_url"] in repos, _how_telling(row)))
            remaining.remove(row)
            repos.add(row["repo_url"])
            chosen.append(row["id"])
    return chosen


def example(row: Mapping[str, Any]) -> Example:
    """The pair in a row."""
    golden, negative = compare(row["golden_completion"], row["hallucinated_completion"], row["symbol"])
    return Example(
        place=place(row),
        type=row["hallucination_type"],
        license=row["license"],
        generator=row["generator"],
        fool_rate=row["fool_rate"],
        verdict=row["verdict"],
        basis=row["basis"] or "",
        evidence=row["error_message"],
        golden=golden,
        negative=negative,
    )


def place(row: Mapping[str, Any]) -> Place:
    """Where a pair's hole is."""
    before, suffix = row["prompt"].split("\n"), row["suffix"].split("\n")
    return Place(
        repo=row["repo_url"],
        path=row["file_path"],
        line=int(row["line"]),
        before="\n".join(before[-LINES_BEFORE - 1 : -1]),
        head=before[-1],
        tail=suffix[0],
        after="\n".join(suffix[1 : LINES_AFTER + 1]),
    )


def _how_telling(row: Mapping[str, Any]) -> tuple[Any, ...]:
    num_lines = max(row[name].count("\n") for name in ("golden_completion", "hallucinated_completion")) + 1
    proved = row["verdict"] == "hallucinated" and bool(row["error_message"])
    return num_lines > MAX_LINES, not proved, -(row["fool_rate"] or 0.0), row["id"]
