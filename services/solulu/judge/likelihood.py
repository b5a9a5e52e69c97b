"""The likelihood judge: a local model that is asked no words, only how likely it finds what was written.

It compares golden and negative where they differ, by the mean log-likelihood of a token, so that a longer name is not a
worse one. Its control is the golden against another context's golden: a model that cannot tell those apart does not
read the code, and what it says about negatives weighs nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from solulu.llm.templates import Hole

_SAME_TOKEN = 1e-3
"""Log-likelihoods nearer than this belong to the same token in the same place: batching alone moves them by 1e-5."""
_CONTROL_CHARS = 120
"""As much of golden and foil is compared: whose code it is shows in the first line or two."""
_SHORT_CHARS = 48
_LONG_CHARS = 240
"""At most so much of either side of a contest is scored."""
_WORD_AT_END = re.compile(r"\w*\Z")
_WORD_AT_START = re.compile(r"\w*")


@dataclass(frozen=True)
class Contest:
    """Golden and rival where they differ, and what both begin with."""

    head: str
    golden: str
    rival: str


def contest(golden: str, rival: str) -> Contest:
    """Leaves out what both end with, but never half a word; where that leaves one of them nothing of its own (an
    argument was added), the common end stays. A short common beginning stays in front of both, for then all contests
    of a context share its prompt; a long one is put behind the prompt, for it would have to be read again each time."""
    same = _num_common(golden, rival)
    head = same - len(_match(_WORD_AT_END, golden[:same]))
    tail = _num_common(golden[head:][::-1], rival[head:][::-1])
    tail -= len(_match(_WORD_AT_START, golden[len(golden) - tail :]))
    if min(len(golden), len(rival)) - tail <= same:
        tail = 0
    start = head if head > _SHORT_CHARS else 0
    ends = len(golden) - tail, len(rival) - tail
    return Contest(
        golden[:start], *(text[start:end][:_LONG_CHARS] for text, end in zip((golden, rival), ends, strict=True))
    )


def preference(golden: Sequence[float], rival: Sequence[float]) -> float | None:
    """The probability that the model takes the rival for right, from the token log-likelihoods of both sides of a
    contest: the logistic function of the difference of their means (nats a token) from the first token on that is not
    the same. None where they do not differ in any token."""
    same = 0
    while same < min(len(golden), len(rival)) and abs(golden[same] - rival[same]) < _SAME_TOKEN:
        same += 1
    if same >= min(len(golden), len(rival)):
        return None
    difference = _mean(rival[same:]) - _mean(golden[same:])
    return 1 / (1 + math.exp(min(-difference, 700.0)))


@dataclass(frozen=True)
class Question:
    """One context: its hole, its golden, the negatives to compare with it, and another context's golden as control."""

    hole: Hole
    golden: str
    negatives: tuple[str, ...]
    foil: str | None


@dataclass(frozen=True)
class Reply:
    """By negative the probability that it is taken for right, and whether golden beat foil (None: no control)."""

    probabilities: tuple[float | None, ...]
    control_passed: bool | None


def contests(question: Question) -> list[Contest]:
    """Golden against each negative, and against the foil last."""
    found = [contest(question.golden, negative) for negative in question.negatives]
    if question.foil is not None:
        found.append(Contest("", question.golden[:_CONTROL_CHARS], question.foil[:_CONTROL_CHARS]))
    return found


def scorings(question: Question) -> dict[str, tuple[Hole, list[str]]]:
    """What has to be scored for a question: by common beginning the hole behind it, and the distinct texts there."""
    by_head: dict[str, dict[str, None]] = {}
    for one in contests(question):
        by_head.setdefault(one.head, {}).update({one.golden: None, one.rival: None})
    hole = question.hole
    return {head: (Hole(hole.prefix + head, hole.suffix, hole.path), list(texts)) for head, texts in by_head.items()}


def reply(question: Question, scores: Mapping[tuple[str, str], Sequence[float]]) -> Reply:
    """Reads the token log-likelihoods of `scorings(question)`, by common beginning and text."""
    found = [preference(scores[one.head, one.golden], scores[one.head, one.rival]) for one in contests(question)]
    control = found[-1] if question.foil is not None else None
    return Reply(tuple(found[: len(question.negatives)]), None if control is None else control < 0.5)


def _num_common(one: str, other: str) -> int:
    """Length of the common beginning."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _match(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[0] if found else ""


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
