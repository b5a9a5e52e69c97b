"""The verdict on a completion in C++."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from tree_sitter import Node, QueryCursor, Tree

from solulu.languages.cpp import CPP
from solulu.verifier.case import UNKNOWN, Basis, Case, Verdict
from solulu.verifier.cpp.preprocessor import Directives, directives
from solulu.verifier.cpp.provenance import Provenance
from solulu.verifier.cpp.scopes import Place, place_of
from solulu.verifier.cpp.summary import summary_of, without_arguments
from solulu.verifier.cpp.third_party import WITHOUT_FREE_FUNCTIONS, namespace_of
from solulu.verifier.cpp.types import Type, Types, signature
from solulu.verifier.cpp.world import World
from solulu.verifier.findings import FOUND, UNSURE, Answer, Finding, Status, conclude
from solulu.verifier.findings import Type as Kind
from solulu.verifier.place import locate
from solulu.verifier.repository import SymbolIndex
from solulu.verifier.syntax import touches_error

_OPAQUE = {
    "attribute_declaration", "attribute_specifier", "gnu_asm_expression", "preproc_if", "preproc_elif", "preproc_call",
    "preproc_ifdef", "preproc_defined", "ms_declspec_modifier", "preproc_params", "field_designator",
    "concept_definition", "requires_clause", "requires_expression", "offsetof_expression", "generic_expression",
}  # fmt: skip
"""What has names of another kind in it."""
_IDENTIFIER = re.compile(r"[A-Za-z]\w*")
"""Names that begin with an underscore are the compiler's, and a dollar is no letter."""
_MOST_USES = 200
"""In one completion; what is beyond is not looked at."""
_PLAIN_SUFFIXES = (".h", ".hpp", ".hh", ".hxx", ".h++")
_GENERATED = (
    "config",
    "version",
    "export",
    "generated",
    "autogen",
    "gen.",
    ".pb.",
    "moc",
    "ui_",
    "build",
    ".inc",
    "grpc",
)


def check(case: Case, index: SymbolIndex) -> Verdict:
    """The verdict; unknown where the hole could not be parsed."""
    data, start, end = case.data, case.start, case.end
    tree = CPP.parse(data)
    if touches_error(CPP, tree.root_node, start, end):
        return UNKNOWN
    hole = _Hole.of(tree, data, start, end)
    said = directives(data)
    world = World(case, index, locate(case, index), summary_of(data, tree, said))
    examiner = _Examiner(world, tree, data, hole, said)
    is_hidden = CPP.masks is not None and CPP.masks(data)[start:end] != data[start:end]
    is_complete = 0 < len(hole.uses) <= _MOST_USES and not is_hidden
    return conclude(map(examiner.examine, hole.uses[:_MOST_USES]), data, is_complete)


@dataclass(frozen=True)
class _Hole:
    """The names in a completion: those that it uses, and the words that it defines."""

    uses: list[Node]
    defined: frozenset[str]

    @staticmethod
    def of(tree: Tree, data: bytes, start: int, end: int) -> _Hole:
        cursor = QueryCursor(CPP.reference_query)
        cursor.set_byte_range(start, end)
        captures = cursor.captures(tree.root_node)
        defined = {node.start_byte: node for node in captures.get("defined", ()) if _is_inside(node, start, end)}
        uses = {
            node.start_byte: node
            for capture in ("name", "imported")
            for node in captures.get(capture, ())
            if _is_inside(node, start, end) and node.start_byte not in defined
        }
        words = frozenset(data[node.start_byte : node.end_byte].decode("utf-8", "replace") for node in defined.values())
        return _Hole([uses[at] for at in sorted(uses)], words)


def _is_inside(node: Node, start: int, end: int) -> bool:
    return node.start_byte < end and node.end_byte > start


Form = Literal["bare", "member", "qualified", "import", "opaque"]


