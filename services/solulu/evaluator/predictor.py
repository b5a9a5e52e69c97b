"""Completions of local models. One model is loaded at a time, since units come model by model."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from solulu.core.ledger import Ledger
from solulu.evaluator.benchmarks import Row
from solulu.llm.answer import Answer
from solulu.llm.local import Engine, LocalModel
from solulu.llm.sampling import Sampling
from solulu.llm.templates import Hole


class Predictor:
    """Fills holes with one of several local models."""

    def __init__(
        self,
        folders: Mapping[str, Callable[[], Path]],
        threads: int,
        sampling: Sampling,
        max_prompt_tokens: int,
        ledger: Ledger,
    ) -> None:
        """`folders` fetches each model's weights, when they are first needed; `ledger` counts the tokens."""
        self._folders, self._threads, self._ledger = folders, threads, ledger
        self._sampling, self._max_prompt_tokens = sampling, max_prompt_tokens
        self._engine: Engine | None = None
        self._loaded = ""
        self._loading = asyncio.Lock()

    async def complete(self, model: str, holes: Sequence[Row]) -> list[Answer]:
        """One completion a hole. All of them are one batch: their number and order are part of the result."""
        engine = await self._engine_of(model)
        prompts = [Hole(row.prefix, row.suffix, row.path) for row in holes]
        answers: list[Answer] = await engine.run(LocalModel.complete, prompts, self._sampling, self._max_prompt_tokens)
        for answer in answers:
            self._ledger.count(answer.prompt_tokens, answer.completion_tokens)
        return answers

    def close(self) -> None:
        """Frees the model."""
        if self._engine is not None:
            self._engine.close()

    async def _engine_of(self, model: str) -> Engine:
        async with self._loading:
            if self._engine is None or self._loaded != model:
                if self._engine is not None:
                    await asyncio.to_thread(self._engine.close)
                folder = await asyncio.to_thread(self._folders[model])
                self._engine, self._loaded = Engine(folder, self._threads), model
            return self._engine
