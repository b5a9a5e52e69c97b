"""Delulu's official metrics, to the last digit, and ours beside them.

Source: microsoft/delulu, data v1.0.0, whose protocol is reimplemented here. Its means treat rows that share a context
as independent; our intervals, under `solulu`, do not.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rapidfuzz.distance import Levenshtein

from solulu.core.digests import row_id
from solulu.core.errors import InvalidArgument
from solulu.evaluator import statistics

DATA_COLUMNS = ("benchmark_id", "language", "hallucination_type", "golden_completion", "hallucinated_completion")
PREDICTION_COLUMNS = ("benchmark_id", "model_completion")
METRICS = ("exact_match", "edit_similarity", "hallucination_rate")

_NUM_BOOTSTRAP_SAMPLES = 2000
_SEED = 0


@dataclass(frozen=True)
class Score:
    """The metrics of one prediction, and what it is grouped by."""

    language: str
    type: str
    context: str
    """Rows of one context are one cluster."""
    repo: str
    """Rows of one repository are one cluster."""
    exact_match: bool
    edit_similarity: float
    hallucination_aligned: float | None
    pass_at_1: bool | None = None


def score(data_csv: Path, predictions_csv: Path, limit: int | None = None) -> dict[str, Any]:
    """Scores predictions against data in Delulu's layout.

    `limit` keeps the first predictions, before those of unknown ids are left out; None or 0 keeps all. Returns the
    official report (`overall` unrounded, `by_language`, `by_type`) and ours under `solulu`. Raises InvalidArgument
    where a file is not readable as such a CSV.
    """
    data = read_data(_bytes(data_csv), str(data_csv))
    predictions = list(read_predictions(_bytes(predictions_csv), str(predictions_csv)).items())[: limit or None]
    known = [(data[name], completion) for name, completion in predictions if name in data]
    scores = [score_row(row, completion) for row, completion in known]
    ours = {
        "num_rows": len(data),
        "num_predictions": len(predictions),
        "num_unknown_ids": len(predictions) - len(known),
        "num_rows_without_prediction": len(data) - len(known),
        "num_contexts": len({one.context for one in scores}),
        "num_repos": len({one.repo for one in scores}),
        "intervals": intervals(scores, _NUM_BOOTSTRAP_SAMPLES, _SEED),
    }
    return {**report(scores), "solulu": ours}


def read_data(data: bytes, where: str) -> dict[str, dict[str, str]]:
    """Rows of a CSV in Delulu's layout, by benchmark_id: the last row of an id at the place of its first."""
    return {row["benchmark_id"]: row for row in _read_csv(data, where, DATA_COLUMNS)}


def read_predictions(data: bytes, where: str) -> dict[str, str]:
    """Completions by benchmark_id: the last value of an id at the place of its first."""
    return {row["benchmark_id"]: row["model_completion"] for row in _read_csv(data, where, PREDICTION_COLUMNS)}


def score_row(row: Mapping[str, str], completion: str) -> Score:
    """The metrics of `completion` for a row in Delulu's layout."""
    golden, hallucinated = row["golden_completion"], row["hallucinated_completion"]
    context = row_id(row.get("prompt") or "", row.get("suffix") or "", golden)
    return Score(
        language=row["language"],
        type=row["hallucination_type"],
        context=context,
        repo=row.get("repo_url") or context,
        exact_match=exact_match(completion, golden),
        edit_similarity=edit_similarity(completion, golden),
        hallucination_aligned=hallucination_aligned(completion, golden, hallucinated),
    )


def exact_match(completion: str, golden: str) -> bool:
    """Whether both are the same but for white space at their ends."""
    return completion.strip() == golden.strip()


def edit_similarity(left: str, right: str) -> float:
    """1 - Levenshtein / longer length, over code points, not stripped; 1 where both are empty."""
    longest = max(len(left), len(right))
    return 1.0 - Levenshtein.distance(left, right) / longest if longest else 1.0


