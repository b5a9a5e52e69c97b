"""Evaluating: what does a model write into holes whose right filling is known?

The base model and the tuned ones fill the same holes in the same batches, so every difference is paired. A batch is
fixed by the plan, because its size changes float bits; a killed run goes on without changing any.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from solulu.core.artifacts import ArtifactReader
from solulu.core.digests import canonical_json, row_id
from solulu.core.errors import FieldViolation, InvalidArgument
from solulu.core.local_files import pin_file
from solulu.core.records import PREDICTION
from solulu.core.rules import refuse
from solulu.core.settings import Settings
from solulu.core.stage import JobContext, Result, Stage, Unit
from solulu.core.stage import Row as ResultRow
from solulu.evaluator import delulu, metrics
from solulu.evaluator.benchmarks import HELDOUT, Benchmark, Row, benchmark_name, delulu_path, load
from solulu.llm import models
from solulu.llm.answer import Answer
from solulu.llm.sampling import Sampling
from solulu.v1.evaluator_pb2 import EvaluateSpec
from solulu.verifier.case import Case, Verdict
from solulu.verifier.check import check
from solulu.verifier.index import SymbolIndex, merge

if TYPE_CHECKING:
    from solulu.evaluator.predictor import Predictor

_BATCHES_PER_UNIT = 4


@dataclass(frozen=True)
class _Range:
    """A unit's work: holes `start` to `stop` of a benchmark, for one model."""

    model: str
    benchmark: int
    start: int
    stop: int


@dataclass(frozen=True)
class _Batch:
    model: str
    benchmark: Benchmark
    holes: Sequence[Sequence[Row]]


@dataclass
class Tools:
    """What one job needs to fill holes and look at the completions."""

    benchmarks: Sequence[Benchmark]
    predictor: Predictor
    symbols: SymbolIndex
    """Of the contexts' repositories."""
    no_symbols: SymbolIndex
    """For benchmarks whose repositories are not at hand: the file alone speaks."""
    batch_size: int

    def close(self) -> None:
        """Frees the model."""
        self.predictor.close()


class Evaluating(Stage[EvaluateSpec]):
    """Models and benchmarks to predictions, and metrics.json."""

    name, version, produces = "evaluate", 1, PREDICTION
    service = "solulu.v1.EvaluatorService"

    def resolve(self, spec: EvaluateSpec, inputs: Mapping[str, ArtifactReader], settings: Settings) -> None:
        """Pins the base model and the benchmark files, and checks that each benchmark has what it needs."""
        if not spec.base_model and "models[0]" not in inputs:
            refuse([FieldViolation("inputs.models", "is required, unless spec.base_model is given")])
        if spec.base_model:
            try:
                spec.base_model = models.resolve(spec.base_model, settings)
            except InvalidArgument as error:
                refuse([FieldViolation("spec.base_model", str(error))])
        for number, benchmark in enumerate(spec.benchmarks):
            field = f"spec.benchmarks[{number}]"
            if (path := delulu_path(benchmark)) is not None:
                spec.benchmarks[number] = f"delulu:{pin_file(path, settings, field)}"
            else:
                refuse([
                    FieldViolation(f"inputs.{name}", f"is required by the benchmark `{HELDOUT}`")
                    for name in ("pairs", "contexts") if name not in inputs
                ])  # fmt: skip
                refuse(list(_trained_on_other_pairs(inputs)))
        names = [benchmark_name(benchmark) for benchmark in spec.benchmarks]
        for number, name in enumerate(names):
            if name in names[:number]:
                refuse(
                    [FieldViolation(f"spec.benchmarks[{number}]", f"there are two benchmarks {name}; rename a file")]
                )

    def plan(self, spec: EvaluateSpec, inputs: Mapping[str, ArtifactReader]) -> Iterable[Unit]:
        """A few batches of one benchmark for one model; all of a model's before the next one's."""
        num_holes = [len(benchmark.holes) for benchmark in _load(spec, inputs)]
        step = spec.batch_size * _BATCHES_PER_UNIT
        for model_number, model in enumerate(_models(spec, inputs)):
            for number, total in enumerate(num_holes):
                for start in range(0, total, step):
                    part = _Range(model, number, start, min(start + step, total))
                    yield Unit(f"{model_number:02d}-{number:02d}-{start:07d}", part)

    def tools(self, spec: EvaluateSpec, job: JobContext) -> Tools:
        """The benchmarks, the models' weights where to fetch them, and the symbols of the contexts' repositories."""
        from solulu.evaluator.predictor import Predictor  # brings torch

        contexts = job.inputs.get("contexts")
        files = contexts.files("symbols/") if contexts else []
        sampling = Sampling(temperature=spec.temperature, max_tokens=spec.max_new_tokens, seed=spec.seed)
        folders = {name: partial(_weights, name, spec, job) for name in _models(spec, job.inputs)}
        return Tools(
            benchmarks=_load(spec, job.inputs),
            predictor=Predictor(folders, job.settings.threads, sampling, spec.max_prompt_tokens, job.ledger),
            symbols=merge([SymbolIndex.from_bytes(contexts.read(path)) for path in files] if contexts else []),
            no_symbols=merge([]),
            batch_size=spec.batch_size,
        )

    def items(self, unit: Unit, tools: Tools) -> Iterable[_Batch]:
        """Fixed batches: a local model's bits depend on what it is given together."""
        part: _Range = unit.payload
        benchmark = tools.benchmarks[part.benchmark]
        for start in range(part.start, part.stop, tools.batch_size):
            holes = benchmark.holes[start : min(start + tools.batch_size, part.stop)]
            yield _Batch(part.model, benchmark, holes)

    async def process(self, item: _Batch, tools: Tools) -> AsyncIterator[Result]:
        """A prediction for every row of a batch of holes."""
        answers = await tools.predictor.complete(item.model, [rows[0] for rows in item.holes])
        symbols = tools.symbols if item.benchmark.has_symbols else tools.no_symbols
        for prediction in await asyncio.to_thread(_predictions, item, answers, symbols):
            yield prediction

    def finish(self, spec: EvaluateSpec, parts: ArtifactReader, out: Path, job: JobContext) -> None:
        """Writes metrics.json: all figures with their intervals, and base against tuned."""
        grouped: dict[tuple[str, str], list[ResultRow]] = {}
        for row in parts.rows():
            grouped.setdefault((row["benchmark"], row["model"]), []).append(row)
        names = list(_models(spec, job.inputs))
        report = {
            "models": [{"name": name, "model": _source(name, spec)} for name in names],
            "benchmarks": [
                _benchmark_report(benchmark_name(benchmark), names, grouped, spec) for benchmark in spec.benchmarks
            ],
            "level": metrics.statistics.LEVEL,
            "num_bootstrap_samples": spec.num_bootstrap_samples,
        }
        (out / "metrics.json").write_bytes(canonical_json(report))


