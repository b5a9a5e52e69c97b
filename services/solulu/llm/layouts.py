"""The FIM layouts of the model families (protocols.md, "FIM prompt templates"), as data.

A layout is a row of pieces: special tokens, and the places of the file's texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Order = Literal["psm", "spm"]
"""Prefix-suffix-middle or suffix-prefix-middle."""
PREFIX, SUFFIX, PATH, BOS = "{prefix}", "{suffix}", "{path}", "{bos}"
_TEXTS = {PREFIX, SUFFIX, PATH, BOS}
SPIECE = "\u2581"
"""SentencePiece's mark of a space, part of CodeLlama's token names."""


@dataclass(frozen=True)
class Layout:
    """One family's prompts. The completion follows the last piece."""

    family: str
    psm: tuple[str, ...]
    spm: tuple[str, ...] = ()
    """Empty where the family was not trained on it."""
    header: tuple[str, ...] = ()
    """Put first where the file's path is known; left out where the vocabulary lacks its token."""
    end: str = ""
    """What ends a completion; the tokenizer's own end of text where empty or unknown."""
    stops: tuple[str, ...] = ()
    """More tokens that no completion goes on behind."""

    def fits(self, vocabulary: Mapping[str, int]) -> bool:
        """Whether a vocabulary has every special token of the prompts."""
        return all(_known(piece, vocabulary) for piece in (*self.psm, *self.spm) if piece not in _TEXTS)

    def tokens(self, vocabulary: Mapping[str, int]) -> dict[str, str]:
        """The layout's tokens that the vocabulary has, with their names there."""
        used = {*self.psm, *self.spm, *self.header, self.end, *self.stops} - _TEXTS
        return {token: name for token in sorted(used) if (name := _known(token, vocabulary))}

    def pieces(self, order: Order, with_path: bool) -> tuple[str, ...]:
        """The row of pieces of a prompt."""
        row = self.spm if order == "spm" else self.psm
        if not row:
            raise ValueError(f"{self.family} has no {order} layout")
        return (*self.header, *row) if with_path else row


def _known(token: str, vocabulary: Mapping[str, int]) -> str:
    return next((name for name in (token, SPIECE + token) if name in vocabulary), "")


def _fim(family: str, before: str, after: str, middle: str, **rest: tuple[str, ...] | str) -> Layout:
    psm, spm = (before, PREFIX, after, SUFFIX, middle), (before, after, SUFFIX, middle, PREFIX)
    return Layout(family, psm=psm, spm=spm, stops=(before, after, middle, *rest.pop("stops", ())), **rest)  # type: ignore[arg-type]  # mypy cannot type a mapping of fields


QWEN = _fim(
    "qwen", "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>",
    header=("<|file_sep|>", PATH),
    end="<|endoftext|>",
    stops=("<|im_end|>", "<|fim_pad|>", "<|repo_name|>", "<|file_sep|>"),
)  # fmt: skip
STARCODER = _fim(
    "starcoder", "<fim_prefix>", "<fim_suffix>", "<fim_middle>",
    end="<|endoftext|>",
    stops=("<fim_pad>", "<repo_name>", "<file_sep>", "<filename>"),
)  # fmt: skip
SANTACODER = _fim(
    "santacoder", "<fim-prefix>", "<fim-suffix>", "<fim-middle>", end="<|endoftext|>", stops=("<fim-pad>",)
)
CODELLAMA = Layout(
    "codellama",
    psm=(BOS, "<PRE>", PREFIX, "<SUF>", SUFFIX, "<MID>"),
    spm=(BOS, "<PRE>", "<SUF>", SUFFIX, "<MID>", PREFIX),
    end="<EOT>",
    stops=("<PRE>", "<SUF>", "<MID>"),
)
_BEGIN, _HOLE, _END = (f"<\uff5cfim{SPIECE}{word}\uff5c>" for word in ("begin", "hole", "end"))
DEEPSEEK = Layout(
    "deepseek",
    psm=(BOS, _BEGIN, PREFIX, _HOLE, SUFFIX, _END),
    spm=(BOS, _BEGIN, _HOLE, SUFFIX, _END, PREFIX),
    stops=(_BEGIN, _HOLE, _END),
)
SMOLLM = Layout(
    "smollm",
    psm=("<file_sep>", SUFFIX, "<file_sep>", PREFIX),
    stops=("<|endoftext|>", "<|im_start|>", "<repo_name>", "<file_sep>", "<filename>"),
)
"""SmolLM2 has no FIM tokens, and adding some would leave the base model without a suffix. Shown as a file before, the
suffix helps even untuned: 17.4 nats a golden against 18.6 left to right (SmolLM2-135M-Instruct, 100 holes of real code,
384 tokens of prompt, both healed; paired difference 1.1, standard error 0.8)."""
LEFT_TO_RIGHT = Layout("left_to_right", psm=(BOS, PREFIX))
LAYOUTS = (QWEN, STARCODER, SANTACODER, CODELLAMA, DEEPSEEK, SMOLLM)
"""Tried in this order."""
