"""The holes that models are asked to fill: held-out pairs, or a CSV in Delulu's layout.

Rows that share a hole are several negatives to one completion, so a hole is filled once and scored for each.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from solulu.core.artifacts import ArtifactReader
from solulu.core.digests import row_id
from solulu.core.errors import JobError
from solulu.core.local_files import pinned_path, read_pinned
from solulu.evaluator import delulu

HELDOUT = "heldout"
_DELULU = "delulu:"
_TEXTS = ("prompt", "suffix", "file_path")


@dataclass(frozen=True)
class Row:
    """A hole and one negative to it, whichever benchmark it comes from."""

    id: str
    context_id: str
    repo: str
    language: str
    type: str
    path: str
    prefix: str
    suffix: str
    golden: str
    hallucinated: str


@dataclass(frozen=True)
class Benchmark:
    """A benchmark's rows, in order."""

    name: str
    rows: tuple[Row, ...]
    has_symbols: bool
    """Whether the repositories' symbols are in the contexts artifact."""

    @cached_property
    def holes(self) -> list[tuple[Row, ...]]:
        """Rows that share a hole, in the order of their first."""
        groups: dict[str, list[Row]] = {}
        for row in self.rows:
            groups.setdefault(row.context_id, []).append(row)
        return [tuple(group) for group in groups.values()]


def delulu_path(benchmark: str) -> str | None:
    """The path in `delulu:PATH`; None for another benchmark."""
    return benchmark.removeprefix(_DELULU) if benchmark.startswith(_DELULU) else None


def benchmark_name(pinned: str) -> str:
    """What a benchmark is called in rows and figures: `heldout`, or `delulu:` and the file's name."""
    path = delulu_path(pinned)
    return pinned if path is None else f"{_DELULU}{pinned_path(path).name}"


def load(pinned: str, inputs: Mapping[str, ArtifactReader], max_rows: int, seed: int) -> Benchmark:
    """The benchmark of a resolved spec. With `max_rows` (0: all), whole holes are drawn by a hash until it is full.

    Raises JobError where there is no row, or the file is not the pinned one.
    """
    path = delulu_path(pinned)
    rows = _heldout_rows(inputs["pairs"]) if path is None else _delulu_rows(path)
    if not rows:
        raise JobError(
            f"{inputs['pairs'].reference} has no pairs in its test split; scrape more repositories, or curate with a "
            "larger test_fraction"
            if path is None
            else f"{pinned_path(path)} has no rows"
        )
    return Benchmark(benchmark_name(pinned), _sample(rows, max_rows, seed), has_symbols=path is None)


def _heldout_rows(pairs: ArtifactReader) -> list[Row]:
    numbers = [number for number, row in enumerate(pairs.rows(columns=["split"])) if row["split"] == "test"]
    rows = (next(pairs.rows(number, number + 1)) for number in numbers)
    return [_row(row, row["id"], row["context_id"], row["repo_url"]) for row in rows]


def _delulu_rows(path: str) -> list[Row]:
    data = delulu.read_data(read_pinned(path), str(pinned_path(path)))
    missing = [column for column in _TEXTS if data and column not in next(iter(data.values()))]
    if missing:
        raise JobError(f"{pinned_path(path)} lacks the column(s) {', '.join(missing)}, which a prompt is made of")
    rows = []
    for name, row in data.items():
        if _split(row) not in ("", "test"):  # an exported dataset of ours: only its test rows are held out
            continue
        context = row_id(row["prompt"], row["suffix"], row["golden_completion"])
        rows.append(_row(row, name, context, row.get("repo_url") or context))
    return rows


def _split(row: Mapping[str, Any]) -> str:
    """The split that our own export writes into `metadata`; empty where there is none."""
    try:
        metadata = json.loads(row.get("metadata") or "{}")
    except ValueError:
        return ""
    return str(metadata.get("split", "")) if isinstance(metadata, dict) else ""


def _row(row: Mapping[str, Any], name: str, context: str, repo: str) -> Row:
    return Row(
        id=name,
        context_id=context,
        repo=repo,
        language=row["language"],
        type=row["hallucination_type"],
        path=row["file_path"] or "",
        prefix=row["prompt"] or "",
        suffix=row["suffix"] or "",
        golden=row["golden_completion"],
        hallucinated=row["hallucinated_completion"],
    )


def _sample(rows: list[Row], max_rows: int, seed: int) -> tuple[Row, ...]:
    if not max_rows or len(rows) <= max_rows:
        return tuple(rows)
    order = sorted(range(len(rows)), key=lambda number: (row_id(seed, rows[number].context_id), number))
    return tuple(rows[number] for number in sorted(order[:max_rows]))
