"""Judging: how often does a hard negative fool a model that has not seen the golden?

Golden and negative are asked about in separate calls. Shown side by side, a judge compares lengths instead of reading;
asked alone, its answers on the goldens tell us how far to believe it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from solulu.core.artifacts import ArtifactReader
from solulu.core.digests import row_id
from solulu.core.errors import RowError
from solulu.core.records import JUDGMENT
from solulu.core.settings import Settings
from solulu.core.stage import Drop, JobContext, Result, Row, Stage, Unit, slices
from solulu.judge.fool_rate import Controls, Votes, fool_rates, interval_width
from solulu.judge.panel import Judge, Rating, Subject, open_judge, pin
from solulu.llm.panel import pins
from solulu.v1.judge_pb2 import JudgeSpec


@dataclass
class Tools:
    """What one job needs to ask about candidates."""

    contexts: ArtifactReader
    panel: Sequence[Judge]
    max_questions: int
    stop_width: float

    async def close(self) -> None:
        """Stops the local models."""
        for judge in self.panel:
            await judge.close()


class Judging(Stage[JudgeSpec]):
    """Candidates to judgments: one row a candidate and judge, or one without a judge where none is independent."""

    name, version, produces = "judge", 1, JUDGMENT
    service = "solulu.v1.JudgeService"
    unit_rows: ClassVar[int] = 256
    batch_rows: ClassVar[int] = 8

    def resolve(self, spec: JudgeSpec, inputs: Mapping[str, ArtifactReader], settings: Settings) -> None:
        """Pins each judge to its model and the words it is asked with."""
        spec.panel_pins[:] = pins(spec.panel, lambda name: pin(name, settings))

    def plan(self, spec: JudgeSpec, inputs: Mapping[str, ArtifactReader]) -> Iterable[Unit]:
        """Candidates in the artifact's order."""
        return slices("candidates", inputs["candidates"].num_rows, self.unit_rows)

    def tools(self, spec: JudgeSpec, job: JobContext) -> Tools:
        """The judges, and the contexts to look up."""
        calls = asyncio.Semaphore(job.concurrency)
        members = zip(spec.panel, spec.panel_pins, strict=True)
        panel = [open_judge(name, pinned, spec, job, calls) for name, pinned in members]
        return Tools(job.inputs["contexts"], panel, spec.max_questions, spec.stop_width)

    def items(self, unit: Unit, tools: Tools) -> Iterable[Sequence[Row]]:
        """Fixed batches: a local model's bits depend on what it is given together."""
        return [unit.rows[start : start + self.batch_rows] for start in range(0, len(unit.rows), self.batch_rows)]

    async def process(self, item: Sequence[Row], tools: Tools) -> AsyncIterator[Result]:
        """The judgments of a batch of candidates, in the order of candidates and panel. Their fool rates come later."""
        contexts = tools.contexts.lookup(candidate["context_id"] for candidate in item)
        for candidate in item:
            if candidate["context_id"] not in contexts:
                yield Drop(candidate["id"], "context_missing", "the contexts given are not those it was written for")
        subjects = [Subject(row, contexts[row["context_id"]]) for row in item if row["context_id"] in contexts]
        for subject, inquiry in zip(subjects, await _inquire(subjects, tools), strict=True):
            for result in _judgments(subject, inquiry):
                yield result

    def finish(self, spec: JudgeSpec, parts: ArtifactReader, out: Path, job: JobContext) -> Iterator[Row | Drop]:
        """Every judge's ability from all its answers, then every candidate's posterior; null where nobody judged."""
        rows = list(parts.rows())
        table = job.inputs["candidates"].table(columns=["id", "context_id"])
        context_of = dict(zip(table["id"].to_pylist(), table["context_id"].to_pylist(), strict=True))
        rates = _rates(rows, context_of)
        for row in rows:
            mean, low, high = rates[row["candidate_id"]]
            yield {**row, "fool_rate": mean, "fool_rate_low": low, "fool_rate_high": high}


@dataclass
class _Inquiry:
    """One candidate's questioning: its independent judges, what they said, and who could not be asked."""

    judges: Sequence[Judge]
    ratings: dict[str, Rating]
    errors: dict[str, RowError]
    num_asked: int = 0

    def wants(self, judge: Judge, sample: int, tools: Tools) -> bool:
        """Whether to ask a judge for its answer number `sample`."""
        if judge not in self.judges or judge.name in self.errors or self.num_asked >= tools.max_questions:
            return False
        return sample == 0 or judge.answers_differ

    def is_narrow(self, tools: Tools) -> bool:
        """Whether the interval is as narrow as was asked for, each answer counting as one."""
        questions = sum(rating.num_questions for rating in self.ratings.values())
        fooled = sum(rating.fooled for rating in self.ratings.values())
        return tools.stop_width > 0 and interval_width(fooled, questions) <= tools.stop_width


