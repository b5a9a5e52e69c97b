"""What tests of verdicts share: a case written as one text, a verdict in a word, and code that is no longer whole."""

from __future__ import annotations

import random
from collections.abc import Sequence

from solulu.languages import LANGUAGES
from solulu.languages.spans import find_spans
from solulu.verifier.case import Case, Verdict
from solulu.verifier.check import check
from solulu.verifier.repository import SymbolIndex


def marked(path: str, text: str) -> Case:
    """The case whose completion stands between `<<` and `>>` in a file."""
    prefix, _, rest = text.partition("<<")
    completion, _, suffix = rest.partition(">>")
    return Case(path, prefix, completion, suffix)


def brief(verdict: Verdict) -> str:
    """A verdict in a word, or as the type and the symbol that it refutes."""
    return f"{verdict.type} {verdict.symbol}" if verdict.verdict == "hallucinated" else verdict.verdict


def told(verdict: Verdict) -> tuple[str, str | None, str | None, str | None]:
    """What a verdict says, without its evidence."""
    return verdict.verdict, verdict.basis, verdict.type, verdict.symbol


def mutated(data: bytes, chance: random.Random, odd: Sequence[bytes]) -> bytes:
    """Code after a few accidents: parts lost, repeated or with flipped bits, and `odd` pieces in between."""
    for _ in range(chance.randrange(1, 4)):
        start = chance.randrange(len(data))
        end = min(len(data), start + chance.randrange(1, 200))
        match chance.randrange(4):
            case 0:
                data = data[:start] + data[end:]
            case 1:
                data = data[:end] + data[start:end] * chance.randrange(1, 5) + data[end:]
            case 2:
                flipped = bytes(byte ^ 1 << chance.randrange(8) for byte in data[start : start + 3])
                data = data[:start] + flipped + data[start + 3 :]
            case _:
                data = data[:start] + chance.choice(odd) + data[start:]
        data = data or b"x"
    return data


def verdicts_within(language: str, path: str, data: bytes, index: SymbolIndex, completion: str, seed: int) -> set[str]:
    """The verdicts on some spans of a file, and on a completion anywhere in it."""
    cut = random.Random(seed).randrange(len(data) + 1)
    parts = [(data[:cut], completion.encode(), data[cut:])]
    for span in find_spans(LANGUAGES[language], data, limit=6, seed=seed):
        parts.append((data[: span.start], data[span.start : span.end], data[span.end :]))
    cases = [Case(path, *(part.decode("utf-8", "replace") for part in three)) for three in parts]
    return {check(case, index).verdict for case in cases}
