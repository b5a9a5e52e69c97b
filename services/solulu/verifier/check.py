"""The static verdict on a completion (contracts.md, "The static verdict"), without a compiler.

Only names in the completion are looked at; one that it cuts counts as a whole. `hallucinated` needs one of them to be
proved absent, `valid` all of them to be proved present, and everything else is honestly unknown. Python has rules;
files in other languages are unknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from solulu.languages import LANGUAGES, for_path
from solulu.verifier.bindings import Use
from solulu.verifier.case import UNKNOWN, Basis, Case, Evidence, Verdict
from solulu.verifier.closed_world import ClosedWorld
from solulu.verifier.describe import describe
from solulu.verifier.index import SymbolIndex, words_of
from solulu.verifier.place import locate
from solulu.verifier.resolve import Resolver
from solulu.verifier.scopes import analyze
from solulu.verifier.source import Source, read
from solulu.verifier.summary import summarize
from solulu.verifier.syntax import parses_in_place
from solulu.verifier.values import UNKNOWN as ANYTHING
from solulu.verifier.values import ClassValue, Instance, ModuleValue, Status, SuperValue, Value
from solulu.verifier.world import World

_MOST_CANDIDATES = 5
_CANDIDATE_CUTOFF = 0.45
_WORDS_WITHOUT_OBJECT = re.compile(
    r"\b(?:False|None|True|and|as|assert|async|await|break|class|continue|def|del|elif|else|except|finally|for|from|global|if"
    r"|import|in|is|lambda|nonlocal|not|or|pass|raise|return|try|while|with|yield)\b|\d\w*"
)


@dataclass(frozen=True)
class Finding:
    """What became of one name in the completion."""

    status: Status
    basis: Basis = "resolved"
    message: str = ""
    candidates: Callable[[], Iterable[str]] = tuple
    """Real names that could stand in its place, in no order."""


def check(case: Case, index: SymbolIndex) -> Verdict:
    """The verdict on a completion. A case that cannot be checked is unknown, with `error` where something is wrong with
    it."""
    language = LANGUAGES.get(case.language) if case.language else for_path(case.path)
    if language is None:
        return Verdict("unknown", error=f"{case.path}: no supported language; name one of {', '.join(LANGUAGES)}")
    if language.name != "python":
        return UNKNOWN
    source = read(case.prefix + case.completion + case.suffix)
    if source is None:
        return UNKNOWN
    start = len(case.prefix.encode())
    file = analyze(source, start, start + len(case.completion.encode()))
    world = World(index, locate(case, index), summarize(file))
    examiner = _Examiner(Resolver(world), ClosedWorld(case, world))
    findings = []
    for use in file.uses:
        finding = examiner.examine(use)
        if finding.status == "absent" and finding.basis == "resolved":
            return _refuted(use, finding, source)
        findings.append((use, finding))
    for use, finding in findings:
        if finding.status == "absent":
            return _refuted(use, finding, source)
    if any(finding.status != "found" for _, finding in findings):
        return UNKNOWN
    if not findings and words_of(_WORDS_WITHOUT_OBJECT.sub(" ", case.completion)):
        return UNKNOWN
    return Verdict("valid")


def _refuted(use: Use, finding: Finding, source: Source) -> Verdict:
    types = {"name": "undefinedvariable", "keyword": "parameter", "module": "import", "imported": "import"}
    type = types.get(use.kind) or ("method" if use.is_called else "undefinedvariable")
    line, column = source.position(use.start)
    candidates = _nearest(use.name, finding.candidates())
    evidence = Evidence(finding.message, line, column, candidates)
    return Verdict("hallucinated", finding.basis, type, use.name, evidence)


def _nearest(name: str, candidates: Iterable[str]) -> tuple[str, ...]:
    pool = sorted({candidate for candidate in candidates if candidate != name and "<" not in candidate})
    found = process.extract(
        name,
        pool,
        scorer=DamerauLevenshtein.normalized_similarity,
        limit=_MOST_CANDIDATES,
        score_cutoff=_CANDIDATE_CUTOFF,
    )
    return tuple(candidate for candidate, _, _ in found)


class _Examiner:
    """Looks at the names of one completion."""

    def __init__(self, resolver: Resolver, closed: ClosedWorld) -> None:
        self._resolver, self._closed = resolver, closed

    def examine(self, use: Use) -> Finding:
        """What becomes of a name. Where the code around it expects failure, its absence proves nothing."""
        finding = getattr(self, f"_{use.kind}")(use)
        return Finding("unknown") if finding.status == "absent" and use.is_guarded else finding

    def _opaque(self, use: Use) -> Finding:
        return Finding("unknown")

    def _name(self, use: Use) -> Finding:
        status = self._resolver.name(use.name, use.scope)
        visible = [name for scope in use.scope.chain() for name in scope.names]
        return Finding(status, message=f"name '{use.name}' is not defined", candidates=lambda: visible)

    def _member(self, use: Use) -> Finding:
        description = describe(use.node)
        values = self._resolver.values(description, use.scope)
        statuses = [self._resolver.member(value, use.name) for value in values]
        if statuses and all(status == "found" for status in statuses):
            return Finding("found")
        if all(status == "absent" for status in statuses) and not _is_narrowed(use):
            return Finding("absent", "resolved", _no_member(values[0], use.name), lambda: self._members(values))
        if "found" not in statuses and ANYTHING in values and self._closed.lacks(use.name):
            message = f"nothing in the repository, its dependencies or the standard library is called '{use.name}'"
            return Finding("absent", "closed_world", message, lambda: self._members(values))
        return Finding("unknown")

    def _members(self, values: list[Value]) -> Iterable[str]:
        return [name for value in values for name in self._resolver.members(value)]

    def _keyword(self, use: Use) -> Finding:
        values = self._resolver.values(describe(use.node), use.scope)
        statuses = {self._resolver.keyword(value, use.name) for value in values}
        if len(statuses) != 1:
            return Finding("unknown")
        callee = describe(use.node)
        called = callee if isinstance(callee, str) else callee[2] if callee and callee[0] == "." else "this call"
        return Finding(
            statuses.pop(),
            message=f"unexpected keyword argument '{use.name}' for '{called}'",
            candidates=lambda: [name for value in values for name in self._resolver.keywords(value)],
        )

    def _module(self, use: Use) -> Finding:
        return Finding(self._resolver.module(*use.node), message=f"No module named '{use.name}'")

    def _imported(self, use: Use) -> Finding:
        module, level = use.node
        dotted = self._resolver.world.absolute(module, level, self._resolver.world.home)
        if dotted is None or self._resolver.module(module, level) != "found":
            return Finding("unknown")
        message = f"cannot import name '{use.name}' from '{dotted}'"
        found = ModuleValue(dotted)
        status = self._resolver.member(found, use.name)
        if status == "absent" and use.name.startswith("_") and self._resolver.world.is_standard(dotted):
            return Finding("unknown")
        return Finding(status, "resolved", message, lambda: self._members([found]))


def _is_narrowed(use: Use) -> bool:
    """Whether the code asks elsewhere what the receiver really is."""
    described = describe(use.node)
    while isinstance(described, list) and described[0] in (".", "()"):
        if _dotted(described) in use.scope.narrowed:
            return True
        described = described[1]
    return isinstance(described, str) and described in use.scope.narrowed


def _dotted(description: object) -> str:
    if isinstance(description, list) and description[0] == ".":
        return f"{_dotted(description[1])}.{description[2]}"
    return description if isinstance(description, str) else ""


def _no_member(value: Value, name: str) -> str:
    match value:
        case ModuleValue():
            return f"module '{value.name}' has no attribute '{name}'"
        case ClassValue():
            return f"type object '{value.name}' has no attribute '{name}'"
        case Instance():
            return f"'{value.name}' object has no attribute '{name}'"
        case SuperValue():
            return f"'super' object has no attribute '{name}'"
        case _:
            return f"no attribute '{name}'"


__all__ = ["check", "parses_in_place"]
