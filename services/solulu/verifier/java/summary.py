"""What a Java file offers to others, as JSON: its package, its imports, its types with their members.

Types stay as they are written, without white space: what a name in them means depends on the file and class around
them, and on other files, so they are looked up when they are asked for. Only declarations are walked, never the bodies
of methods.

A file is {p: package, i: imports ("=" before a static one), t: types, e: it may have more, l: Lombok is imported}. A
type is {n: name, k: kind, p: type parameters with bounds, s: supertypes, f: fields with their types, m: methods as
[result, parameters, type parameters], t: types, h: members that are private, a: methods of an interface that are
abstract, x: may have more members}.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tree_sitter import Node

TypeJson = dict[str, Any]
CONSTRUCTOR = "<init>"
KINDS = {
    "class_declaration": "class",
    "interface_declaration": "interface",
    "enum_declaration": "enum",
    "record_declaration": "record",
    "annotation_type_declaration": "@interface",
}
_DEEPEST = 20
_HARMLESS = ("line_comment", "block_comment", "module_declaration", ";")
OF_OBJECT = ("equals", "hashCode", "toString")
_FIELDS = ("field_declaration", "constant_declaration")
_METHODS = ("method_declaration", "annotation_type_element_declaration")
_ANNOTATION = re.compile(r"@(?!interface\b)\s*\w+(?:\s*\.\s*\w+)*(?:\s*\([^()]*\))?")
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.S)
_EXTENDS = re.compile(r"\?\s*extends\s")
_SUPER = re.compile(r"\?\s*super\s")
_SPACE = re.compile(r"\s+")
_PLAIN = re.compile(rb"[\w.]+")


def summarize(root: Node, data: bytes) -> dict[str, Any]:
    """The summary of a parsed file."""
    package, imports, types, is_torn = "", [], [], False
    for node in root.named_children:
        kind = node.type
        if kind in KINDS:
            types.append(describe_type(node, data))
        elif kind == "import_declaration":
            imports.append(import_text(node, data))
        elif kind == "package_declaration":
            package = _dotted(node.named_children[-1], data) if node.named_children else ""
        elif kind not in _HARMLESS:
            is_torn = True
    has_lombok = any(text.lstrip("=").startswith(("lombok.", "manifold.")) for text in imports)
    return dense(p=package, i=imports, t=types, e=is_torn, l=has_lombok)


def import_text(node: Node, data: bytes) -> str:
    """`a.b.C`, `a.b.*`, and with `=` before it where it is static."""
    name, is_static, is_star = "", False, False
    for child in node.children:
        match child.type:
            case "static":
                is_static = True
            case "asterisk":
                is_star = True
            case "identifier" | "scoped_identifier":
                name = _dotted(child, data)
    return "=" * is_static + name + ".*" * is_star


def describe_type(node: Node, data: bytes, depth: int = _DEEPEST) -> TypeJson:
    """A class, interface, enum, record or annotation."""
    kind = KINDS[node.type]
    name = _field(node, "name", data)
    supers: list[str] = []
    described: TypeJson = {"n": name, "k": kind, "p": type_parameters(node, data)}
    for child in node.named_children:
        if child.type in ("superclass", "super_interfaces", "extends_interfaces"):
            listed = [inner for inner in child.named_children if inner.type == "type_list"] or [child]
            supers += [type_text(one, data) for one in listed[0].named_children if not one.is_extra]
    described["s"] = supers
    body = node.child_by_field_name("body")
    if kind == "enum":
        described["m"] = {"values": [[name + "[]", []]], "valueOf": [[name, ["String"]]]}
    if kind == "record":
        _add_components(described, node, data)
    return describe_body(described, body, data, depth)


def describe_body(described: TypeJson, body: Node | None, data: bytes, depth: int = _DEEPEST) -> TypeJson:
    """Adds the members in a class body to a described type."""
    members = _Members(described, data, depth)
    if body is None or depth == 0:
        described["x"] = 1
    else:
        members.add(body)
        if body.has_error and _is_torn(body):
            described["x"] = 1
    if described["k"] == "class" and CONSTRUCTOR not in members.methods:
        members.methods[CONSTRUCTOR] = [["", []]]
    return dense(**described)


class _Members:
    """Collects members into a described type."""

    def __init__(self, described: TypeJson, data: bytes, depth: int) -> None:
        self._described, self._data, self._depth = described, data, depth
        self.fields: dict[str, str] = described.setdefault("f", {})
        self.methods: dict[str, list[Any]] = described.setdefault("m", {})
        self._private: set[str] = set()
        self._open: set[str] = set()
        self._abstract: set[str] = set()

    def add(self, body: Node) -> None:
        """Adds what a class body declares."""
        types: list[TypeJson] = self._described.setdefault("t", [])
        for node in body.named_children:
            kind = node.type
            if kind in _METHODS:
                self._add_method(node)
            elif kind in _FIELDS:
                self._add_fields(node)
            elif kind == "constructor_declaration":
                self.methods.setdefault(CONSTRUCTOR, []).append(["", parameters(node, self._data)])
            elif kind == "enum_constant":
                self.fields[_field(node, "name", self._data)] = self._described["n"]
            elif kind in KINDS:
                types.append(describe_type(node, self._data, self._depth - 1))
            elif kind == "enum_body_declarations":
                self.add(node)
        self._described["a"] = sorted(self._abstract)
        self._described["h"] = sorted(self._private - self._open)

    def _add_method(self, node: Node) -> None:
        name = _field(node, "name", self._data)
        if self._described["k"] == "interface" and name not in OF_OBJECT and node.child_by_field_name("body") is None:
            self._abstract.add(name)
        result = type_text(node.child_by_field_name("type"), self._data) + _dimensions(node)
        method: list[Any] = [result, parameters(node, self._data)]
        own = type_parameters(node, self._data)
        if own:
            method.append(own)
        overloads = self.methods.setdefault(name, [])
        overloads[:] = [known for known in overloads if known[1:] != method[1:] or known == method]
        if method not in overloads:
            overloads.append(method)
        (self._private if _is_private(node, self._data) else self._open).add(name)

    def _add_fields(self, node: Node) -> None:
        text = type_text(node.child_by_field_name("type"), self._data)
        for declarator in node.children_by_field_name("declarator"):
            name = _field(declarator, "name", self._data)
            is_longer = declarator.end_byte - declarator.start_byte > len(name)
            self.fields[name] = text + _dimensions(declarator) if is_longer else text
            (self._private if _is_private(node, self._data) else self._open).add(name)


def parameters(node: Node, data: bytes) -> list[str]:
    """The types of a method's parameters; that of a variable number ends in three dots."""
    listed = node.child_by_field_name("parameters")
    if listed is None or listed.end_byte - listed.start_byte == len("()"):
        return []
    return [text for _, text, _ in named_parameters(listed, data)]


