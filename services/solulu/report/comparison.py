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
NUM_CURED, NUM_WORSE = 3, 1
COLUMNS = ("benchmark", "row_id", "model", "completion", "verdict", "symbol", "exact_match", "edit_similarity")
REFUTED = "share_refuted"


@dataclass(frozen=True)
class Metric:
    """One measure of both models."""

    name: str
    base: Mark | None
    tuned: Mark | None
    lower_is_better: bool
    sentence: str
    is_significant: bool


@dataclass(frozen=True)
class Comparison:
    """A tuned model against the base model on one benchmark."""

    step: str
    benchmark: str
    model: str
    num_rows: int
    num_contexts: int
    num_repos: int
    metrics: list[Metric]


def read_comparisons(reader: Reader, step: str, reference: str) -> list[Comparison]:
    """The comparisons in an evaluation's metrics.json."""
    data: dict[str, Any] = json.loads(reader.read_file(reference, "metrics.json"))
    return [
        Comparison(step, one["benchmark"], one["model"], one["n"], one["num_contexts"], one["num_repos"],
                   [_metric(name, entry) for name, entry in one["metrics"].items()])
        for one in data["comparisons"]
    ]  # fmt: skip


def _metric(name: str, entry: Mapping[str, Any]) -> Metric:
    return Metric(
        name=name.replace("_", " "),
        base=_mark(entry.get("base")),
        tuned=_mark(entry.get("tuned")),
        lower_is_better=entry["lower_is_better"],
        sentence=entry["sentence"],
        is_significant=entry["is_significant"],
    )


def _mark(entry: Mapping[str, Any] | None) -> Mark | None:
    return Mark(entry["mean"], entry["low"], entry["high"]) if entry and entry["mean"] is not None else None


def headline(comparisons: Sequence[Comparison], num_pairs: int, num_repos: int) -> str:
    """The run's result in one sentence, as strong as the figures are and no stronger."""
    made = f"{num_pairs:,} pairs from {num_repos} repositories" if num_pairs else ""
    found = [(one, metric) for one in comparisons for metric in one.metrics if metric.name == REFUTED.replace("_", " ")]
    if not found or found[0][1].tuned is None:
        return made
    comparison, metric = found[0]
    tuned, base = metric.tuned, metric.base
    assert tuned is not None
    where = f"of the holes in {comparison.num_repos} held-out repositories"
    caution = "" if metric.is_significant or base is None else ", which so few holes cannot tell from chance"
    before = ""
    if base is not None:
        move = "down from" if tuned.mean < base.mean else "up from" if tuned.mean > base.mean else "no change from"
        before = f", {move} {base.mean:.1%}{caution}"
    return f"Tuned on {made}, the model makes up symbols in {tuned.mean:.1%} {where}{before}"


def outcomes(reader: Reader, reference: str, pairs: str) -> list[Outcome]:
    """Holes that the tuned model stopped making symbols up in, and one that it started to, where there is one."""
    by_hole: dict[str, dict[str, Mapping[str, Any]]] = {}
    for row in reader.read_rows(reference, limit=MAX_ROWS, columns=COLUMNS):
        if row["benchmark"] == "heldout":
            by_hole.setdefault(row["row_id"], {})["base" if row["model"] == "base" else "tuned"] = row
    both = [(models["base"], models["tuned"]) for _, models in sorted(by_hole.items()) if len(models) == 2]
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
    return Outcome(
        title=title,
        place=place(pair),
        golden=pair["golden_completion"],
        base=base["completion"],
        base_verdict=base["verdict"] or "unknown",
        tuned=tuned["completion"],
        tuned_verdict=tuned["verdict"] or "unknown",
        symbol=(base if title == "cured" else tuned)["symbol"] or "",
    )


def _is_wrong(row: Mapping[str, Any]) -> bool:
    return row["verdict"] == "hallucinated"
