"""Pairs and completions worth showing, in the place they were cut from."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from solulu.report.diff import Piece, compare

EXAMPLES_A_TYPE = 2
MAX_LINES, MAX_CHARS = 4, 100
"""Longer pairs are shown only where there are no shorter ones."""
NARROW_CHARS = 50
"""What fits into half the page."""
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
    indentation: str
    """Taken away from every line, because all of them have it."""

    def dedented(self, completion: str) -> str:
        """A completion whose lines stand as the place's do."""
        return completion.replace("\n" + self.indentation, "\n")

    def is_wide(self, *completions: str) -> bool:
        """Whether the hole's lines are long with one of these completions."""
        filled = [self.head + text + self.tail for text in completions]
        return any(len(line) > NARROW_CHARS for text in filled for line in text.split("\n"))


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
    is_wide: bool

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
    where = place(row, row["golden_completion"], row["hallucinated_completion"])
    texts = where.dedented(row["golden_completion"]), where.dedented(row["hallucinated_completion"])
    golden, negative = compare(*texts, row["symbol"])
    return Example(
        place=where,
        type=row["hallucination_type"],
        license=row["license"],
        generator=row["generator"],
        fool_rate=row["fool_rate"],
        verdict=row["verdict"],
        basis=row["basis"] or "",
        evidence=row["error_message"],
        golden=golden,
        negative=negative,
        is_wide=where.is_wide(*texts),
    )


def in_rows(examples: Sequence[Example]) -> list[Example]:
    """The examples so that no half row stays empty: the last one that would stand alone takes the whole width."""
    narrow = [one for one in examples if not one.is_wide]
    alone = narrow[-1] if len(narrow) % 2 else None
    return [replace(one, is_wide=True) if one is alone else one for one in examples]


def place(row: Mapping[str, Any], *completions: str) -> Place:
    """Where a pair's hole is, without the indentation that all shown lines and completions share."""
    prefix, suffix = row["prompt"].split("\n"), row["suffix"].split("\n")
    before, head, after = prefix[-LINES_BEFORE - 1 : -1], prefix[-1], suffix[1 : LINES_AFTER + 1]
    filled = [line for completion in completions for line in (head + completion).split("\n")]
    shared = _shared_indentation([line for line in (*before, *filled, *after) if line.strip()])
    return Place(
        repo=row["repo_url"],
        path=row["file_path"],
        line=int(row["line"]),
        before="\n".join(line.removeprefix(shared) for line in before),
        head=head.removeprefix(shared),
        tail=suffix[0],
        after="\n".join(line.removeprefix(shared) for line in after),
        indentation=shared,
    )


def _shared_indentation(lines: list[str]) -> str:
    if not lines:
        return ""
    dedented = textwrap.dedent("\n".join(lines)).split("\n")[0]
    return lines[0][: len(lines[0]) - len(dedented)]


def _how_telling(row: Mapping[str, Any]) -> tuple[Any, ...]:
    texts = [row["golden_completion"], row["hallucinated_completion"]]
    long = any(text.count("\n") >= MAX_LINES or len(text.split("\n")[0]) > MAX_CHARS for text in texts)
    proved = row["verdict"] == "hallucinated" and bool(row["error_message"])
    return long, not proved, -(row["fool_rate"] or 0.0), row["id"]