def named_parameters(listed: Node, data: bytes) -> Iterator[tuple[Node | None, str, Node]]:
    """The name, type and node of each formal parameter."""
    for parameter in listed.named_children:
        if parameter.type == "formal_parameter":
            name = parameter.child_by_field_name("name")
            text = type_text(parameter.child_by_field_name("type"), data)
            if name and name.end_byte != parameter.end_byte:
                text += _dimensions(parameter)
            yield name, text, parameter
        elif parameter.type == "spread_parameter":
            parts = [part for part in parameter.named_children if part.type != "modifiers" and not part.is_extra]
            name = parts[-1].child_by_field_name("name") if parts else None
            yield name, type_text(parts[0] if parts else None, data) + "...", parameter


def type_parameters(node: Node, data: bytes) -> list[str]:
    """`T`, or `T:Bound&Other`."""
    listed = node.child_by_field_name("type_parameters")
    if listed is None and node.type != "method_declaration":
        listed = next((child for child in node.named_children if child.type == "type_parameters"), None)
    found = []
    for parameter in listed.named_children if listed else ():
        if parameter.type == "type_parameter":
            name, bounds = "", []
            for child in parameter.named_children:
                if child.type in ("type_identifier", "identifier"):
                    name = _text(child, data)
                elif child.type == "type_bound":
                    bounds = [type_text(bound, data) for bound in child.named_children if not bound.is_extra]
            found.append(name + ":" * bool(bounds) + "&".join(bounds))
    return found


def type_text(node: Node | None, data: bytes) -> str:
    """A type as it is written, without white space, comments and annotations; `+` and `-` stand for `? extends` and
    `? super`."""
    if node is None:
        return ""
    raw = data[node.start_byte : node.end_byte]
    if _PLAIN.fullmatch(raw):
        return raw.decode("utf-8", "replace")
    text = raw.decode("utf-8", "replace")
    if "/" in text:
        text = _COMMENT.sub("", text)
    if "@" in text:
        text = _ANNOTATION.sub("", text)
    return _SPACE.sub("", _SUPER.sub("-", _EXTENDS.sub("+", text)))


def dense(**values: Any) -> dict[str, Any]:
    """Without what is empty or false."""
    return {key: 1 if value is True else value for key, value in values.items() if value}


def _add_components(described: TypeJson, node: Node, data: bytes) -> None:
    fields, methods = described.setdefault("f", {}), described.setdefault("m", {})
    listed = node.child_by_field_name("parameters")
    texts = []
    for name, text, _ in named_parameters(listed, data) if listed else ():
        plain = text.replace("...", "[]")
        texts.append(text)
        if name:
            fields[_text(name, data)] = plain
            methods[_text(name, data)] = [[plain, []]]
    methods[CONSTRUCTOR] = [["", texts]]


def _is_torn(body: Node) -> bool:
    """Whether an error lies between members, and not within the body of one."""
    return any(
        child.is_error
        or child.is_missing
        or (child.has_error and not any(inner.has_error and inner.type in _BODIES for inner in child.named_children))
        for child in body.children
    )


_BODIES = ("block", "constructor_body", "class_body", "interface_body", "enum_body", "annotation_type_body")


def _is_private(node: Node, data: bytes) -> bool:
    first = node.named_child(0)
    return first is not None and first.type == "modifiers" and b"private" in data[first.start_byte : first.end_byte]


def _dimensions(node: Node) -> str:
    found = node.child_by_field_name("dimensions")
    return "[]" * sum(child.type == "[" for child in found.children) if found else ""


def _field(node: Node, name: str, data: bytes) -> str:
    found = node.child_by_field_name(name)
    return _text(found, data) if found else ""


def _text(node: Node, data: bytes) -> str:
    return data[node.start_byte : node.end_byte].decode("utf-8", "replace")


def _dotted(node: Node, data: bytes) -> str:
    return type_text(node, data)
