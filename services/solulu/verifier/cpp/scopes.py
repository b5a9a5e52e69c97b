"""What encloses a place in a file: namespaces, classes, the function with its parameters and locals, templates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from tree_sitter import Language as Grammar
from tree_sitter import Node, Query, QueryCursor, Tree

from solulu.languages.cpp import CPP
from solulu.verifier.cpp.summary import join, without_arguments

_CLASSES = {"class_specifier", "struct_specifier", "union_specifier"}
_WORD = re.compile(r"[A-Za-z_]\w*")
_LOCALS = """
    (declaration) @declaration
    (parameter_declaration) @declaration
    (optional_parameter_declaration) @declaration
    (for_range_loop) @range
    (lambda_capture_initializer) @capture
    (structured_binding_declarator (identifier) @binding)
    [(class_specifier name: (type_identifier) @type) (struct_specifier name: (type_identifier) @type)
     (enum_specifier name: (type_identifier) @type) (alias_declaration name: (type_identifier) @type)
     (type_definition declarator: (type_identifier) @type)]
    [(using_declaration) (namespace_alias_definition)] @using
"""
_QUERY = Query(Grammar(CPP.grammar()), _LOCALS)
_DEEPEST = 400
_NO_SCOPE = {
    "case_statement", "labeled_statement", "preproc_if", "preproc_ifdef", "preproc_else", "preproc_elif",
    "preproc_elifdef", "lambda_capture_specifier", "declaration", "ERROR",
}  # fmt: skip
"""What stands around a declaration without being the end of its name."""
_MARKS = {
    "pointer_declarator": "*", "array_declarator": "[]", "function_declarator": "()", "pointer_type_declarator": "()",
}  # fmt: skip


@dataclass(frozen=True)
class Local:
    """A local variable or parameter: its type as written, what it begins as, and whether that is run through."""

    type: str
    marks: str
    node: Node
    """What declares it."""
    value: Node | None = None
    is_element: bool = False


@dataclass(frozen=True)
class Place:
    """Where a name stands."""

    data: bytes
    scope: str
    """The innermost class or namespace."""
    classes: tuple[str, ...]
    """The classes around it, innermost first; those that a function's name says too."""
    functions: tuple[Node, ...]
    """The functions around it, innermost first."""
    templates: frozenset[str]
    """Words of the template parameters around it."""
    is_broken: bool
    """Whether it lies in what could not be parsed."""
    is_macro: bool
    """Whether the function is one that a macro makes: its class is not known."""

    def scopes(self) -> Iterator[str]:
        """From the innermost to the global one."""
        parts = self.scope.split("::") if self.scope else []
        for length in range(len(parts), -1, -1):
            yield "::".join(parts[:length])

    def has_parameter(self, name: str, node: Node) -> bool:
        """Whether a template around it has a name; the one place in its parameters that says it may only use it."""
        if name not in self.templates:
            return False
        above = node.parent
        while above is not None and above.type != "template_parameter_list":
            above = above.parent if not above.type.endswith(("_statement", "_definition")) else None
        return above is None or _WORD.findall(self.text(above)).count(name) > 1

    @cached_property
    def locals(self) -> dict[str, list[Local]]:
        """Everything that the outermost function declares, by name."""
        found: dict[str, list[Local]] = {}
        captures = self._captured
        for node in captures.get("declaration", ()):
            type_node = node.child_by_field_name("type")
            text = self.text(type_node) if type_node is not None else ""
            for declarator in node.children_by_field_name("declarator"):
                name, marks, value = self._declarator(declarator)
                if value is None:
                    value = node.child_by_field_name("value")
                found.setdefault(name, []).append(Local(text, marks, node, value))
        for node in captures.get("range", ()):
            type_node, right = node.child_by_field_name("type"), node.child_by_field_name("right")
            running = node.child_by_field_name("declarator")
            if type_node is not None and running is not None:
                name, marks, _ = self._declarator(running)
                found.setdefault(name, []).append(Local(self.text(type_node), marks, node, right, True))
        for kind in ("capture", "binding"):
            for node in captures.get(kind, ()):
                bound = node.child_by_field_name("left") if kind == "capture" else node
                if bound is not None:
                    found.setdefault(self.text(bound), []).append(Local("?", "", node))
        return found

    def visible(self, node: Node) -> list[Local]:
        """What the function declares under the name that a node says, in whose scope the node stands."""
        return [local for local in self.locals.get(self.text(node), ()) if _is_in_scope(local.node, node)]

    @cached_property
    def local_types(self) -> frozenset[str]:
        """Names of the types and namespaces that the function declares or takes from elsewhere."""
        using = self._captured.get("using", ())
        brought = [_WORD.findall(self.text(node).partition("=")[0])[-1] for node in using]
        return frozenset([*map(self.text, self._captured.get("type", ())), *brought])

    @cached_property
    def opens(self) -> bool:
        """Whether the function opens a namespace."""
        using = self._captured.get("using", ())
        return any("namespace" in _WORD.findall(self.text(node))[:2] for node in using)

    @cached_property
    def _captured(self) -> dict[str, list[Node]]:
        """What the outermost function declares, by kind."""
        if not self.functions:
            return {}
        cursor = QueryCursor(_QUERY)
        cursor.set_max_start_depth(_DEEPEST)
        return cursor.captures(self.functions[-1])

    def text(self, node: Node) -> str:
        return self.data[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def _declarator(self, node: Node) -> tuple[str, str, Node | None]:
        """Name, pointer marks and first value."""
        marks, value = "", None
        current: Node | None = node
        for _ in range(_DEEPEST):
            if current is None or current.type in ("identifier", "field_identifier", "type_identifier"):
                break
            marks += _MARKS.get(current.type, "")
            value = current.child_by_field_name("value") or value
            below = current.child_by_field_name("declarator")
            if below is None:
                named = [
                    child
                    for child in current.named_children
                    if "declarator" in child.type or child.type == "identifier"
                ]
                below = named[0] if named else None
            current = below
        return (self.text(current) if current is not None else ""), marks, value


def place_of(tree: Tree, node: Node, data: bytes) -> Place:
    """What encloses a node."""
    names: list[str] = []
    classes: list[int] = []
    functions: list[Node] = []
    templates: set[str] = set()
    is_macro = False
    ancestors = _ancestors(tree, node)
    is_broken = len(ancestors) >= _DEEPEST
    for ancestor in ancestors:
        kind = ancestor.type
        if kind == "ERROR":
            is_broken = True
        elif kind == "namespace_definition" or kind in _CLASSES:
            name = ancestor.child_by_field_name("name")
            body = ancestor.child_by_field_name("body")
            if name is not None and body is not None and body.start_byte <= node.start_byte:
                if kind in _CLASSES:
                    classes.append(len(names))
                names.append(without_arguments(_text(name, data)).replace(" ", ""))
        elif kind == "function_definition":
            functions.append(ancestor)
            qualifier, is_own = _qualifier(ancestor, data)
            is_macro = is_macro or is_own
            if qualifier:
                classes.append(len(names))
                names.append(qualifier)
        elif kind == "template_declaration":
            parameters = ancestor.child_by_field_name("parameters")
            if parameters is not None:
                templates.update(_WORD.findall(_text(parameters, data)))
    whole = list(reversed(names))
    of_classes = tuple("::".join(whole[: len(names) - at]) for at in classes)
    return Place(data, "::".join(whole), of_classes, tuple(functions), frozenset(templates), is_broken, is_macro)


def _is_in_scope(declaration: Node, use: Node) -> bool:
    above = declaration.parent
    while above is not None and (above.type in _NO_SCOPE or above.type.endswith(("_declarator", "_list", "_clause"))):
        if above.type == "catch_clause":
            break
        above = above.parent
    if above is not None and above.type == "init_statement":
        above = above.parent.parent if above.parent and above.parent.type == "condition_clause" else above.parent
    is_later = declaration.type == "for_range_loop" or declaration.start_byte < use.start_byte
    outer = declaration if declaration.type == "for_range_loop" else above
    return is_later and outer is not None and outer.start_byte <= use.start_byte < outer.end_byte


def _ancestors(tree: Tree, node: Node) -> list[Node]:
    """Innermost first. They are looked for from the root: asking a node for its parent does that each time."""
    found: list[Node] = []
    current: Node | None = tree.root_node
    while current is not None and current != node and len(found) < _DEEPEST:
        found.append(current)
        current = current.child_with_descendant(node)
    return found[::-1]


def _qualifier(function: Node, data: bytes) -> tuple[str, bool]:
    """What stands before the name of a function that is defined outside its class, and whether it has no type, as
    only constructors and what a macro makes."""
    declarator = function.child_by_field_name("declarator")
    for _ in range(_DEEPEST):
        if declarator is None or declarator.type == "function_declarator":
            break
        below = declarator.child_by_field_name("declarator")
        declarator = below if below is not None else next(iter(declarator.named_children), None)
    name = declarator.child_by_field_name("declarator") if declarator is not None else None
    if name is None:
        return "", False
    text = without_arguments(_text(name, data)).replace(" ", "")
    is_macro = function.child_by_field_name("type") is None and name.type == "identifier" and text.isupper()
    return text.rpartition("::")[0].lstrip(":"), is_macro


def _text(node: Node, data: bytes) -> str:
    return data[node.start_byte : node.end_byte].decode("utf-8", "replace")


__all__ = ["Local", "Place", "join", "place_of"]