def _models(spec: EvaluateSpec, inputs: Mapping[str, ArtifactReader]) -> dict[str, ArtifactReader | None]:
    """Readers by the name that a model has in rows and figures; the base model has none."""
    found: dict[str, ArtifactReader | None] = {metrics.BASE: None} if spec.base_model else {}
    number = 0
    while reader := inputs.get(f"models[{number}]"):
        found[reader.reference] = reader
        number += 1
    return found


def _trained_on_other_pairs(inputs: Mapping[str, ArtifactReader]) -> Iterator[FieldViolation]:
    """Rows are held out only of the pairs that a model was trained on: another dataset splits its repositories anew."""
    for name in inputs:
        if not name.startswith("models["):
            continue
        for entry in inputs[name].manifest.inputs:
            if entry.name == "pairs" and entry.content_digest != inputs["pairs"].content_digest:
                yield FieldViolation(f"inputs.{name}", f"was trained on {entry.reference}; give that as inputs.pairs")


def _source(name: str, spec: EvaluateSpec) -> str:
    return spec.base_model if name == metrics.BASE else name


def _load(spec: EvaluateSpec, inputs: Mapping[str, ArtifactReader]) -> list[Benchmark]:
    return [load(benchmark, inputs, spec.max_rows, spec.seed) for benchmark in spec.benchmarks]


def _weights(name: str, spec: EvaluateSpec, job: JobContext) -> Path:
    reader = _models(spec, job.inputs)[name]
    if reader is None:
        return models.weights_folder(spec.base_model, job.settings)
    folder = job.scratch / "models" / reader.reference
    reader.download(folder)
    return folder


def _predictions(item: _Batch, answers: Sequence[Answer], symbols: SymbolIndex) -> list[ResultRow]:
    rows: list[ResultRow] = []
    for hole, answer in zip(item.holes, answers, strict=True):
        completion = answer.text
        found = verdict_on(hole[0], answer, symbols)
        for row in hole:
            rows.append(
                {
                    "id": row_id(item.benchmark.name, row.id, item.model),
                    "benchmark": item.benchmark.name,
                    "row_id": row.id,
                    "context_id": row.context_id,
                    "repo": row.repo,
                    "language": row.language,
                    "hallucination_type": row.type,
                    "model": item.model,
                    "completion": completion,
                    "exact_match": delulu.exact_match(completion, row.golden),
                    "edit_similarity": delulu.edit_similarity(completion, row.golden),
                    "hallucination_aligned": delulu.hallucination_aligned(completion, row.golden, row.hallucinated),
                    "verdict": found.verdict if found else None,
                    "symbol": found.symbol if found else None,
                }
            )
    return rows


def verdict_on(row: Row, answer: Answer, symbols: SymbolIndex) -> Verdict | None:
    """The static verdict on a completion in its place; None where it could not be checked.

    Of a completion that the token limit cut, the last line may end within a name, so only the lines before it count:
    half a name is no invention."""
    completion = answer.text
    if answer.finish_reason == "length":
        completion, newline, _ = completion.rpartition("\n")
        if not newline:
            return None
    place = {"path": row.path, "prefix": row.prefix, "suffix": row.suffix, "language": row.language}
    found = check(Case(completion=completion, **place), symbols)
    return None if found.error else found


def _benchmark_report(
    name: str, names: Sequence[str], grouped: Mapping[tuple[str, str], list[ResultRow]], spec: EvaluateSpec
) -> dict[str, object]:
    num_samples, seed = spec.num_bootstrap_samples, spec.seed
    rows = {model: grouped.get((name, model), []) for model in names}
    tuned = [model for model in names if model != metrics.BASE and metrics.BASE in names]
    return {
        "name": name,
        "models": [
            {"name": model, **metrics.figures(rows[model], num_samples, seed), "delulu": metrics.official(rows[model])}
            for model in names
        ],
        "comparisons": [
            {
                "base": metrics.BASE,
                "tuned": model,
                **metrics.comparison(rows[metrics.BASE], rows[model], num_samples, seed),
            }
            for model in tuned
        ],
    }
