"""Types of expressions and of the names that patterns bind, from what is declared around them.

Inference follows declarations only: what would need a later use of a variable to be known stays unknown.
"""

from __future__ import annotations

import re

from tree_sitter import Node

from solulu.verifier.rust.members import Function, Members
from solulu.verifier.rust.names import ROOT, Def, Found
from solulu.verifier.rust.patterns import Patterns
from solulu.verifier.rust.places import Places
from solulu.verifier.rust.types import parse_generics, parse_type
from solulu.verifier.rust.values import FUTURE, OPAQUE, SLICE, TUPLE, Env, Type
from solulu.verifier.steps import Steps

_SUFFIX = re.compile(r"(?:[iu](?:8|16|32|64|128|size)|f(?:32|64))$")
_MOST_STEPS = 2_000
_DEEPEST = 60
_COMPARING = {"==", "!=", "<", ">", "<=", ">=", "&&", "||"}


class Expressions(Patterns):
    """The expressions of one file."""

    def __init__(self, places: Places, members: Members) -> None:
        super().__init__(places, members)
        self.steps = Steps(_MOST_STEPS)

    def type_of(self, node: Node | None) -> Type | None:
        """The type of an expression."""
        if node is None:
            return None
        if node.id in self._known:
            return self._known[node.id]
        self.steps.take()
        if node.id in self._open or len(self._open) > _DEEPEST:
            return None
        self._open.add(node.id)
        try:
            found = self._type_of(node)
        finally:
            self._open.discard(node.id)
        self._known[node.id] = found
        return found

    def _type_of(self, node: Node) -> Type | None:
        match node.type:
            case "identifier":
                return self._name(node)
            case "self":
                return self._self(node)
            case "scoped_identifier":
                return self._constant(node)
            case "field_expression":
                field = node.child_by_field_name("field")
                value = self.type_of(node.child_by_field_name("value"))
                return self.members.field(value, self.scopes.text(field)).type if field and value else None
            case "call_expression":
                return self._call(node)
            case "struct_expression":
                return self._struct(node)
            case "reference_expression":
                return self.type_of(node.child_by_field_name("value"))
            case "parenthesized_expression" | "unsafe_block":
                return self.type_of(_last(node))
            case "unary_expression":
                return self._unary(node)
            case "try_expression":
                return _output(self.type_of(_last(node)))
            case "await_expression":
                awaited = self.type_of(_last(node))
                return awaited.args[0] if awaited and awaited.head == FUTURE else None
            case "if_expression":
                return self._tail(node.child_by_field_name("consequence"))
            case "block":
                return self._tail(node)
            case "match_expression":
                return self._match(node)
            case "string_literal" | "raw_string_literal":
                literal = self.scopes.text(node)
                return None if literal.startswith(("b", "c")) else _primitive("str")
            case "char_literal":
                return None if self.scopes.text(node).startswith("b") else _primitive("char")
            case "integer_literal" | "float_literal":
                suffix = _SUFFIX.search(self.scopes.text(node))
                return _primitive(suffix[0]) if suffix else None
            case "boolean_literal":
                return _primitive("bool")
            case "tuple_expression":
                return Type(TUPLE, tuple(self.type_of(child) for child in node.named_children))
            case "unit_expression":
                return Type(TUPLE)
            case "array_expression":
                return self._array(node)
            case "type_cast_expression":
                return self.written(node.child_by_field_name("type"))
            case "binary_expression":
                operator = node.child_by_field_name("operator")
                return _primitive("bool") if operator and operator.type in _COMPARING else None
            case "index_expression":
                return self._index(node)
        return None

    def _self(self, node: Node) -> Type | None:
        """The type of `self`, which a parameter like `self: Pin<&mut Self>` may give."""
        above: Node | None = node
        while above is not None and above.type != "function_item":
            above = above.parent
        parameters = above.child_by_field_name("parameters") if above else None
        for one in parameters.named_children[:3] if parameters else ():
            pattern = one.child_by_field_name("pattern")
            if one.type == "parameter" and pattern and self.scopes.text(pattern).endswith("self"):
                return self.written(one.child_by_field_name("type"))
        return self.places.env(node).names.get("Self")

    # -- names --------------------------------------------------------------------------------------------------------

    def _name(self, node: Node) -> Type | None:
        name = self.scopes.text(node)
        binding = self.scopes.binding(name, node)
        if binding:
            return self.bound(binding)
        return self._constant(node)

    def path_of(self, node: Node) -> list[str] | None:
        """The names of a path; None where it holds a type that is more than a name."""
        if node.type in ("identifier", "type_identifier", "self", "super", "crate", "metavariable", "primitive_type"):
            return [self.scopes.text(node)]
        if node.type in ("generic_type", "generic_type_with_turbofish", "generic_function"):
            inner = node.child_by_field_name("type") or node.child_by_field_name("function")
            return self.path_of(inner) if inner else None
        if node.type in ("scoped_identifier", "scoped_type_identifier"):
            path, name = node.child_by_field_name("path"), node.child_by_field_name("name")
            outer = self.path_of(path) if path else [""]
            return [*outer, self.scopes.text(name)] if outer is not None and name else None
        return None

    def found(self, node: Node) -> Found | None:
        """What a path or a name means, of which no part is a member of a type; None where it cannot be read."""
        path = self.path_of(node)
        return self.world.path(path, self.places.mod(node)) if path else None

    def written(self, node: Node | None) -> Type | None:
        """The type that a type's node writes."""
        return self.types.read(self.scopes.text(node), self.places.env(node)) if node else None

    def outer(self, path: Node) -> Type | None:
        """The type that the path before a member means."""
        if path.type == "bracketed_type":
            inner = path.named_children[0] if path.named_children else None
            return self.written(inner) if inner and inner.type != "qualified_type" else None
        return self.written(path)

    def _constant(self, node: Node) -> Type | None:
        found = self.found(node)
        defs = found.defs if found and not found.is_open else ()
        if len(defs) == 1:
            one = defs[0]
            match one.kind:
                case "c":
                    return self.types.read(one.item[1], Env(one.mod, {}))
                case "s":
                    return self.types.made(one) if one.item[3] == "u" else None
                case "variant":
                    return self.types.made(one.item[1]) if not one.item[0] else None
        path = node.child_by_field_name("path") if node.type == "scoped_identifier" else None
        name = node.child_by_field_name("name")
        if path and name:
            return self.members.associated(self.outer(path), self.scopes.text(name)).type
        return None

    # -- calls --------------------------------------------------------------------------------------------------------

    def _call(self, node: Node) -> Type | None:
        callee = node.child_by_field_name("function")
        arguments = node.child_by_field_name("arguments")
        if callee is None or arguments is None:
            return None
        given = [child for child in arguments.named_children if child.type not in ("line_comment", "block_comment")]
        if callee.type == "identifier" and callee.end_byte < arguments.start_byte:
            return self._plain_macro(self.scopes.text(callee))
        turbofish = None
        if callee.type == "generic_function":
            turbofish = callee.child_by_field_name("type_arguments")
            callee = callee.child_by_field_name("function") or callee
        results = [self._result(function, given, turbofish) for function in self.functions(callee)]
        if results:
            return results[0] if all(result == results[0] for result in results) else None
        return self._made(callee, given)

    def _plain_macro(self, name: str) -> Type | None:
        return self._standard("String") if name == "format" else None

    def functions(self, callee: Node) -> tuple[Function, ...]:
        """The functions that an expression that is called may mean."""
        if callee.type == "generic_function":
            callee = callee.child_by_field_name("function") or callee
        if callee.type == "field_expression":
            field = callee.child_by_field_name("field")
            value = self.type_of(callee.child_by_field_name("value"))
            return self.members.method(value, self.scopes.text(field)).functions if field and value else ()
        if callee.type == "identifier" and self.scopes.binding(self.scopes.text(callee), callee):
            return ()
        found = self.found(callee)
        defs = found.defs if found and not found.is_open else ()
        functions = tuple(
            Function(item[1], Env(one.mod, {})) for one in defs if one.kind == "f" for item in self.types.items(one)
        )
        if functions or defs:
            return functions
        path, name = callee.child_by_field_name("path"), callee.child_by_field_name("name")
        if callee.type != "scoped_identifier" or not path or not name:
            return ()
        trait = self.found(path)
        if trait and any(one.kind == "t" for one in trait.defs):
            return self.members.of_trait(trait.defs[0], self.scopes.text(name)).functions
        return self.members.associated(self.outer(path), self.scopes.text(name)).functions

    def _result(self, function: Function, given: list[Node], turbofish: Node | None) -> Type | None:
        written = function.written
        texts = written["p"]
        if "S" in written and len(given) == len(texts) + 1:
            given = given[1:]
        if turbofish is not None and turbofish.named_children:
            parameters = list(parse_generics(written.get("g", "")))
            types = [self.written(child) for child in turbofish.named_children if child.type != "lifetime"]
            names = dict(zip(parameters, types, strict=False))
            env = Env(function.env.mod, {**function.env.names, **dict.fromkeys(parameters), **names})
            return self.types.read(written.get("r", "()"), env) if "a" not in written else None
        types = [None if one.type == "closure_expression" else self.type_of(one) for one in given]
        closures = {number: one for number, one in enumerate(given) if one.type == "closure_expression"}
        if closures and "r" in written:
            return self._with_closures(function, types, closures)
        return self.members.result(function, types)

    def _with_closures(self, function: Function, types: list[Type | None], closures: dict[int, Node]) -> Type | None:
        """The result of a function whose parameters are bound by what closures give."""
        parameters = parse_generics(function.written.get("g", ""))
        names: dict[str, Type | None] = {}
        for number, closure in closures.items():
            ast = parse_type(function.written["p"][number]) if number < len(function.written["p"]) else ("?",)
            bounds = ast[1] if ast[0] == "impl" else ()
            if ast[0] == "path" and len(ast[1]) == 1:
                bounds = parameters.get(ast[1][0][0], ())
            for bound in bounds:
                if bound[0] == "path" and bound[1][-1][0].startswith("Fn"):
                    for key, value in bound[1][-1][2]:
                        if key == "Output" and closure.child_by_field_name("return_type") is None:
                            body = self._tail(closure.child_by_field_name("body"))
                            self.types.learned(value, body, parameters.keys(), function.env, names)
        return self.members.result(function, types, names)

    def _made(self, callee: Node, given: list[Node]) -> Type | None:
        """What a tuple struct or a variant makes."""
        if callee.type == "scoped_identifier" and self.scopes.text(callee).startswith("Self::"):
            return self.places.env(callee).names.get("Self")
        if self.scopes.text(callee) == "Self":
            return self.places.env(callee).names.get("Self")
        found = self.found(callee)
        defs = found.defs if found and not found.is_open else ()
        for one in defs:
            if one.kind in ("variant", "s"):
                head = one.item[1] if one.kind == "variant" else one
                fields = one.item[0] if one.kind == "variant" else one.item[2]
                parameters = parse_generics(head.item[1])
                names: dict[str, Type | None] = dict.fromkeys(parameters)
                env = Env(head.mod, {})
                learned: dict[str, Type | None] = {}
                for text, argument in zip(fields.values(), given, strict=False):
                    self.types.learned(parse_type(text), self.type_of(argument), parameters.keys(), env, learned)
                return self.types.made(head, tuple({**names, **learned}.values()))
        return None

    def _struct(self, node: Node) -> Type | None:
        name = node.child_by_field_name("name")
        return self.struct(name) if name else None

    def struct(self, name: Node) -> Type | None:
        """The type that a struct's expression or pattern names; an enum where it names a variant."""
        found = self.found(name)
        for one in found.defs if found and not found.is_open else ():
            if one.kind == "variant":
                return self.types.made(one.item[1])
        return self.written(name)

    # -- operators ----------------------------------------------------------------------------------------------------

    def _unary(self, node: Node) -> Type | None:
        value = self.type_of(_last(node))
        if value is None or not self.scopes.text(node).startswith("*"):
            return value if value and value.head.kind == "prim" and value.head != OPAQUE else None
        return value if len(self.types.chain(value)) == 1 else None

    def _tail(self, node: Node | None) -> Type | None:
        """What a block gives: its last expression."""
        if node is None:
            return None
        if node.type != "block":
            return self.type_of(node)
        children = [child for child in node.named_children if child.type not in ("line_comment", "block_comment")]
        last = children[-1] if children else None
        if last is None:
            return None
        if last.type == "expression_statement" and not self.scopes.text(last).endswith(";"):
            last = last.named_children[0] if last.named_children else None
        return self.type_of(last) if last and not last.type.endswith(("_statement", "_declaration", "_item")) else None

    def _match(self, node: Node) -> Type | None:
        body = node.child_by_field_name("body")
        for arm in body.named_children if body else ():
            value = arm.child_by_field_name("value") if arm.type == "match_arm" else None
            found = self._tail(value)
            if found:
                return found
        return None

    def _array(self, node: Node) -> Type | None:
        element = self.type_of(node.named_children[0]) if node.named_children else None
        if node.start_byte in self.places.vectors:
            vector = self._standard("Vec")
            return Type(vector.head, (element,)) if vector else None
        return Type(SLICE, (element,))

    def _index(self, node: Node) -> Type | None:
        if len(node.named_children) != 2:
            return None
        value, index = self.type_of(node.named_children[0]), node.named_children[1]
        if value is None:
            return None
        if index.type == "range_expression":
            text = _primitive("str")
            return next((step for step in self.types.chain(value) if step and step.head in (SLICE, text.head)), None)
        if index.type != "integer_literal" and not self._is_number(index):
            return None
        for step in self.types.chain(value):
            if step and step.head == SLICE:
                return step.args[0]
        return None

    def _is_number(self, node: Node) -> bool:
        found = self.type_of(node)
        return found is not None and found.head.kind == "prim" and found.head.name == "usize"

    def _standard(self, name: str) -> Type | None:
        found = self.world.prelude(name)
        return self.types.made(found.defs[0]) if found.defs else None


def _primitive(name: str) -> Type:
    return Type(Def("prim", ROOT, name))


def _output(type: Type | None) -> Type | None:
    """What `?` takes out of an Option or a Result."""
    if type and type.head.name in ("Option", "Result") and type.args:
        return type.args[0]
    return None


def _last(node: Node) -> Node | None:
    return node.named_children[-1] if node.named_children else None
