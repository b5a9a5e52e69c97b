"""The panel member that runs in this process; a module of its own because it brings torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from solulu.core.ledger import Ledger
from solulu.generator.fit import fit
from solulu.generator.panel import Attempt, Member, Task, Written
from solulu.llm.local import Engine, LocalModel
from solulu.llm.sampling import Sampling
from solulu.llm.templates import Hole

_PROMPT_TOKENS = 256
"""The nearest code that a local model sees: on two cores, reading it takes longer than writing the answer."""
_CHARS_PER_TOKEN, _SPARE_TOKENS = 3, 12
"""A local model may write as many tokens as the longest golden of its batch, and a few more."""


class LocalMember(Member):
    """The in-process model: like a completion endpoint, a fixed batch at a time in a thread of its own."""

    def __init__(self, name: str, family: str, weights: Path, threads: int, sampling: Sampling, ledger: Ledger) -> None:
        self.name, self.family = name, family
        self._engine, self._sampling, self._ledger = Engine(weights, threads), sampling, ledger

    async def write(self, tasks: Sequence[Task]) -> list[Attempt]:
        """One completion a task, cut to the hole's shape. Tasks of one context are drawn with different seeds."""
        attempts: dict[int, Attempt] = {}
        for sample in sorted({task.sample for task in tasks}):
            places = [place for place, task in enumerate(tasks) if task.sample == sample]
            contexts = [tasks[place].context for place in places]
            holes = [Hole(context["prefix"], context["suffix"], context["path"]) for context in contexts]
            longest = max(len(context["golden"]) for context in contexts)
            sampling = replace(
                self._sampling,
                seed=self._sampling.seed + sample,
                max_tokens=min(self._sampling.max_tokens, longest // _CHARS_PER_TOKEN + _SPARE_TOKENS),
            )
            answers = await self._engine.run(LocalModel.complete, holes, sampling, _PROMPT_TOKENS)
            for place, context, answer in zip(places, contexts, answers, strict=True):
                self._ledger.count(answer.prompt_tokens, answer.completion_tokens)
                text = fit(answer.text, context["golden"])
                attempts[place] = [Written(text, "", answer.prompt_tokens, answer.completion_tokens)]
        return [attempts[place] for place in range(len(tasks))]

    def close(self) -> None:
        """Stops the model's thread and frees the model."""
        self._engine.close()
