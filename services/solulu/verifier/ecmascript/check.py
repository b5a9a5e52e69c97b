"""The verdict on a completion in JavaScript or TypeScript."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence

from tree_sitter import Node

from solulu.languages import LANGUAGES, for_path
from solulu.verifier.case import UNKNOWN, Case, Verdict
from solulu.verifier.ecmascript.classes import Declarer
from solulu.verifier.ecmascript.closed_world import ClosedWorld, is_standard
from solulu.verifier.ecmascript.declare import Binding
from solulu.verifier.ecmascript.evaluate import Evaluator
from solulu.verifier.ecmascript.globals import is_in_settings, may_be_injected
from solulu.verifier.ecmascript.members import Members
from solulu.verifier.ecmascript.nodes import CLASSES, text
from solulu.verifier.ecmascript.scopes import Scopes, expected
from solulu.verifier.ecmascript.signatures import signatures, type_of
from solulu.verifier.ecmascript.standard import STANDARD
from solulu.verifier.ecmascript.summary import summarize
from solulu.verifier.ecmascript.types import imported
from solulu.verifier.ecmascript.uses import Use, names_between, use_of
from solulu.verifier.ecmascript.values import (
    NOTHING,
    Ambient,
    Found,
    Function,
    Instance,
    Module,
    Scope,
    Shape,
    Static,
    Value,
)  # fmt: skip
from solulu.verifier.ecmascript.values import (
    UNKNOWN as ANYTHING,
)
from solulu.verifier.ecmascript.world import World
from solulu.verifier.findings import FOUND, UNSURE, Answer, Finding, Type, conclude
from solulu.verifier.place import locate
from solulu.verifier.repository import Home, SymbolIndex
from solulu.verifier.steps import TooFar
from solulu.verifier.syntax import touches_error

_TYPES: Mapping[str, Type] = {"module": "import", "imported": "import", "key": "parameter"}
_MOST_NAMES = 400
_WORDS_WITHOUT_NAME = re.compile(
    r"\b(?:true|false|null|undefined|this|super|if|else|for|while|do|switch|case|default|break|continue|return|throw|try"
    r"|catch|finally|new|delete|typeof|void|in|of|instanceof|var|let|const|function|async|await|yield)\b"
    r"|\"[^\"\n]*\"|'[^'\n]*'|\b\d\w*"
)
_EXPECTED_ERRORS = re.compile(r"@ts-(?:expect-error|ignore)|\$ExpectError|expectError\(|@ts-nocheck")
_DYNAMIC = re.compile(r"\beval\s*\(|^\s*with\s*\(", re.M)
_FIXTURES = re.compile(r"(?:^|/)_*(?:fixtures?|testdata)_*/")
"""Folders of files that need not be sound programs."""
_UNDECLARED = {
    "should",
    "toGMTString",
    "getYear",
    "setYear",
    "compile",
    "toSource",
    "caller",
    "callee",
    "captureStackTrace",
    "__proto__",
}
"""Members that engines have, or assertions give to all objects, and no declaration names."""
_EXACT = {"String", "Number", "Boolean", "Array", "Map", "Set", "WeakMap", "WeakSet", "Promise", "RegExp", "Date",
          "Math",
          "JSON", "Symbol", "Console", "ReadonlyArray", "BigInt"}  # fmt: skip
"""Standard interfaces whose instances are not of something that has more members."""


def check(case: Case, index: SymbolIndex) -> Verdict:
    """The verdict; unknown where the file does not parse around the completion."""
    language = for_path(case.path)
    if language is None or (case.language and language.name != case.language):
        language = LANGUAGES[case.language or "typescript"]
    data, start, end = case.data, case.start, case.end
    tree = language.parse(data)
    if touches_error(language, tree.root_node, start, end):
        return UNKNOWN
    nodes = names_between(language, tree.root_node, start, end)
    if len(nodes) > _MOST_NAMES:
        return UNKNOWN
    describer = Declarer.of(language, data)
    world = World(index, locate(case, index), summarize(data, tree, describer))
    examiner = _Examiner(case, tree.root_node, world, describer)
    return conclude((finding for node in nodes for finding in examiner.examine(node)), data, bool(nodes) or not any(
        character.isalpha() for character in _WORDS_WITHOUT_NAME.sub(" ", case.completion)))  # fmt: skip


class _Examiner:
    """Looks at the names of one completion."""

    def __init__(self, case: Case, root: Node, world: World, describer: Declarer) -> None:
        self._is_typed, self._describer = describer.is_typed, describer
        self._source = case.text
        self._around = f"{case.prefix}\0{case.suffix}"
        self._root, self._world = root, world
        self._scopes = Scopes(root, world, describer)
        self._members = Members(world)
        self._closed = ClosedWorld(case, world)

    @property
    def _evaluator(self) -> Evaluator:
        return self._members.evaluator

    def examine(self, node: Node) -> list[Finding]:
        """What becomes of a name; nothing to say of one that is declared right there."""
        path = self._scopes.around(node.start_byte, node.end_byte)
        path = path[: next((depth + 1 for depth, one in enumerate(path) if one == node), 0)]
        if not path:
            return [Finding(text(node), node.start_byte, "undefinedvariable", "unknown")]
        use = use_of(node, path)
        if use.kind == "declared":
            return []
        self._evaluator.steps.restart()
        try:
            answer: Answer = getattr(self, f"_{use.kind}")(use)
        except (TooFar, RecursionError):
            answer = UNSURE
        if answer.status == "absent" and self._is_expected_to_fail(use):
            answer = UNSURE
        kind: Type = _TYPES.get(use.kind) or (
            "method" if use.kind in ("member", "private") and use.is_called else "undefinedvariable"
        )
        start = node.start_byte + (1 if use.kind == "module" else 0)
        return [answer.of(use.name, start, kind)]

    def _opaque(self, use: Use) -> Answer:
        return UNSURE

    # -- names --------------------------------------------------------------------------------------------------------

    def _name(self, use: Use) -> Answer:
        scope: Scope | None = self._scopes.innermost(use.path)
        around: Scope | None = scope
        while around is not None:
            if use.name in around.names or use.name in around.types:
                return FOUND
            around = around.parent
        if self._world.global_parts(use.name) or use.name == "bigint":
            return FOUND
        if use.parent.type == "assignment_expression" and use.parent.child_by_field_name("left") == use.node:
            return UNSURE
        if use.parent.type == "unary_expression" and text(use.parent).startswith("typeof"):
            return UNSURE
        if self._may_be_elsewhere(use.name):
            return UNSURE
        message = f"Cannot find name '{use.name}'."
        return Answer("absent", message, lambda: signatures(self._visible(self._scopes.innermost(use.path))))

    _type = _name

    def _visible(self, scope: Scope | None) -> list[tuple[str, Sequence[Binding]]]:
        found: dict[str, Sequence[Binding]] = {}
        while scope is not None:
            for name, bindings in scope.names.items():
                found.setdefault(name, bindings)
            scope = scope.parent
        return list(found.items())

    def _may_be_elsewhere(self, name: str) -> bool:
        """Whether a bare name may come from where no declaration is looked for."""
        world = self._world
        if may_be_injected(name, world) or world.is_assigned(name) or _DYNAMIC.search(self._source):
            return True
        if self._root.has_error and re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])", self._around):
            return True
        if re.search(rf"(?<![\w$.]){re.escape(name)}\s*=(?![=>])", self._around):
            return True
        if re.search(rf"\busing\s+{re.escape(name)}\s*=", self._source):
            return True
        if re.search(rf"\*\s*globals?\s[^*]*{re.escape(name)}", self._source):
            return True
        if self._is_typed:
            return False
        is_script = world.overlay.get("k") == "script"
        return is_in_settings(name, world) or (is_script and self._closed.occurs_elsewhere(name))

    # -- modules ------------------------------------------------------------------------------------------------------

    def _module(self, use: Use) -> Answer:
        found = self._world.find(use.name, self._world.home)
        if found != "missing":
            return FOUND if found is not None else UNSURE
        if any(node.type == "try_statement" for node in use.path) or _FIXTURES.search(self._world.home.path):
            return UNSURE
        message = f"Cannot find module '{use.name}' or its corresponding type declarations."
        return Answer("absent", message, lambda: self._siblings(use.name))

    def _siblings(self, specifier: str) -> dict[str, str]:
        """The specifiers that would find the modules beside the one that is not there."""
        head, name = posixpath.split(specifier)
        suffix = re.search(r"(?:\.[cm]?[jt]sx?)?$", name)
        repo = self._world.repository(self._world.home.repo)
        folder = posixpath.normpath(posixpath.join(posixpath.dirname(self._world.home.path), head))
        beside = repo.by_folder.get("" if folder == "." else folder, ())
        names = (re.sub(r"(\.d)?\.[cm]?[jt]sx?$", suffix[0] if suffix else "", path) for path in beside)
        found = (f"{head or '.'}/{posixpath.basename(name)}" for name in names)
        return {one: "" for one in found if isinstance(self._world.find(one, self._world.home), Module)}

    def _imported(self, use: Use) -> Answer:
        module = self._world.find(use.specifier, self._world.home)
        if not isinstance(module, Module | Ambient):
            return UNSURE
        if use.name == "default" and self._evaluator.required(module) != [module]:
            return FOUND
        found = self._members.lookup(module, use.name)
        if isinstance(found, Found):
            return FOUND
        if _FIXTURES.search(self._world.home.path):
            return UNSURE
        if found == "unknown" or (isinstance(module, Ambient) and (use.name == "default" or not self._is_typed)):
            return UNSURE
        if use.name == "default":
            return Answer("absent", f"Module '\"{use.specifier}\"' has no default export.")
        if self._world.is_assigned(use.name) and not (self._is_typed and use.specifier.startswith(".")):
            return UNSURE
        message = f"Module '\"{use.specifier}\"' has no exported member '{use.name}'."
        return Answer("absent", message, lambda: signatures(self._members.names(module)))

    # -- members ------------------------------------------------------------------------------------------------------

    def _private(self, use: Use) -> Answer:
        if use.parent.type != "member_expression":
            return FOUND
        bodies = [node for node in use.path if node.type == "class_body"]
        declared = {text(child.child_by_field_name("name") or child.child_by_field_name("property"))
                    for body in bodies for child in body.named_children}  # fmt: skip
        if use.name in declared:
            return FOUND
        if any(child.type == "ERROR" for body in bodies for child in body.named_children):
            return UNSURE
        owner = next((node for node in reversed(use.path) if node.type in CLASSES), None)
        name = text(owner.child_by_field_name("name")) if owner is not None else ""
        candidates = {one: "" for one in declared if one.startswith("#")}
        return Answer("absent", f"Property '{use.name}' does not exist on type '{name}'.", lambda: candidates)

    def _member(self, use: Use) -> Answer:
        receiver = use.parent.child_by_field_name("object")
        if receiver is None or receiver.type in ("import", "meta_property", "satisfies_expression", "as_expression"):
            return UNSURE
        scope = self._scopes.innermost(use.path)
        values = [value for value in self._evaluator.expression(self._describer.expression(receiver), scope)
                  if value != NOTHING]  # fmt: skip
        answers = [self._members.lookup(value, use.name) for value in values]
        if values and all(isinstance(answer, Found) for answer in answers):
            return FOUND
        if values and all(answer == "absent" for answer in answers):
            if self._is_proof(use, values, receiver):
                message = f"Property '{use.name}' does not exist on type '{type_of(values[0])}'."
                return Answer("absent", message, lambda: self._known(values))
            return UNSURE
        is_sure = not any(isinstance(answer, Found) for answer in answers)
        if is_sure and use.is_called and (ANYTHING in values or not values) and self._closed.lacks(use.name):
            message = f"nothing in the repository, its dependencies or the standard library is called '{use.name}'"
            return Answer("absent", message, lambda: self._known(values), "closed_world")
        return UNSURE

    def _taken(self, use: Use) -> Answer:
        around = use.path[-3 if use.parent.type == "object_assignment_pattern" else -2 :][:1]
        place = use.path[use.path.index(around[0]) - 1] if around and around[0].type == "object_pattern" else None
        if place is None or place.type != "variable_declarator":
            return FOUND if place is not None and place.type.endswith("parameter") else UNSURE
        source = place.child_by_field_name("value")
        annotation = self._describer.annotation(place)
        if source is None and annotation is None:
            return FOUND
        described = ["@", annotation] if annotation else self._describer.expression(source)
        scope = self._scopes.innermost(use.path[: use.path.index(place)])
        values = [value for value in self._evaluator.expression(described, scope) if value != NOTHING]
        answers = [self._members.lookup(value, use.name) for value in values]
        if values and all(isinstance(answer, Found) for answer in answers):
            return FOUND
        is_proof = values and all(answer == "absent" for answer in answers)
        if is_proof and self._is_proof(use, values, source or place):
            message = f"Property '{use.name}' does not exist on type '{type_of(values[0])}'."
            return Answer("absent", message, lambda: self._known(values))
        return UNSURE

    def _known(self, values: list[Value]) -> dict[str, str]:
        return signatures(pair for value in values for pair in self._members.names(value))

    def _is_proof(self, use: Use, values: list[Value], receiver: Node) -> bool:
        """Whether what no declaration names is certainly not there."""
        if use.name in _UNDECLARED or self._world.is_assigned(use.name) or imported(receiver):
            return False
        if self._is_narrowed(text(receiver)):
            return False
        if self._is_typed and not any(self._is_untyped(value) for value in values):
            return True
        if not self._is_stable(receiver):
            return False
        if not use.is_called and (self._closed.occurs(use.name) or is_standard(use.name)):
            return False
        is_exact = all(_is_exact(value) for value in values)
        return is_exact or not (is_standard(use.name) or self._closed.occurs(use.name))

    def _is_untyped(self, value: Value) -> bool:
        """Whether a value comes from a file in JavaScript."""
        home = _home(value)
        return home is not None and home.repo != STANDARD and not home.path.endswith((".ts", ".tsx", ".mts", ".cts"))

    def _is_narrowed(self, receiver: str) -> bool:
        """Whether the code asks somewhere what the receiver, or what it is a part of, really is."""
        parts = re.split(r"\??\.|!\.", receiver)
        for size in range(1, len(parts) + 1):
            asked = r"\s*(?:\?\.|!?\.)\s*".join(re.escape(part.strip()) for part in parts[:size])
            if len(asked) < 200 and re.search(
                rf"(?<![\w$.]){asked}\s+instanceof\b|\bin\s+{asked}(?![\w$])|\b(?:is|assert|has)\w*\(\s*{asked}\s*[,)]"
                rf"|(?<![\w$.]){asked}\s*(?:=\s*(?:<|\([^()]*as\b))",
                self._source,
            ):
                return True
        return False

    def _is_stable(self, receiver: Node) -> bool:
        """Whether the variable that a receiver begins with is assigned only once."""
        root = receiver
        while (inner := root.child_by_field_name("object") or root.child_by_field_name("function")) is not None:
            root = inner
        name = re.escape(text(root))
        if root.type != "identifier":
            return True
        return len(re.findall(rf"(?<![\w$.]){name}\s*(?:\|\||&&|\?\?)?=(?![=>])", self._source)) <= 1

    def _key(self, use: Use) -> Answer:
        """A key of an object literal that is handed to something that says what it wants."""
        wanted = expected(use.path, len(use.path) - 3, self._describer)
        if wanted is None:
            return UNSURE if any(node.type == "arguments" for node in use.path) else FOUND
        outer = self._scopes.innermost(use.path)
        values = [value for value in self._evaluator.expression(wanted, outer) if value != NOTHING]
        if values and all(isinstance(self._members.lookup(value, use.name), Found) for value in values):
            return FOUND
        return UNSURE

    def _is_expected_to_fail(self, use: Use) -> bool:
        """Whether a comment says that the compiler is to complain here."""
        if not _EXPECTED_ERRORS.search(self._source):
            return False
        if "@ts-nocheck" in self._source:
            return True
        statement = next(
            (node for node in reversed(use.path) if node.type.endswith(("_statement", "_declaration"))), None
        )
        first = max(0, (statement or use.node).start_point[0] - 2)
        lines = self._source.split("\n")[first : (use.node.end_point[0]) + 2]
        return bool(_EXPECTED_ERRORS.search("\n".join(lines)))


def _home(value: Value) -> Home | None:
    match value:
        case Instance() | Static():
            return value.of.parts[0][1].home
        case Function() | Shape():
            return value.scope.home
        case Module():
            return value.home
        case _:
            return None


def _is_exact(value: Value) -> bool:
    """Whether nothing has more members than the value's type says, in a language without declared types."""
    if isinstance(value, Instance) and value.of.parts[0][1].home.repo == STANDARD:
        return value.of.name in _EXACT
    return True
