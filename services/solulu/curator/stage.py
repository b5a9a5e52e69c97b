"""Curating: which pairs are worth training on.

What a row alone decides (its type, verdict, fool rate, contamination) is decided row by row; what rows decide among
each other (copies, quotas, splits) at the end, in the candidates' order, whoever finished first. Every rejection has
its reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from solulu.core.artifacts import ArtifactReader
from solulu.core.digests import row_id, sha256
from solulu.core.errors import FieldViolation, JobError
from solulu.core.local_files import pin_file
from solulu.core.records import PAIR
from solulu.core.rules import refuse
from solulu.core.settings import Settings
from solulu.core.stage import Drop, JobContext, Result, Row, Stage, Unit, slices
from solulu.curator.benchmarks import Benchmarks
from solulu.curator.duplicates import Duplicate, Duplicates, same_text
from solulu.curator.export import Export
from solulu.curator.quotas import Entry, balanced
from solulu.curator.splits import split_repos
from solulu.v1.curator_pb2 import CurateSpec
from solulu.v1.generator_pb2 import HallucinationType

_UNIT_ROWS = 1000
_TYPES = cast(
    "dict[HallucinationType, str]",
    {number: name.removeprefix("HALLUCINATION_TYPE_").lower() for name, number in HallucinationType.items() if number},
)
_UNDECIDED = "train"
"""The split that a row carries until `finish` decides."""


@dataclass
class Tools:
    """What one job needs to look at a candidate."""

    spec: CurateSpec
    types: frozenset[str]
    contexts: ArtifactReader
    fool_rates: Mapping[str, Row]
    benchmarks: Benchmarks
    contaminations: dict[str, str] = field(default_factory=dict)
    """By digest of repository and file: all holes of a file share the answer."""


@dataclass(frozen=True)
class _Item:
    candidate: Row
    context: Row


class Curating(Stage[CurateSpec]):
    """Contexts, candidates and judgments to pairs."""

    name, version, produces = "curate", 1, PAIR
    service = "solulu.v1.CuratorService"

    def resolve(self, spec: CurateSpec, inputs: Mapping[str, ArtifactReader], settings: Settings) -> None:
        """Writes out and sorts the types, and pins the benchmark files to their bytes."""
        if spec.validation_fraction + spec.test_fraction >= 1:
            refuse([FieldViolation("spec.test_fraction", "leaves nothing to train on: both fractions must be below 1")])
        if judgments := inputs.get("judgments"):
            judged = {entry.content_digest for entry in judgments.manifest.inputs if entry.name == "candidates"}
            if judged and inputs["candidates"].content_digest not in judged:
                refuse([FieldViolation("inputs.judgments", "judges other candidates than inputs.candidates")])
        spec.types[:] = sorted(set(spec.types) or _TYPES)
        spec.decontaminate[:] = sorted(
            {
                pin_file(text, settings, f"spec.decontaminate[{number}]")
                for number, text in enumerate(spec.decontaminate)
            }
        )

    def plan(self, spec: CurateSpec, inputs: Mapping[str, ArtifactReader]) -> Iterable[Unit]:
        """Candidates in the artifact's order."""
        return slices("candidates", inputs["candidates"].num_rows, _UNIT_ROWS)

    def tools(self, spec: CurateSpec, job: JobContext) -> Tools:
        """The contexts, the fool rates by candidate, and the benchmarks."""
        judgments = job.inputs.get("judgments")
        columns = ["candidate_id", "fool_rate", "fool_rate_low", "fool_rate_high"]
        return Tools(
            spec=spec,
            types=frozenset(_TYPES[number] for number in spec.types),
            contexts=job.inputs["contexts"],
            fool_rates={row["candidate_id"]: row for row in judgments.rows(columns=columns)} if judgments else {},
            benchmarks=Benchmarks(spec.decontaminate),
        )

    def items(self, unit: Unit, tools: Tools) -> Iterable[_Item]:
        """Each candidate with its context. Raises JobError where the contexts are not the candidates' own."""
        contexts = tools.contexts.lookup({row["context_id"] for row in unit.rows})
        for row in unit.rows:
            if row["context_id"] not in contexts:
                raise JobError(
                    f"candidate {row['id']} is of context {row['context_id']}, which {tools.contexts.reference} does "
                    "not have; give the contexts that the candidates were made from"
                )
        return [_Item(row, contexts[row["context_id"]]) for row in unit.rows]

    async def process(self, item: _Item, tools: Tools) -> AsyncIterator[Result]:
        """The pair of one candidate, or why it is none."""
        yield _rejection(item, tools) or _pair(item, tools.fool_rates.get(item.candidate["id"], {}))

    def finish(self, spec: CurateSpec, parts: ArtifactReader, out: Path, job: JobContext) -> Iterator[Row | Drop]:
        """Without copies, within the quotas, split by repository; and exported to files."""
        entries, drops = _without_duplicates(parts.rows(), spec.near_duplicate_threshold)
        entries, over = _within_quotas(entries, spec)
        yield from sorted(drops + over, key=lambda drop: (drop.reason, drop.row_id))
        sizes = Counter(entry.repo for entry in entries)
        splits = split_repos(sizes, round(spec.validation_fraction, 6), round(spec.test_fraction, 6), spec.seed)
        kept = {entry.id for entry in entries}
        with Export(out) as export:
            for row in parts.rows():
                if row["id"] in kept:
                    kept.remove(row["id"])  # a row that came twice stands once
                    pair = {**row, "split": splits[row["repo_url"]]}
                    export.write(pair)
                    yield pair


