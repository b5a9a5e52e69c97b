"""The verdict on a completion in Python."""

from __future__ import annotations

import re
from collections.abc import Mapping

from solulu.verifier.case import UNKNOWN, Case, Verdict
from solulu.verifier.findings import UNSURE, Answer, Finding, Type, conclude
from solulu.verifier.place import locate
from solulu.verifier.python.bindings import Use
from solulu.verifier.python.closed_world import ClosedWorld
from solulu.verifier.python.describe import describe
from solulu.verifier.python.pieces import analyze_text
from solulu.verifier.python.resolve import Resolver
from solulu.verifier.python.signatures import signature_of
from solulu.verifier.python.summary import summarize
from solulu.verifier.python.values import UNKNOWN as ANYTHING
from solulu.verifier.python.values import ClassValue, Instance, ModuleValue, SuperValue, Value
from solulu.verifier.python.world import World
from solulu.verifier.repository import SymbolIndex
from solulu.verifier.words import words_of

_WORDS_WITHOUT_OBJECT = re.compile(
    r"\b(?:False|None|True|and|as|assert|async|await|break|class|continue|def|del|elif|else|except|finally|for|from|global|if"
    r"|import|in|is|lambda|nonlocal|not|or|pass|raise|return|try|while|with|yield)\b|\d\w*"
)
_TYPES: Mapping[str, Type] = {
    "name": "undefinedvariable",
    "keyword": "parameter",
    "module": "import",
    "imported": "import",
}


def check(case: Case, index: SymbolIndex) -> Verdict:
    """The verdict; unknown where the file cannot be read."""
    file = analyze_text(case.text, case.start, case.end)
    if file is None:
        return UNKNOWN
    world = World(index, locate(case, index), summarize(file))
    examiner = _Examiner(Resolver(world), ClosedWorld(case, world))
    is_complete = bool(file.uses) or not words_of(_WORDS_WITHOUT_OBJECT.sub(" ", case.completion))
    return conclude(map(examiner.examine, file.uses), case.data, is_complete)


class _Examiner:
    """Looks at the names of one completion."""

    def __init__(self, resolver: Resolver, closed: ClosedWorld) -> None:
        self._resolver, self._closed = resolver, closed

    def examine(self, use: Use) -> Finding:
        """What becomes of a name. Where the code around it expects failure, its absence proves nothing."""
        answer: Answer = getattr(self, f"_{use.kind}")(use)
        if answer.status == "absent" and use.is_guarded:
            answer = UNSURE
        type = _TYPES.get(use.kind) or ("method" if use.is_called else "undefinedvariable")
        return answer.of(use.name, use.start, type)

    def _opaque(self, use: Use) -> Answer:
        return UNSURE

    def _name(self, use: Use) -> Answer:
        return Answer(
            self._resolver.name(use.name, use.scope),
            f"name '{use.name}' is not defined",
            lambda: {
                name: signature_of(bindings) for scope in use.scope.chain() for name, bindings in scope.names.items()
            },
        )

    def _member(self, use: Use) -> Answer:
        description = describe(use.node)
        values = self._resolver.values(description, use.scope)
        statuses = [self._resolver.member(value, use.name) for value in values]
        if statuses and all(status == "found" for status in statuses):
            return Answer("found")
        if all(status == "absent" for status in statuses) and not _is_narrowed(use):
            return Answer("absent", _no_member(values[0], use.name), lambda: self._members(values))
        if "found" in statuses or self._closed.occurs(use.name):
            return UNSURE
        is_named = use.is_called and all(
            status == "absent" or self._resolver.is_named(value) for status, value in zip(statuses, values, strict=True)
        )
        if is_named or (ANYTHING in values and self._closed.is_closed):
            message = f"nothing in the repository, its dependencies or the standard library is called '{use.name}'"
            return Answer("absent", message, lambda: self._members(values), "closed_world")
        return UNSURE

    def _members(self, values: list[Value]) -> Mapping[str, str]:
        return {
            name: signature_of(bindings) for value in values for name, bindings in self._resolver.members(value).items()
        }

    def _keyword(self, use: Use) -> Answer:
        values = self._resolver.values(describe(use.node), use.scope)
        statuses = {self._resolver.keyword(value, use.name) for value in values}
        if len(statuses) != 1:
            return UNSURE
        callee = describe(use.node)
        called = callee if isinstance(callee, str) else callee[2] if callee and callee[0] == "." else "this call"
        return Answer(
            statuses.pop(),
            f"unexpected keyword argument '{use.name}' for '{called}'",
            lambda: dict.fromkeys((name for value in values for name in self._resolver.keywords(value)), ""),
        )

    def _module(self, use: Use) -> Answer:
        return Answer(self._resolver.module(*use.node), f"No module named '{use.name}'")

    def _imported(self, use: Use) -> Answer:
        module, level = use.node
        dotted = self._resolver.world.absolute(module, level, self._resolver.world.home)
        if dotted is None or self._resolver.module(module, level) != "found":
            return UNSURE
        found = ModuleValue(dotted)
        status = self._resolver.member(found, use.name)
        if status == "absent" and use.name.startswith("_") and self._resolver.world.is_standard(dotted):
            return UNSURE
        return Answer(status, f"cannot import name '{use.name}' from '{dotted}'", lambda: self._members([found]))


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
