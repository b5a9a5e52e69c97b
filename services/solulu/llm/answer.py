"""What a model answered, and what that took."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FinishReason = Literal["stop", "length"]


@dataclass(frozen=True)
class Answer:
    """One answer of an endpoint or a local model."""

    text: str
    finish_reason: FinishReason
    """`length` where `max_tokens` cut the text."""
    prompt_tokens: int
    completion_tokens: int
    cached: bool = False
    """Answered from the ledger: nothing was paid now."""
    cost: float = 0.0
    """US dollars paid for this answer now."""
