"""One answer while it is being written: drawing tokens, and knowing when to stop and what of the text is final."""

from __future__ import annotations

import hashlib

import torch

from solulu.llm.answer import Answer, FinishReason
from solulu.llm.sampling import Sampling
from solulu.llm.templates import Encoded, Template

_PARTIAL = "\ufffd"  # stands for bytes that are no character yet


class Row:
    """A row of a decoding batch. Its randomness comes from the seed and its own prompt, never from its neighbours."""

    def __init__(self, template: Template, prompt: Encoded, sampling: Sampling) -> None:
        self.prompt = prompt
        self.ids: list[int] = []
        self._template, self._sampling = template, sampling
        self._finish_reason: FinishReason | None = None
        self._text = ""
        self._owed = prompt.healed
        self._num_streamed = 0
        self._generator = torch.Generator().manual_seed(_seed(sampling.seed, prompt.ids))

    @property
    def is_finished(self) -> bool:
        """No token may follow."""
        return self._finish_reason is not None

    def draw(self, logits: torch.Tensor) -> None:
        """Takes the next token from `logits` (vocabulary)."""
        if self._owed and (allowed := self._template.blanks.continuing(self._owed)):
            logits = torch.full_like(logits, -torch.inf).index_copy_(0, torch.tensor(allowed), logits[allowed])
        token = _draw(logits, self._sampling, self._generator)
        self._owed = self._template.blanks.owed_after(self._owed, token)
        self.ids.append(token)
        if token in self._template.stop_ids:
            self._finish_reason = "stop"
            return
        self._text = self._template.decode(self.ids, self.prompt.healed)
        places = [place for stop in self._sampling.stop if stop and (place := self._text.find(stop)) >= 0]
        if places:
            self._text, self._finish_reason = self._text[: min(places)], "stop"
        elif len(self.ids) >= self._sampling.max_tokens:
            self._finish_reason = "length"

    def new_text(self) -> str:
        """Text that is certain by now and was not given before: no half character, no start of a stop string."""
        end = len(self._final_text())
        if not self.is_finished:
            end = len(self._text.rstrip(_PARTIAL))
            end = min([end, *(end - _overlap(self._text[:end], stop) for stop in self._sampling.stop if stop)])
        piece = self._text[self._num_streamed : end]
        self._num_streamed = max(self._num_streamed, end)
        return piece

    def answer(self) -> Answer:
        """The whole answer."""
        reason = self._finish_reason or "length"
        return Answer(self._final_text(), reason, len(self.prompt.ids), len(self.ids))

    def _final_text(self) -> str:
        return self._text.rstrip(_PARTIAL) if self._finish_reason == "length" else self._text


def _draw(logits: torch.Tensor, sampling: Sampling, generator: torch.Generator) -> int:
    if sampling.temperature <= 0:
        return int(logits.argmax())
    probabilities, order = (logits / sampling.temperature).softmax(-1).sort(descending=True, stable=True)
    before = probabilities.cumsum(-1) - probabilities
    probabilities = torch.where(before < sampling.top_p, probabilities, 0.0)
    return int(order[torch.multinomial(probabilities, 1, generator=generator)])


def _overlap(text: str, stop: str) -> int:
    """Length of the longest end of `text` that `stop` starts with."""
    return next((n for n in range(min(len(text), len(stop) - 1), 0, -1) if text.endswith(stop[:n])), 0)


def _seed(seed: int, ids: list[int]) -> int:
    return int.from_bytes(hashlib.sha256(repr((seed, ids)).encode()).digest()[:8], "big") >> 1
