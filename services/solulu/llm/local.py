"""The local engine: a model in this process, one fixed padded batch at a time.

Batch size and thread count change float bits, so a caller fixes its batches in the plan and the thread count is pinned;
then the same batch gives the same text in any run. Our own decoding loop, because transformers' `generate` has neither
a generator per row nor a way to drop finished rows, which halves the work where lengths differ.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, DynamicCache
from transformers.utils import logging as transformers_logging

from solulu.llm.answer import Answer
from solulu.llm.row import Row
from solulu.llm.sampling import Sampling
from solulu.llm.templates import Hole, Template

_LONGEST_KNOWN = 4096  # where a config does not say

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class LocalModel:
    """A causal language model from a folder in Hugging Face layout: float32 on the CPU, bfloat16 on a GPU.

    Not thread-safe: give it a thread of its own (`Engine`).
    """

    def __init__(self, folder: Path, threads: int) -> None:
        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers has few types
        self._threads = threads
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        dtype = torch.bfloat16 if self._device.type == "cuda" else torch.float32
        torch.set_num_threads(threads)
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.template = Template(self.tokenizer)
        model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype)  # transformers' types mislead
        self._model = model.to(self._device).eval()
        text_config = self._model.config.get_text_config()
        self._longest = int(getattr(text_config, "max_position_embeddings", _LONGEST_KNOWN))

    @property
    def family(self) -> str:
        """Family of the FIM layout that the tokenizer knows."""
        return self.template.layout.family

    def complete(self, holes: Sequence[Hole], sampling: Sampling, max_prompt_tokens: int) -> list[Answer]:
        """One answer a hole, in order. All holes are one batch: their number and order are part of the result."""
        rows = self._rows(holes, sampling, max_prompt_tokens)
        for _ in self._decode(rows, sampling):
            pass
        return [row.answer() for row in rows]

    def stream(self, hole: Hole, sampling: Sampling, max_prompt_tokens: int) -> Iterator[str | Answer]:
        """A piece of one answer for each token, empty where no text is certain yet, and the whole of it last. Closing
        the iterator stops the model."""
        rows = self._rows([hole], sampling, max_prompt_tokens)
        for _ in self._decode(rows, sampling):
            yield rows[0].new_text()
        yield rows[0].answer()

    @torch.inference_mode()
    def log_likelihoods(
        self, items: Sequence[tuple[Hole, Sequence[str]]], max_prompt_tokens: int
    ) -> list[list[list[float]]]:
        """Natural log-probabilities of every token of every completion: by hole, by completion, by token.

        The end of text is not counted. Each hole's prompt runs once, whatever the number of its completions; a
        result does not depend on the other holes. An empty completion has no tokens.
        """
        torch.set_num_threads(self._threads)
        return [self._score(hole, completions, max_prompt_tokens) for hole, completions in items]

    def _score(self, hole: Hole, completions: Sequence[str], max_prompt_tokens: int) -> list[list[float]]:
        prompt = self.template.encode(hole, max_length=min(max_prompt_tokens, self._longest // 2))
        room = self._longest - len(prompt.ids)
        targets = [self.template.completion_ids(text, prompt.healed)[:room] for text in completions]
        longest = max(map(len, targets), default=0)
        if not longest:
            return [[] for _ in targets]
        cache = DynamicCache(config=self._model.config)
        ids = torch.tensor([prompt.ids], device=self._device)
        logits = self._model(ids, past_key_values=cache, use_cache=True, logits_to_keep=1).logits.float()
        logits = logits.expand(len(targets), 1, -1)
        padded = torch.tensor([ids + [0] * (longest - len(ids)) for ids in targets], device=self._device)
        if longest > 1:
            cache.batch_repeat_interleave(len(targets))
            rest = self._model(padded[:, :-1], past_key_values=cache, use_cache=True).logits.float()
            logits = torch.cat([logits, rest], dim=1)
        scores = logits.log_softmax(-1).gather(2, padded[..., None])[..., 0].tolist()
        return [row[: len(ids)] for row, ids in zip(scores, targets, strict=True)]

    def _rows(self, holes: Sequence[Hole], sampling: Sampling, max_prompt_tokens: int) -> list[Row]:
        room = min(max_prompt_tokens, max(self._longest - sampling.max_tokens, self._longest // 2))
        sampling = replace(sampling, max_tokens=min(sampling.max_tokens, self._longest - room))
        prompts = [self.template.encode(hole, max_length=room) for hole in holes]
        return [Row(self.template, prompt, sampling) for prompt in prompts]

    @torch.inference_mode()
    def _decode(self, rows: Sequence[Row], sampling: Sampling) -> Iterator[None]:
        """Gives every row its tokens, yielding after each step. Finished rows leave the batch."""
        if not rows or sampling.max_tokens < 1:
            return
        torch.set_num_threads(self._threads)
        live = list(rows)
        prompts = [row.prompt.ids for row in rows]
        width = max(map(len, prompts))
        ids = torch.tensor([[0] * (width - len(p)) + p for p in prompts], device=self._device)
        mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in prompts], device=self._device)
        positions = (mask.cumsum(-1) - 1).clamp(min=0)
        cache = DynamicCache(config=self._model.config)
        while live:
            step = partial(self._model, use_cache=True, past_key_values=cache, logits_to_keep=1)
            logits = step(ids, attention_mask=mask, position_ids=positions).logits[:, -1].float().cpu()
            for row, row_logits in zip(live, logits, strict=True):
                row.draw(row_logits)
            yield
            kept = [number for number, row in enumerate(live) if not row.is_finished]
            if 0 < len(kept) < len(live):
                chosen = torch.tensor(kept, device=self._device)
                cache.batch_select_indices(chosen)
                mask, positions = mask[chosen], positions[chosen]
            live = [live[number] for number in kept]
            ids = torch.tensor([[row.ids[-1]] for row in live], device=self._device)
            mask = torch.cat([mask, mask.new_ones(len(mask), 1)], dim=1)
            positions = positions[:, -1:] + 1


class Engine:
    """A local model in a thread of its own: the event loop waits for it without stopping, and calls queue up."""

    def __init__(self, folder: Path, threads: int) -> None:
        self._folder, self._threads = folder, threads
        self._model: LocalModel | None = None
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="local-model")

    async def run(
        self,
        work: Callable[Concatenate[LocalModel, Arguments], Result],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> Result:
        """`work(model, *args)` in the model's thread: `await engine.run(LocalModel.complete, holes, sampling, 448)`."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, lambda: work(self._loaded(), *args, **kwargs))

    def close(self) -> None:
        """Waits for the running call, drops the queued ones and frees the model."""
        self._executor.shutdown(wait=True, cancel_futures=True)
        self._model = None

    def _loaded(self) -> LocalModel:
        if self._model is None:
            self._model = LocalModel(self._folder, self._threads)
        return self._model
