"""The verdict on a completion in Go."""

from __future__ import annotations

import re
from functools import cached_property

from tree_sitter import Node

from solulu.verifier.case import UNKNOWN, Case, Verdict
from solulu.verifier.findings import FOUND, UNSURE, Answer, Finding, Type, conclude
from solulu.verifier.go.closed_world import ClosedWorld
from solulu.verifier.go.expressions import Expressions
from solulu.verifier.go.members import Types
from solulu.verifier.go.modules import usual_names
from solulu.verifier.go.scopes import Locals
from solulu.verifier.go.summary import parse, summarize
from solulu.verifier.go.types import read_type, write_signature
from solulu.verifier.go.uses import Use, find_uses
from solulu.verifier.go.values import Compound, LocalScope, PackageValue, Shape, TypeValue
from solulu.verifier.go.world import MISSING, World
from solulu.verifier.place import locate
from solulu.verifier.repository import SymbolIndex
from solulu.verifier.words import words_of

_WITHOUT_NAMES = re.compile(
    r"\b(?:break|case|chan|const|continue|default|defer|else|fallthrough|for|func|go|goto|if|import|interface|map"
    r"|package|range|return|select|struct|switch|type|var|nil|true|false|iota|_)\b|\d\w*"
)
_QUALIFIER = re.compile(rb"\b([A-Za-z_]\w*)\.[A-Z]")
_NEVER_BUILT = "testdata"
"""A folder whose code no build looks at: what stands there may be wrong on purpose."""
_LONGEST_SHOWN = 80


def check(case: Case, index: SymbolIndex) -> Verdict:
    """The verdict; unknown where the code around the hole is broken."""
    data, start, end = case.data, case.start, case.end
    root = parse(data).root_node
    if root.type != "source_file":
        return UNKNOWN
    around = [node for node in root.children if node.start_byte <= end and node.end_byte >= start]
    if any(node.has_error for node in around):
        return UNKNOWN
    uses, is_all = find_uses(root, start, end)
    is_complete = is_all and (bool(uses) or not words_of(_WITHOUT_NAMES.sub(" ", case.completion)))
    world = World(index, locate(case, index), summarize(root, data))
    first, last = (around[0].start_byte, around[-1].end_byte) if around else (0, 0)
    scope = LocalScope(world.file, Locals(root, first, last), start)
    examiner = _Examiner(scope, world, ClosedWorld(case, index, world), data)
    verdict = conclude((finding for use in uses for finding in examiner.examine(use)), data, is_complete)
    return UNKNOWN if verdict.verdict == "hallucinated" and _NEVER_BUILT in case.path.split("/") else verdict


