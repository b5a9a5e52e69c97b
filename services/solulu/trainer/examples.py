"""Training examples from pairs: a prompt in the model's FIM layout, and a loss on the completion and its end alone.

Which order (prefix-suffix-middle or suffix-prefix-middle) a row gets is decided by a hash of the seed and the row's id,
so an example does not depend on the rows around it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from solulu.core.digests import row_id
from solulu.core.stage import Drop
from solulu.llm.layouts import Order
from solulu.llm.templates import SHORTEST, Hole, Template
from solulu.trainer.contrast import contrast_weights
from solulu.v1.trainer_pb2 import OBJECTIVE_SFT_CONTRAST, TrainSpec

IGNORED = -100
"""Label of a token that has no loss."""
COLUMNS = ("id", "file_path", "prompt", "suffix", "golden_completion", "hallucinated_completion")
"""Columns of a pair that make an example."""


@dataclass(frozen=True)
class Example:
    """Tokens of one row, all three lists of one length."""

    input_ids: list[int]
    labels: list[int]
    """`input_ids`, and IGNORED on the prompt."""
    weights: list[float]
    """Weight of each token's loss; 0 on the prompt."""


def encode_rows(
    rows: Iterable[Mapping[str, Any]], template: Template, spec: TrainSpec
) -> tuple[list[Example], list[Drop]]:
    """The examples of some pairs, in order, and a drop for each row that does not fit `spec.max_length`."""
    examples: list[Example] = []
    drops: list[Drop] = []
    for row in rows:
        result = encode_row(row, template, spec)
        if isinstance(result, Drop):
            drops.append(result)
        else:
            examples.append(result)
    return examples, drops


def encode_row(row: Mapping[str, Any], template: Template, spec: TrainSpec) -> Example | Drop:
    """The example of one pair, or a drop `too_long` where its completion would be cut."""
    hole = Hole(row["prompt"], row["suffix"], row["file_path"])
    # One token less, because a prompt of no tokens is given one to start from.
    room = max(spec.max_length - 1, SHORTEST)
    encoded = template.encode(hole, row["golden_completion"], max_length=room, order=_order(row["id"], template, spec))
    prompt, target = encoded.ids[: encoded.num_prompt], encoded.ids[encoded.num_prompt :]
    whole = [*template.completion_ids(row["golden_completion"], encoded.healed), template.end_id]
    if target != whole:
        return Drop(
            row["id"],
            "too_long",
            f"the completion has {len(whole)} tokens, and max_length {spec.max_length} has room for {len(target)}",
        )
    prompt = prompt or [template.end_id]
    weights = [1.0] * len(target)
    if spec.objective == OBJECTIVE_SFT_CONTRAST:
        negative = [*template.completion_ids(row["hallucinated_completion"], encoded.healed), template.end_id]
        weights = contrast_weights(target, negative, spec.contrast_weight)
    return Example(prompt + target, [IGNORED] * len(prompt) + target, [0.0] * len(prompt) + weights)


def _order(pair_id: str, template: Template, spec: TrainSpec) -> Order:
    share = int(row_id("order", spec.seed, pair_id)[:8], 16) / 2**32
    return template.orders[-1] if share < spec.spm_rate else template.orders[0]