def hallucination_aligned(completion: str, golden: str, hallucinated: str) -> float | None:
    """1 where the completion is nearer to the negative, 0 nearer to the golden, 0.5 between; None without either."""
    if not golden and not hallucinated:
        return None
    to_golden, to_hallucinated = edit_similarity(completion, golden), edit_similarity(completion, hallucinated)
    if to_golden == to_hallucinated:
        return 0.5
    return 1.0 if to_hallucinated > to_golden else 0.0


def report(scores: Sequence[Score]) -> dict[str, Any]:
    """The official report: `overall` unrounded, groups sorted and rounded to 4 places; null where nothing counted."""
    return {
        "overall": {
            "n": len(scores),
            "n_pass_at_1_evaluated": sum(one.pass_at_1 is not None for one in scores),
            **_means(scores, ("pass_at_1", *METRICS)),
        },
        "by_language": _groups(scores, "language", ("pass_at_1", "edit_similarity", "hallucination_rate")),
        "by_type": _groups(scores, "type", ("pass_at_1", "hallucination_rate")),
    }


def intervals(scores: Sequence[Score], num_samples: int, seed: int) -> dict[str, Any]:
    """Mean and 95 % interval of each metric, clustered by context and by repository."""
    return {metric: interval(scores, metric, num_samples, seed) for metric in METRICS}


def interval(scores: Sequence[Score], metric: str, num_samples: int, seed: int) -> dict[str, Any]:
    """Mean and 95 % interval of one metric over the scores that have it."""
    values = [(value, one) for one, value in zip(scores, column(scores, metric), strict=True) if value is not None]
    clusters = statistics.Clusters([one.context for _, one in values], [one.repo for _, one in values])
    return statistics.interval([value for value, _ in values], clusters, num_samples, seed).to_json()


def column(scores: Iterable[Score], metric: str) -> list[float | None]:
    """The values of a metric, in order."""
    name = "hallucination_aligned" if metric == "hallucination_rate" else metric
    values = [getattr(one, name) for one in scores]
    return [None if value is None else float(value) for value in values]


def _groups(scores: Sequence[Score], key: str, metrics: Sequence[str]) -> dict[str, Any]:
    groups: dict[str, list[Score]] = {}
    for one in scores:
        groups.setdefault(getattr(one, key), []).append(one)
    return {
        name: {
            "n": len(group),
            **{metric: None if mean is None else round(mean, 4) for metric, mean in _means(group, metrics).items()},
        }
        for name, group in sorted(groups.items())
    }


def _means(scores: Sequence[Score], metrics: Sequence[str]) -> dict[str, float | None]:
    means: dict[str, float | None] = {}
    for metric in metrics:
        values = [value for value in column(scores, metric) if value is not None]
        means[metric] = sum(values) / len(values) if values else None
    return means


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidArgument(f"{path} cannot be read: {error.strerror}") from error


def _read_csv(data: bytes, where: str, required: Sequence[str]) -> Iterable[dict[str, str]]:
    csv.field_size_limit(sys.maxsize)  # whole files stand in one field; the default is 128 KiB
    with io.TextIOWrapper(io.BytesIO(data), encoding="utf-8") as text:  # universal newlines, as the official reader
        try:
            reader = csv.DictReader(text)
            _check_columns(reader.fieldnames or [], where, required)
            for row in reader:
                missing = [name for name in required if row[name] is None]
                if missing:
                    raise InvalidArgument(
                        f"{where}: the row that ends at line {reader.line_num} has no {', '.join(missing)}; "
                        "every row needs all columns (an unclosed quote also looks like this)"
                    )
                yield row
        except UnicodeDecodeError as error:
            raise InvalidArgument(f"{where} is not UTF-8: {error.reason} at byte {error.start}") from error
        except csv.Error as error:
            raise InvalidArgument(f"{where} is not a CSV: {error}") from error


def _check_columns(columns: Sequence[str], where: str, required: Sequence[str]) -> None:
    missing = [name for name in required if name not in columns]
    if not missing:
        return
    if columns and columns[0].startswith("\ufeff"):
        raise InvalidArgument(f"{where} starts with a byte order mark, so its first column has another name; remove it")
    found = ", ".join(columns) or "none: the file is empty"
    raise InvalidArgument(f"{where} lacks the column(s) {', '.join(missing)}; its header has {found}")
