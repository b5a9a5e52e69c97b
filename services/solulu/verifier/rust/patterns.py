"""Types of the names that patterns bind, from what the patterns are matched with."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tree_sitter import Node

from solulu.verifier.rust.members import Function, Members
from solulu.verifier.rust.names import Found
from solulu.verifier.rust.places import Places
from solulu.verifier.rust.scopes import Binding
from solulu.verifier.rust.types import parse_generics, parse_type
from solulu.verifier.rust.values import SLICE, TUPLE, Env, Type


class Patterns(ABC):
    """The patterns of one file."""

    def __init__(self, places: Places, members: Members) -> None:
        self.places, self.members = places, members
        self.types, self.world, self.scopes = members.types, members.world, places.scopes
        self._known: dict[int, Type | None] = {}
        """By the node of an expression, or the negated one of a name that is bound."""
        self._open: set[int] = set()

    @abstractmethod
    def type_of(self, node: Node | None) -> Type | None:
        """The type of an expression."""

    @abstractmethod
    def found(self, node: Node) -> Found | None:
        """What a path means."""

    @abstractmethod
    def written(self, node: Node | None) -> Type | None:
        """The type that a type's node writes."""

    @abstractmethod
    def functions(self, callee: Node) -> tuple[Function, ...]:
        """The functions that an expression that is called may mean."""

    def bound(self, binding: Binding) -> Type | None:
        """The type of a name that a pattern binds."""
        key = -1 - binding.name.id
        if key in self._known:
            return self._known[key]
        if key in self._open:
            return None
        self._open.add(key)
        try:
            found = self._within(binding.pattern, self.matched(binding.owner), binding.name)
        finally:
            self._open.discard(key)
        self._known[key] = found
        return found

    def matched(self, owner: Node) -> Type | None:
        """The type of what a pattern is matched with."""
        match owner.type:
            case "let_declaration":
                type = owner.child_by_field_name("type")
                return self.written(type) if type else self.type_of(owner.child_by_field_name("value"))
            case "let_condition":
                return self.type_of(owner.child_by_field_name("value"))
            case "parameter":
                return self.written(owner.child_by_field_name("type"))
            case "match_arm":
                return self.type_of(_above(owner, "match_expression").child_by_field_name("value"))
            case "match_pattern":
                return self.type_of(_above(owner, "match_expression").child_by_field_name("value"))
            case "for_expression":
                value = self.type_of(owner.child_by_field_name("value"))
                return self._item_of(value)
        return None

    def _item_of(self, value: Type | None) -> Type | None:
        if value is None:
            return None
        if value.head == SLICE:
            return value.args[0]
        return self.types.projected(value, "Item")

    def _within(self, pattern: Node, type: Type | None, name: Node) -> Type | None:
        """The type of a name in a pattern that is matched with a type."""
        if pattern == name:
            closure = _closure_of(pattern)
            return self._of_closure(closure, pattern) if closure is not None and type is None else type
        children = [child for child in pattern.named_children if child.type not in ("line_comment", "block_comment")]
        match pattern.type:
            case "captured_pattern" | "ref_pattern" | "mut_pattern" | "reference_pattern" | "match_pattern":
                for child in children:
                    if _holds(child, name):
                        return self._within(child, type, name)
            case "or_pattern":
                for child in children:
                    if _holds(child, name):
                        return self._within(child, type, name)
            case "tuple_pattern":
                held = next((child for child in children if _holds(child, name)), None)
                if held and type and type.head == TUPLE and not _has_rest(pattern):
                    number = _position(held)
                    return self._within(held, type.args[number], name) if number < len(type.args) else None
            case "slice_pattern":
                if type and type.head == SLICE:
                    for child in children:
                        if child == name:
                            return type.args[0]
            case "tuple_struct_pattern":
                head = pattern.child_by_field_name("type")
                held = next((child for child in children if child != head and _holds(child, name)), None)
                if head and held and not _has_rest(pattern):
                    return self._within(held, self.field_of(head, type, str(_position(held))), name)
            case "struct_pattern":
                head = pattern.child_by_field_name("type")
                for child in children:
                    if head and child.type == "field_pattern" and _holds(child, name):
                        field = child.child_by_field_name("name")
                        nested = child.child_by_field_name("pattern")
                        found = self.field_of(head, type, self.scopes.text(field or name))
                        return self._within(nested, found, name) if nested else found
        return None

    def field_of(self, head: Node, type: Type | None, field: str) -> Type | None:
        """The type of a field of the struct or variant that a pattern names."""
        found = self.found(head)
        defs = found.defs if found and not found.is_open else ()
        if self.scopes.text(head).startswith("Self"):
            own = self.places.env(head).names.get("Self")
            name = self.scopes.text(head).partition("::")[2]
            defs = (own.head,) if own and not name else self.world.below(own.head, name).defs if own else ()
        if len(defs) != 1:
            return None
        one = defs[0]
        if one.kind not in ("variant", "s"):
            return None
        outer = one.item[1] if one.kind == "variant" else one
        fields = one.item[0] if one.kind == "variant" else one.item[2]
        if field not in fields or len(self.types.items(outer)) != 1:
            return None
        given: tuple[Type | None, ...] = ()
        for step in self.types.chain(type) if type else ():
            if step and step.head == outer:
                given = step.args
        names = dict.fromkeys(parse_generics(outer.item[1]))
        names.update(zip(names, given, strict=False))
        made = self.types.made(outer, given)
        return self.types.read(fields[field], Env(outer.mod, {**names, "Self": made}))

    def _of_closure(self, closure: Node, name: Node) -> Type | None:
        """The type of a closure's parameter, by the bound of the function that the closure is given to."""
        arguments = closure.parent
        call = arguments.parent if arguments else None
        parameters = closure.child_by_field_name("parameters")
        if arguments is None or arguments.type != "arguments" or call is None or parameters is None:
            return None
        callee = call.child_by_field_name("function")
        given = [child for child in arguments.named_children if child.type not in ("line_comment", "block_comment")]
        functions = self.functions(callee) if callee else ()
        number, position = given.index(closure), _position(name)
        if len(functions) != 1 or number >= len(functions[0].written["p"]):
            return None
        function = functions[0]
        generics = parse_generics(function.written.get("g", ""))
        ast = parse_type(function.written["p"][number])
        bounds = ast[1] if ast[0] == "impl" else ()
        if ast[0] == "path" and len(ast[1]) == 1:
            bounds = generics.get(ast[1][0][0], ())
        env = Env(function.env.mod, {**function.env.names, **dict.fromkeys(generics)})
        for bound in bounds:
            if bound[0] == "path" and bound[1][-1][0] in ("Fn", "FnMut", "FnOnce") and bound[1][-1][1]:
                inputs = bound[1][-1][1][0]
                if inputs[0] == "tuple" and position < len(inputs[1]):
                    return self.types.resolve(inputs[1][position], env)
        return None


def _holds(outer: Node, inner: Node) -> bool:
    return outer.start_byte <= inner.start_byte and inner.end_byte <= outer.end_byte


def _above(node: Node, kind: str) -> Node:
    while node.type != kind and node.parent is not None:
        node = node.parent
    return node


def _closure_of(pattern: Node) -> Node | None:
    parent = pattern.parent
    if parent and parent.type == "closure_parameters":
        return parent.parent
    return None


def _position(node: Node) -> int:
    """How many commas stand before a node in what holds it: `_` is no node."""
    parent = node.parent
    return sum(child.type == "," for child in parent.children if child.end_byte <= node.start_byte) if parent else 0


def _has_rest(pattern: Node) -> bool:
    return any(child.type in ("remaining_field_pattern", "..") for child in pattern.children)
