"""What a report tells, gathered from a run's manifests and rows. Plain values; no HTML here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from google.protobuf import json_format

from solulu import __version__
from solulu.core import rules
from solulu.pipeline.execute import Run, State, StepRun
from solulu.pipeline.serve import Served
from solulu.report.comparison import Comparison, headline, outcomes, read_comparisons
from solulu.report.examples import Example, Outcome, choose, example, in_rows
from solulu.report.figures import Line

MAX_ROWS = 20_000
"""Rows read for the composition; a larger dataset is described by its first ones, and the page says so."""

DATASET_COLUMNS = (
    "id", "hallucination_type", "language", "repo_url", "generator", "fool_rate", "verdict", "basis", "span_kind",
    "split", "license", "golden_completion", "hallucinated_completion", "error_message", "symbol",
)  # fmt: skip


class Reader(Protocol):
    """What gathering needs of a client."""

    def read_rows(
        self, reference: str, offset: int = 0, limit: int | None = None, columns: Iterable[str] = ()
    ) -> Iterator[dict[str, Any]]:
        """Rows in the artifact's order."""

    def read_row(self, reference: str, row_id: str) -> dict[str, Any]:
        """The row with this id."""

    def read_file(self, reference: str, path: str) -> bytes:
        """A file's bytes."""


@dataclass(frozen=True)
class StepFact:
    """A row of the table of steps."""

    name: str
    stage: str
    state: str
    reused: bool
    artifact: str
    digest: str
    num_rows: int
    drops: list[tuple[str, int]]
    elapsed_seconds: float
    num_tokens: int
    cost: float
    spec: dict[str, Any]
    error: str

    @property
    def num_dropped(self) -> int:
        """Over all reasons."""
        return sum(count for _, count in self.drops)


@dataclass(frozen=True)
class FunnelStep:
    """How many rows came out of a stage, and why others did not."""

    what: str
    num_rows: int
    drops: list[tuple[str, int]]


@dataclass(frozen=True)
class Dataset:
    """What the curated pairs are made of."""

    num_rows: int
    num_described: int
    num_repos: int
    by: dict[str, list[tuple[str, int]]]
    """Counts by type, language, repository and so on, the largest first."""
    fool_rates: list[int]
    """Ten counts, for fool rates from 0 to 1."""
    num_unrated: int


