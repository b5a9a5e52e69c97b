"""What becomes of each name in a completion: found, provably absent, or neither."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tree_sitter import Node

from solulu.verifier.findings import FOUND, UNSURE, Answer, Finding, Status, Type
from solulu.verifier.java.calls import Calls
from solulu.verifier.java.closed_world import ClosedWorld
from solulu.verifier.java.declarations import ABSENT, Declaration, Missing
from solulu.verifier.java.expressions import Expressions
from solulu.verifier.java.imports import Imports
from solulu.verifier.java.members import Members
from solulu.verifier.java.names import Names, Scope, enclosing
from solulu.verifier.java.scopes import Place
from solulu.verifier.java.summary import type_text
from solulu.verifier.java.types import UNKNOWN, PackageName, Reference, TypeName, Value, parse_type, written
from solulu.verifier.java.uses import Use

_TYPES: Mapping[str, Type] = {
    "method": "method",
    "reference": "method",
    "element": "parameter",
    "import": "import",
}


class Examiner:
    """Looks at the names of one completion."""

    def __init__(self, names: Names, members: Members, expressions: Expressions, closed: ClosedWorld) -> None:
        self._names, self._members, self._expressions, self._closed = names, members, expressions, closed
        self._calls = Calls(names, members, expressions)
        self._imports = Imports(names, members)

    def examine(self, use: Use) -> Finding:
        """What becomes of a name."""
        if use.kind == "arguments":
            callee, message = self._calls.mismatch(use.parent, use.place) or ("", "")
            return Finding(callee, use.start, "parameter", "absent" if message else "found", "resolved", message)
        answer: Answer = getattr(self, f"_{use.kind}")(use)
        type = _TYPES.get(use.kind, "undefinedvariable")
        finding = answer.of(use.name, use.start, type)
        if answer.status == "unknown" and use.kind not in ("opaque", "import") and self._closed.lacks(use.name):
            message = f"nothing in the repository or the standard library is called {use.name}"
            return replace(finding, status="absent", basis="closed_world", message=message)
        return finding

    def _opaque(self, use: Use) -> Answer:
        return UNSURE

    # -- bare names ---------------------------------------------------------------------------------------------------

    def _variable(self, use: Use) -> Answer:
        status = self._variable_status(use.name, use.place)
        if status == "found":
            return FOUND
        before, direct = _stands_before(use)
        if before:
            if self._names.is_found(use.name, use.place):
                return FOUND
            if not direct and self._names.world.begins_package(use.name):
                return FOUND
            declared = self._names.type(use.name, use.place)
            if declared is not ABSENT or (not direct and use.name[:1].islower()):
                return UNSURE
        if status == "unknown":
            return UNSURE
        message = f"cannot find symbol: variable {use.name}"
        return Answer("absent", message + self._location(use.place), lambda: self._bare_candidates(use.place))

    def _variable_status(self, name: str, place: Place) -> Status:
        if self._expressions.variable(name, place) is not None or name in place.file.static_single:
            return "found"
        scope: Scope | None = place
        status: Status = "absent"
        while isinstance(scope, Place | Declaration):
            if isinstance(scope, Declaration) and self._members.field(TypeName(scope), name) != "absent":
                status = "unknown"
            scope = enclosing(scope)
        for owner in place.file.static_stars:
            declaration = self._names.world.named(owner)
            if isinstance(declaration, Missing) or self._members.field(TypeName(declaration), name) != "absent":
                status = "unknown"
        return status if scope is not None else "unknown"

    def _type(self, use: Use) -> Answer:
        if self._names.is_found(use.name, use.place):
            return FOUND
        if self._names.type(use.name, use.place) is not ABSENT:
            return UNSURE
        if self._closed.elsewhere.has_file(use.name) and not self._names.world.is_declared(use.name):
            return UNSURE  # a dependency may add it to a package of the repository's own
        return Answer("absent", f"cannot find symbol: class {use.name}", lambda: self._type_candidates(use.place))

    def _label(self, use: Use) -> Answer:
        found = use.place.label(use.name, use.place.scopes.data)
        return FOUND if found else Answer("absent", f"undefined label: {use.name}")

    def _constant(self, use: Use) -> Answer:
        switch = next((node for node in reversed(use.place.nodes) if node.type.startswith("switch_e")), None)
        condition = switch.child_by_field_name("condition") if switch else None
        value = self._expressions.value(condition) if condition else None
        if isinstance(value, Reference) and value.declaration.kind == "enum":
            status = self._members.field(value, use.name)
            message = f"an enum switch case label must be the unqualified name of an enumeration constant: {use.name}"
            return Answer(status, message, lambda: self._members.names(value))
        status = self._variable_status(use.name, use.place)
        return FOUND if status == "found" or self._names.is_found(use.name, use.place) else UNSURE

    # -- members ------------------------------------------------------------------------------------------------------

    def _nested(self, use: Use) -> Answer:
        first = use.parent.named_children[0]
        if first == use.node:
            if self._names.is_found(use.name, use.place) or self._names.world.begins_package(use.name):
                return FOUND
            return UNSURE
        value = self._expressions.dotted(_dotted_text(first, use.place.scopes.data), use.place)
        return self._in_dotted(value, use.name)

    def _in_dotted(self, value: Value, name: str) -> Answer:
        if isinstance(value, TypeName):
            found = self._names.member_type(value.declaration, name)
            if isinstance(found, Declaration):
                return FOUND
            message = f"cannot find symbol: class {name}, location: class {written(Reference(value.declaration))}"
            return Answer(found.status, message, lambda: self._members.names(value))
        return self._in_package(value, name) if isinstance(value, PackageName) else UNSURE

    def _in_package(self, package: PackageName, name: str) -> Answer:
        if self._expressions.in_package(package.name, name) != UNKNOWN:
            return FOUND
        return self._imports.missing(package.name, name)

    def _field(self, use: Use) -> Answer:
        target = use.parent.child_by_field_name("object")
        if target is None or any(child.type == "super" for child in use.parent.children[1:]):
            return UNSURE
        value = self._expressions.value_at(target, use.place)
        if isinstance(value, PackageName):
            return self._in_package(value, use.name)
        status = self._members.field(value, use.name)
        message = f"cannot find symbol: variable {use.name}, location: {_kind(value)}"
        return Answer(status, message, lambda: self._members.names(value))

    def _method(self, use: Use) -> Answer:
        target = use.parent.child_by_field_name("object")
        if target is None:
            status = self._calls.bare_status(use.name, use.place)
            where, known = self._location(use.place), lambda: self._method_candidates(use.place)
        else:
            value = self._expressions.receiver(use.parent, target, use.place)
            status = self._members.method(value, use.name)
            where, known = f", location: {_kind(value)}", lambda: self._members.names(value)
        if status != "absent":
            return Answer(status)
        return Answer("absent", f"cannot find symbol: method {use.name}({self._calls.types(use.parent)}){where}", known)

    def _reference(self, use: Use) -> Answer:
        target = use.parent.named_children[0]
        value = self._expressions.value_at(target, use.place)
        status = self._members.method(value, use.name) if target.type != "array_type" else "unknown"
        message = f"invalid method reference: cannot find symbol: method {use.name}(), location: {_kind(value)}"
        return Answer(status, message, lambda: self._members.names(value))

    def _element(self, use: Use) -> Answer:
        annotation = next((node for node in reversed(use.place.nodes) if node.type == "annotation"), None)
        name = annotation.child_by_field_name("name") if annotation else None
        value = self._expressions.dotted(_dotted_text(name, use.place.scopes.data), use.place) if name else None
        if not isinstance(value, TypeName) or value.declaration.kind != "@interface":
            return UNSURE
        message = f"cannot find symbol: method {use.name}(), location: @interface {value.declaration.name}"
        return Answer(self._members.method(value, use.name), message, lambda: self._members.names(value))

    def _import(self, use: Use) -> Answer:
        return self._imports.examine(use)

    # -- evidence -----------------------------------------------------------------------------------------------------

    def _location(self, place: Place) -> str:
        name = place.declaration.name if place.declaration else ""
        return f", location: class {name}" if name else ""

    def _bare_candidates(self, place: Place) -> Mapping[str, str]:
        found = {name: f"{text} {name}".strip() for name, text in place.names().items()}
        return {**self._around(place), **found}

    def _method_candidates(self, place: Place) -> Mapping[str, str]:
        return {name: text for name, text in self._around(place).items() if text.endswith(")")}

    def _around(self, place: Place) -> dict[str, str]:
        found: dict[str, str] = dict.fromkeys(place.file.static_single, "")
        scope: Scope | None = place
        while isinstance(scope, Place | Declaration):
            if isinstance(scope, Declaration):
                found = {**self._members.names(Reference(scope)), **found}
            scope = enclosing(scope)
        return found

    def _type_candidates(self, place: Place) -> Mapping[str, str]:
        world, file = self._names.world, place.file
        names = [*file.single, *world.types_in(file.package), *world.types_in("java.lang")]
        names += [name for star in file.stars for name in world.types_in(star)]
        return dict.fromkeys(names, "")


def _stands_before(use: Use) -> tuple[bool, bool]:
    """Whether something is taken from what a name means, so that it may be a type; and whether that is a member, so
    that it is no package."""
    parent = use.parent
    if parent.type == "method_invocation":
        return parent.child_by_field_name("object") == use.node, True
    if parent.type == "method_reference":
        return True, True
    if parent.type == "field_access" and parent.child_by_field_name("object") == use.node:
        outer = use.place.nodes[-3] if len(use.place.nodes) > 2 else None
        return True, outer is None or outer.type not in ("field_access", "method_invocation", "method_reference")
    return parent.type in _MAYBE_TYPES, True


_MAYBE_TYPES = ("class_literal", "array_access")


def _dotted_text(node: Node, data: bytes) -> str:
    return parse_type(type_text(node, data)).name


def _kind(value: Value) -> str:
    if isinstance(value, Reference | TypeName):
        declaration = value.declaration
        return f"{declaration.kind} {declaration.name or declaration.qualified}"
    return f"class {written(value)}"
