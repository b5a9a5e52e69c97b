"""How the next token is drawn. One value for endpoints and local models, so that a spec's sampling means the same."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sampling:
    """Temperature 0 decodes greedily, whatever `top_p` and `seed` say."""

    temperature: float = 0.0
    top_p: float = 1.0
    """Draw from the likeliest tokens that together have this probability (nucleus sampling, arXiv 1904.09751)."""
    max_tokens: int = 64
    stop: tuple[str, ...] = ()
    """The answer ends before the first of these strings."""
    seed: int = 0
