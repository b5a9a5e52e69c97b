"""The panel member that runs in this process; a module of its own because it brings torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from solulu.core.errors import RowError
from solulu.core.ledger import Ledger
from solulu.generator.fit import fit
from solulu.generator.panel import Attempt, Member, Task, Written
from solulu.llm.local import Engine, LocalModel
from solulu.llm.sampling import Sampling
from solulu.llm.templates import Hole

_PROMPT_TOKENS = 256
"""The nearest code that a local model sees: on two cores, reading it takes longer than writing the answer."""
_CHARS_PER_TOKEN, _SPARE_TOKENS = 3, 12
"""A local model may write as many tokens as the longest golden of its batch needs, and a few more."""


class LocalMember(Member):
    """The in-process model: like a completion endpoint, a fixed batch at a time in a thread of its own."""

    def __init__(self, name: str, family: str, weights: Path, threads: int, sampling: Sampling, ledger: Ledger) -> None:
        self.name, self.family = name, family
        self._engine, self._sampling, self._ledger = Engine(weights, threads), sampling, ledger

    async def write(self, tasks: Sequence[Task]) -> list[Attempt]:
        """One completion a task, cut to the hole's shape, or `golden_too_long` where it may need over `max_tokens`.
        Tasks of one context are drawn with different seeds; holes of one line are a batch of their own and end with
        it."""
        attempts: dict[int, Attempt] = {}
        batches: dict[tuple[int, bool], list[int]] = {}
        for place, task in enumerate(tasks):
            golden = task.context["golden"].strip()
            if _num_tokens(golden) > self._sampling.max_tokens:
                detail = f"{len(golden):,} characters do not fit into max_tokens of {self._sampling.max_tokens}"
                attempts[place] = RowError("golden_too_long", detail)
            else:
                batches.setdefault((task.sample, "\n" not in golden), []).append(place)
        for (sample, is_line), places in sorted(batches.items()):
            written = await self._complete([tasks[place].context for place in places], sample, is_line)
            attempts.update(zip(places, written, strict=True))
        return [attempts[place] for place in range(len(tasks))]

    async def _complete(self, contexts: Sequence[Mapping[str, Any]], sample: int, is_line: bool) -> list[Attempt]:
        holes = [Hole(context["prefix"], context["suffix"], context["path"]) for context in contexts]
        sampling = replace(
            self._sampling,
            seed=self._sampling.seed + sample,
            max_tokens=max(_num_tokens(context["golden"].strip()) for context in contexts),
            stop=("\n",) if is_line else (),
        )
        answers = await self._engine.run(LocalModel.complete, holes, sampling, _PROMPT_TOKENS)
        attempts: list[Attempt] = []
        for context, answer in zip(contexts, answers, strict=True):
            self._ledger.count(answer.prompt_tokens, answer.completion_tokens)
            text = fit(answer.text, context["golden"])
            attempts.append([Written(text, "", answer.prompt_tokens, answer.completion_tokens)])
        return attempts

    async def close(self) -> None:
        """Stops the model's thread and frees the model."""
        self._engine.close()


def _num_tokens(golden: str) -> int:
    """Tokens that a completion in the place of `golden` may need."""
    return len(golden) // _CHARS_PER_TOKEN + _SPARE_TOKENS
