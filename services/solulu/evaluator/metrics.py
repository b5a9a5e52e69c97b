"""A report's figures, from its predictions: each with its interval, and the tuned models against the base.

Nothing here depends on when or how fast a model ran, so the same predictions give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from solulu.core.stage import Row
from solulu.evaluator import delulu, statistics

BASE = "base"
COMPARED = ("exact_match", "edit_similarity", "hallucination_rate", "refuted", "refuted_of_decided")
METRICS = (*COMPARED, "decided")
"""Delulu's, and the shares of completions that the static verdict refutes, of all and of those it decides on, and that
it decides on at all: a model whose completions are too wild to be decided on has few refuted."""
LOWER_IS_BETTER = ("hallucination_rate", "refuted", "refuted_of_decided")
WORDS = {
    "refuted": "share of refuted completions",
    "refuted_of_decided": "share of refuted completions among those decided on for both models",
}
"""How sentences call a metric whose name does not speak for itself."""


def figures(rows: Sequence[Row], num_samples: int, seed: int) -> dict[str, Any]:
    """The figures of one model on one benchmark: overall with intervals, by language and by type."""
    return {
        **_intervals(rows, num_samples, seed),
        "by_language": _groups(rows, lambda row: row["language"], num_samples, seed),
        "by_type": _groups(rows, lambda row: row["hallucination_type"], num_samples, seed),
    }


def official(rows: Sequence[Row]) -> dict[str, Any]:
    """Delulu's official report over the same predictions."""
    return delulu.report(
        [
            delulu.Score(
                language=row["language"],
                type=row["hallucination_type"],
                context=row["context_id"],
                repo=row["repo"],
                exact_match=row["exact_match"],
                edit_similarity=row["edit_similarity"],
                hallucination_aligned=row["hallucination_aligned"],
            )
            for row in rows
        ]
    )


def comparison(base: Sequence[Row], tuned: Sequence[Row], num_samples: int, seed: int) -> dict[str, Any]:
    """Tuned against base on the rows that both have, paired: differences (tuned - base), tests, and words."""
    by_id = {row["row_id"]: row for row in tuned}
    pairs = [(row, by_id[row["row_id"]]) for row in base if row["row_id"] in by_id]
    holes = {left["context_id"]: (left["exact_match"], right["exact_match"]) for left, right in pairs}
    exact = list(holes.values())  # the rows of one hole share one completion, so they are one pair
    return {
        "metrics": {metric: _difference(metric, pairs, num_samples, seed) for metric in COMPARED},
        "mcnemar": asdict(statistics.mcnemar([left for left, _ in exact], [right for _, right in exact])),
    }


def value(row: Row, metric: str) -> float | None:
    """A row's value of a metric, 0 to 1; None where it has none."""
    if metric in ("refuted", "refuted_of_decided", "decided"):
        verdict, is_decided = row["verdict"], row["verdict"] in ("hallucinated", "valid")
        if verdict is None or (metric == "refuted_of_decided" and not is_decided):
            return None
        return float(is_decided if metric == "decided" else verdict == "hallucinated")
    found = row["hallucination_aligned" if metric == "hallucination_rate" else metric]
    return None if found is None else float(found)


def _intervals(rows: Sequence[Row], num_samples: int, seed: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "n": len(rows),
        "num_contexts": len({row["context_id"] for row in rows}),
        "num_repos": len({row["repo"] for row in rows}),
    }
    for metric in METRICS:
        valued = [(row, number) for row in rows if (number := value(row, metric)) is not None]
        numbers = [number for _, number in valued]
        found[metric] = statistics.interval(numbers, _clusters([row for row, _ in valued]), num_samples, seed).to_json()
    return found


def _groups(rows: Sequence[Row], key: Callable[[Row], str], num_samples: int, seed: int) -> dict[str, Any]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return {name: _intervals(group, num_samples, seed) for name, group in sorted(groups.items())}


def _difference(metric: str, pairs: Sequence[tuple[Row, Row]], num_samples: int, seed: int) -> dict[str, Any]:
    valued = [
        (row, left, right)
        for row, other in pairs
        if (left := value(row, metric)) is not None and (right := value(other, metric)) is not None
    ]
    clusters = _clusters([row for row, _, _ in valued])
    found = statistics.difference(
        [left for _, left, _ in valued], [right for _, _, right in valued], clusters, num_samples, seed
    )
    words = statistics.sentence(WORDS.get(metric, metric), found, clusters.num_repos, metric in LOWER_IS_BETTER)
    return {**asdict(found), "is_significant": found.is_significant, "sentence": words}


def _clusters(rows: Sequence[Row]) -> statistics.Clusters:
    return statistics.Clusters([row["context_id"] for row in rows], [row["repo"] for row in rows])