class _Examiner:
    """Looks at the names of one completion."""

    def __init__(self, scope: LocalScope, world: World, closed: ClosedWorld, data: bytes) -> None:
        self._scope, self._world, self._closed, self._data = scope, world, closed, data
        self._types = Types(world)
        self._expressions = Expressions(world, self._types)

    def examine(self, use: Use) -> list[Finding]:
        """What becomes of a name; nothing for a call that says nothing against itself."""
        type: Type = "method" if use.is_called else "undefinedvariable"
        name, start = use.name, use.node.start_byte
        match use.kind:
            case "import":
                type, answer = "import", self._import(name)
            case "member":
                answer = self._member(use)
            case "key":
                type, answer = self._key(use)
            case "label":
                is_there = name in self._scope.locals.labels
                by = use.node.parent.type.partition("_")[0] if use.node.parent else ""
                missing = (
                    f"{by} label not defined: {name}" if by in ("break", "continue") else f"label {name} not defined"
                )
                answer = FOUND if is_there else Answer("absent", missing)
            case "call":
                arity = self._arity(use.node)
                if arity is None:
                    return []
                type, (name, answer) = "parameter", arity
            case _:
                type, answer = "undefinedvariable", self._name(name, use)
        return [answer.of(name, start, type)]

    def _name(self, name: str, use: Use) -> Answer:
        scope = self._scope.at(use.node.start_byte)
        status, _ = self._world.lookup(name, scope)
        if status == "absent" and use.kind == "qualifier" and not self._are_imports_settled(name):
            return UNSURE
        return Answer(status, f"undefined: {name}", lambda: self._visible(scope, name))

    def _are_imports_settled(self, name: str) -> bool:
        """Whether no import of the file can be what goes by a name: every package whose own name is not known is seen
        to go by another."""
        for imported_as, path in self._world.imports(self._world.file):
            if imported_as == "" and self._world.package_names(path, self._world.file) is None:
                names = usual_names(path)
                if name in names or not names & self._qualifiers:
                    return False
        return True

    @cached_property
    def _qualifiers(self) -> frozenset[str]:
        """Everything in the file that a dot and a capital follow."""
        return frozenset(name.decode() for name in _QUALIFIER.findall(self._data))

    def _visible(self, scope: LocalScope, like: str) -> dict[str, str]:
        found = {local.name: "" for local in scope.locals.visible(scope.offset)}
        for name, ones in self._world.names(self._world.package, scope, like).items():
            form = read_type(ones[0].text) if ones[0].kind == "f" else None
            found.setdefault(name, write_signature(form) if form else "")
        for imported_as, path in self._world.imports(self._world.file):
            if imported_as not in (".", "_"):
                known = self._world.package_names(path, self._world.file)
                found.update(dict.fromkeys([imported_as] if imported_as else sorted(known or ()), ""))
        return found

    def _member(self, use: Use) -> Answer:
        parent = use.node.parent
        operand = parent.child_by_field_name("operand") or parent.child_by_field_name("package") if parent else None
        if operand is None:
            return UNSURE
        name, asker = use.name, self._world.package
        value = self._expressions.value(operand, self._scope)
        if isinstance(value, PackageValue):
            return self._of_package(value, _text(operand), name)
        status, _ = self._expressions.select(value, name, self._scope)
        type = value.type if isinstance(value, TypeValue) else self._expressions.type(operand, self._scope)
        if status == "found":
            return FOUND
        if status == "absent":
            shown = f"type {self._types.show(type, asker)} has no field or method {name}"
            message = f"{_shortened(_text(operand))}.{name} undefined ({shown})"
            return Answer("absent", message, lambda: self._types.members(type, asker))
        if type is None and self._closed.lacks(name):
            message = f"nothing in the repository, its dependencies or the standard library is called {name}"
            return Answer("absent", message, basis="closed_world")
        return UNSURE

    def _of_package(self, package: PackageValue, shown: str, name: str) -> Answer:
        status, _ = self._world.member(package.path, name, self._scope)
        imported = self._world.imported(package.path, self._world.package)
        if imported is None or imported == MISSING:
            return UNSURE

        def candidates() -> dict[str, str]:
            found: dict[str, str] = {}
            for one in imported.packages:
                for other, ones in self._world.names(one, self._scope, name).items():
                    form = read_type(ones[0].text) if ones[0].kind == "f" else None
                    if other[:1].isupper():
                        found.setdefault(other, write_signature(form) if form else "")
            return found

        return Answer(status, f"undefined: {shown}.{name}", candidates)

    def _key(self, use: Use) -> tuple[Type, Answer]:
        node: Node | None = use.node
        while node is not None and node.type != "literal_value":
            node = node.parent
        type = self._expressions.literal_type(node, self._scope) if node else None
        fields = None if self._types.has_variants(type) else self._types.fields(type, self._world.package)
        if fields is None:
            if isinstance(self._types.underlying(type), Compound):
                return "undefinedvariable", self._name(use.name, use)
            return "parameter", UNSURE
        known = fields
        if use.name in known and known[use.name].is_visible:
            return "parameter", FOUND
        shown = self._types.show(type, self._world.package)
        message = f"unknown field {use.name} in struct literal of type {shown}"
        return "parameter", Answer(
            "absent",
            message,
            lambda: {name: field.signature for name, field in known.items() if field.is_visible},
        )

    def _arity(self, arguments: Node) -> tuple[str, Answer] | None:
        """A refutation of a call with too few or too many arguments."""
        given = [node for node in arguments.named_children if node.type != "comment"]
        if any(node.type == "variadic_argument" for node in given) or (len(given) == 1 and _may_be_several(given[0])):
            return None
        function = arguments.parent.child_by_field_name("function") if arguments.parent else None
        value = self._expressions.value(function, self._scope)
        if function is None or isinstance(value, TypeValue):
            return None
        under = self._types.underlying(self._expressions.type(function, self._scope))
        if not isinstance(under, Shape) or under.form[0] != "func":
            return None
        wanted = under.form[1]
        is_variadic = bool(wanted) and wanted[-1][1][0] == "..."
        too_few = len(given) < len(wanted) - is_variadic
        if not too_few and (is_variadic or len(given) <= len(wanted)):
            return None
        called = _shortened(_text(function))
        how = "not enough" if too_few else "too many"
        message = f"{how} arguments in call to {called}, want {write_signature(under.form)}"
        return called.rpartition(".")[2], Answer("absent", message)

    def _import(self, path: str) -> Answer:
        imported = self._world.imported(path, self._world.package)
        if imported == MISSING:
            is_standard = "." not in path.partition("/")[0]
            message = f"package {path} is not in std" if is_standard else f"no required module provides package {path}"
            return Answer("absent", message, lambda: dict.fromkeys(self._world.paths(), ""))
        return UNSURE if imported is None else FOUND


def _may_be_several(node: Node) -> bool:
    while node.type == "parenthesized_expression" and node.named_children:
        node = node.named_children[0]
    return node.type == "call_expression"


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else "..." + text[-_LONGEST_SHOWN:]


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")
