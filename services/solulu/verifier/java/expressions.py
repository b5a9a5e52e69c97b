"""What an expression may be, by declared types: no inference but that of `var`, and generics as far as they are written
out."""

from __future__ import annotations

from tree_sitter import Node

from solulu.verifier.java.declarations import Declaration
from solulu.verifier.java.lambdas import Lambdas
from solulu.verifier.java.members import Members, Overload
from solulu.verifier.java.names import Names, Scope, Variable, enclosing
from solulu.verifier.java.scopes import Local, Place, Scopes
from solulu.verifier.java.summary import type_text
from solulu.verifier.java.types import (
    UNKNOWN,
    Array,
    Either,
    PackageName,
    Primitive,
    Reference,
    TypeName,
    Value,
    either,
    parse_type,
)

_DEEPEST = 40
_LITERALS = {
    "decimal_integer_literal": "int",
    "hex_integer_literal": "int",
    "octal_integer_literal": "int",
    "binary_integer_literal": "int",
    "decimal_floating_point_literal": "double",
    "hex_floating_point_literal": "double",
    "true": "boolean",
    "false": "boolean",
    "character_literal": "char",
}
_COMPARISONS = {"==", "!=", "<", ">", "<=", ">=", "&&", "||"}
_STRING, _CLASS, _ITERABLE = "java.lang.String", "java.lang.Class", "java.lang.Iterable"


