"""What an expression is: its type by declarations, and by what they say of members, calls and elements.

Types are inferred where C# leaves them out and only one answer is possible; everything else is anything.
"""

from __future__ import annotations

from dataclasses import replace

from tree_sitter import Node

from solulu.verifier.csharp.calls import Calls
from solulu.verifier.csharp.chains import arity, bound_receiver, ends_conditional, receiver, simple_name
from solulu.verifier.csharp.members import Member, Members
from solulu.verifier.csharp.scopes import Local
from solulu.verifier.csharp.source import Source
from solulu.verifier.csharp.summary import INDEXER
from solulu.verifier.csharp.targets import Targets
from solulu.verifier.csharp.texts import read_type
from solulu.verifier.csharp.values import Denoted, Namespace, Object, Static, Value, joined
from solulu.verifier.steps import Steps

_LITERALS = {
    "string_literal": "String", "verbatim_string_literal": "String", "raw_string_literal": "String",
    "interpolated_string_expression": "String", "character_literal": "Char", "boolean_literal": "Boolean",
    "typeof_expression": "Type", "is_expression": "Boolean", "is_pattern_expression": "Boolean",
    "sizeof_expression": "Int32",
}  # fmt: skip
_COMPARING = {"==", "!=", "<", ">", "<=", ">=", "&&", "||"}
_SAME = {"parenthesized_expression", "checked_expression", "ref_expression"}
_MOST_STEPS = 3_000


