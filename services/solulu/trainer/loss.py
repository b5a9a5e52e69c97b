"""Weighted cross entropy on completions, on top of trl's SFTTrainer.

Rows are padded on the left, so all completions end in the same column and the output head, a third of a small model's
work on a CPU, runs on the last columns only (field-notes.md measured 1.44x).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch.nn.functional import cross_entropy
from trl import SFTTrainer

from solulu.trainer.examples import IGNORED


def collate(examples: Sequence[dict[str, Any]], pad_id: int) -> dict[str, torch.Tensor]:
    """A batch of examples, padded on the left: tensors of shape (rows, columns)."""
    width = max(len(example["input_ids"]) for example in examples)

    def padded(name: str, value: float, dtype: torch.dtype) -> torch.Tensor:
        rows = [[value] * (width - len(example[name])) + list(example[name]) for example in examples]
        return torch.tensor(rows, dtype=dtype)

    mask = torch.tensor([[0] * (width - len(e["input_ids"])) + [1] * len(e["input_ids"]) for e in examples])
    return {
        "input_ids": padded("input_ids", pad_id, torch.long),
        "attention_mask": mask,
        "position_ids": (mask.cumsum(-1) - 1).clamp(min=0),
        "labels": padded("labels", IGNORED, torch.long),
        "weights": padded("weights", 0.0, torch.float32),
    }


class WeightedTrainer(SFTTrainer):
    """SFT whose loss weighs each token; the weights come with the batch."""

    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: torch.Tensor | int | None = None,
    ) -> Any:
        """Sum of weight times negative log-likelihood over the completions' tokens, divided by their number in all
        forward passes of the optimizer step."""
        labels, weights = inputs["labels"], inputs["weights"]
        has_loss = labels != IGNORED
        num_columns = labels.shape[1] - int(has_loss.any(0).nonzero()[0])
        outputs = model(
            input_ids=inputs["input_ids"],
            attention_mask=inputs["attention_mask"],
            position_ids=inputs["position_ids"],
            use_cache=False,
            logits_to_keep=num_columns + 1,
        )
        logits = outputs.logits[:, :-1].float()
        targets = labels[:, -num_columns:]
        losses = cross_entropy(logits.transpose(1, 2), targets, ignore_index=IGNORED, reduction="none")
        num_items = has_loss.sum() if num_items_in_batch is None else num_items_in_batch
        loss = (losses * weights[:, -num_columns:]).sum() / num_items
        return (loss, outputs) if return_outputs else loss

    def create_model_card(self, *args: Any, **kwargs: Any) -> None:
        """None: a checkpoint needs no card, and the manifest says what the model is."""
