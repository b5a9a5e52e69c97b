"""The types of expressions, as far as declarations say them, and what those types have as members.

Where a type depends on a template, on a macro, on overloads that differ or on a library that is not known, there is no
answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from tree_sitter import Node

from solulu.verifier.cpp.repository import Description
from solulu.verifier.cpp.scopes import Local, Place
from solulu.verifier.cpp.summary import join, without_arguments
from solulu.verifier.cpp.world import World

Status = Literal["found", "absent", "unknown"]
_DROPPED = re.compile(
    r"\b(?:const|volatile|static|inline|constexpr|mutable|typename|struct|class|enum|union|extern|thread_local)\b|[&]"
)
_NAMED = re.compile(r"\s*(?:::)?([A-Za-z_]\w*(?:\s*::\s*[A-Za-z_]\w*)*)\s*(<.*>)?\s*([*\s]*)", re.S)
_MAKERS = {"std::make_unique": "unique_ptr", "std::make_shared": "shared_ptr"}
_POINTERS = {"unique_ptr", "shared_ptr", "optional", "observer_ptr"}
_RUN_THROUGH = {"vector", "list", "deque", "set", "array", "span", "unordered_set", "multiset", "initializer_list"}
_MOST_STEPS = 200


@dataclass(frozen=True)
class Type:
    """A class of the repository, or of namespace std."""

    name: str
    arguments: tuple[str, ...] = ()
    scope: str = ""
    """Where the arguments were written."""
    is_pointer: bool = False
    is_standard: bool = False


class Types:
    """Answers questions about the expressions at one place. Every question takes a bounded number of steps."""

    def __init__(self, world: World, place: Place) -> None:
        self._world, self._place = world, place
        self._steps = 0

    def of(self, node: Node | None) -> Type | None:
        """The type of an expression."""
        self._steps += 1
        if node is None or self._steps > _MOST_STEPS:
            return None
        match node.type:
            case "this":
                return Type(self._place.classes[0], is_pointer=True) if self._is_in_known_class() else None
            case "identifier":
                return self._variable(node)
            case "parenthesized_expression":
                return self.of(node.named_children[0]) if node.named_child_count == 1 else None
            case "field_expression":
                return self._field(node)
            case "call_expression":
                return self._call(node)
            case "new_expression":
                made = self.read(self._place.text(node.child_by_field_name("type") or node), self._place.scope)
                return _pointer(made)
            case "pointer_expression":
                return self._dereferenced(node)
            case "subscript_expression":
                return self._element(self.of(node.child_by_field_name("argument")))
            case "compound_literal_expression":
                written = node.child_by_field_name("type")
                return self.read(self._place.text(written), self._place.scope) if written is not None else None
            case _:
                return None

    def receiver(self, node: Node) -> Type | None:
        """What the members of a field expression are looked up in."""
        argument = node.child_by_field_name("argument")
        operator = node.child_by_field_name("operator")
        type = self.of(argument)
        if type is None or operator is None:
            return None
        if operator.type == ".":
            return None if type.is_pointer else type
        if type.is_pointer:
            return Type(type.name, type.arguments, type.scope, False, type.is_standard)
        if type.is_standard and type.name in _POINTERS and type.arguments:
            return self.read(type.arguments[0], type.scope)
        return None

    def member(self, type: Type, name: str) -> tuple[Status, list[Description]]:
        """What a type has under a name."""
        if type.is_standard:
            members = self._world.standard.members.get(type.name)
            if members is None:
                return "unknown", []
            return ("found" if name in members else "absent"), []
        return self._own_member(type.name, name, set())

    def members(self, type: Type) -> dict[str, str]:
        """The members of a type with what they are."""
        if type.is_standard:
            return dict.fromkeys(self._world.standard.members.get(type.name, ()), "")
        found: dict[str, str] = {}
        waiting, seen = [type.name], set()
        while waiting:
            current = waiting.pop()
            if current in seen:
                continue
            seen.add(current)
            for name, description in self._world.names_in(current).items():
                found.setdefault(name, signature(name, description))
            waiting += [base for base in self._bases(current) if base]
        return found

    def scope_named(self, text: str) -> Type | str | None:
        """The class, or the namespace by its whole name, that `text::` means."""
        text = without_arguments(text).replace(" ", "")
        scopes = [""] if text.startswith("::") else self._place.scopes()
        first, *rest = text.strip(":").split("::")
        if first in self._place.local_types:
            return None
        for scope in scopes:
            whole = self._entered(join(scope, first))
            if whole is None:
                continue
            for part in rest:
                whole = self._entered(join(whole, part))
                if whole is None:
                    return None
            return Type(whole) if self._world.is_class(whole) else whole
        return None

    def _entered(self, whole: str) -> str | None:
        """The class or namespace of a whole name, aliases followed."""
        target = self._world.repo.aliases.get(whole)
        if target:
            return target.strip(":") if self._world.is_namespace(target.strip(":")) else None
        if self._world.is_class(whole) or self._world.is_namespace(whole):
            return whole
        scope, _, name = whole.rpartition("::")
        if any(found[0] == "a" for found in self._world.declarations(scope, name)):
            type = self.named(name, scope)
            return type.name if type and not type.is_standard else None
        return None

    def read(self, text: str, scope: str) -> Type | None:
        """The type that a text means in a scope."""
        self._steps += 1
        text = _DROPPED.sub(" ", text)
        match = _NAMED.fullmatch(text)
        if not match or self._steps > _MOST_STEPS:
            return None
        name, arguments, marks = match[1].replace(" ", ""), match[2], match[3].replace(" ", "")
        type = self.named(name, "" if text.lstrip().startswith("::") else scope)
        if type is None or len(marks) > 1 or (marks and type.is_pointer):
            return None
        split = tuple(_split(arguments[1:-1])) if arguments else type.arguments
        written = scope if arguments else type.scope
        return Type(type.name, split, written, bool(marks) or type.is_pointer, type.is_standard)

    def named(self, name: str, scope: str) -> Type | None:
        """The type of a name in a scope, aliases followed."""
        self._steps += 1
        first, _, rest = name.partition("::")
        if self._steps > _MOST_STEPS or first in self._place.templates or self._may_be_brought(first, scope):
            return None
        if first == "std":
            last = rest.rpartition("::")[2]
            return Type(_STANDARD.get(last, last), is_standard=True) if last in self._known_standard() else None
        parts = scope.split("::") if scope else []
        for length in range(len(parts), -1, -1):
            outer = "::".join(parts[:length])
            if outer.rpartition("::")[2] == name and self._world.is_class(outer):
                return Type(outer)
            whole = join(outer, name)
            inside, _, last = whole.rpartition("::")
            found = self._world.declarations(inside, last)
            kinds = {description[0] for description in found}
            if kinds == {"a"}:
                targets = {description[1] for description in found}
                target = targets.pop()
                return None if targets else self.read(target, inside)
            if self._world.is_class(whole):
                return Type(whole) if kinds <= {"t", "f"} else None
            if found or (self._world.is_class(outer) and self._own_member(outer, first, set())[0] == "found"):
                return None
        return None

    def _may_be_brought(self, name: str, scope: str) -> bool:
        """Whether the function declares a type or namespace of a name, or a using directive may bring another."""
        scopes = self._world.repo.outside_classes.get(name, set())
        is_several = len(scopes) > 1 and (self._place.opens or self._world.is_opened(scopes, scope))
        return is_several or name in self._place.local_types

    def _known_standard(self) -> frozenset[str]:
        return frozenset(self._world.standard.members) | _STANDARD.keys() | _POINTERS | _RUN_THROUGH

    def _is_in_known_class(self) -> bool:
        return bool(self._place.classes) and self._world.is_class(self._place.classes[0])

    def _variable(self, node: Node) -> Type | None:
        name = self._place.text(node)
        found = self._place.visible(node)
        if found:
            types = {self._local(local) for local in found}
            return types.pop() if len(types) == 1 else None
        if self._place.is_macro or self._may_be_brought(name, self._place.scope):
            return None
        for scope in self._place.scopes():
            if self._world.is_class(scope):
                status, descriptions = self._own_member(scope, name, set())
            else:
                descriptions = self._world.declarations(scope, name)
                status = "found" if descriptions else "absent"
            if status != "absent":
                return self._described(descriptions, "v", scope)
        return None

    def _local(self, local: Local) -> Type | None:
        text = _DROPPED.sub(" ", local.type).strip()
        if text == "auto" or text.startswith("decltype"):
            found = self.of(local.value)
            return self._element(found) if local.is_element else found
        if "[]" in local.marks or "()" in local.marks:
            return None
        return self.read(local.type + " " + local.marks, self._place.scope)

    def _described(self, descriptions: list[Description], kind: str, scope: str) -> Type | None:
        """The one type that declarations of a kind have."""
        if not descriptions or any(found[0] != kind for found in descriptions):
            return None
        types = {self.read(found[1], scope) if found[1] and "[]" not in found[1] else None for found in descriptions}
        return types.pop() if len(types) == 1 else None

    def _field(self, node: Node) -> Type | None:
        receiver, field = self.receiver(node), node.child_by_field_name("field")
        if receiver is None or receiver.is_standard or field is None:
            return None
        status, found = self.member(receiver, self._place.text(field))
        return self._described(found, "v", receiver.name) if status == "found" else None

    def _call(self, node: Node) -> Type | None:
        function = node.child_by_field_name("function")
        if function is None:
            return None
        text = self._place.text(function)
        if function.type == "field_expression":
            receiver, field = self.receiver(function), function.child_by_field_name("field")
            if receiver is None or field is None:
                return None
            if receiver.is_standard:
                return self._standard_result(receiver, self._place.text(field))
            status, found = self.member(receiver, self._place.text(field))
            return self._described(found, "f", receiver.name) if status == "found" else None
        plain = without_arguments(text).replace(" ", "")
        arguments = text[text.find("<") + 1 : -1] if text.endswith(">") else ""
        if plain in _MAKERS:
            name = _MAKERS[plain]
            return Type(name, tuple(_split(arguments)), self._place.scope, is_standard=True) if arguments else None
        if plain in ("static_cast", "dynamic_cast", "const_cast", "reinterpret_cast"):
            return self.read(arguments, self._place.scope)
        if plain == "std::move":
            values = node.child_by_field_name("arguments")
            return self.of(values.named_children[0]) if values is not None and values.named_child_count == 1 else None
        if not re.fullmatch(r"[\w:]+", plain) or (function.type == "identifier" and plain in self._place.locals):
            return None
        is_bare = "::" not in plain and (
            self._may_be_brought(plain, self._place.scope) or self._may_be_of_arguments(plain, node)
        )
        return None if is_bare else self._made_by(plain, text)

    def _may_be_of_arguments(self, name: str, call: Node) -> bool:
        """Whether a function of another namespace, of another type, may be found by the types of arguments."""
        arguments = call.child_by_field_name("arguments")
        if arguments is None or not arguments.named_child_count:
            return False
        scopes = self._world.repo.outside_classes.get(name, set())
        return len({one[1] for scope in scopes for one in self._world.declarations(scope, name) if one[0] == "f"}) > 1

    def _made_by(self, plain: str, text: str) -> Type | None:
        """What calling a name gives: an object of a class, or what a function returns."""
        qualifier, _, name = plain.rpartition("::")
        if qualifier:
            outer = self.scope_named(qualifier)
            scopes = [outer.name if isinstance(outer, Type) else outer] if outer else []
        else:
            scopes = list(self._place.scopes())
        for scope in scopes:
            if self._world.is_class(scope) and not self._world.is_class(join(scope, name)):
                status, found = self._own_member(scope, name, set())
            else:
                found = self._world.declarations(scope, name)
                status = "found" if found else "absent"
            if status == "absent":
                continue
            if found and {kind for kind, *_ in found} <= {"t", "a"}:
                return self.read(text, self._place.scope)
            return self._described(found, "f", scope)
        return None

    def _standard_result(self, receiver: Type, name: str) -> Type | None:
        if not receiver.arguments:
            return None
        if receiver.name in ("unique_ptr", "shared_ptr") and name == "get":
            return _pointer(self.read(receiver.arguments[0], receiver.scope))
        if receiver.name in _RUN_THROUGH and name in ("front", "back", "at"):
            return self.read(receiver.arguments[0], receiver.scope)
        if receiver.name == "optional" and name == "value":
            return self.read(receiver.arguments[0], receiver.scope)
        return None

    def _dereferenced(self, node: Node) -> Type | None:
        operator, type = node.child_by_field_name("operator"), self.of(node.child_by_field_name("argument"))
        if type is None or operator is None:
            return None
        if operator.type == "&":
            return _pointer(type)
        if type.is_pointer:
            return Type(type.name, type.arguments, type.scope, False, type.is_standard)
        if type.is_standard and type.name in _POINTERS and type.arguments:
            return self.read(type.arguments[0], type.scope)
        return None

    def _element(self, type: Type | None) -> Type | None:
        if type is None or type.is_pointer or not type.is_standard or not type.arguments:
            return None
        if type.name in _RUN_THROUGH:
            return self.read(type.arguments[0], type.scope)
        return None

    def _bases(self, name: str) -> list[str | None]:
        """The whole names of the bases of a class; None for one that is not known."""
        outer = name.rpartition("::")[0]
        found: list[str | None] = []
        for bases, _ in self._world.bodies(name):
            for base in bases:
                type = self.read(base, outer)
                found.append(type.name if type and not type.is_standard and not type.is_pointer else None)
        return found

    def _own_member(self, name: str, member: str, seen: set[str]) -> tuple[Status, list[Description]]:
        if name in seen or len(seen) > 50:
            return "absent", []
        seen.add(name)
        found = self._world.declarations(name, member)
        if found:
            return ("unknown", []) if any(kind == "u" for kind, *_ in found) else ("found", found)
        bodies = self._world.bodies(name)
        if not bodies or any("x" in flags for _, flags in bodies):
            return "unknown", []
        status: Status = "absent"
        for base in self._bases(name):
            if base is None:
                status = "unknown"
                continue
            inherited, found = self._own_member(base, member, seen)
            if inherited == "found":
                return inherited, found
            if inherited == "unknown":
                status = "unknown"
        return status, []


_STANDARD = {
    "string": "basic_string", "wstring": "basic_string", "u8string": "basic_string", "string_view": "basic_string_view",
    "wstring_view": "basic_string_view", "ostream": "basic_ostream", "istream": "basic_istream",
    "stringstream": "basic_stringstream", "ostringstream": "basic_ostringstream",
    "istringstream": "basic_istringstream",
    "ofstream": "basic_ofstream", "ifstream": "basic_ifstream", "fstream": "basic_fstream",
}  # fmt: skip


def signature(name: str, description: Description) -> str:
    """A declaration as it is written."""
    kind, *rest = description
    if kind == "f":
        return f"{rest[0]} {name}{rest[1]}".strip()
    return f"{rest[0]} {name}".strip() if kind == "v" else ""


def _pointer(type: Type | None) -> Type | None:
    if type is None or type.is_pointer:
        return None
    return Type(type.name, type.arguments, type.scope, True, type.is_standard)


def _split(arguments: str) -> list[str]:
    """Template arguments one by one."""
    parts, depth, start = [], 0, 0
    for at, char in enumerate(arguments):
        depth += (char in "<([") - (char in ">)]")
        if char == "," and depth == 0:
            parts.append(arguments[start:at].strip())
            start = at + 1
    return [*parts, arguments[start:].strip()]