class Expressions:
    """What the expressions of one file are."""

    def __init__(self, source: Source, members: Members) -> None:
        self.source, self.members, self.world = source, members, source.world
        self.steps = Steps(_MOST_STEPS)
        self._values: dict[tuple[int, int], Value] = {}
        self._calls = Calls(self)
        self._targets = Targets(self, self._calls)

    def value(self, node: Node | None) -> Value:
        """The type of an expression's value; None where it may be anything."""
        if node is None:
            return None
        key = node.start_byte, node.end_byte
        if key not in self._values:
            self._values[key] = None
            self.steps.take()
            found = self._value(node)
            self._values[key] = self._or_none(found) if found and ends_conditional(node) else found
        return self._values[key]

    def _or_none(self, value: Object) -> Value:
        """What `?.` makes of a value, which may be missing."""
        is_value = value.type.kind in "se" and value.type.name != "System.Nullable"
        return self.world.standard("System.Nullable", value) if is_value else value

    def written(self, node: Node | None) -> Value:
        """The type that a node names."""
        if node is None or node.type == "implicit_type":
            return None
        text = " ".join(self.source.text(node).split())
        return self.world.resolve(read_type(text), self.source.place(node), self.source.bound(node))

    def denoted(self, node: Node) -> list[Denoted]:
        """What the left of a dot may be: more than one where a member is called like a type."""
        if node.type in ("identifier", "generic_name", "predefined_type", "alias_qualified_name"):
            return self._named(node)
        if node.type == "member_access_expression":
            inner = node.child_by_field_name("expression")
            name = node.child_by_field_name("name")
            if inner is None or name is None:
                return [self.value(node)]
            found = self.denoted(inner)
            types = [one for one in found if isinstance(one, Static | Namespace)]
            if types and len(types) == len(found):
                inside = self.world.inside(types[0], simple_name(self.source, name), arity(name))
                if not isinstance(inside, str):
                    return [inside]
        return [self.value(node)]

    def _named(self, node: Node) -> list[Denoted]:
        if node.type == "predefined_type":
            made = self.written(node)
            return [Static(made) if made else None]
        if node.type == "alias_qualified_name":
            full = self.source.text(node.child_by_field_name("name"))
            return [Namespace(full)] if self.world.has_namespace(full) else [None]
        name = simple_name(self.source, node)
        found: list[Denoted] = []
        is_known, value = self.variable(name, node)
        if is_known:
            found.append(value)
            if node.type == "identifier" and value is not None and value.type.name.rpartition(".")[2] != name:
                return found
        if not is_known or value is not None:
            place, bound = self.source.place(node), self.source.bound(node)
            if name in bound:
                return [None]
            static = (
                self.world.denoted(read_type(self.source.text(node)), place, bound)
                if node.type == "generic_name"
                else self.world.find(name, 0, place)
            )
            if not isinstance(static, str):
                found.append(static)
        return found or [None]

    def variable(self, name: str, node: Node) -> tuple[bool, Value]:
        """Whether a bare name is a local name, or a field or property of what is around; and its type."""
        names = self.source.locals(node)
        if name in names:
            local = names.find(name, node.start_byte)
            return True, self._local(local) if local else None
        parameters = self.source.primary_parameters(node)
        if name in parameters:
            text = parameters[name]
            return True, self.world.resolve(read_type(text), self.source.place(node), self.source.bound(node))
        for found in self.around(node, name):
            if found.kind in "pfe":
                return True, self.type_of(found)
            return True, None
        return False, None

    def around(self, node: Node, name: str) -> list[Member]:
        """The members of a name in the types around a node, the innermost type first, and of static usings."""
        place = self.source.place(node)
        for full in place.types:
            found = self._in_type(full, name)
            if found:
                return found
        for text in place.usings.statics:
            static = self.world.denoted(read_type(text), place, {})
            found = self.members.of(static.of, name) if isinstance(static, Static) else []
            if found:
                return found
        return []

    def this(self, node: Node) -> Value:
        """The object that code runs in."""
        around = self.source.type_around(node)
        place = self.source.place(node)
        if around is None or not place.types:
            return None
        parameters = next((child for child in around.named_children if child.type == "type_parameter_list"), None)
        count = parameters.named_child_count if parameters else 0
        info = self.world.info(place.types[0], count)
        return Object(info, (None,) * count) if info else None

    def type_of(self, member: Member) -> Value:
        """The type of a field, a property or an event, or what a method gives where nothing must be inferred."""
        bound = {**member.bound, **dict.fromkeys(member.type_parameters)}
        if member.kind == "f" and not member.type_text:
            info = self.world.info(member.part.place.types[0], 0)
            return Object(info) if info else None
        return self.world.resolve(read_type(member.type_text), member.part.place, bound)

    def element(self, of: Value) -> Value:
        """What iterating over something gives."""
        if of is None:
            return None
        for one in self.world.ancestors(of)[0]:
            if one.type.name == "System.Collections.Generic.IEnumerable" and one.arguments:
                return one.arguments[0]
            if one.type.name == "System.Collections.Generic.IAsyncEnumerable" and one.arguments:
                return one.arguments[0]
        if of.type.name in ("System.Span", "System.ReadOnlySpan") and of.arguments:
            return of.arguments[0]
        return None

    # -- kinds of expressions -----------------------------------------------------------------------------------------

    def _value(self, node: Node) -> Value:
        kind = node.type
        if kind in _LITERALS:
            return self.world.standard(f"System.{_LITERALS[kind]}")
        if kind in _SAME:
            return self.value(node.named_children[0]) if node.named_children else None
        method = getattr(self, f"_{kind}", None)
        found: Value = method(node) if method else None
        return found

    def _identifier(self, node: Node) -> Value:
        return self.variable(self.source.text(node), node)[1]

    def _this(self, node: Node) -> Value:
        return self.this(node)

    def _integer_literal(self, node: Node) -> Value:
        text = self.source.text(node).lower()
        return self.world.standard("System.Int32") if not text.endswith(("l", "u")) and len(text) < 9 else None

    def _real_literal(self, node: Node) -> Value:
        suffix = self.source.text(node).lower()[-1]
        return self.world.standard({"f": "System.Single", "m": "System.Decimal"}.get(suffix, "System.Double"))

    def _object_creation_expression(self, node: Node) -> Value:
        return self.written(node.child_by_field_name("type"))

    def _array_creation_expression(self, node: Node) -> Value:
        return self.written(node.child_by_field_name("type"))

    def _implicit_object_creation_expression(self, node: Node) -> Value:
        return self._targets.created(node)

    def _implicit_array_creation_expression(self, node: Node) -> Value:
        return self.world.array(joined([self.value(one) for one in node.named_children[-1].named_children]))

    def _tuple_expression(self, node: Node) -> Value:
        arguments = [one for one in node.named_children if one.type == "argument" and one.named_children]
        made = self.world.standard("System.ValueTuple", *(self.value(one.named_children[-1]) for one in arguments))
        names = tuple(self.source.text(one.child_by_field_name("name")) for one in arguments)
        return replace(made, names=names) if made else None

    def _cast_expression(self, node: Node) -> Value:
        return self.written(node.child_by_field_name("type"))

    def _as_expression(self, node: Node) -> Value:
        return self.written(node.child_by_field_name("right"))

    def _default_expression(self, node: Node) -> Value:
        return self.written(node.child_by_field_name("type"))

    def _postfix_unary_expression(self, node: Node) -> Value:
        return self.value(node.named_children[0]) if node.named_children else None

    def _prefix_unary_expression(self, node: Node) -> Value:
        if self.source.data[node.start_byte : node.start_byte + 1] == b"!":
            return self.world.standard("System.Boolean")
        return None

    def _assignment_expression(self, node: Node) -> Value:
        return self.value(node.child_by_field_name("left"))

    def _with_expression(self, node: Node) -> Value:
        return self.value(node.named_children[0]) if node.named_children else None

    def _conditional_expression(self, node: Node) -> Value:
        one = self.value(node.child_by_field_name("consequence"))
        other = self.value(node.child_by_field_name("alternative"))
        return one if one == other else None

    def _binary_expression(self, node: Node) -> Value:
        operator = self.source.text(node.child_by_field_name("operator"))
        if operator in _COMPARING:
            return self.world.standard("System.Boolean") if operator in ("&&", "||") else None
        left = self.value(node.child_by_field_name("left"))
        right = self.value(node.child_by_field_name("right"))
        if operator == "??":
            return (
                right if left is not None and left.type.name == "System.Nullable" else (left if left == right else None)
            )
        text = self.world.standard("System.String")
        if operator == "+" and text in (left, right):
            return text
        return left if left == right and left is not None and left.type.name.startswith("System.") else None

    def _await_expression(self, node: Node) -> Value:
        inner = self.value(node.named_children[0]) if node.named_children else None
        if inner and inner.type.name in ("System.Threading.Tasks.Task", "System.Threading.Tasks.ValueTask"):
            return inner.arguments[0] if inner.arguments else None
        return None

    def _element_access_expression(self, node: Node) -> Value:
        return self.indexed(self.value(node.child_by_field_name("expression")))

    def indexed(self, of: Value) -> Value:
        """An element of something."""
        if of is None:
            return None
        if of.is_array:
            return of.arguments[0]
        found = self.members.of(of, INDEXER)
        nearest = [member for member in found if member.part.place.types[0] == found[0].part.place.types[0]]
        return joined([self.type_of(member) for member in nearest])

    def _conditional_access_expression(self, node: Node) -> Value:
        last = node.named_children[-1] if node.named_children else None
        return self.value(last) if last is not None else None

    def _element_binding_expression(self, node: Node) -> Value:
        return self.indexed(self.value(bound_receiver(node)))

    def _member_binding_expression(self, node: Node) -> Value:
        return self._member_access_expression(node)

    def _member_access_expression(self, node: Node) -> Value:
        name = simple_name(self.source, node.child_by_field_name("name"))
        for of in self.receivers(node):
            if isinstance(of, Object) and name in of.names:
                return of.arguments[of.names.index(name)]
            owner = of.of if isinstance(of, Static) else of
            if isinstance(owner, Object):
                for member in self.members.of(owner, name):
                    return self.type_of(member) if member.kind in "pfe" else None
        return None

    def receivers(self, access: Node) -> list[Denoted]:
        """What a member is taken of: also `this` and `base`."""
        node = receiver(access)
        if access.type == "member_binding_expression":
            return [self._present(one) for one in self.denoted(node)] if node else [None]
        if node is None:
            return [None]
        if node.type == "this":
            return [self.this(node)]
        if node.type == "base":
            own = self.this(node)
            bases = self.world.ancestors(own)[0][1:] if own else []
            return [bases[0] if bases and self.world.ancestors(own)[1] else None] if own else [None]
        if node.type == "conditional_access_expression" and node.child_by_field_name("condition") is None:
            return [None]
        return self.denoted(node)

    def _invocation_expression(self, node: Node) -> Value:
        return self._calls.result(node)

    def _present(self, one: Denoted) -> Denoted:
        """What `?.` finds where something is not missing."""
        is_nullable = isinstance(one, Object) and one.type.name == "System.Nullable"
        return one.arguments[0] if isinstance(one, Object) and is_nullable and one.arguments else one

    # -- local names --------------------------------------------------------------------------------------------------

    def _local(self, local: Local) -> Value:
        key = local.name.start_byte, -1
        if key not in self._values:
            self._values[key] = None
            self.steps.take()
            self._values[key] = self._declared(local.name)
        return self._values[key]

    def _declared(self, name: Node) -> Value:
        parent = name.parent
        if parent is None or name.type == "implicit_parameter":
            return self._targets.lambda_parameter(name)
        type_node = parent.child_by_field_name("type")
        match parent.type:
            case "variable_declarator":
                declaration = parent.parent
                type_node = declaration.child_by_field_name("type") if declaration else None
                if type_node is not None and type_node.type != "implicit_type":
                    return self.written(type_node)
                last = parent.named_children[-1]
                return self.value(last) if last != name else None
            case "parameter":
                return self.written(type_node) if type_node else self._targets.lambda_parameter(name)
            case "parameter_list":
                previous = name.prev_named_sibling
                return self.written(previous)
            case "declaration_expression":
                if type_node is not None and type_node.type != "implicit_type":
                    return self.written(type_node)
                return self._targets.out_argument(parent)
            case "declaration_pattern" | "recursive_pattern" | "catch_declaration":
                if type_node is not None and type_node.type == "implicit_type":
                    return None
                return self.written(type_node)
            case "foreach_statement":
                if type_node is not None and type_node.type != "implicit_type":
                    return self.written(type_node)
                return self.element(self.value(parent.child_by_field_name("right")))
            case "from_clause":
                return self.written(type_node) if type_node else self.element(self.value(parent.named_children[-1]))
            case "let_clause":
                return self.value(parent.named_children[-1])
        return None

    def _in_type(self, full: str, name: str) -> list[Member]:
        found: list[Member] = []
        for count in self.world.arities(full):
            info = self.world.info(full, count)
            if info:
                found += self.members.of(Object(info, (None,) * count), name)
        return found
