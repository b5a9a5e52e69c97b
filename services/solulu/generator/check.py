"""Whether a completion is a hard negative: it parses, invents one symbol, and is not proved right.

The golden is checked too: where the verifier refutes the developer's own code, its word against a negative is no proof.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from solulu.core.errors import RowError
from solulu.generator.names import Names
from solulu.generator.places import names_in_file, num_comments, places
from solulu.verifier.case import Case, Verdict
from solulu.verifier.check import check, parses_in_place
from solulu.verifier.index import SymbolIndex

_MAX_GROWTH = 3
_ROOM_CHARS = 80
"""A negative may have `_MAX_GROWTH` times the golden's length and this much more; beyond that, length gives it away."""
_COPIED_CHARS = 12


@dataclass(frozen=True)
class Negative:
    """A completion that passed, with the type it turned out to be of."""

    completion: str
    type: str
    symbol: str
    verdict: Verdict


class Examiner:
    """Checks completions against one symbol index; it remembers the verdicts on goldens."""

    def __init__(self, index: SymbolIndex, names: Names) -> None:
        self._index, self._names = index, names
        self._golden_refuted: dict[str, bool] = {}

    def examine(self, context: Mapping[str, Any], type: str, completion: str, symbol: str = "") -> Negative:
        """Checks a completion that was written as a negative of `type`, inventing `symbol` (empty if the writer said
        nothing). Raises RowError whose reason says why it is none."""
        _refuse_shape(context, completion)
        case = _case(context, completion)
        if not parses_in_place(case):
            raise RowError("does_not_parse", f"{completion[:80]!r} is a syntax error in its place")
        if _comments(context, completion) > _comments(context, context["golden"]):
            raise RowError("comment", "a comment that the golden does not have gives the negative away")
        golden, changed = _names(context, context["golden"]), _names(context, completion)
        verdict = check(case, self._index)
        if verdict.verdict == "valid":
            raise RowError("valid", f"{completion[:80]!r} provably resolves")
        if verdict.verdict == "hallucinated":
            self._refuse_refuted_golden(context)
            _refuse_side_effect(verdict.symbol or "", symbol, {name for _, name in golden})
            negative = Negative(completion, verdict.type or type, verdict.symbol or symbol, verdict)
        else:
            invented = _invented(golden, changed, type, symbol)
            in_file = names_in_file(context["language"], _file(context, context["golden"]))
            if invented in in_file or self._names.defines(context["repo"], invented):
                raise RowError("maybe_valid", f"{invented} is a name of the repository, and the verdict is unknown")
            negative = Negative(completion, type, invented, verdict)
        _refuse_affix(negative.symbol, {name for _, name in golden} - {name for _, name in changed})
        return negative

    def _refuse_refuted_golden(self, context: Mapping[str, Any]) -> None:
        known = self._golden_refuted.get(context["id"])
        if known is None:
            known = check(_case(context, context["golden"]), self._index).verdict == "hallucinated"
            self._golden_refuted[context["id"]] = known
        if known:
            raise RowError("golden_refuted", "the verifier refutes the developer's own code here")


def is_affix(name: str, real: str) -> bool:
    """Whether one name is the other with something added: such negatives teach to avoid affixes, not to read."""
    short, long = sorted((name.strip("_").lower(), real.strip("_").lower()), key=len)
    return len(short) > 2 and (long.startswith(short) or long.endswith(short))


def _refuse_shape(context: Mapping[str, Any], completion: str) -> None:
    golden, suffix = context["golden"], context["suffix"].strip()
    body = completion.strip()
    if not body:
        raise RowError("empty", "the completion is empty")
    if body == golden.strip():
        raise RowError("same_as_golden", "the completion is the golden")
    if len(completion) > _MAX_GROWTH * len(golden) + _ROOM_CHARS:
        raise RowError("too_long", f"{len(completion):,} characters where the golden has {len(golden):,}")
    copied = suffix[: max(_COPIED_CHARS, len(body))]
    if len(copied) >= _COPIED_CHARS and (body == copied or suffix.splitlines()[0].strip() == body):
        raise RowError("copies_suffix", "the completion is what follows the hole")


def _refuse_side_effect(found: str, meant: str, golden: set[str]) -> None:
    """What does not resolve must be the invention, not a name of the golden that lost its import through it."""
    last = found.rpartition(".")[2]
    if meant and last != meant.rpartition(".")[2] and last in golden:
        raise RowError("wrong_symbol", f"{meant} was to be invented, but it is {found} that does not resolve")


def _refuse_affix(symbol: str, replaced: set[str]) -> None:
    last = symbol.rpartition(".")[2]
    for name in sorted(replaced):
        if is_affix(last, name):
            raise RowError("affix", f"{symbol} is {name} with an affix")


def _invented(golden: list[tuple[str, str]], changed: list[tuple[str, str]], type: str, symbol: str) -> str:
    """The name that makes an unproved completion a negative of `type`. Raises RowError where it has none."""
    known = {name for _, name in golden}
    fresh = [(place_type, name) for place_type, name in changed if name not in known]
    if not fresh:
        raise RowError("no_new_name", "it refers to no name that the golden does not have, and the verdict is unknown")
    fitting = [name for place_type, name in fresh if place_type == type]
    if not fitting:
        raise RowError("wrong_type", f"{fresh[0][1]} would be of type {fresh[0][0]}, not {type}")
    return symbol if symbol in fitting else fitting[0]


def _names(context: Mapping[str, Any], completion: str) -> list[tuple[str, str]]:
    """(type, name) of the references in the hole when `completion` fills it."""
    start = len(context["prefix"].encode())
    data = _file(context, completion)
    return [
        (place.type, place.name) for place in places(context["language"], data, start, start + len(completion.encode()))
    ]


def _comments(context: Mapping[str, Any], completion: str) -> int:
    start = len(context["prefix"].encode())
    return num_comments(context["language"], _file(context, completion), start, start + len(completion.encode()))


def _file(context: Mapping[str, Any], completion: str) -> bytes:
    return (context["prefix"] + completion + context["suffix"]).encode()


def _case(context: Mapping[str, Any], completion: str) -> Case:
    return Case(
        path=context["path"],
        prefix=context["prefix"],
        completion=completion,
        suffix=context["suffix"],
        language=context["language"],
    )
