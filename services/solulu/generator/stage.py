"""Generating: one hard negative for each context and type, from a panel whose members take turns.

Who is asked first is decided by a hash, so every member writes its share of every repository and type; where a
negative is refused, the next member tries, and what is dropped in the end carries the last reason. The answer to a
task depends on the contexts of its batch alone, which the plan fixes: neither concurrency nor a resumed run changes a
byte.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, cast

from solulu.core.artifacts import ArtifactReader
from solulu.core.digests import row_id
from solulu.core.errors import RowError
from solulu.core.records import CANDIDATE
from solulu.core.settings import Settings
from solulu.core.stage import Drop, JobContext, Result, Row, Stage, Unit, slices
from solulu.generator.check import Examiner, Negative
from solulu.generator.names import Names
from solulu.generator.panel import Attempt, Member, Task, Written, open_member, pin
from solulu.llm.panel import pins
from solulu.v1.generator_pb2 import GenerateSpec, HallucinationType
from solulu.verifier.index import SymbolIndex, merge

_PREFIX = "HALLUCINATION_TYPE_"
TYPES = tuple(name.removeprefix(_PREFIX).lower() for name, number in HallucinationType.items() if number)
"""Delulu's four types, in the proto's order."""


@dataclass
class Tools:
    """What one job needs to write and check negatives."""

    types: tuple[str, ...]
    panel: Sequence[Member]
    max_attempts: int
    seed: int
    examiner: Examiner

    async def close(self) -> None:
        """Stops the local models and closes the connections."""
        for member in self.panel:
            await member.close()


@dataclass(frozen=True)
class _Asked:
    """A negative that is being sought: where and of what type, and whose turn it is first."""

    context: Mapping[str, Any]
    type: str
    first: int

    @property
    def id(self) -> str:
        return f"{self.context['id']}:{self.type}"


class Generating(Stage[GenerateSpec]):
    """Contexts to candidates."""

    name, version, produces = "generate", 1, CANDIDATE
    service = "solulu.v1.GeneratorService"
    unit_rows: ClassVar[int] = 64
    batch_rows: ClassVar[int] = 16
    """Contexts of an item: with three members and one or two types each, about eight holes for a local model."""

    def resolve(self, spec: GenerateSpec, inputs: Mapping[str, ArtifactReader], settings: Settings) -> None:
        """Pins each panel member to its model and prompt, and writes out and sorts the types."""
        spec.panel_pins[:] = pins(spec.panel, lambda name: pin(name, settings))
        spec.types[:] = sorted(set(spec.types)) or cast("list[HallucinationType]", HallucinationType.values()[1:])

    def plan(self, spec: GenerateSpec, inputs: Mapping[str, ArtifactReader]) -> Iterable[Unit]:
        """Contexts in the artifact's order."""
        return slices("contexts", inputs["contexts"].num_rows, self.unit_rows)

    def tools(self, spec: GenerateSpec, job: JobContext) -> Tools:
        """The panel, and the symbol indexes of the repositories that were scraped together."""
        contexts = job.inputs["contexts"]
        index = merge(SymbolIndex.from_bytes(contexts.read(path)) for path in contexts.files("symbols/"))
        names = Names(index)
        calls = asyncio.Semaphore(job.concurrency)
        return Tools(
            types=tuple(HallucinationType.Name(number).removeprefix(_PREFIX).lower() for number in spec.types),
            panel=[
                open_member(name, pinned, spec, job, names, calls)
                for name, pinned in zip(spec.panel, spec.panel_pins, strict=True)
            ],
            max_attempts=min(spec.max_attempts, len(spec.panel)),
            seed=spec.seed,
            examiner=Examiner(index, names),
        )

    def items(self, unit: Unit, tools: Tools) -> Iterable[Sequence[Row]]:
        """Fixed batches: a local model's bits depend on what it is given together."""
        return [unit.rows[start : start + self.batch_rows] for start in range(0, len(unit.rows), self.batch_rows)]

    async def process(self, item: Sequence[Row], tools: Tools) -> AsyncIterator[Result]:
        """The candidates of a batch of contexts, in the order of contexts and types."""
        asked = [
            _Asked(context, type, _first(tools, context, type))
            for context in item
            for type in tools.types
            if type in context["eligible_types"]
        ]
        results = await _write(asked, tools)
        for context in item:
            mine = [result for one, result in zip(asked, results, strict=True) if one.context is context]
            if not mine:
                yield Drop(context["id"], "not_eligible", "none of the types asked for could be made in this hole")
            for result in mine:
                yield result


def _first(tools: Tools, context: Mapping[str, Any], type: str) -> int:
    """The panel's number of the member that is asked first: a hash deals evenly and needs no order."""
    return int(row_id(tools.seed, context["id"], type), 16) % len(tools.panel)


async def _write(asked: Sequence[_Asked], tools: Tools) -> list[Result]:
    """A candidate or a drop for each of `asked`: rounds in which every open one is put to its next member."""
    results: list[Result] = [Drop(one.id, "not_asked") for one in asked]
    accepted: set[tuple[str, str]] = set()
    samples: Counter[tuple[int, str]] = Counter()
    open_places = list(range(len(asked)))
    for attempt in range(tools.max_attempts):
        turns: dict[int, list[int]] = {}
        for place in open_places:
            turns.setdefault((asked[place].first + attempt) % len(tools.panel), []).append(place)
        tasks = {number: [_task(asked[place], number, samples) for place in places] for number, places in turns.items()}
        written = await asyncio.gather(*(tools.panel[number].write(tasks[number]) for number in turns))
        for number, attempts in zip(turns, written, strict=True):
            for place, tried in zip(turns[number], attempts, strict=True):
                results[place] = _candidate(asked[place], tried, tools.panel[number], attempt, accepted, tools)
        open_places = [place for place in open_places if isinstance(results[place], Drop)]
    return results


def _task(one: _Asked, member: int, samples: Counter[tuple[int, str]]) -> Task:
    sample = samples[member, one.context["id"]]
    samples[member, one.context["id"]] += 1
    return Task(one.context, one.type, sample)


def _candidate(
    one: _Asked, tried: Attempt, member: Member, attempt: int, accepted: set[tuple[str, str]], tools: Tools
) -> Row | Drop:
    """The first of the completions that passes, else a drop with the last reason."""
    refusal = tried if isinstance(tried, RowError) else RowError("empty", "nothing was written")
    for written in () if isinstance(tried, RowError) else tried:
        try:
            negative = tools.examiner.examine(one.context, one.type, written.completion, written.symbol)
        except RowError as error:
            refusal = error
            continue
        key = one.context["id"], negative.completion.strip()
        if key not in accepted:
            accepted.add(key)
            return _row(one, negative, written, member, attempt)
        refusal = RowError("duplicate", "another type of this context has the same completion")
    return Drop(one.id, refusal.reason, refusal.detail)


def _row(one: _Asked, negative: Negative, written: Written, member: Member, attempt: int) -> Row:
    verdict = negative.verdict
    return {
        "id": row_id(one.context["id"], negative.type, negative.completion),
        "context_id": one.context["id"],
        "type": negative.type,
        "requested_type": one.type,
        "generator": member.name,
        "family": member.family,
        "completion": negative.completion,
        "symbol": negative.symbol,
        "verdict": verdict.verdict,
        "basis": verdict.basis,
        "evidence": {**asdict(verdict.evidence), "candidates": list(verdict.evidence.candidates)}
        if verdict.evidence
        else None,
        "attempt": attempt,
        "prompt_tokens": written.prompt_tokens,
        "completion_tokens": written.completion_tokens,
    }
