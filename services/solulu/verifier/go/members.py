"""Types and their members: what a form means in its scope, and what can be selected from a value of it.

A member is absent only if every type that could give it is known in full, embedded ones included.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from solulu.verifier.go.repository import Declaration, Package
from solulu.verifier.go.standard import STANDARD
from solulu.verifier.go.types import Form, embedded_name, read_type, write_signature, write_type
from solulu.verifier.go.values import (
    Basic,
    Binding,
    Compound,
    Declared,
    FileScope,
    LocalName,
    Named,
    PackageValue,
    Scope,
    Shape,
    Status,
    Type,
    TypeValue,
)
from solulu.verifier.go.world import World

_DEEPEST = 12
_MOST_TYPES = 200
_ERROR = read_type("func() string")


@dataclass(frozen=True)
class Member:
    """What a type offers under a name."""

    type: Type
    is_method: bool
    is_visible: bool
    """Whether the asking package may name it."""
    signature: str


class Types:
    """Types as one file sees them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._offered: dict[tuple[Type, Package], tuple[Mapping[str, Member], list[Type], bool]] = {}

    def read(self, text: str, scope: Scope) -> Type:
        """The type that a text means in a scope."""
        return self.resolve(read_type(text), scope)

    def resolve(self, form: Form | None, scope: Scope, depth: int = 0) -> Type:
        """The type that a form means in a scope."""
        if form is None or depth > _DEEPEST:
            return None
        match form[0]:
            case "name":
                return self._named(str(form[1]), scope, depth + 1)
            case "*" | "[]" | "chan":
                return Compound(form[0], (self.resolve(form[1], scope, depth + 1),))
            case "...":
                return Compound("[]", (self.resolve(form[1], scope, depth + 1),))
            case "map":
                key, value = (self.resolve(part, scope, depth + 1) for part in form[1:])
                return Compound("map", (key, value))
            case _:
                return Shape(form, scope)

    def of_binding(self, binding: Binding, depth: int = 0) -> Type:
        """The type that a name stands for; None where it stands for no type, or one that is not known."""
        if isinstance(binding, TypeValue):
            return binding.type
        if isinstance(binding, LocalName) and binding.local.kind == "type" and depth <= _DEEPEST:
            if binding.local.node.child_by_field_name("type_parameters"):
                return None
            type = binding.local.node.child_by_field_name("type")
            text = (type.text or b"").decode("utf-8", "replace") if type else ""
            return self.resolve(read_type(text), binding.scope.at(binding.local.start), depth + 1)
        if not isinstance(binding, Declared):
            return None
        kinds = {one.kind for one in binding.declarations}
        if kinds == {"t"}:
            return Named(binding.package, binding.name)
        if kinds == {"a"} and len({one.text for one in binding.declarations}) == 1 and depth <= _DEEPEST:
            one = binding.declarations[0]
            return self.resolve(read_type(one.text), FileScope(binding.package, one.path, one.parameters), depth + 1)
        return None

    def underlying(self, type: Type) -> Type:
        """What a named type is made of."""
        for _ in range(_DEEPEST):
            if not isinstance(type, Named):
                return type
            variants = self._variants(type)
            if len({one.text for one in variants}) != 1:
                return None
            type = self.read(variants[0].text, _scope_of(type.package, variants[0]))
        return None

    def pointed(self, type: Type) -> Type:
        """What a pointer points to; the type itself where it is none."""
        under = self.underlying(type) if isinstance(type, Named) else type
        return under.parts[0] if isinstance(under, Compound) and under.kind == "*" else type

    def member(self, type: Type, name: str, asker: Package) -> tuple[Status, Member | None]:
        """What is selected by a name."""
        level, seen, is_sure = [_without_pointer(type)], set[Type](), True
        for _ in range(_DEEPEST):
            following: list[Type] = []
            for one in level:
                if one in seen:
                    continue
                seen.add(one)
                members, embedded, is_known = self._offer(one, asker)
                found = members.get(name)
                if found and found.is_visible:
                    return "found", found
                following.extend(map(_without_pointer, embedded))
                is_sure &= is_known
            level = following
            if not level or len(seen) > _MOST_TYPES:
                break
        return ("absent" if is_sure and not level else "unknown"), None

    def members(self, type: Type, asker: Package) -> dict[str, str]:
        """Every name that can be selected, with its signature."""
        found: dict[str, str] = {}
        level, seen = [_without_pointer(type)], set[Type]()
        while level and len(seen) < _MOST_TYPES:
            one = level.pop(0)
            if one in seen:
                continue
            seen.add(one)
            members, embedded, _ = self._offer(one, asker)
            for name, member in members.items():
                if member.is_visible:
                    found.setdefault(name, member.signature)
            level.extend(map(_without_pointer, embedded))
        return found

    def fields(self, type: Type, asker: Package) -> dict[str, Member] | None:
        """The fields that a literal of a struct can set; None where it is no struct that is known in full."""
        under = self.underlying(type)
        if not isinstance(under, Shape) or under.form[0] != "struct":
            return None
        return self._fields(under, asker)[0]

    def has_variants(self, type: Type) -> bool:
        """Whether a named type is not declared exactly once."""
        return isinstance(type, Named) and len({one.text for one in self._variants(type)}) != 1

    def show(self, type: Type, asker: Package) -> str:
        """A type as the compiler prints it."""
        match type:
            case Basic():
                return type.name
            case Named():
                return type.name if type.package == asker else f"{type.package.clause}.{type.name}"
            case Compound(kind="*" | "[]"):
                return f"{type.kind}{self.show(type.parts[0], asker)}"
            case Compound(kind="map"):
                return f"map[{self.show(type.parts[0], asker)}]{self.show(type.parts[1], asker)}"
            case Compound():
                return f"chan {self.show(type.parts[0], asker)}"
            case Shape():
                return write_type(type.form)
            case _:
                return "?"

    def _named(self, name: str, scope: Scope, depth: int) -> Type:
        qualifier, _, last = name.rpartition(".")
        if not qualifier:
            return self.of_binding(self._world.lookup(name, scope)[1], depth)
        binding = self._world.lookup(qualifier, scope)[1]
        if not isinstance(binding, PackageValue):
            return None
        return self.of_binding(self._world.member(binding.path, last, scope.file)[1], depth)

    def _variants(self, type: Named) -> tuple[Declaration, ...]:
        scope = FileScope(self._world.package, self._world.home.path)
        return self._world.declarations(type.package, type.name, scope)

    def _offer(self, type: Type, asker: Package) -> tuple[Mapping[str, Member], list[Type], bool]:
        """Members by name, embedded types, and whether that is all."""
        key = (type, asker)
        if key not in self._offered:
            self._offered[key] = self._all(type, asker)
        return self._offered[key]

    def _all(self, type: Type, asker: Package) -> tuple[Mapping[str, Member], list[Type], bool]:
        match type:
            case Basic(name="error"):
                return {"Error": Member(Shape(_ERROR or (), self._world.file), True, True, "() string")}, [], True
            case Basic():
                return {}, [], type.name not in ("nil", "comparable", "iota")
            case Compound():
                return {}, [], type.kind != "*"
            case Shape(form=("struct", *_)):
                fields, embedded = self._fields(type, asker)
                return fields, embedded, True
            case Shape(form=("interface", *_)):
                methods = {name: _method(form, type.scope, name, asker) for name, form in type.form[1]}
                return methods, [self.resolve(form, type.scope) for form in type.form[2]], True
            case Shape():
                return {}, [], True
            case Named():
                return self._named_offer(type, asker)
            case _:
                return {}, [], False

    def _named_offer(self, type: Named, asker: Package) -> tuple[Mapping[str, Member], list[Type], bool]:
        scope = FileScope(self._world.package, self._world.home.path)
        found: dict[str, Member] = {}
        for name, ones in self._world.methods(type.package, type.name, scope).items():
            texts = {one.text for one in ones}
            member = _method(read_type(ones[0].text), _scope_of(type.package, ones[0]), name, asker)
            found[name] = member if len(texts) == 1 else Member(None, True, member.is_visible, member.signature)
        embedded: list[Type] = []
        is_known = self._world.is_known(type.package)
        variants = self._variants(type)
        if not variants:
            return found, [], False
        for one in variants:
            under = self.underlying(self.read(one.text, _scope_of(type.package, one)))
            members, more, is_all = self._offer(under, asker) if not isinstance(under, Basic) else ({}, [], True)
            if isinstance(under, Basic) and under.name == "error":
                more = [under]
            for name, member in members.items():
                other = found.get(name)
                if other and other.type != member.type and len(variants) > 1:
                    member = Member(None, member.is_method, member.is_visible, member.signature)
                found.setdefault(name, member)
                if len(variants) > 1:
                    found[name] = member
            embedded.extend(more)
            is_known &= is_all
        return found, embedded, is_known

    def _fields(self, type: Shape, asker: Package) -> tuple[dict[str, Member], list[Type]]:
        fields: dict[str, Member] = {}
        embedded: list[Type] = []
        for name, form in type.form[1]:
            own = self.resolve(form, type.scope)
            shown = name or embedded_name(form)
            fields[shown] = Member(own, False, _is_visible(shown, type.scope.package, asker), write_type(form))
            if not name:
                embedded.append(own)
        return fields, embedded


def _method(form: Form | None, scope: Scope, name: str, asker: Package) -> Member:
    type = Shape(form, scope) if form else None
    return Member(type, True, _is_visible(name, scope.package, asker), write_signature(form) if form else "")


def _scope_of(package: Package, one: Declaration) -> FileScope:
    return FileScope(package, one.path, one.parameters)


def _is_visible(name: str, owner: Package, asker: Package) -> bool:
    return name[:1].isupper() or (owner == asker and owner.repo != STANDARD)


def _without_pointer(type: Type) -> Type:
    return type.parts[0] if isinstance(type, Compound) and type.kind == "*" else type