def _rejection(item: _Item, tools: Tools) -> Drop | None:
    candidate, context = item.candidate, item.context
    if candidate["type"] not in tools.types:
        return Drop(candidate["id"], "type_not_asked", candidate["type"])
    if candidate["verdict"] == "unknown" and not tools.spec.keep_unknown:
        return Drop(candidate["id"], "verdict_unknown")
    fool_rate = tools.fool_rates.get(candidate["id"], {}).get("fool_rate")
    if fool_rate is not None and fool_rate < round(tools.spec.min_fool_rate, 6):
        return Drop(candidate["id"], "fool_rate_low", f"{fool_rate:.3f}")
    code = context["prefix"] + context["golden"] + context["suffix"]
    file = sha256(f"{context['repo']}\0{code}".encode())
    if file not in tools.contaminations:
        tools.contaminations[file] = tools.benchmarks.contamination(context["repo"], code)
    if why := tools.contaminations[file]:
        return Drop(candidate["id"], "contaminated", why)
    return None


def _pair(item: _Item, fool_rate: Row) -> Row:
    candidate, context = item.candidate, item.context
    return {
        "id": row_id(context["id"], candidate["type"], context["golden"], candidate["completion"]),
        "context_id": context["id"],
        "candidate_id": candidate["id"],
        "language": context["language"],
        "file_path": context["path"],
        "hallucination_type": candidate["type"],
        "prompt": context["prefix"],
        "suffix": context["suffix"],
        "golden_completion": context["golden"],
        "hallucinated_completion": candidate["completion"],
        "error_message": (candidate["evidence"] or {}).get("message") or "",
        "license": context["license"],
        "repo_url": context["repo"],
        "commit": context["commit"],
        "line": context["line"],
        "span_kind": context["span_kind"],
        "symbol": candidate["symbol"],
        "verdict": candidate["verdict"],
        "basis": candidate["basis"],
        "generator": candidate["generator"],
        "family": candidate["family"],
        "fool_rate": fool_rate.get("fool_rate"),
        "fool_rate_low": fool_rate.get("fool_rate_low"),
        "fool_rate_high": fool_rate.get("fool_rate_high"),
        "split": _UNDECIDED,
    }


def _without_duplicates(rows: Iterable[Mapping[str, Any]], threshold: float) -> tuple[list[Entry], list[Drop]]:
    duplicates = Duplicates(threshold)
    copies: dict[str, Duplicate | None] = {}
    seen: dict[tuple[str, str], str] = {}
    entries, drops = [], []
    for row in rows:
        context = row["context_id"]
        if context not in copies:
            copies[context] = duplicates.add(context, row["prompt"], row["golden_completion"], row["suffix"])
        negative = context, same_text(row["hallucinated_completion"])
        if copy := copies[context]:
            drops.append(Drop(row["candidate_id"], copy.kind, f"context {context} is a copy of {copy.of}"))
        elif negative in seen:
            drops.append(Drop(row["candidate_id"], "exact_duplicate", f"of candidate {seen[negative]}"))
        else:
            seen[negative] = row["candidate_id"]
            entries.append(
                Entry(row["id"], row["candidate_id"], row["repo_url"], row["language"], row["hallucination_type"])
            )
    return entries, drops


def _within_quotas(entries: list[Entry], spec: CurateSpec) -> tuple[list[Entry], list[Drop]]:
    by_repo: dict[str, list[Entry]] = {}
    for entry in entries:
        by_repo.setdefault(entry.repo, []).append(entry)
    kept: set[str] = set()
    for own in by_repo.values():
        kept |= balanced(own, spec.max_rows_per_repo, spec.seed)
    drops = [Drop(entry.candidate_id, "quota_repo", entry.repo) for entry in entries if entry.id not in kept]
    entries = [entry for entry in entries if entry.id in kept]
    kept = balanced(entries, spec.max_rows, spec.seed)
    drops += [Drop(entry.candidate_id, "quota_rows") for entry in entries if entry.id not in kept]
    return [entry for entry in entries if entry.id in kept], drops
