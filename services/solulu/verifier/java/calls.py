"""Calls: whether a method that nothing stands before exists, and whether any overload takes so many arguments."""

from __future__ import annotations

from tree_sitter import Node

from solulu.verifier.findings import Status
from solulu.verifier.java.declarations import Declaration, Missing
from solulu.verifier.java.expressions import Expressions, argument_count
from solulu.verifier.java.members import Members, Overload
from solulu.verifier.java.names import Names, Scope, enclosing
from solulu.verifier.java.scopes import Place
from solulu.verifier.java.summary import CONSTRUCTOR
from solulu.verifier.java.types import PackageName, Reference, TypeName, Value, written


class Calls:
    """Answers questions about the calls in one file."""

    def __init__(self, names: Names, members: Members, expressions: Expressions) -> None:
        self._names, self._members, self._expressions = names, members, expressions

    def bare_status(self, name: str, place: Place) -> Status:
        """Whether a class around a place has a method, or the file imports one."""
        status: Status = "absent"
        scope: Scope | None = place
        while isinstance(scope, Place | Declaration):
            if isinstance(scope, Declaration):
                here = self._members.method(Reference(scope), name)
                if here == "found":
                    return "found"
                status = "unknown" if here == "unknown" else status
            scope = enclosing(scope)
        if name in place.file.static_single:
            return "found"
        for owner in place.file.static_stars:
            declaration = self._names.world.named(owner)
            there = "unknown" if isinstance(declaration, Missing) else self._members.method(TypeName(declaration), name)
            if there == "found":
                return "found"
            status = "unknown" if there == "unknown" else status
        return status if scope is not None else "unknown"

    def mismatch(self, call: Node, place: Place) -> tuple[str, str] | None:
        """The callee, and what javac says of a call that no overload takes for its number of arguments; None where one
        does, or that is not known."""
        count = argument_count(call)
        name, kind, overloads = self._overloads(call, place)
        if not overloads or any(one.accepts(count) for one in overloads):
            return None
        required = ", ".join(overloads[0].parameters) or "no arguments"
        return name, f"{kind} {name} cannot be applied to given types: required {required}; found {count} argument(s)"

    def types(self, call: Node) -> str:
        """The types of a call's arguments, as a message shows them."""
        listed = call.child_by_field_name("arguments")
        values = (
            [self._expressions.value(child) for child in listed.named_children if not child.is_extra] if listed else []
        )
        return ",".join(written(value) for value in values)

    def _overloads(self, call: Node, place: Place) -> tuple[str, str, list[Overload]]:
        if call.type == "method_invocation":
            name, target = self._expressions.text(call.child_by_field_name("name")), call.child_by_field_name("object")
            receiver: Value | None
            if target:
                receiver = self._expressions.receiver(call, target, place)
            else:
                receiver = self._expressions.implicit(name, place)
            if receiver is None or isinstance(receiver, PackageName):
                return name, "", []
            found, is_sure = self._members.overloads(receiver, name)
            return name, "method", found if is_sure else []
        declaration = self._constructed(call, place)
        if declaration is None or declaration.kind not in ("class", "record", "enum"):
            return "", "", []
        found, is_sure = self._members.constructors(declaration)
        return declaration.name, "constructor", found if is_sure else []

    def _constructed(self, call: Node, place: Place) -> Declaration | None:
        value: Value | None = None
        if call.type == "object_creation_expression":
            kind = call.child_by_field_name("type")
            if kind and not any(child.type == "." for child in call.children):
                value = self._expressions.value_at(kind, place)
        elif call.type == "explicit_constructor_invocation":
            which = call.child_by_field_name("constructor")
            if which and not call.child_by_field_name("object") and which.type in ("this", "super"):
                value = self._expressions.value_at(which, place)
        elif call.type == "enum_constant":
            return place.declaration if place.declaration and CONSTRUCTOR in place.declaration.methods else None
        return value.declaration if isinstance(value, Reference | TypeName) else None
