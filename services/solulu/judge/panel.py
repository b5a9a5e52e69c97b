"""The judges: sibling classes with one method, `judge`, that rates a batch of candidates.

A rating is what one judge said about one candidate and its golden; a RowError says why there is none. What the ratings
are worth is not decided here (`fool_rate.py`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from solulu.core.errors import InvalidArgument, RowError
from solulu.core.settings import Settings
from solulu.core.stage import JobContext
from solulu.judge import prompts
from solulu.llm import models
from solulu.llm.endpoint import Endpoint
from solulu.llm.panel import LOCAL, open_endpoint, pin_model
from solulu.llm.sampling import Sampling
from solulu.v1.judge_pb2 import JudgeSpec


@dataclass(frozen=True)
class Subject:
    """A candidate in its context: rows of the two artifacts."""

    candidate: Mapping[str, Any]
    context: Mapping[str, Any]


@dataclass
class Rating:
    """What a judge said about a candidate so far."""

    num_questions: int = 0
    num_fooled: int = 0
    num_controls: int = 0
    num_controls_passed: int = 0
    num_parse_failures: int = 0
    probability: float | None = None
    """Of a judge that answers with one: that the negative is right."""

    @property
    def fooled(self) -> float:
        """Answers that took the negative for right; a fraction where the judge gave a probability."""
        return self.num_fooled if self.probability is None else self.probability


class Judge(Protocol):
    """Who judges."""

    name: str
    family: str
    answers_differ: bool
    """Whether asking the same question again may give another answer."""

    async def judge(self, subjects: Sequence[Subject], ratings: Sequence[Rating], sample: int) -> list[RowError | None]:
        """Asks once about each subject and adds the answer to its rating."""
        ...

    async def close(self) -> None:
        """Gives back what the judge holds; most hold nothing."""
        return


class WordJudge(Judge):
    """A model that is asked in words, about golden and negative in separate calls (protocols.md, "Judge protocol")."""

    def __init__(self, endpoint: Endpoint, sampling: Sampling, calls: asyncio.Semaphore) -> None:
        self.name, self.family = endpoint.name, endpoint.family
        self.answers_differ = sampling.temperature > 0
        self._endpoint, self._sampling, self._calls = endpoint, sampling, calls

    async def judge(self, subjects: Sequence[Subject], ratings: Sequence[Rating], sample: int) -> list[RowError | None]:
        """Asks about every negative, and the first time about its golden too; the ledger pays once for a golden that
        several negatives share."""
        return await asyncio.gather(*(self._one(*each, sample) for each in zip(subjects, ratings, strict=True)))

    async def _one(self, subject: Subject, rating: Rating, sample: int) -> RowError | None:
        about = [subject.candidate["completion"], *([] if sample else [subject.context["golden"]])]
        try:
            scores = await asyncio.gather(*(self._score(subject.context, completion, sample) for completion in about))
        except RowError as error:
            return error
        rating.num_parse_failures += scores.count(None)
        if scores[0] is not None:
            rating.num_questions += 1
            rating.num_fooled += scores[0]
        if not sample and scores[1] is not None:
            rating.num_controls += 1
            rating.num_controls_passed += scores[1]
        return None

    async def _score(self, context: Mapping[str, Any], completion: str, sample: int) -> bool | None:
        where = (context["language"], context["path"], context["prefix"], completion, context["suffix"])
        try:
            async with self._calls:
                answer = await self._endpoint.chat(prompts.messages(*where), self._sampling, sample_index=sample)
        except RowError as error:
            if error.reason == "empty_answer":
                return None
            raise
        return prompts.score(answer.text)

    async def close(self) -> None:
        """Closes the endpoint's connections."""
        await self._endpoint.close()


def pin(name: str, settings: Settings) -> str:
    """What a judge's name stands for. Raises InvalidArgument."""
    if name not in settings.endpoints or settings.endpoints[name].api == "chat":
        return pin_model(name, settings, prompts.DIGEST)
    raise InvalidArgument(f'endpoint {name!r} only completes text; a judge needs one with api = "chat"')


def open_judge(name: str, pinned: str, spec: JudgeSpec, job: JobContext, calls: asyncio.Semaphore) -> Judge:
    """The judge that `pin` gave `pinned` for. Calls to endpoints wait for `calls`."""
    if name.startswith(LOCAL):
        from solulu.judge.local import LikelihoodJudge  # brings torch

        uri = pinned.removeprefix(LOCAL)
        weights = models.weights_folder(uri, job.settings)
        return LikelihoodJudge(name, models.family(uri), weights, job.settings.threads, job.ledger)
    sampling = Sampling(temperature=spec.temperature, max_tokens=spec.max_tokens, seed=spec.seed)
    return WordJudge(open_endpoint(name, pinned, job.settings, job.ledger), sampling, calls)
