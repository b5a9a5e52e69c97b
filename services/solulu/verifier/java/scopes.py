"""What is declared around a place in a file: local variables, parameters, patterns, and classes within methods.

Only the nodes on the way from the root to the place are looked at, and each of them once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tree_sitter import Language as Grammar
from tree_sitter import Node, Query, QueryCursor

from solulu.languages.java import JAVA
from solulu.verifier.java.declarations import Declaration, SourceFile, bounds_of
from solulu.verifier.java.summary import (
    KINDS,
    describe_body,
    describe_type,
    named_parameters,
    type_parameters,
    type_text,
)
from solulu.verifier.java.world import World

_DEEPEST = 300
_BODIES = ("class_body", "interface_body", "enum_body", "annotation_type_body")
_BLOCKS = ("block", "constructor_body", "switch_block_statement_group", "program", "switch_block")
_CALLABLES = (
    "method_declaration",
    "constructor_declaration",
    "lambda_expression",
    "annotation_type_element_declaration",
)
_GENERIC = ("method_declaration", "constructor_declaration", *KINDS)
_MOST_CHILDREN = 5_000


@dataclass(frozen=True)
class Local:
    """A variable in a method."""

    name: str
    text: str
    """Its type as it is written; empty or `var` where the compiler infers it."""
    node: Node
    """Its declarator or parameter."""
    is_element: bool = False
    """Its value is one of those that the node's `value` gives."""


@dataclass
class Place:
    """A place within a class, or outside of all. Variables are looked up from here to the class around it."""

    scopes: Scopes
    nodes: list[Node]
    """From just inside the innermost class body, or from the root, to the place itself."""
    declaration: Declaration | None
    """The class around it."""
    file: SourceFile
    offset: int

    def local(self, name: str) -> Local | None:
        """The variable of a name that is declared around the place, up to the class around it."""
        for node in reversed(self.nodes):
            for start, local in reversed(self.scopes.locals_of(node).get(name, ())):
                if start < self.offset:
                    return local
        return None

    def patterns(self, name: str) -> list[Local]:
        """The variables of a name that patterns bind before the place, in the member that it stands in. Which of them
        reaches it is not asked."""
        if not self.nodes:
            return []
        return [local for start, local in self.scopes.patterns_of(self.nodes[0]).get(name, ()) if start < self.offset]

    def type(self, name: str) -> Declaration | tuple[str, ...] | None:
        """A class declared in a block around the place, or the bounds of a method's type parameter."""
        for number in range(len(self.nodes) - 1, -1, -1):
            node = self.nodes[number]
            if node.type in _GENERIC:
                bounds = self.scopes.variables_of(node).get(name)
                if bounds is not None:
                    return bounds
            found = self.scopes.types_of(node).get(name)
            if found and found.start_byte <= self.offset:
                return self.scopes.local_declaration(found, self, number)
        return None

    def label(self, name: str, data: bytes) -> bool:
        """Whether a statement around the place has a label."""
        return any(
            node.type == "labeled_statement" and _text(node.named_children[0], data) == name for node in self.nodes
        )

    def names(self) -> dict[str, str]:
        """The variables that are declared around the place, with their types."""
        return {
            name: found[-1][1].text
            for node in self.nodes
            for name, found in self.scopes.locals_of(node).items()
            if found[-1][0] < self.offset
        }