class _Examiner:
    """Looks at the names of one completion."""

    def __init__(self, world: World, tree: Tree, data: bytes, hole: _Hole, said: Directives) -> None:
        self._world, self._tree, self._data, self._hole, self._said = world, tree, data, hole, said

    def examine(self, node: Node) -> Finding:
        """What becomes of a name."""
        name = self._text(node)
        form, around = _form(node)
        place = place_of(self._tree, node, self._data)
        if form == "import":
            return Finding(name.strip('<>"'), node.start_byte, "import", *self._import(name))
        answer = UNSURE
        if name in self._hole.defined or self._world.is_macro(name):
            answer = FOUND
        elif form != "opaque" and _IDENTIFIER.fullmatch(name) and not self._is_token(around) and not place.is_broken:
            answer = getattr(self, f"_{form}")(name, node, around, place)
        kind: Kind = "method" if form != "bare" and _is_called(around) else "undefinedvariable"
        return answer.of(name, node.start_byte, kind)

    def _bare(self, name: str, node: Node, around: Node, place: Place) -> Answer:
        if node.parent and node.parent.type.endswith("_specifier") and not self._world.occurs(name):
            return UNSURE
        if name in place.locals or name in place.local_types or place.has_parameter(name, node):
            return FOUND
        types = Types(self._world, place)
        if name == "std":
            return FOUND
        for scope in place.scopes():
            if self._world.declarations(scope, name) or self._world.is_namespace(f"{scope}::{name}".strip(":")):
                return FOUND
        statuses = {types.member(Type(owner), name)[0] for owner in place.classes}
        if "found" in statuses:
            return FOUND
        if "unknown" in statuses and self._has_foreign_bases(around, place):
            return UNSURE
        is_parameter = name in place.templates
        if is_parameter or self._world.occurs(name) or not self._is_closed_to_bare(name, around, place):
            return UNSURE
        return Answer(
            "absent", f"'{name}' was not declared in this scope", lambda: self._visible(place), "closed_world"
        )

    def _member(self, name: str, node: Node, around: Node, place: Place) -> Answer:
        types = Types(self._world, place)
        type = types.receiver(around)
        if type is not None:
            status, _ = types.member(type, name)
            if status == "found":
                return FOUND
            is_known = name in self._world.standard.words if type.is_standard else self._is_doubtful(name)
            if status == "absent" and not is_known:
                message = f"'class {_shown(type)}' has no member named '{name}'"
                return Answer("absent", message, lambda: types.members(type))
        if self._world.occurs(name):
            return UNSURE
        made = around.child_by_field_name("argument")
        if self._foreign(around) and not Provenance(self._world, place, types).is_indexed(made):
            return UNSURE
        members = types.members(type) if type else {}
        return Answer("absent", _nowhere(name), lambda: members, "closed_world")

    def _qualified(self, name: str, node: Node, around: Node, place: Place) -> Answer:
        scope_node = around.child_by_field_name("scope")
        outer = around
        prefix = ""
        while outer.parent is not None and outer.parent.type == "qualified_identifier":
            outer = outer.parent
            above = outer.child_by_field_name("scope")
            prefix = (self._text(above) if above is not None else "") + "::" + prefix
        if _is_declared(outer) and not self._world.occurs(name):
            return UNSURE
        text = prefix + (self._text(scope_node) if scope_node is not None else "")
        if not text.strip(":"):
            return self._bare(name, node, around, Place(self._data, "", (), (), frozenset(), False, False))
        first = without_arguments(text).strip(":").split("::")[0].strip()
        if first == "std":
            return self._of_std(name, text)
        types = Types(self._world, place)
        found = types.scope_named(text) if first not in place.templates else None
        if isinstance(found, Type):
            status, _ = types.member(found, name)
            if status == "found":
                return FOUND
            if status == "absent" and not self._is_doubtful(name):
                message = f"'{name}' is not a member of '{_shown(found)}'"
                return Answer("absent", message, lambda: types.members(found))
        elif found is not None:
            if self._world.declarations(found, name) or self._world.is_namespace(f"{found}::{name}"):
                return FOUND
            if (
                self._is_own_namespace(found)
                and not self._is_doubtful(name)
                and not self._world.is_outside_classes(name)
            ):
                message = f"'{name}' is not a member of '{found}'"
                return Answer("absent", message, lambda: self._names_of(found))
        if self._world.occurs(name) or self._foreign(around):
            return UNSURE
        return Answer("absent", _nowhere(name), dict, "closed_world")

    def _of_std(self, name: str, text: str) -> Answer:
        if name in self._world.standard.words:
            return FOUND
        if self._world.occurs(name) or "experimental" in text or "tr1" in text:
            return UNSURE
        inside = without_arguments(text).strip(":")
        return Answer("absent", f"'{name}' is not a member of '{inside}'", lambda: dict.fromkeys(self._of_standard, ""))

    def _import(self, text: str) -> tuple[Status, Basis, str]:
        name = text.strip('<>"')
        if name in self._world.standard.headers or self._world.repo.resolve(name, self._world.home.path):
            return "found", "resolved", ""
        folder, _, last = name.rpartition("/")
        is_own = folder and any(f"/{known}".endswith(f"/{folder}") for known in self._world.repo.folders if known)
        is_plain = last.endswith(_PLAIN_SUFFIXES) and not any(part in last.lower() for part in _GENERATED)
        if is_own and is_plain and not self._world.occurs(last.partition(".")[0]):
            return "absent", "resolved", f"{name}: No such file or directory"
        return "unknown", "resolved", ""

    def _foreign(self, node: Node) -> frozenset[str]:
        return self._world.foreign(self._said.is_conditional(node.start_byte))

    def _unread(self, node: Node) -> frozenset[str]:
        return self._world.unread(self._said.is_conditional(node.start_byte))

    def _is_closed_to_bare(self, name: str, around: Node, place: Place) -> bool:
        """Whether nothing that is not indexed can declare a bare name here."""
        if (name.isupper() and self._unread(around)) or self._said.is_of_platform(around.start_byte):
            return False
        spaces = {namespace_of(include) for include in self._foreign(around)}
        if not spaces:
            return True
        if None in spaces or not self._world.opened.isdisjoint(spaces) or place.is_macro:
            return False
        if any(opened.split("::")[0] in spaces for opened in self._world.opened):
            return False
        return spaces <= WITHOUT_FREE_FUNCTIONS or not _is_called(around) or self._is_plain_call(around, place)

    def _is_plain_call(self, around: Node, place: Place) -> bool:
        """Whether no argument's type can bring a function with it."""
        call = around.parent
        arguments = call.child_by_field_name("arguments") if call is not None else None
        return Provenance(self._world, place, Types(self._world, place)).is_indexed(arguments)

    def _has_foreign_bases(self, around: Node, place: Place) -> bool:
        """Whether a class around the place inherits what is not known to be the repository's own."""
        return bool(self._foreign(around)) or any(
            base.startswith("?") for owner in place.classes for bases, _ in self._world.bodies(owner) for base in bases
        )

    def _is_own_namespace(self, name: str) -> bool:
        """Whether the repository alone fills a namespace."""
        first = name.partition("::")[0]
        if any(first in (include.partition("/")[0], namespace_of(include)) for include in self._world.foreign(True)):
            return False
        return not any(scope == name for scope, _ in self._world.repo.opened) and len(self._names_of(name)) > 2

    def _is_token(self, around: Node) -> bool:
        """Whether a name is all of an argument of a macro, which may make anything of it."""
        parent = around.parent
        if parent is not None and parent.type in ("parameter_declaration", "type_descriptor", "init_declarator"):
            parent = parent.parent
        if parent is None or parent.type not in ("argument_list", "parameter_list") or parent.parent is None:
            return False
        called = parent.parent.child_by_field_name("function") or parent.parent.child_by_field_name("declarator")
        name = self._text(called) if called is not None else ""
        return name.isupper() or self._world.is_macro(name)

    def _is_doubtful(self, name: str) -> bool:
        """Whether a macro, or code that could not be read, may declare a name."""
        return name in self._world.repo.murky or name in self._world.overlay.get("k", ()) or self._world.is_pasted(name)

    def _names_of(self, scope: str) -> dict[str, str]:
        return {name: signature(name, found) for name, found in self._world.names_in(scope).items()}

    def _visible(self, place: Place) -> dict[str, str]:
        names = dict.fromkeys(place.locals, "")
        for scope in place.scopes():
            names |= self._names_of(scope)
        return names

    @cached_property
    def _of_standard(self) -> Iterable[str]:
        return sorted(self._world.standard.members)

    def _text(self, node: Node) -> str:
        return self._data[node.start_byte : node.end_byte].decode("utf-8", "replace")