class Expressions:
    """Types of the expressions of one file."""

    def __init__(self, scopes: Scopes, names: Names, members: Members) -> None:
        self._scopes, self._names, self._members = scopes, names, members
        self._lambdas = Lambdas(names, members, self)
        self._depth = 0
        self._known: dict[int, Value] = {}

    def value(self, node: Node) -> Value:
        """What an expression in the file gives; a type or package where it names one."""
        if node.id not in self._known:
            self._known[node.id] = UNKNOWN
            place = self._scopes.place(node)
            if place:
                self._names.steps.take(len(place.nodes))
                self._known[node.id] = self.value_at(node, place)
        return self._known[node.id]

    def value_at(self, node: Node, place: Place) -> Value:
        """The same, where the names in it are looked up at a place."""
        self._names.steps.take()
        if self._depth >= _DEEPEST:
            return UNKNOWN
        self._depth += 1
        try:
            handler = getattr(self, "_" + node.type, None)
            if handler:
                return handler(node, place)
            if node.type in _LITERALS:
                return self._literal(node)
            return UNKNOWN
        finally:
            self._depth -= 1

    def text(self, node: Node | None) -> str:
        """The code of a node."""
        return self._scopes.data[node.start_byte : node.end_byte].decode("utf-8", "replace") if node else ""

    # -- names --------------------------------------------------------------------------------------------------------

    def variable(self, name: str, place: Place) -> Value | None:
        """What a variable holds; None where there is none, as far as is known."""
        scope: Scope | None = place
        is_sure = True
        while isinstance(scope, Place | Declaration):
            if isinstance(scope, Place):
                found = self._in_place(name, scope)
                if found is not None:
                    return found
            else:
                status = self._members.field(TypeName(scope), name)
                if status == "found" and name_is_field(self._names, scope, name):
                    return self._members.field_value(self._names.this(scope), name) if is_sure else UNKNOWN
                is_sure = is_sure and status != "unknown"
            scope = enclosing(scope)
        for owner in place.file.static_single.get(name, ()):
            found = self._static(owner, name)
            if found is not None:
                return found
        for owner in place.file.static_stars:
            found = self._static(owner, name)
            if found is not None:
                return found if is_sure else UNKNOWN
        return None

    def local_value(self, local: Local) -> Value:
        """What a local variable holds."""
        if local.text not in ("", "var"):
            place = self._scopes.place(local.node)
            return self._names.value(local.text, place) if place else UNKNOWN
        if not local.text:
            return self._lambdas.parameter(local.node)
        given = local.node.child_by_field_name("value")
        if given is None:
            return UNKNOWN
        value = self.value(given)
        return self._element(value) if local.is_element else value

    def _in_place(self, name: str, place: Place) -> Value | None:
        local = place.local(name)
        if local:
            return self.local_value(local)
        patterns = place.patterns(name)
        if not patterns:
            return None
        is_field = place.declaration and self._members.field(TypeName(place.declaration), name) != "absent"
        return UNKNOWN if is_field else either(self.local_value(pattern) for pattern in patterns)

    def _static(self, owner: str, name: str) -> Value | None:
        declaration = self._names.world.named(owner)
        if isinstance(declaration, Declaration) and name_is_field(self._names, declaration, name):
            return self._members.field_value(TypeName(declaration), name)
        return None

    def _element(self, value: Value) -> Value:
        if isinstance(value, Array):
            return value.element
        if isinstance(value, Reference):
            for ancestor in self._names.ancestors(value)[0]:
                if ancestor.declaration.qualified == _ITERABLE:
                    return ancestor.arguments.get("T", UNKNOWN)
        return UNKNOWN

    # -- kinds of expressions, by their names in the grammar ----------------------------------------------------------

    def _identifier(self, node: Node, place: Place) -> Value:
        name = self.text(node)
        found = self.variable(name, place)
        if found is not None:
            return found
        return self.type_or_package(name, place)

    def type_or_package(self, name: str, scope: Scope) -> Value:
        """What a simple name means that is no variable."""
        declared = self._names.type(name, scope)
        if isinstance(declared, Declaration):
            return TypeName(declared)
        if isinstance(declared, Variable) or self._names.is_found(name, scope):
            return UNKNOWN
        return PackageName(name) if self._names.world.begins_package(name) else UNKNOWN

    def _field_access(self, node: Node, place: Place) -> Value:
        target, field = node.child_by_field_name("object"), node.child_by_field_name("field")
        if target is None or field is None:
            return UNKNOWN
        inner = self.value_at(target, place)
        if field.type == "this":
            return self._names.this(inner.declaration) if isinstance(inner, TypeName) else UNKNOWN
        if any(child.type == "super" for child in node.children[1:]):
            return UNKNOWN
        name = self.text(field)
        if isinstance(inner, PackageName):
            return self.in_package(inner.name, name)
        return self._members.field_value(inner, name)

    def in_package(self, package: str, name: str) -> Value:
        """What a name means in a package."""
        world = self._names.world
        found = world.top(package, name) if world.is_package(package) else None
        if found:
            return TypeName(found)
        whole = f"{package}.{name}"
        return PackageName(whole) if world.begins_package(whole) else UNKNOWN

    def dotted(self, name: str, scope: Scope) -> Value:
        """What a dotted name means that is no variable."""
        first, *rest = name.split(".")
        value = self.type_or_package(first, scope)
        for part in rest:
            if isinstance(value, PackageName):
                value = self.in_package(value.name, part)
            elif isinstance(value, TypeName):
                inner = self._names.member_type(value.declaration, part)
                value = TypeName(inner) if isinstance(inner, Declaration) else UNKNOWN
        return value

    def _method_invocation(self, node: Node, place: Place) -> Value:
        name, target = self.text(node.child_by_field_name("name")), node.child_by_field_name("object")
        receiver = self.receiver(node, target, place) if target else self.implicit(name, place)
        if receiver is None:
            return UNKNOWN
        if isinstance(receiver, Either):
            return either(self._called(one, name, node) for one in receiver.values)
        return self._called(receiver, name, node)

    def _called(self, receiver: Value, name: str, call: Node) -> Value:
        """What a call of a method gives."""
        overloads, is_sure = self._members.overloads(receiver, name)
        count = argument_count(call)
        if isinstance(receiver, Reference) and name == "getClass" and count == 0:
            return self._standard(_CLASS)
        if not is_sure:
            return UNKNOWN
        fitting = [one for one in overloads if one.accepts(count)]
        if len(fitting) == 1:
            return self._members.result(fitting, receiver, lambda one: self._lambdas.inferred(one, call))
        return self._members.result(fitting, receiver)

    def overloads(self, call: Node) -> tuple[list[Overload], bool]:
        """The methods or constructors that a call may mean, and whether those are all."""
        place = self._scopes.place(call)
        if place is None:
            return [], False
        if call.type == "object_creation_expression":
            kind = call.child_by_field_name("type")
            made = self.value_at(kind, place) if kind else UNKNOWN
            return self._members.constructors(made.declaration) if isinstance(made, TypeName) else ([], False)
        name, target = self.text(call.child_by_field_name("name")), call.child_by_field_name("object")
        receiver = self.receiver(call, target, place) if target else self.implicit(name, place)
        return self._members.overloads(receiver, name) if receiver is not None else ([], False)

    def place(self, node: Node) -> Place | None:
        """Where a node stands."""
        return self._scopes.place(node)

    @property
    def data(self) -> bytes:
        """The file."""
        return self._scopes.data

    def receiver(self, node: Node, target: Node, place: Place) -> Value:
        """What a method is called on; `target` is what stands before it."""
        if any(child.type == "super" for child in node.children[1:]):
            return UNKNOWN
        return self.value_at(target, place)

    def implicit(self, name: str, place: Place) -> Value | None:
        """What a method is called on where nothing stands before it: the nearest class around that has one of this
        name, or the class that it is imported from. None where there is none, or another may be nearer."""
        scope: Scope | None = place
        while isinstance(scope, Place | Declaration):
            if isinstance(scope, Declaration):
                this = self._names.this(scope)
                if self._members.method(this, name) != "absent":
                    return this if self._members.method(this, name) == "found" else None
            scope = enclosing(scope)
        owners = [*place.file.static_single.get(name, ()), *place.file.static_stars]
        found = [self._names.world.named(owner) for owner in owners]
        if not all(isinstance(owner, Declaration) for owner in found):
            return None
        having = [
            TypeName(owner)
            for owner in found
            if isinstance(owner, Declaration) and self._members.method(TypeName(owner), name) != "absent"
        ]
        return having[0] if len(having) == 1 else None

    def _this(self, node: Node, place: Place) -> Value:
        return self._names.this(place.declaration) if place.declaration else UNKNOWN

    def _super(self, node: Node, place: Place) -> Value:
        """The superclass: what it lacks, the class's interfaces may have by a default method, but only by their
        names."""
        if not place.declaration or place.declaration.kind == "interface":
            return UNKNOWN
        return self._names.superclass(place.declaration)

    def _parenthesized_expression(self, node: Node, place: Place) -> Value:
        inner = [child for child in node.named_children if not child.is_extra]
        return self.value_at(inner[0], place) if inner else UNKNOWN

    def _cast_expression(self, node: Node, place: Place) -> Value:
        kinds = node.children_by_field_name("type")
        return self._names.value(type_text(kinds[0], self._scopes.data), place) if len(kinds) == 1 else UNKNOWN

    def _object_creation_expression(self, node: Node, place: Place) -> Value:
        kind = node.child_by_field_name("type")
        if kind is None or any(child.type == "." for child in node.children):
            return UNKNOWN
        if any(child.type == "class_body" for child in node.named_children):
            body = next(child for child in node.named_children if child.type == "class_body")
            inside = self._scopes.place(body.children[0]) if body.children else None
            return Reference(inside.declaration) if inside and inside.declaration else UNKNOWN
        return self._names.value(type_text(kind, self._scopes.data), place)

    def _array_creation_expression(self, node: Node, place: Place) -> Value:
        text = type_text(node.child_by_field_name("type"), self._scopes.data)
        count = sum(
            1 if child.type == "dimensions_expr" else sum(inner.type == "[" for inner in child.children)
            for child in node.children_by_field_name("dimensions")
        )
        return self._names.value(text + "[]" * count, place)

    def _array_access(self, node: Node, place: Place) -> Value:
        array = node.child_by_field_name("array")
        inner = self.value_at(array, place) if array else UNKNOWN
        return inner.element if isinstance(inner, Array) else UNKNOWN

    def _string_literal(self, node: Node, place: Place) -> Value:
        return self._standard(_STRING)

    def _class_literal(self, node: Node, place: Place) -> Value:
        return self._standard(_CLASS)

    def _instanceof_expression(self, node: Node, place: Place) -> Value:
        return Primitive("boolean")

    def _assignment_expression(self, node: Node, place: Place) -> Value:
        left = node.child_by_field_name("left")
        return self.value_at(left, place) if left else UNKNOWN

    def _ternary_expression(self, node: Node, place: Place) -> Value:
        parts = [node.child_by_field_name(side) for side in ("consequence", "alternative")]
        given = [part for part in parts if not part or part.type != "null_literal"]
        value = either(self.value_at(part, place) if part else UNKNOWN for part in given)
        return value if len(given) == len(parts) else self._lambdas.boxed(value)

    def _binary_expression(self, node: Node, place: Place) -> Value:
        operator = self.text(node.child_by_field_name("operator"))
        if operator in _COMPARISONS:
            return Primitive("boolean")
        if operator != "+":
            return UNKNOWN
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        sides = [self.value_at(side, place) for side in (right, left) if side]
        is_text = any(isinstance(side, Reference) and side.declaration.qualified == _STRING for side in sides)
        return self._standard(_STRING) if is_text else UNKNOWN

    def _literal(self, node: Node) -> Value:
        kind, text = _LITERALS[node.type], self.text(node)
        if kind == "int" and text[-1:] in "lL":
            kind = "long"
        elif kind == "double" and text[-1:] in "fF":
            kind = "float"
        return Primitive(kind)

    def _scoped_type_identifier(self, node: Node, place: Place) -> Value:
        return self._written_type(node, place)

    _type_identifier = _generic_type = _array_type = _scoped_type_identifier

    def _written_type(self, node: Node, place: Place) -> Value:
        value = self._names.value(parse_type(type_text(node, self._scopes.data)).name, place)
        return TypeName(value.declaration) if isinstance(value, Reference) else UNKNOWN

    def _standard(self, name: str) -> Value:
        found = self._names.world.named(name)
        return Reference(found) if isinstance(found, Declaration) else UNKNOWN


def name_is_field(names: Names, declaration: Declaration, name: str) -> bool:
    """Whether a class has or inherits a field, as far as is known."""
    return any(name in ancestor.declaration.fields for ancestor in names.ancestors_of(declaration)[0])


def argument_count(node: Node) -> int:
    """How many arguments a call has."""
    listed = node.child_by_field_name("arguments")
    return sum(not child.is_extra for child in listed.named_children) if listed else 0
