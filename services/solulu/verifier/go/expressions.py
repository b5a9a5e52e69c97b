"""What expressions are: their types as far as declarations tell, generics erased, anything else unknown."""

from __future__ import annotations

from collections.abc import Callable

from tree_sitter import Node, Tree

from solulu.languages.go import GO
from solulu.verifier.go.members import Types
from solulu.verifier.go.repository import Declaration
from solulu.verifier.go.scopes import Local
from solulu.verifier.go.summary import LITERALS
from solulu.verifier.go.types import read_type
from solulu.verifier.go.values import (
    Basic,
    Binding,
    Builtin,
    Compound,
    Declared,
    FileScope,
    LocalName,
    LocalScope,
    Named,
    PackageValue,
    Scope,
    Several,
    Shape,
    Status,
    Type,
    TypeValue,
    Value,
)
from solulu.verifier.go.world import World

_MOST_STEPS = 30_000
_DEEPEST = 60
_COMPARISONS = {"==", "!=", "<", "<=", ">", ">=", "&&", "||"}
_SHIFTS = {"<<", ">>"}
_OF_BUILTINS = {"len": "int", "cap": "int", "copy": "int", "real": "float64", "imag": "float64", "recover": "any"}
_BOOL = Basic("bool")


class Expressions:
    """Evaluates what stands in one file, and what it leads to in others."""

    def __init__(self, world: World, types: Types) -> None:
        self._world, self._types = world, types
        self._trees: list[Tree] = []
        """Kept, so that no two nodes ever have the same id."""
        self._known: dict[object, Value] = {}
        self._depth = self._steps = 0

    def value(self, node: Node | None, scope: Scope) -> Value:
        """What an expression is."""
        if node is None:
            return None
        return self._once((node.id, scope.file), lambda: self._value(node, scope.at(node.start_byte)))

    def type(self, node: Node | None, scope: Scope) -> Type:
        """The type of an expression that is one value."""
        return _single(self.value(node, scope))

    def select(self, value: Value, name: str, scope: Scope) -> tuple[Status, Value]:
        """What `value.name` is."""
        if isinstance(value, PackageValue):
            status, binding = self._world.member(value.path, name, scope.file)
            return status, self.of_binding(binding)
        is_type = isinstance(value, TypeValue)
        if isinstance(value, Builtin | Several):
            return "unknown", None
        status, member = self._types.member(value.type if isinstance(value, TypeValue) else value, name, scope.package)
        if member is None:
            return status, None
        if is_type:
            return ("found" if member.is_method else "unknown"), None
        return status, member.type

    def of_binding(self, binding: Binding) -> Value:
        """What a name stands for."""
        match binding:
            case LocalName():
                return self._once(binding.local, lambda: self._local(binding.local, binding.scope))
            case Declared():
                return self._once((binding.package, binding.name), lambda: self._declared(binding))
            case _:
                return binding

    def written(self, node: Node | None, scope: Scope) -> Type:
        """The type that a node of a type writes."""
        return self._types.read(_text(node), scope.at(node.start_byte)) if node else None

    def literal_type(self, node: Node, scope: Scope) -> Type:
        """The type of what a literal's braces are the value of, where types may be left out."""
        parent = node.parent
        if parent is None:
            return None
        if parent.type == "composite_literal":
            return self.written(parent.child_by_field_name("type"), scope)
        is_key, element = False, parent
        if parent.type == "literal_element":
            element = parent.parent or parent
            is_key = element.type == "keyed_element" and element.child_by_field_name("key") == parent
            outer = element.parent if element.type == "keyed_element" else element
        else:
            outer = element.parent if element.type == "keyed_element" else element
        if outer is None or outer.type != "literal_value":
            return None
        around = self._types.underlying(_single(self._once(("{}", outer.id), lambda: self.literal_type(outer, scope))))
        if not isinstance(around, Compound) or around.kind not in ("[]", "map"):
            return None
        return self._types.pointed(around.parts[0] if is_key else around.parts[-1])

    def _once(self, key: object, evaluate: Callable[[], Value]) -> Value:
        """The value of what is asked, evaluated once; None while that is under way, or where it leads too far."""
        if key in self._known:
            return self._known[key]
        self._steps += 1
        if self._depth >= _DEEPEST or self._steps > _MOST_STEPS:
            return None
        self._known[key] = None
        self._depth += 1
        value = evaluate()
        self._depth -= 1
        self._known[key] = value
        return value

    def _value(self, node: Node, scope: Scope) -> Value:
        if node.type in LITERALS:
            return Basic(LITERALS[node.type])
        match node.type:
            case "identifier" | "type_identifier" | "package_identifier":
                return self.of_binding(self._world.lookup(_text(node), scope)[1])
            case "selector_expression":
                operand, field = node.child_by_field_name("operand"), node.child_by_field_name("field")
                return self.select(self._one(operand, scope), _text(field), scope)[1] if field else None
            case "call_expression":
                return self._call(node, scope)
            case "parenthesized_expression":
                return self.value(node.named_children[0], scope) if node.named_children else None
            case "composite_literal":
                return self.written(node.child_by_field_name("type"), scope)
            case "func_literal":
                form = read_type(_signature(node))
                return Shape(form, scope) if form else None
            case "unary_expression":
                return self._unary(node, scope)
            case "binary_expression":
                return self._binary(node, scope)
            case "index_expression":
                return self._index(node, scope)
            case "slice_expression":
                return self._slice(self.type(node.child_by_field_name("operand"), scope))
            case "type_assertion_expression" | "type_conversion_expression":
                return self.written(node.child_by_field_name("type"), scope)
            case "type_instantiation_expression":
                return self.value(node.child_by_field_name("type"), scope)
            case "qualified_type" | "pointer_type" | "slice_type" | "array_type" | "map_type" | "channel_type":
                return TypeValue(self.written(node, scope))
            case "function_type" | "struct_type" | "interface_type" | "generic_type" | "parenthesized_type":
                return TypeValue(self.written(node, scope))
            case _:
                return None

    def _one(self, node: Node | None, scope: Scope) -> Value:
        value = self.value(node, scope)
        return None if isinstance(value, Several) else value

    def _call(self, node: Node, scope: Scope) -> Value:
        called = self.value(node.child_by_field_name("function"), scope)
        if isinstance(called, TypeValue):
            return called.type
        if isinstance(called, Builtin):
            return self._built_in(called.name, node.child_by_field_name("arguments"), scope)
        under = self._types.underlying(_single(called))
        if not isinstance(under, Shape) or under.form[0] != "func":
            return None
        results = tuple(self._types.resolve(form, under.scope) for _, form in under.form[2])
        return results[0] if len(results) == 1 else Several(results)

    def _built_in(self, name: str, arguments: Node | None, scope: Scope) -> Value:
        if name in _OF_BUILTINS:
            return Basic(_OF_BUILTINS[name])
        given = [node for node in arguments.named_children if node.type != "comment"] if arguments else []
        if not given:
            return None
        if name in ("new", "make"):
            value = self.value(given[0], scope)
            type = value.type if isinstance(value, TypeValue) else self.written(given[0], scope)
            return Compound("*", (type,)) if name == "new" else type
        if name == "append":
            return self.type(given[0], scope)
        return None

    def _unary(self, node: Node, scope: Scope) -> Value:
        operator = node.child_by_field_name("operator")
        operand = self.value(node.child_by_field_name("operand"), scope)
        match _text(operator) if operator else "":
            case "*":
                if isinstance(operand, TypeValue):
                    return TypeValue(Compound("*", (operand.type,)))
                under = self._types.underlying(_single(operand))
                return under.parts[0] if isinstance(under, Compound) and under.kind == "*" else None
            case "&":
                return Compound("*", (_single(operand),))
            case "<-":
                under = self._types.underlying(_single(operand))
                return under.parts[0] if isinstance(under, Compound) and under.kind == "chan" else None
            case "!":
                return _BOOL
            case _:
                return _single(operand)

    def _binary(self, node: Node, scope: Scope) -> Value:
        operator = _text(node.child_by_field_name("operator"))
        if operator in _COMPARISONS:
            return _BOOL
        left = self.type(node.child_by_field_name("left"), scope)
        if operator in _SHIFTS:
            return left
        right = self.type(node.child_by_field_name("right"), scope)
        if left is None or right is None:
            return None
        return right if isinstance(right, Named) else left

    def _index(self, node: Node, scope: Scope) -> Value:
        operand = self.value(node.child_by_field_name("operand"), scope)
        if isinstance(operand, TypeValue):
            return operand
        under = self._types.underlying(self._types.pointed(_single(operand)))
        if isinstance(under, Compound) and under.kind in ("[]", "map"):
            return under.parts[-1]
        if isinstance(under, Shape) and under.form[0] == "func":
            return under
        return Basic("byte") if under == Basic("string") else None

    def _slice(self, type: Type) -> Type:
        under = self._types.underlying(type)
        return under.parts[0] if isinstance(under, Compound) and under.kind == "*" else type

    def _declared(self, binding: Declared) -> Value:
        type = self._types.of_binding(binding)
        if type is not None:
            return TypeValue(type)
        first = binding.declarations[0]
        if any((one.kind, one.text, one.position) != (first.kind, first.text, first.position)
               for one in binding.declarations):  # fmt: skip
            return None
        return self._declaration(first, FileScope(binding.package, first.path, first.parameters))

    def _declaration(self, one: Declaration, scope: FileScope) -> Value:
        match one.kind:
            case "f" | "v":
                return self._types.read(one.text, scope)
            case "l":
                return Basic(one.text)
            case "e":
                value = self._parsed(one.text, scope)
                return _nth(value, one.position) if one.position >= 0 else _single(value)
            case _:
                return TypeValue(None)

    def _parsed(self, text: str, scope: FileScope) -> Value:
        if not text:
            return None
        tree = GO.parse(f"package p\nvar _ = {text}\n".encode())
        root = tree.root_node
        if root.has_error or not root.named_children:
            return None
        self._trees.append(tree)
        spec = root.named_children[-1].named_children[0]
        values = spec.child_by_field_name("value")
        return self.value(values.named_children[0], scope) if values and values.named_children else None

    def _local(self, local: Local, scope: LocalScope) -> Value:
        node, here = local.node, scope.at(local.node.start_byte)
        match local.kind:
            case "assigned" | "constant":
                return self._assigned(local, here)
            case "parameter":
                return self._types.resolve(local.form, here)
            case "range":
                return self._ranged(self.type(node.child_by_field_name("right"), here), local.position)
            case "received":
                return _BOOL if local.position else self.type(node.child_by_field_name("right"), here)
            case "switch":
                listed = node.children_by_field_name("type")
                if len(listed) == 1 and _text(listed[0]) != "nil":
                    return self.written(listed[0], here)
                outer = node.parent
                return self.type(outer.child_by_field_name("value"), here) if outer and not listed[1:] else None
            case "type":
                return TypeValue(self._types.of_binding(LocalName(local, scope)))
            case _:
                return TypeValue(None)

    def _assigned(self, local: Local, scope: Scope) -> Value:
        node = local.node
        type = node.child_by_field_name("type")
        if type:
            return self.written(type, scope)
        values = node.child_by_field_name("value" if node.type.endswith("_spec") else "right")
        given = [one for one in values.named_children if one.type != "comment"] if values else []
        if len(given) == 1 and local.position == 1 and given[0].type in _COMMA_OK and not _is_call(given[0]):
            return _BOOL
        names = node.children_by_field_name("name") if node.type.endswith("_spec") else _listed(node)
        if len(given) == len([name for name in names if name.is_named]):
            return self.type(given[local.position], scope) if local.position < len(given) else None
        if len(given) != 1:
            return None
        return _nth(self.value(given[0], scope), local.position)

    def _ranged(self, type: Type, position: int) -> Type:
        under = self._types.underlying(self._types.pointed(type))
        match under:
            case Compound(kind="[]"):
                return under.parts[0] if position else Basic("int")
            case Compound(kind="map"):
                return under.parts[position] if position < 2 else None
            case Compound(kind="chan"):
                return under.parts[0] if position == 0 else None
            case Basic(name="string"):
                return Basic("rune" if position else "int")
            case Basic():
                return type if position == 0 else None
            case Shape(form=("func", ((_, ("func", given, _)),), _)) if position < len(given):
                return self._types.resolve(given[position][1], under.scope)
            case _:
                return None


_COMMA_OK = {"index_expression", "type_assertion_expression", "unary_expression", "parenthesized_expression"}


def _is_call(node: Node) -> bool:
    while node.type == "parenthesized_expression" and node.named_children:
        node = node.named_children[0]
    return node.type == "call_expression"


def _signature(node: Node) -> str:
    parameters, result = node.child_by_field_name("parameters"), node.child_by_field_name("result")
    return f"func{_text(parameters)} {_text(result)}" if parameters else ""


def _listed(node: Node) -> list[Node]:
    left = node.child_by_field_name("left")
    return [one for one in left.named_children if one.type != "comment"] if left else []


def _single(value: Value) -> Type:
    """The type of one value; None where it is none, or more than one."""
    return None if isinstance(value, TypeValue | PackageValue | Several | Builtin) else value


def _nth(value: Value, position: int) -> Type:
    if isinstance(value, Several):
        return value.types[position] if position < len(value.types) else None
    return _single(value) if position == 0 else None


def _text(node: Node | None) -> str:
    return (node.text or b"").decode("utf-8", "replace") if node else ""