def _is_declared(node: Node) -> bool:
    """Whether a qualified name is that of a definition, which must be declared elsewhere."""
    parent = node.parent
    if parent is None:
        return False
    return parent.type == "reference_declarator" or parent.child_by_field_name("declarator") == node


def _form(node: Node) -> tuple[Form, Node]:
    """How a name is used, and the expression that it is the last name of."""
    if node.type in ("string_literal", "system_lib_string"):
        return "import", node
    around, last = node, node
    parent = node.parent
    while parent is not None and parent.type in (
        "template_function",
        "template_method",
        "template_type",
        "dependent_name",
    ):
        if parent.child_by_field_name("name") != last and parent.type != "dependent_name":
            break
        around = last = parent
        parent = parent.parent
    ancestor = parent
    for _ in range(8):
        if ancestor is None or ancestor.type.endswith("statement"):
            break
        if ancestor.type in _OPAQUE and not (
            ancestor.type in ("preproc_if", "preproc_ifdef", "preproc_elif") and not _is_condition(ancestor, node)
        ):
            return "opaque", around
        ancestor = ancestor.parent
    if parent is None:
        return "bare", around
    if parent.type == "field_expression" and parent.child_by_field_name("field") == last:
        return "member", parent
    if parent.type == "qualified_identifier" and parent.child_by_field_name("name") == last:
        return "qualified", parent
    if (
        parent.type == "qualified_identifier"
        and parent.parent is not None
        and parent.parent.type == "qualified_identifier"
    ):
        return ("qualified", parent.parent) if parent.parent.child_by_field_name("name") == parent else ("bare", around)
    if parent.type in ("destructor_name", "operator_cast") or node.type == "field_identifier":
        return "opaque", around
    return "bare", around


def _is_condition(directive: Node, node: Node) -> bool:
    for field in ("condition", "name"):
        part = directive.child_by_field_name(field)
        if part is not None and part.start_byte <= node.start_byte < part.end_byte:
            return True
    return False


def _is_called(around: Node) -> bool:
    current = around
    while current.parent is not None and current.parent.type == "qualified_identifier":
        current = current.parent
    return (
        current.parent is not None
        and current.parent.type == "call_expression"
        and (current.parent.child_by_field_name("function") == current)
    )


def _shown(type: Type) -> str:
    return f"std::{type.name}" if type.is_standard else type.name


def _nowhere(name: str) -> str:
    return f"nothing in the repository, its dependencies or the standard library is called '{name}'"