@dataclass
class Scopes:
    """The scopes of one file."""

    root: Node
    data: bytes
    world: World
    _locals: dict[int, dict[str, list[tuple[int, Local]]]] = field(default_factory=dict)
    _patterns: dict[int, dict[str, list[tuple[int, Local]]]] = field(default_factory=dict)
    _types: dict[int, dict[str, Node]] = field(default_factory=dict)
    _declarations: dict[int, Declaration] = field(default_factory=dict)

    def path(self, node: Node) -> list[Node] | None:
        """The nodes from the root to this one; None where it is too deep."""
        current: Node | None = self.root
        found: list[Node] = []
        while current is not None and len(found) < _DEEPEST:
            found.append(current)
            if current == node:
                return found
            current = current.child_with_descendant(node)
        return None

    def place(self, node: Node) -> Place | None:
        """Where a node stands."""
        path = self.path(node)
        return self.place_at(path) if path else None

    def place_at(self, path: list[Node]) -> Place:
        """Where the last node of a path stands."""
        declaration: Declaration | None = None
        start, file, offset = 0, self.world.file, path[-1].start_byte
        for number in range(1, len(path)):
            node, parent = path[number], path[number - 1]
            is_header = node.type == "formal_parameters" and parent.type == "record_declaration"
            if is_header or (node.type in _BODIES and (parent.type in KINDS or parent.type in _ANONYMOUS)):
                around = Place(self, path[start:number], declaration, file, parent.start_byte)
                inner = self._declaration(parent, around, number - 1 > start)
                if inner is None:
                    continue
                declaration, start = inner, number + 1
        return Place(self, path[start:], declaration, file, offset)

    def local_declaration(self, node: Node, place: Place, number: int) -> Declaration:
        """The class that a node in a block declares."""
        if node.id not in self._declarations:
            nodes = place.nodes[: number + 1]
            around = Place(self, nodes, place.declaration, place.file, node.start_byte)
            described = describe_type(node, self.data)
            self._declarations[node.id] = Declaration(described, "", place.file, place=around)
        return self._declarations[node.id]

    def locals_of(self, node: Node) -> dict[str, list[tuple[int, Local]]]:
        """The variables that a node declares for what is in it, each with where it begins to count."""
        if node.id not in self._locals:
            found: dict[str, list[tuple[int, Local]]] = {}
            for start, local in self._declared(node):
                found.setdefault(local.name, []).append((start, local))
            self._locals[node.id] = found
        return self._locals[node.id]

    def patterns_of(self, node: Node) -> dict[str, list[tuple[int, Local]]]:
        """The variables that patterns in a member bind."""
        if node.id not in self._patterns:
            found: dict[str, list[tuple[int, Local]]] = {}
            for name in QueryCursor(_PATTERNS).captures(node).get("name", ()):
                parent = name.parent
                text = type_text(_type_before(name, parent), self.data) if parent else ""
                local = Local(_text(name, self.data), text, name)
                found.setdefault(local.name, []).append((name.start_byte, local))
            self._patterns[node.id] = found
        return self._patterns[node.id]

    def types_of(self, node: Node) -> dict[str, Node]:
        """The classes that a block declares."""
        if node.type not in ("block", "constructor_body", "switch_block_statement_group"):
            return {}
        if node.id not in self._types:
            self._types[node.id] = {
                _text(name, self.data): child
                for child in node.named_children[:_MOST_CHILDREN]
                if child.type in KINDS and (name := child.child_by_field_name("name"))
            }
        return self._types[node.id]

    def variables_of(self, node: Node) -> dict[str, tuple[str, ...]]:
        """The type parameters of a method."""
        return bounds_of(type_parameters(node, self.data))

    def _declaration(self, owner: Node, around: Place, is_local: bool) -> Declaration | None:
        """The class that a body belongs to."""
        if owner.id in self._declarations:
            return self._declarations[owner.id]
        found: Declaration | None = None
        if owner.type in _ANONYMOUS:
            found = self._anonymous(owner, around)
        elif name := owner.child_by_field_name("name"):
            simple = _text(name, self.data)
            if around.declaration is None:
                found = self.world.own(simple)
            elif is_local:
                described = describe_type(owner, self.data)
                found = Declaration(described, "", around.file, place=around)
            else:
                found = around.declaration.nested(simple)
        if found:
            self._declarations[owner.id] = found
        return found

    def _anonymous(self, owner: Node, around: Place) -> Declaration:
        body = next((child for child in owner.named_children if child.type == "class_body"), None)
        if owner.type == "enum_constant":
            supers = [around.declaration.name] if around.declaration else []
        else:
            supers = [type_text(owner.child_by_field_name("type"), self.data)]
            if any(child.type == "." for child in owner.children):
                supers = ["?"]
        described = describe_body({"n": "", "k": "class", "s": supers}, body, self.data)
        return Declaration(described, "", around.file, place=around)

    def _declared(self, node: Node) -> Iterator[tuple[int, Local]]:
        kind = node.type
        if kind in _BLOCKS:
            for child in node.named_children[:_MOST_CHILDREN]:
                if child.type == "local_variable_declaration":
                    yield from self._variables(child)
                elif child.type == "switch_block_statement_group":
                    yield from self._declared(child)
        elif kind == "for_statement":
            for init in node.children_by_field_name("init"):
                if init.type == "local_variable_declaration":
                    yield from self._variables(init)
        elif kind == "enhanced_for_statement":
            yield from self._one(node, is_element=True)
        elif kind == "try_with_resources_statement":
            resources = node.child_by_field_name("resources")
            for resource in resources.named_children if resources else ():
                if resource.type == "resource":
                    yield from self._one(resource)
        elif kind == "catch_clause":
            for child in node.named_children:
                if child.type == "catch_formal_parameter":
                    yield from self._caught(child)
        elif kind in _CALLABLES:
            yield from self._parameters(node)

    def _parameters(self, node: Node) -> Iterator[tuple[int, Local]]:
        listed = node.child_by_field_name("parameters")
        if listed is None:
            return
        if listed.type == "identifier":
            yield listed.start_byte - 1, Local(_text(listed, self.data), "", listed)
        elif listed.type == "inferred_parameters":
            for name in listed.named_children:
                yield listed.start_byte, Local(_text(name, self.data), "", name)
        else:
            for parameter, text, inner in named_parameters(listed, self.data):
                if parameter:
                    written = text.replace("...", "[]")
                    yield node.start_byte - 1, Local(_text(parameter, self.data), written, inner)

    def _variables(self, node: Node) -> Iterator[tuple[int, Local]]:
        text = type_text(node.child_by_field_name("type"), self.data)
        for declarator in node.children_by_field_name("declarator"):
            name = declarator.child_by_field_name("name")
            dimensions = declarator.child_by_field_name("dimensions")
            extra = "[]" * sum(child.type == "[" for child in dimensions.children) if dimensions else ""
            if name:
                yield name.start_byte, Local(_text(name, self.data), text + extra, declarator)

    def _one(self, node: Node, is_element: bool = False) -> Iterator[tuple[int, Local]]:
        name = node.child_by_field_name("name")
        if name:
            text = type_text(node.child_by_field_name("type"), self.data)
            yield name.start_byte, Local(_text(name, self.data), text, node, is_element)

    def _caught(self, node: Node) -> Iterator[tuple[int, Local]]:
        name = node.child_by_field_name("name")
        listed = next((child for child in node.named_children if child.type == "catch_type"), None)
        if name and listed:
            kinds = [child for child in listed.named_children if not child.is_extra]
            text = "|".join(type_text(kind, self.data) for kind in kinds)
            yield name.start_byte, Local(_text(name, self.data), text, node)


_ANONYMOUS = ("object_creation_expression", "enum_constant")
_PATTERNS = Query(
    Grammar(JAVA.grammar()),
    """
    (instanceof_expression name: (identifier) @name)
    (type_pattern (_) (identifier) @name)
    (record_pattern_component (_) (identifier) @name)
    """,
)


def _type_before(name: Node, parent: Node) -> Node | None:
    if parent.type == "instanceof_expression":
        return parent.child_by_field_name("right")
    parts = [child for child in parent.named_children if child.type != "modifiers" and not child.is_extra]
    return parts[-2] if len(parts) > 1 else None


def _text(node: Node, data: bytes) -> str:
    return data[node.start_byte : node.end_byte].decode("utf-8", "replace")