@dataclass(frozen=True)
class Tile:
    """A figure that stands out."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class Report:
    """Everything on the page."""

    title: str
    description: str
    version: str
    command: str
    headline: str
    tiles: list[Tile]
    steps: list[StepFact]
    funnel: list[FunnelStep]
    dataset: Dataset | None
    examples: list[Example]
    losses: list[Line]
    comparisons: list[Comparison]
    outcomes: list[Outcome]
    served: list[Served]
    tool_versions: list[tuple[str, str]]

    @property
    def failures(self) -> list[StepFact]:
        """The steps that are not done."""
        return [step for step in self.steps if step.state != State.DONE]

    @property
    def total_seconds(self) -> float:
        """Of all steps, one after the other."""
        return sum(step.elapsed_seconds for step in self.steps)

    @property
    def num_tokens(self) -> int:
        """Of all steps."""
        return sum(step.num_tokens for step in self.steps)

    @property
    def cost(self) -> float:
        """US dollars."""
        return sum(step.cost for step in self.steps)


def gather(run: Run, reader: Reader, command: str) -> Report:
    """Reads what the page needs. A part whose step has not succeeded is left out."""
    steps = list(run.steps.values())
    pairs = _last(steps, "curate")
    rows = list(reader.read_rows(pairs, limit=MAX_ROWS, columns=DATASET_COLUMNS)) if pairs else []
    dataset = _dataset(rows, _num_rows(steps, pairs)) if rows else None
    evaluations = [step for step in steps if step.step.stage == "evaluate" and step.artifact]
    comparisons = [one for step in evaluations for one in read_comparisons(reader, step.step.name, _reference(step))]
    facts = [_fact(step) for step in steps]
    return Report(
        title=run.pipeline.name,
        description=run.pipeline.description,
        version=__version__,
        command=command,
        headline=headline(comparisons, len(rows), dataset.num_repos if dataset else 0)
        or f"Pipeline {run.pipeline.name}",
        tiles=_tiles(facts, dataset),
        steps=facts,
        funnel=_funnel(steps, rows),
        dataset=dataset,
        examples=in_rows([example(reader.read_row(pairs, row_id)) for row_id in choose(rows)]),
        losses=[_losses(reader, step) for step in steps if step.step.stage == "train" and step.artifact],
        comparisons=comparisons,
        outcomes=outcomes(reader, _reference(evaluations[-1]), pairs) if evaluations and pairs else [],
        served=[step.served for step in steps if step.served],
        tool_versions=sorted({item for step in steps if step.artifact for item in step.artifact.tool_versions.items()}),
    )


def _tiles(facts: Sequence[StepFact], dataset: Dataset | None) -> list[Tile]:
    tiles = []
    if dataset:
        proved = dict(dataset.by["static verdict"]).get("hallucinated", 0)
        tiles.append(Tile("pairs in the dataset", f"{dataset.num_rows:,}", f"from {dataset.num_repos} repositories"))
        tiles.append(Tile("negatives proved wrong", f"{proved / dataset.num_described:.0%}", "by the static verdict"))
        rated = dataset.num_described - dataset.num_unrated
        if rated:
            mean = sum((index + 0.5) / 10 * count for index, count in enumerate(dataset.fool_rates)) / rated
            tiles.append(Tile("mean fool rate", f"{mean:.2f}", f"over {rated:,} rated pairs"))
    tokens, cost = sum(step.num_tokens for step in facts), sum(step.cost for step in facts)
    if tokens:
        tiles.append(Tile("tokens", f"{tokens:,}", f"${cost:.2f}" if cost else "all local"))
    minutes = sum(step.elapsed_seconds for step in facts) / 60
    tiles.append(Tile("time of the stages", f"{minutes:.1f} min"))
    return tiles


def _dataset(rows: Sequence[Mapping[str, Any]], num_rows: int) -> Dataset:
    columns = {
        "type": "hallucination_type", "repository": "repo_url", "written by": "generator", "hole": "span_kind",
        "static verdict": "verdict", "split": "split", "language": "language", "licence": "license",
    }  # fmt: skip
    rated = [row["fool_rate"] for row in rows if row["fool_rate"] is not None]
    histogram = Counter(min(int(rate * 10), 9) for rate in rated)
    return Dataset(
        num_rows=num_rows,
        num_described=len(rows),
        num_repos=len({row["repo_url"] for row in rows}),
        by={shown: _counts(Counter(str(row[column]) for row in rows)) for shown, column in columns.items()},
        fool_rates=[histogram[index] for index in range(10)],
        num_unrated=len(rows) - len(rated),
    )


def _funnel(steps: Sequence[StepRun], rows: Sequence[Mapping[str, Any]]) -> list[FunnelStep]:
    words = {
        "scrape": "holes cut into real code",
        "generate": "hard negatives written and checked",
        "judge": "judgments",
        "curate": "pairs kept",
    }
    found = []
    for stage, what in words.items():
        artifact = next((step.artifact for step in reversed(steps) if step.step.stage == stage and step.artifact), None)
        if artifact:
            found.append(FunnelStep(what, artifact.num_rows, _counts(artifact.drops)))
    splits = Counter(row["split"] for row in rows)
    if len(splits) > 1:
        held_out = [(f"held out for {split}", count) for split, count in _counts(splits) if split != "train"]
        found.append(FunnelStep("pairs to train on", splits["train"], held_out))
    return found


def _losses(reader: Reader, step: StepRun) -> Line:
    rows = reader.read_rows(_reference(step), limit=MAX_ROWS, columns=("step", "loss"))
    return Line(step.step.name, [(row["step"], row["loss"]) for row in rows])


def _fact(step: StepRun) -> StepFact:
    artifact = step.artifact
    usage = artifact.usage if artifact else None
    return StepFact(
        name=step.step.name,
        stage=step.step.stage,
        state=str(step.state),
        reused=step.reused,
        artifact=_reference(step),
        digest=artifact.content_digest if artifact else "",
        num_rows=artifact.num_rows if artifact else 0,
        drops=_counts(artifact.drops) if artifact else [],
        elapsed_seconds=artifact.elapsed_seconds if artifact else step.elapsed_seconds,
        num_tokens=usage.prompt_tokens + usage.completion_tokens if usage else 0,
        cost=usage.cost if usage else 0.0,
        spec=rules.whole_numbers(json_format.MessageToDict(artifact.spec)) if artifact else {},
        error=step.error,
    )


def _counts(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(((name, int(count)) for name, count in counts.items() if count), key=lambda item: (-item[1], item[0]))


def _last(steps: Sequence[StepRun], stage: str) -> str:
    """The reference of the last artifact that a stage made; empty where there is none."""
    return next((_reference(step) for step in reversed(steps) if step.step.stage == stage and step.artifact), "")


def _num_rows(steps: Sequence[StepRun], reference: str) -> int:
    return next(step.artifact.num_rows for step in steps if step.artifact and step.artifact.reference == reference)


def _reference(step: StepRun) -> str:
    return step.artifact.reference if step.artifact else ""
