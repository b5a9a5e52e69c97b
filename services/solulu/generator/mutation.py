"""Negatives without a model: one name of the golden is replaced by a name that is real elsewhere, or by a synonym.

Never an affix, and only names of the same style and about the same length: what is left to tell a negative by is
whether the name exists (field-notes.md, "What 64 held-out holes taught"). Each kind is a panel member of its own, so
the dataset shows what came from which.

    sibling   another name of the repository, those of the same file first
    synonym   a word of the name replaced by another word of the same sense
    foreign   a name of another scraped repository, unknown to this one
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from solulu.core.digests import canonical_json, sha256
from solulu.core.errors import RowError
from solulu.generator.check import is_affix
from solulu.generator.names import Names, Pool, looks_alike, words
from solulu.generator.places import Place, last_values, places
from solulu.generator.synonyms import SYNONYMS
from solulu.languages import LANGUAGES

Kind = Literal["sibling", "synonym", "foreign"]
KINDS: tuple[Kind, ...] = get_args(Kind)
DIGESTS = {kind: sha256(canonical_json([kind, SYNONYMS if kind == "synonym" else {}]))[:16] for kind in KINDS}
"""Changes with the table that a kind draws from; part of the artifact's key."""
MAX_PROPOSALS = 12
"""Completions tried for one context and type; most are refused because the name turns out to exist."""
_PER_PLACE = 6
_NEVER = {"self", "cls", "this", "super", "None", "True", "False", "nil", "null", "true", "false"}
_ARGUMENT_NAME = re.compile(rb"[A-Za-z_]\w*")


@dataclass(frozen=True)
class Proposal:
    """A completion with the name that it puts in."""

    completion: str
    symbol: str


@dataclass(frozen=True)
class _Wanted:
    """What a name has to be: fit for a type, and share the part of the old one that lies outside the hole."""

    type: str
    head: str = ""
    tail: str = ""


@dataclass(frozen=True)
class _Hole:
    """The bytes of a file that are replaced, within the bytes that are filled."""

    data: bytes
    start: int
    end: int
    filled_start: int
    filled_end: int

    def put(self, name: str, text: str) -> Proposal:
        """The whole completion with `text` put there."""
        before, after = self.data[self.filled_start : self.start], self.data[self.end : self.filled_end]
        return Proposal((before + text.encode() + after).decode(), name)


def proposals(kind: Kind, context: Mapping[str, Any], type: str, names: Names, seed: int) -> list[Proposal]:
    """Completions of `kind` for a context row, best first, at most `MAX_PROPOSALS`. Raises RowError `no_mutation` where
    the golden has no name of `type` to replace, or nothing like it is known."""
    before, golden, after = (context[part].encode() for part in ("prefix", "golden", "suffix"))
    data, start, end = before + golden + after, len(before), len(before) + len(golden)
    chance = random.Random(f"{seed}:{kind}:{context['id']}:{type}")
    found: dict[str, Proposal] = {}
    rows = []
    for place in _shuffled(_replaceable(context, data, start, end, type), chance):
        hole = _Hole(data, max(start, place.start), min(end, place.end), start, end)
        kept = data[place.start : hole.start].decode(), data[hole.end : place.end].decode()
        new = _other_names(kind, context, place.name, _Wanted(type, *kept), names, chance)
        rows.append([hole.put(name, name[len(kept[0]) : len(name) - len(kept[1])]) for name in new])
    if type == "parameter" and kind != "synonym":
        for offset in _shuffled(last_values(context["language"], data, start, end), chance):
            near = _ARGUMENT_NAME.match(data, offset)
            hole = _Hole(data, offset, offset, start, end)
            new = _other_names(kind, context, near[0].decode() if near else "value", _Wanted(type), names, chance)
            rows.append([hole.put(name, name + LANGUAGES[context["language"]].argument_name) for name in new])
    for rank in range(_PER_PLACE):
        for row in rows:
            if rank < len(row):
                found.setdefault(row[rank].completion, row[rank])
    if not found:
        raise RowError("no_mutation", f"the golden has no name of type {type} that {kind} knows a replacement for")
    return list(found.values())[:MAX_PROPOSALS]


def synonyms(name: str) -> list[str]:
    """`name` with one word replaced by each of its synonyms, in its own letter case, the last words first: a verb of a
    name is what its author chose first."""
    found = []
    for word in words(name):
        for other in SYNONYMS.get(word.text.lower(), ()):
            found.append(name[: word.start] + _cased(other, word.text) + name[word.start + len(word.text) :])
    return list(dict.fromkeys(found))


def _replaceable(context: Mapping[str, Any], data: bytes, start: int, end: int, type: str) -> list[Place]:
    every = [place for place in places(context["language"], data, start, end) if place.type == type]
    return [place for place in every if len(place.name) > 1 and place.name not in _NEVER and place.name[:2] != "__"]


def _other_names(
    kind: Kind, context: Mapping[str, Any], old: str, wanted: _Wanted, names: Names, chance: random.Random
) -> list[str]:
    """Names to put in the place of `old`, best first, at most `_PER_PLACE`."""
    ends = wanted.head, wanted.tail
    if kind == "synonym":
        found = [name for name in synonyms(old) if looks_alike(name, old)]
        chance.shuffle(found)
    elif kind == "sibling":
        file = {place.name for place in places(context["language"], _file(context)) if place.type == wanted.type}
        own = names.own(context["repo"], _pool(wanted.type, old, names))
        found = [*Pool(file).like(old, chance, *ends), *own.like(old, chance, *ends)]
    else:
        every = names.every(_pool(wanted.type, old, names)).like(old, chance, *ends)
        found = [name for name in every if not names.defines(context["repo"], name)]
    fitting = [name for name in found if name.startswith(ends[0]) and name.endswith(ends[1]) and name not in _NEVER]
    return list(dict.fromkeys(name for name in fitting if name != old and not is_affix(name, old)))[:_PER_PLACE]


def _pool(type: str, old: str, names: Names) -> str:
    return "module" if type == "import" and old in names.every("module") else type


def _cased(word: str, like: str) -> str:
    if like.isupper() and len(like) > 1:
        return word.upper()
    return word.capitalize() if like[:1].isupper() else word


def _shuffled(items: Iterable[Any], chance: random.Random) -> list[Any]:
    shuffled: list[Any] = list(items)
    chance.shuffle(shuffled)
    return shuffled


def _file(context: Mapping[str, Any]) -> bytes:
    text: str = context["prefix"] + context["golden"] + context["suffix"]
    return text.encode()
