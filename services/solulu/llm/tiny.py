"""A randomly initialised Llama of a third of a million parameters: everything of a real model but sense, for tests.

Its tokenizer knows the 256 bytes, a few runs of spaces, and Qwen's special tokens, so FIM templates are exercised.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from solulu.core.errors import InvalidArgument

if TYPE_CHECKING:
    from tokenizers import Tokenizer

SIZES = ("tiny",)
VERSION = 1
"""Raised whenever the weights or the tokenizer change."""
SPECIAL_TOKENS = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|fim_pad|>",
    "<|repo_name|>", "<|file_sep|>",
)  # fmt: skip


def check(size: str) -> None:
    """InvalidArgument where there is no such size."""
    if size not in SIZES:
        raise InvalidArgument(f"random:{size} is unknown; there is {', '.join(f'random:{name}' for name in SIZES)}")


def make(out: Path, special_tokens: Sequence[str] = SPECIAL_TOKENS) -> None:
    """Writes weights, config and tokenizer to `out` in Hugging Face layout. The first special token is the end of text;
    others than Qwen's make a model of another family's layout."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers has few types
    tokenizer = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]  # transformers has few types
        tokenizer_object=byte_tokenizer(special_tokens),
        extra_special_tokens=list(special_tokens),
        eos_token=special_tokens[0],
        pad_token=special_tokens[0],
        model_max_length=8192,
        clean_up_tokenization_spaces=False,
    )
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=96,
        intermediate_size=256,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=8192,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = LlamaForCausalLM(config)
    with torch.no_grad():  # unlikely at first, or the tied embeddings would end every answer at its first token
        model.model.embed_tokens.weight[tokenizer.all_special_ids] *= 0.01
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)


def byte_tokenizer(special_tokens: Sequence[str]) -> Tokenizer:
    """A byte-level tokenizer of some 270 tokens, whose ids depend on nothing else."""
    import tokenizers
    from tokenizers import AddedToken, decoders, models, pre_tokenizers

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {character: number for number, character in enumerate(alphabet)}
    merges: list[tuple[str, str]] = []
    space = "\u0120"  # how a byte-level tokenizer writes a space
    for length in (1, 2, 4):
        merges.append((space * length, space * length))
        vocabulary[space * length * 2] = len(vocabulary)
    tokenizer = tokenizers.Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special_tokens])
    return tokenizer
