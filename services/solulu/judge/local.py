"""The judge that runs in this process; a module of its own because it brings torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from solulu.core.errors import RowError
from solulu.core.ledger import Ledger
from solulu.judge import likelihood
from solulu.judge.likelihood import Question
from solulu.judge.panel import Judge, Rating, Subject
from solulu.llm.local import Engine, LocalModel
from solulu.llm.templates import Hole

_PROMPT_TOKENS = 256
"""The nearest code that the model sees: on two cores, reading it is what scoring costs."""


class LikelihoodJudge(Judge):
    """Compares how likely a local model finds golden and negative (`likelihood.py`)."""

    answers_differ = False

    def __init__(self, name: str, family: str, weights: Path, threads: int, ledger: Ledger) -> None:
        self.name, self.family = name, family
        self._engine, self._ledger = Engine(weights, threads), ledger

    async def judge(self, subjects: Sequence[Subject], ratings: Sequence[Rating], sample: int) -> list[RowError | None]:
        """Scores all subjects as one batch; the prompt of a context runs once for all its negatives."""
        places = _by_context(subjects)
        questions = _questions(subjects, list(places.values()))
        scorings = [likelihood.scorings(question) for question in questions]
        items = [item for by_head in scorings for item in by_head.values()]
        scored = iter(await self._engine.run(LocalModel.log_likelihoods, items, _PROMPT_TOKENS))
        for indices, question, by_head in zip(places.values(), questions, scorings, strict=True):
            scores = {
                (head, text): values
                for head, (_, texts) in by_head.items()
                for text, values in zip(texts, next(scored), strict=True)
            }
            self._ledger.count(0, sum(map(len, scores.values())), num_calls=len(by_head))
            reply = likelihood.reply(question, scores)
            for index, probability in zip(indices, reply.probabilities, strict=True):
                _rate(ratings[index], probability, reply.control_passed)
        return [None] * len(subjects)

    async def close(self) -> None:
        """Stops the model's thread and frees the model."""
        self._engine.close()


def _by_context(subjects: Sequence[Subject]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for index, subject in enumerate(subjects):
        places.setdefault(subject.context["id"], []).append(index)
    return places


def _questions(subjects: Sequence[Subject], places: Sequence[Sequence[int]]) -> list[Question]:
    contexts = [subjects[indices[0]].context for indices in places]
    goldens = [context["golden"] for context in contexts]
    return [
        Question(
            hole=Hole(context["prefix"], context["suffix"], context["path"]),
            golden=context["golden"],
            negatives=tuple(subjects[index].candidate["completion"] for index in indices),
            foil=next(
                (other for other in goldens[number + 1 :] + goldens[:number] if other != context["golden"]), None
            ),
        )
        for number, (context, indices) in enumerate(zip(contexts, places, strict=True))
    ]


def _rate(rating: Rating, probability: float | None, control_passed: bool | None) -> None:
    if probability is not None:
        rating.num_questions, rating.probability = 1, probability
        rating.num_fooled = int(probability > 0.5)
    if control_passed is not None:
        rating.num_controls, rating.num_controls_passed = 1, int(control_passed)
