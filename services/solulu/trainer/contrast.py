"""Where golden and negative differ, token by token: what a contrast-weighted loss looks at.

The weights of one row have mean 1, so contrast moves the loss within a row and does not raise the learning rate.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence


def divergent(golden: Sequence[int], negative: Sequence[int]) -> list[bool]:
    """For each token of `golden`, whether it is one that `negative` gets wrong.

    Tokens that the negative replaces or leaves out are; so is the token before which the negative inserts something,
    since that is where the golden has to go on instead.
    """
    marks = [False] * len(golden)
    matcher = difflib.SequenceMatcher(None, golden, negative, autojunk=False)
    for tag, start, stop, _, _ in matcher.get_opcodes():
        if tag == "insert":
            stop = min(start + 1, len(golden))
        if tag != "equal":
            marks[start:stop] = [True] * (stop - start)
    return marks


def contrast_weights(golden: Sequence[int], negative: Sequence[int], weight: float) -> list[float]:
    """Weights of the golden's tokens with mean 1: divergent ones weigh `weight` times as much as the others.

    All are 0 where every token is divergent and `weight` is 0.
    """
    raw = [weight if mark else 1.0 for mark in divergent(golden, negative)]
    total = sum(raw)
    return [value * len(raw) / total for value in raw] if total else raw
