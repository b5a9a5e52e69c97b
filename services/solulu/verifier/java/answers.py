"""What can be said of one name: it is found, it is absent, or neither."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from solulu.verifier.findings import Status


def _nothing() -> Mapping[str, str]:
    return {}


@dataclass(frozen=True)
class Answer:
    """What became of a name; `message` and `candidates` count where it is absent."""

    status: Status
    message: str = ""
    candidates: Callable[[], Mapping[str, str]] = _nothing


UNSURE = Answer("unknown")
FOUND = Answer("found")
