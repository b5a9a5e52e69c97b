"""What a class says: the members of its instances and its own, in JavaScript also those that its methods assign."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, Self

from tree_sitter import Node

from solulu.languages.language import Language
from solulu.verifier.ecmascript.describe import Describer, names_in_parameters
from solulu.verifier.ecmascript.mutation import Mutations
from solulu.verifier.ecmascript.nodes import first, key, named, text, words
from solulu.verifier.ecmascript.types import Body, Description, accessor_or_method, is_symbol

_ASSIGNED = re.compile(r"this(?<!\wthis)\s*\.\s*(#?[\w$]+)\s*(?:=(?![=>])|[-+*/%&|^?<>]{1,3}=(?!=)|\+\+|--)")
_THIS = re.compile(r"=\s*this\s*[;,\n]")
_LAST_NAME = re.compile(r"([\w$]+)\s*$")
_LONGEST_NAME = 80
_METHODS = ("method_definition", "method_signature", "abstract_method_signature")
_FIELDS = ("public_field_definition", "field_definition")


class Declarer(Describer):
    """Describes classes too, and so everything that a file declares."""

    @classmethod
    def of(cls, language: Language, data: bytes) -> Self:
        """For the file in a language with these bytes."""
        return cls(None if language.name == "typescript" else Mutations(data))

    def class_(self, node: Node) -> Body:
        """A class: `m` has the members of its instances, `s` its own, `x` what it extends (with `xt`, the types for
        that), `n` its constructors."""
        inside = self.seeing({name: value for name, value in self.own.items() if name != "this"})
        members: dict[str, list[Any]] = {}
        own: dict[str, list[Any]] = {}
        described: Body = {"m": members, "s": own}
        if parameters := self.type_parameters(node):
            described["t"] = parameters
        _add_heritage(node, self, described)
        for child in named(node.child_by_field_name("body")):
            marks = words(child)
            target = own if "static" in marks else members
            name = key(child.child_by_field_name("name") or child.child_by_field_name("property"))
            if child.type in _METHODS and name == "constructor":
                described.setdefault("n", []).append(inside.signature(child))
                _add_parameter_properties(child, inside, members)
            elif child.type in _METHODS and name is not None:
                target.setdefault(name, []).append(accessor_or_method(child, inside.function(child)))
            elif child.type in _FIELDS and name is not None:
                value = inside.expression(child.child_by_field_name("value"))
                target.setdefault(name, []).append(["v", inside.annotation(child), value])
            elif child.type != "class_static_block" and not is_symbol(child):
                described["d"] = 1
        if self.changes is not None:
            _add_assigned(node, inside, described, self.changes)
        return described

    def _class(self, node: Node) -> Description:
        return None if self.own else ["c", self.class_(node)]


def _add_heritage(node: Node, describer: Describer, described: Body) -> None:
    heritage = next((child for child in named(node) if child.type == "class_heritage"), None)
    if heritage is None:
        return
    clause = first(heritage)
    if clause is not None and clause.type == "extends_clause":
        described["x"] = [describer.deeper().expression(clause.child_by_field_name("value"))]
        described["xt"] = describer.arguments(clause)
    elif clause is not None and clause.type != "implements_clause":
        described["x"] = [describer.deeper().expression(clause)]


def _add_parameter_properties(constructor: Node, describer: Describer, members: dict[str, list[Any]]) -> None:
    for parameter in named(constructor.child_by_field_name("parameters")):
        pattern = parameter.child_by_field_name("pattern")
        has_modifier = any(child.type in ("accessibility_modifier", "override_modifier", "readonly")
                           for child in parameter.children)  # fmt: skip
        if has_modifier and pattern is not None:
            members.setdefault(text(pattern), []).append(["v", describer.annotation(parameter), None])


def _add_assigned(node: Node, describer: Describer, described: Body, changes: Mutations) -> None:
    """What methods assign to `this`: of what the constructor assigns first the value is known too."""
    source = text(node)
    if any(changes.is_opened(name, node) for name in ("this", *set(_aliases(source)))):
        described["d"] = 1
    counts = Counter(_ASSIGNED.findall(source))
    if not counts:
        return
    known: dict[str, Any] = {}
    for child in named(node.child_by_field_name("body")):
        if child.type == "method_definition" and text(child.child_by_field_name("name")) == "constructor":
            parameters = describer.seeing(dict.fromkeys(names_in_parameters(child)))
            for statement in named(child.child_by_field_name("body")):
                assigned = first(statement) if statement.type == "expression_statement" else None
                if assigned is not None and assigned.type == "assignment_expression":
                    left = text(assigned.child_by_field_name("left"))
                    known[left.removeprefix("this.")] = parameters.expression(assigned.child_by_field_name("right"))
    for name, count in sorted(counts.items()):
        bindings = described["m"].setdefault(name, [])
        bindings.append(["v", None, known.get(name) if count == 1 else None])


def _aliases(source: str) -> Iterator[str]:
    """The variables that `this` is assigned to."""
    for match in _THIS.finditer(source):
        name = _LAST_NAME.search(source, max(0, match.start() - _LONGEST_NAME), match.start())
        if name is not None:
            yield name[1]