async def _inquire(subjects: Sequence[Subject], tools: Tools) -> list[_Inquiry]:
    """Asks about a batch of candidates, in rounds: every judge once, then those again whose answers may differ."""
    inquiries = [_inquiry(subject, tools.panel) for subject in subjects]
    for sample in range(tools.max_questions):
        going = [index for index, inquiry in enumerate(inquiries) if not (sample and inquiry.is_narrow(tools))]
        rounds: list[tuple[Judge, list[int]]] = []
        for judge in tools.panel:
            asked = [index for index in going if inquiries[index].wants(judge, sample, tools)]
            for index in asked:
                inquiries[index].num_asked += 1
            if asked:
                rounds.append((judge, asked))
        if not rounds:
            break
        await asyncio.gather(*(_ask(judge, asked, subjects, inquiries, sample) for judge, asked in rounds))
    return inquiries


def _inquiry(subject: Subject, panel: Sequence[Judge]) -> _Inquiry:
    """A judge never rates its own family."""
    judges = [judge for judge in panel if judge.family != subject.candidate["family"]]
    return _Inquiry(judges, {judge.name: Rating() for judge in judges}, {})


async def _ask(
    judge: Judge, asked: Sequence[int], subjects: Sequence[Subject], inquiries: Sequence[_Inquiry], sample: int
) -> None:
    ratings = [inquiries[index].ratings[judge.name] for index in asked]
    errors = await judge.judge([subjects[index] for index in asked], ratings, sample)
    for index, error in zip(asked, errors, strict=True):
        if error is not None:
            inquiries[index].errors[judge.name] = error


def _judgments(subject: Subject, inquiry: _Inquiry) -> Iterator[Result]:
    """A row for each judge that answered, a drop for each that failed; without any answer, one row without a judge."""
    candidate_id, num_rows = subject.candidate["id"], 0
    for judge in inquiry.judges:
        rating, error = inquiry.ratings[judge.name], inquiry.errors.get(judge.name)
        if error is not None and not rating.num_questions:
            yield Drop(f"{candidate_id}:{judge.name}", error.reason, error.detail)
        elif rating != Rating():
            num_rows += 1
            yield _row(candidate_id, judge, rating)
    if not num_rows:
        yield _row(candidate_id, None, Rating())


def _row(candidate_id: str, judge: Judge | None, rating: Rating) -> Row:
    return {
        "id": row_id(candidate_id, judge.name if judge else ""),
        "candidate_id": candidate_id,
        "judge": judge.name if judge else None,
        "family": judge.family if judge else None,
        "fooled": _majority(rating.num_fooled, rating.num_questions),
        "probability": rating.probability,
        "control_passed": _majority(rating.num_controls_passed, rating.num_controls),
        "num_questions": rating.num_questions,
        "num_fooled": rating.num_fooled,
        "num_controls": rating.num_controls,
        "num_controls_passed": rating.num_controls_passed,
        "num_parse_failures": rating.num_parse_failures,
        "fool_rate": None,
        "fool_rate_low": None,
        "fool_rate_high": None,
    }


def _majority(yes: int, total: int) -> bool | None:
    """What most answers said; None where there are none, or as many on either side."""
    return None if 2 * yes == total else 2 * yes > total


def _rates(rows: Sequence[Mapping[str, Any]], context_of: Mapping[str, str]) -> dict[str, tuple[float | None, ...]]:
    """Mean, low and high by candidate id. A golden that several candidates share counts once as a judge's control."""
    candidates = _numbered(row["candidate_id"] for row in rows)
    judged = [row for row in rows if row["judge"] is not None]
    judges = _numbered(row["judge"] for row in judged)
    controls = {(row["judge"], context_of[row["candidate_id"]]): row for row in judged if row["num_controls"]}
    passed, asked = np.zeros(len(judges)), np.zeros(len(judges))
    for (judge, _), row in controls.items():
        passed[judges[judge]] += row["num_controls_passed"]
        asked[judges[judge]] += row["num_controls"]
    votes = Votes(
        candidate=np.array([candidates[row["candidate_id"]] for row in judged], dtype=np.int64),
        judge=np.array([judges[row["judge"]] for row in judged], dtype=np.int64),
        fooled=np.array([_fooled(row) for row in judged], dtype=np.float64),
        questions=np.array([row["num_questions"] for row in judged], dtype=np.float64),
    )
    rates = fool_rates(votes, Controls(passed, asked), len(candidates))
    columns = rates.mean, rates.low, rates.high
    return {
        candidate: tuple(_or_none(column[number]) for column in columns) for candidate, number in candidates.items()
    }


def _numbered(names: Iterable[str]) -> dict[str, int]:
    return {name: number for number, name in enumerate(dict.fromkeys(names))}


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _fooled(row: Mapping[str, Any]) -> float:
    return float(row["num_fooled"] if row["probability"] is None else row["probability"])
