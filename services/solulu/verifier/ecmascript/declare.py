"""What statements declare, as names with their bindings.

A binding is one way a name came to be, as JSON, for it is stored in the index:

    ["v", type, expression]   a variable, a parameter or a property
    ["f", function]           a function or one of its overloads
    ["c", class]              a class
    ["i", body]               an interface, `t` its type parameters, `x` the types that it extends
    ["a", type parameters, type]   a type alias
    ["e", [name...]]          an enum
    ["n", names]              a namespace
    ["m", specifier, name]    an import: a name of a module, "*" for all of it
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tree_sitter import Node

from solulu.verifier.ecmascript.classes import Declarer
from solulu.verifier.ecmascript.describe import names_in
from solulu.verifier.ecmascript.nodes import CLASSES, first, key, named, statements, string, text

Binding = list[Any]
Names = dict[str, list[Binding]]
_FUNCTIONS = ("function_declaration", "generator_function_declaration", "function_signature")
_VARIABLES = ("lexical_declaration", "variable_declaration")


def declare(statement: Node, describer: Declarer, names: Names) -> None:
    """Adds what one statement declares, itself and not inside of it."""
    kind = statement.type
    if kind == "import_statement":
        _import(statement, names)
    elif kind in _VARIABLES:
        for declarator in named(statement):
            _variable(declarator, describer, names)
    elif kind in _FUNCTIONS:
        _add(names, text(statement.child_by_field_name("name")), ["f", describer.function(statement)])
    elif kind in CLASSES:
        _add(names, text(statement.child_by_field_name("name")), ["c", describer.class_(statement)])
    elif kind == "interface_declaration":
        _add(names, text(statement.child_by_field_name("name")), ["i", interface(statement, describer)])
    elif kind == "type_alias_declaration":
        described = describer.type(statement.child_by_field_name("value"))
        name = text(statement.child_by_field_name("name"))
        _add(names, name, ["a", describer.type_parameters(statement), described])
    elif kind == "enum_declaration":
        _add(names, text(statement.child_by_field_name("name")), ["e", _enum(statement)])
    elif kind in ("internal_module", "module"):
        _namespace(statement, describer, names)
    elif kind in ("ambient_declaration", "expression_statement", "export_statement"):
        for child in named(statement):
            if child.type == "export_clause":
                for one in named(child):
                    local = text(one.child_by_field_name("name"))
                    _add(names, text(one.child_by_field_name("alias")) or local, ["v", None, ["outer", local]])
            if kind != "expression_statement" or child.type == "internal_module":
                declare(child, describer, names)
    elif kind == "import_alias":
        parts = named(statement)
        if len(parts) == 2:
            head, *rest = text(parts[1]).split(".")
            value: Any = head
            for part in rest:
                value = [".", value, part]
            _add(names, text(parts[0]), ["v", None, value])
            _add(names, text(parts[0]), ["a", [], ["r", text(parts[1]), []]])


def interface(node: Node, describer: Declarer) -> dict[str, Any]:
    """The body of an interface with its type parameters and what it extends."""
    body = describer.body(node.child_by_field_name("body") or node)
    if parameters := describer.type_parameters(node):
        body["t"] = parameters
    clause = next((child for child in named(node) if child.type == "extends_type_clause"), None)
    if clause is not None:
        body["x"] = [describer.type(child) for child in named(clause)]
    return body


def statement_names(body: Node, describer: Declarer) -> Names:
    """What the statements that stand directly in a body declare."""
    names: Names = {}
    for statement in named(body):
        declare(statement, describer, names)
    return names


def hoisted(body: Node) -> Iterator[str]:
    """The names that `var` and functions in the blocks of a body bind in the whole of it."""
    for kind, statement in statements(body):
        if kind == "variable_declaration":
            for declarator in named(statement):
                pattern = declarator.child_by_field_name("name")
                if pattern is not None:
                    yield from names_in(pattern)
        elif kind in ("function_declaration", "generator_function_declaration"):
            yield text(statement.child_by_field_name("name"))
        elif kind == "for_in_statement" and text(statement.child_by_field_name("kind")) == "var":
            left = statement.child_by_field_name("left")
            yield from names_in(left) if left is not None else ()
        elif kind == "for_statement":
            initializer = statement.child_by_field_name("initializer")
            if initializer is not None and initializer.type == "variable_declaration":
                for declarator in named(initializer):
                    pattern = declarator.child_by_field_name("name")
                    yield from names_in(pattern) if pattern is not None else ()


def _add(names: Names, name: str, binding: Binding) -> None:
    if name:
        names.setdefault(name, []).append(binding)


def _variable(declarator: Node, describer: Declarer, names: Names) -> None:
    pattern, annotation = declarator.child_by_field_name("name"), describer.annotation(declarator)
    if pattern is None:
        return
    initial = declarator.child_by_field_name("value")
    if pattern.type == "identifier":
        is_typed = declarator.child_by_field_name("type") is not None
        _add(names, text(pattern), ["v", annotation, None if is_typed else describer.expression(initial)])
        return
    value = ["@", annotation] if annotation else describer.expression(initial)
    for name, described in describer.bound(pattern, value):
        _add(names, name, ["v", None, described])


def _enum(node: Node) -> list[str]:
    members = []
    for child in named(node.child_by_field_name("body")):
        name = key(child.child_by_field_name("name") if child.type == "enum_assignment" else child)
        members.extend([name] if name is not None else [])
    return members


def _namespace(node: Node, describer: Declarer, names: Names) -> None:
    name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
    if name is None or name.type == "string" or body is None:
        return
    binding: Binding = ["n", statement_names(body, describer)]
    head, *rest = text(name).split(".")
    for part in reversed(rest):
        binding = ["n", {part: [binding]}]
    _add(names, head, binding)


def imported_from(statement: Node) -> str | None:
    """The specifier of an import."""
    source = statement.child_by_field_name("source")
    if source is None:
        clause = next((child for child in named(statement) if child.type == "import_require_clause"), statement)
        source = clause.child_by_field_name("source")
    return string(source)


def _import(statement: Node, names: Names) -> None:
    clause = first(statement)
    if clause is None or clause.type not in ("import_clause", "import_require_clause"):
        return
    specifier = imported_from(statement)
    if specifier is None:
        return
    for child in named(clause):
        if child.type == "identifier":
            _add(names, text(child), ["m", specifier, "default" if clause.type == "import_clause" else "="])
        elif child.type == "namespace_import":
            _add(names, text(first(child)), ["m", specifier, "*"])
        elif child.type == "named_imports":
            for one in named(child):
                imported, alias = one.child_by_field_name("name"), one.child_by_field_name("alias")
                written = text(imported)
                name = string(imported) if imported is not None and imported.type == "string" else written
                if name:
                    _add(names, written if alias is None else text(alias), ["m", specifier, name])
