"""Base against tuned: a report artifact's metrics.json and rows, as what the page draws and says."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from solulu.core.errors import NotFound
from solulu.report.examples import Outcome, place
from solulu.report.figures import Mark

if TYPE_CHECKING:
    from solulu.report.data import Reader

MAX_ROWS = 20_000
BASE = "base"
NUM_CURED, NUM_WORSE = 3, 1
COLUMNS = ("benchmark", "row_id", "model", "completion", "verdict", "symbol", "exact_match", "edit_similarity")
REFUTED = "refuted"
WORDS = {
    REFUTED: "makes up a symbol",
    "hallucination_rate": "nearer the negative",
    "exact_match": "exact match",
    "edit_similarity": "edit similarity",
}
"""The metrics that are drawn, in this order."""
LOWER_IS_BETTER = (REFUTED, "hallucination_rate")


@dataclass(frozen=True)
class Metric:
    """One measure of both models; `sentence` says what may be concluded from the difference."""

    key: str
    base: Mark | None
    tuned: Mark | None
    sentence: str
    is_significant: bool

    @property
    def name(self) -> str:
        """The measure in words."""
        return WORDS[self.key]

    @property
    def lower_is_better(self) -> bool:
        """Whether a smaller figure is the better one."""
        return self.key in LOWER_IS_BETTER


@dataclass(frozen=True)
class Comparison:
    """A model against the base model on one benchmark; without a base model, `base` is None everywhere."""

    step: str
    benchmark: str
    model: str
    num_rows: int
    num_contexts: int
    num_repos: int
    decided: float | None
    """Share of the model's completions that the static verdict decides on at all."""
    metrics: list[Metric]


def read_comparisons(reader: Reader, step: str, reference: str) -> list[Comparison]:
    """What an evaluation's metrics.json says of each tuned model on each benchmark."""
    data: dict[str, Any] = json.loads(reader.read_file(reference, "metrics.json"))
    found = []
    for benchmark in data["benchmarks"]:
        models = {model["name"]: model for model in benchmark["models"]}
        against = {one["tuned"]: one["metrics"] for one in benchmark["comparisons"]}
        for name, figures in models.items():
            if name == BASE:
                continue
            metrics = [_metric(key, models.get(BASE, {}), figures, against.get(name, {})) for key in WORDS]
            found.append(
                Comparison(
                    step=step,
                    benchmark=benchmark["name"],
                    model=name,
                    num_rows=figures["n"],
                    num_contexts=figures["num_contexts"],
                    num_repos=figures["num_repos"],
                    decided=figures["decided"]["mean"],
                    metrics=metrics,
                )
            )
    return found


def _metric(key: str, base: Mapping[str, Any], tuned: Mapping[str, Any], against: Mapping[str, Any]) -> Metric:
    difference = against.get(key, {})
    return Metric(
        key=key,
        base=_mark(base.get(key)),
        tuned=_mark(tuned.get(key)),
        sentence=difference.get("sentence", ""),
        is_significant=difference.get("is_significant", False),
    )


def _mark(entry: Mapping[str, Any] | None) -> Mark | None:
    return Mark(entry["mean"], entry["low"], entry["high"]) if entry and entry["mean"] is not None else None


def headline(comparisons: Sequence[Comparison], num_pairs: int, num_repos: int) -> str:
    """The run's result in one sentence, as strong as the figures are and no stronger."""
    made = f"{num_pairs:,} pairs from {num_repos} repositories" if num_pairs else ""
    found = [(one, metric) for one in comparisons for metric in one.metrics if metric.key == REFUTED]
    if not found or found[0][1].tuned is None:
        return made
    comparison, metric = found[0]
    tuned, base = metric.tuned, metric.base
    assert tuned is not None
    where = f"of the holes in {comparison.num_repos} held-out repositories"
    now = f"Tuned on {made}, the model makes up symbols in {tuned.mean:.1%} {where}"
    if base is None:
        return now
    if base.mean == tuned.mean:
        return f"{now}, as often as before"
    caution = "" if metric.is_significant else " (not significant)"
    return f"{now}, {'down' if tuned.mean < base.mean else 'up'} from {base.mean:.1%}{caution}"


def outcomes(reader: Reader, reference: str, pairs: str) -> list[Outcome]:
    """Holes that the tuned model stopped making symbols up in, and one that it started to, where there is one."""
    by_hole: dict[str, dict[str, Mapping[str, Any]]] = {}
    for row in reader.read_rows(reference, limit=MAX_ROWS, columns=COLUMNS):
        if row["benchmark"] == "heldout":
            by_hole.setdefault(row["row_id"], {})[BASE if row["model"] == BASE else "tuned"] = row
    both = [(models[BASE], models["tuned"]) for _, models in sorted(by_hole.items()) if len(models) == 2]
    cured = [one for one in both if _is_wrong(one[0]) and not _is_wrong(one[1])]
    worse = [one for one in both if _is_wrong(one[1]) and not _is_wrong(one[0])]
    cured.sort(key=lambda one: (not one[1]["exact_match"], -one[1]["edit_similarity"], one[1]["row_id"]))
    chosen = [("cured", *one) for one in cured[:NUM_CURED]] + [("made up now", *one) for one in worse[:NUM_WORSE]]
    return [found for title, base, tuned in chosen if (found := _outcome(reader, pairs, title, base, tuned))]


def _outcome(
    reader: Reader, pairs: str, title: str, base: Mapping[str, Any], tuned: Mapping[str, Any]
) -> Outcome | None:
    try:
        pair = reader.read_row(pairs, base["row_id"])
    except NotFound:
        return None
    texts = (pair["golden_completion"], base["completion"], tuned["completion"])
    where = place(pair, *texts)
    return Outcome(
        title=title,
        place=where,
        golden=where.dedented(texts[0]),
        base=where.dedented(texts[1]),
        base_verdict=base["verdict"] or "unknown",
        tuned=where.dedented(texts[2]),
        tuned_verdict=tuned["verdict"] or "unknown",
        symbol=(base if title == "cured" else tuned)["symbol"] or "",
    )


def _is_wrong(row: Mapping[str, Any]) -> bool:
    return row["verdict"] == "hallucinated"
