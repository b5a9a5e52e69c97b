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
MADE_UP = "refuted_of_decided"
WORDS = {
    MADE_UP: ("makes up a symbol", "of what can be checked; lower is better"),
    "decided": ("can be checked", "of all completions"),
    "hallucination_rate": ("nearer the negative", "lower is better"),
    "exact_match": ("exact match", "higher is better"),
    "edit_similarity": ("edit similarity", "higher is better"),
}
"""The metrics that are drawn, in this order, and how they are read."""


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
        return WORDS[self.key][0]

    @property
    def note(self) -> str:
        """How to read it."""
        return WORDS[self.key][1]


@dataclass(frozen=True)
class Comparison:
    """A model against the base model on one benchmark; without a base model, `base` is None everywhere."""

    step: str
    benchmark: str
    model: str
    num_rows: int
    num_contexts: int
    num_repos: int
    made_up: tuple[int, int] | None
    """Completions that make up a symbol, and those that the static verdict can tell of, by the tuned model."""
    made_up_before: tuple[int, int] | None
    """The same by the base model."""
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
                    made_up=_made_up(figures),
                    made_up_before=_made_up(models[BASE]) if BASE in models else None,
                    metrics=[metric for metric in metrics if metric.base or metric.tuned],
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


def _made_up(figures: Mapping[str, Any]) -> tuple[int, int] | None:
    if not figures["decided"]["mean"]:
        return None
    refuted, decided = (round(figures[key]["mean"] * figures[key]["n"]) for key in ("refuted", "decided"))
    return (refuted, decided) if decided else None


def _mark(entry: Mapping[str, Any] | None) -> Mark | None:
    return Mark(entry["mean"], entry["low"], entry["high"]) if entry and entry["mean"] is not None else None


def headline(comparisons: Sequence[Comparison], num_pairs: int, num_repos: int) -> str:
    """The run's result in one sentence: counts, so that nobody takes few for many."""
    made = f"{num_pairs:,} pairs from {num_repos} repositories" if num_pairs else ""
    after = next((one for one in comparisons if one.made_up), None)
    if after is None or after.made_up is None:
        return made
    now = f"the model makes up a symbol in {_share(after.made_up)} of the completions that can be checked"
    if not after.made_up_before:
        return f"Tuned on {made}, {now}"
    told_apart = any(metric.key == MADE_UP and metric.is_significant for metric in after.metrics)
    caution = "" if told_apart else "; too few to tell apart"
    return f"Tuned on {made}, {now}, before in {_share(after.made_up_before)}{caution}"


def _share(counts: tuple[int, int]) -> str:
    part, whole = counts
    return f"{part / whole:.0%} ({part:,} of {whole:,})"


def outcomes(reader: Reader, reference: str, pairs: str) -> list[Outcome]:
    """Holes that the tuned model stopped making symbols up in, and one that it started to, where there is one."""
    by_hole: dict[str, dict[str, Mapping[str, Any]]] = {}
    for row in reader.read_rows(reference, limit=MAX_ROWS, columns=COLUMNS):
        if row["benchmark"] == "heldout":
            by_hole.setdefault(row["row_id"], {})[BASE if row["model"] == BASE else "tuned"] = row
    both = [(models[BASE], models["tuned"]) for _, models in sorted(by_hole.items()) if len(models) == 2]
    cured = [one for one in both if _is_wrong(one[0]) and not _is_wrong(one[1])]
    worse = [one for one in both if _is_wrong(one[1]) and not _is_wrong(one[0])]
    cured.sort(key=lambda one: (one[1]["verdict"] != "valid", -one[1]["edit_similarity"], one[1]["row_id"]))
    worse.sort(key=lambda one: (one[0]["verdict"] != "valid", one[1]["row_id"]))
    chosen = cured[:NUM_CURED] + worse[:NUM_WORSE]
    return [found for base, tuned in chosen if (found := _outcome(reader, pairs, base, tuned))]


def _outcome(reader: Reader, pairs: str, base: Mapping[str, Any], tuned: Mapping[str, Any]) -> Outcome | None:
    try:
        pair = reader.read_row(pairs, base["row_id"])
    except NotFound:
        return None
    texts = (pair["golden_completion"], base["completion"], tuned["completion"])
    where = place(pair, *texts)
    return Outcome(
        title=_title(base, tuned),
        place=where,
        golden=where.dedented(texts[0]),
        base=where.dedented(texts[1]),
        base_verdict=base["verdict"] or "unknown",
        tuned=where.dedented(texts[2]),
        tuned_verdict=tuned["verdict"] or "unknown",
        symbol=(base if _is_wrong(base) else tuned)["symbol"] or "",
    )


def _title(base: Mapping[str, Any], tuned: Mapping[str, Any]) -> str:
    if _is_wrong(tuned):
        return "made up by the tuned model"
    return "cured" if tuned["verdict"] == "valid" else "no longer refuted"


def _is_wrong(row: Mapping[str, Any]) -> bool:
    return row["verdict"] == "hallucinated"
