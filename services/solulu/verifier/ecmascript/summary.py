"""What a file of JavaScript or TypeScript offers to others, as JSON, and what makes that uncertain.

Only the statements at the top are read as a tree; what matters anywhere else in the file (members that are assigned,
modules that are required) is read off its text.
"""

from __future__ import annotations

import re
from typing import Any

from tree_sitter import Node, Tree

from solulu.verifier.ecmascript.classes import Declarer
from solulu.verifier.ecmascript.declare import Names, declare, hoisted, imported_from, statement_names
from solulu.verifier.ecmascript.mutation import assigned_members, specifiers
from solulu.verifier.ecmascript.nodes import first, named, string, text, words

Summary = dict[str, Any]
"""n: names; x: {exported name: [specifier or "", name]}; s: specifiers of `export *`; i: all specifiers; a: members
that are assigned to anything but `this`; o: names of objects that get members in ways not followed; p: {name: members
that are assigned to it at the top}; c: what `module.exports` is, `=`, and has, `m`; g: global names, for which the
names h are there too; w: {specifier:
summary} of ambient modules; d: anything may be in it; e: it has syntax errors; k: "module", "commonjs" or "script"."""
_OWN_NAME = (re.compile(r"exports\b"), re.compile(r"module\b(?!\.)"))
_ODD_BEFORE = (
    re.compile(r"(?:[(,]\s*|\btypeof\s+)(?:module\.)?$"),
    re.compile(r"(?:\(\s*(?:require\s*,\s*)?|\btypeof\s+)$"),
)
_ODD_AFTER = re.compile(r"\s*\[")
_HANDED_ON = re.compile(r"=\s*(?:module\.)?exports\s*(?:[;,\n]|$)")
_REACH = 40
"""How far before a module's own name something may be done with it."""
_EXPORTS = re.compile(r"module\.exports\s*=(?!=)")
_COMMONJS = ("module.exports", "exports.", "require(")
_MODULE_STATEMENTS = ("import_statement", "export_statement")


def summarize(data: bytes, tree: Tree, describer: Declarer) -> Summary:
    """The summary of a file; the describer is that of the same bytes."""
    root = tree.root_node
    source = data.decode("utf-8", "replace")
    summary: Summary = {"n": {}, "x": {}}
    top = named(root)
    for statement in top:
        _read(statement, describer, summary)
    for name in hoisted(root):
        summary["n"].setdefault(name, [["v", None, None]])
    is_module = any(statement.type in _MODULE_STATEMENTS for statement in top)
    kind = "module" if is_module else "commonjs" if any(mark in source for mark in _COMMONJS) else "script"
    if kind == "commonjs":
        _read_commonjs(top, source, describer, summary)
    if describer.changes is not None:
        for name, bindings in summary["n"].items():
            if bindings[0][0] in ("v", "f") and name in describer.changes.reassigned:
                bindings.append(["v", None, None])
        summary["o"] = sorted(summary["n"].keys() & describer.changes.opened.keys())
    found = {*specifiers(source), *summary.pop("i", ()), *summary.get("s", ())}
    summary |= {"k": kind, "i": sorted(found), "a": sorted(assigned_members(source)), "e": int(root.has_error)}
    return {key: value for key, value in summary.items() if value}


def _read(statement: Node, describer: Declarer, summary: Summary) -> None:
    kind = statement.type
    if kind == "ambient_declaration":
        _read_ambient(statement, describer, summary)
    elif kind == "export_statement":
        _read_export(statement, describer, summary)
    else:
        declare(statement, describer, summary["n"])
        if kind == "import_statement":
            specifier = imported_from(statement)
            summary.setdefault("i", []).extend([specifier] if specifier else [])
        elif kind == "expression_statement":
            _read_expando(first(statement), describer, summary)


def _read_ambient(statement: Node, describer: Declarer, summary: Summary) -> None:
    for child in named(statement):
        name = child.child_by_field_name("name")
        if child.type == "module" and name is not None and name.type == "string":
            inner: Summary = {"n": {}, "x": {}, "k": "module"}
            body = child.child_by_field_name("body")
            if body is None:
                inner["d"] = 1
            for one in named(body):
                if one.type == "statement_block":
                    _add_global(one, describer, summary)
                    imported = {name: bindings for name, bindings in inner["n"].items() if bindings[0][0] == "m"}
                    summary.setdefault("h", {}).update(imported)
                else:
                    _read(one, describer, inner)
            inner["t"] = int(any(one.type == "export_statement" and named(one)[0].type == "export_clause"
                                 for one in named(body) if named(one)))  # fmt: skip
            summary.setdefault("w", {}).setdefault(string(name) or "", []).append(inner)
        elif child.type == "statement_block":
            _add_global(child, describer, summary)
        else:
            declare(child, describer, summary["n"])


def _add_global(block: Node, describer: Declarer, summary: Summary) -> None:
    names = summary.setdefault("g", {})
    for name, bindings in statement_names(block, describer).items():
        names.setdefault(name, []).extend(bindings)


def _read_export(statement: Node, describer: Declarer, summary: Summary) -> None:
    exported = summary["x"]
    specifier = string(statement.child_by_field_name("source"))
    marks = words(statement)
    if specifier:
        summary.setdefault("i", []).append(specifier)
        if "*" in marks:
            summary.setdefault("s", []).append(specifier)
    declaration = statement.child_by_field_name("declaration") or statement.child_by_field_name("value")
    for child in named(statement):
        if child.type == "export_clause":
            for one in named(child):
                name = _plain(one.child_by_field_name("name"))
                alias = _plain(one.child_by_field_name("alias")) or name
                exported[alias] = [specifier or "", name]
        elif child.type == "namespace_export":
            exported[_plain(first(child))] = [specifier or "", "*"]
    if "namespace" in marks:
        summary.setdefault("g", {}).setdefault(text(first(statement)), []).append(["v", None, None])
    elif "=" in marks:
        value = named(statement)[0] if named(statement) else None
        summary["c"] = {"=": [describer.expression(value)], "m": {}}
    elif "default" in marks and declaration is not None:
        names: Names = {}
        declare(declaration, describer, names)
        name = next(iter(names), "")
        if name:
            summary["n"].setdefault(name, []).extend(names[name])
        else:
            name = "*default*"
            value = describer.expression(declaration)
            summary["n"][name] = [value] if isinstance(value, list) and value[0] in ("c", "f") else [["v", None, value]]
        exported["default"] = ["", name]
    elif declaration is not None:
        names = {}
        declare(declaration, describer, names)
        for name, bindings in names.items():
            summary["n"].setdefault(name, []).extend(bindings)
            exported[name] = ["", name]
    elif not specifier and "type" not in marks:
        for child in named(statement):
            if child.type in ("internal_module", "import_alias", "module"):
                declare(child, describer, summary["n"])
                for name in statement_names_of(child, describer):
                    exported[name] = ["", name]


def statement_names_of(node: Node, describer: Declarer) -> Names:
    """What one statement declares."""
    names: Names = {}
    declare(node, describer, names)
    return names


def _plain(node: Node | None) -> str:
    return (string(node) or "") if node is not None and node.type == "string" else text(node)


def _targets(node: Node | None) -> tuple[list[Node], Node | None]:
    """What a chain of assignments assigns to, and the value."""
    lefts = []
    while node is not None and node.type == "assignment_expression":
        left = node.child_by_field_name("left")
        lefts.extend([left] if left is not None else [])
        node = node.child_by_field_name("right")
    return lefts, node


def _read_expando(node: Node | None, describer: Declarer, summary: Summary) -> None:
    """Members that a name, or its prototype, is given at the top."""
    lefts, value = _targets(node)
    for left in lefts:
        if left.type == "member_expression":
            owner, name = text(left.child_by_field_name("object")), text(left.child_by_field_name("property"))
            if owner.removesuffix(".prototype").isidentifier() and owner not in ("module", "exports"):
                members = summary.setdefault("p", {}).setdefault(owner, {})
                members.setdefault(name, []).append(["v", None, describer.seeing({"this": None}).expression(value)])


def _assigning(statement: Node) -> list[Node | None]:
    """The expressions of a statement that may be assignments."""
    kind = statement.type
    if kind in ("variable_declaration", "lexical_declaration"):
        return [declarator.child_by_field_name("value") for declarator in named(statement)]
    return [] if kind == "function_declaration" else [first(statement)]


def _read_commonjs(top: list[Node], source: str, describer: Declarer, summary: Summary) -> None:
    values: list[Any] = []
    members: Names = {}
    for statement in top:
        for node in _assigning(statement):
            lefts, value = _targets(node)
            for left in map(text, lefts):
                if left == "module.exports":
                    values.append(describer.expression(value))
                elif left.startswith(("exports.", "module.exports.")):
                    name = left.removeprefix("module.").removeprefix("exports.")
                    members.setdefault(name, []).append(["v", None, describer.expression(value)])
    described: dict[str, Any] = {"=": values, "m": members}
    if _is_odd(source) or len(_EXPORTS.findall(source)) != len(values):
        described["d"] = 1
    summary["c"] = described


def _is_odd(source: str) -> bool:
    """Whether something is done with what a module exports that is not followed."""
    for own, odd in zip(_OWN_NAME, _ODD_BEFORE, strict=True):
        for match in own.finditer(source):
            if odd.search(source, max(0, match.start() - _REACH), match.start()):
                return True
            if own is _OWN_NAME[0] and _ODD_AFTER.match(source, match.end()):
                return True
    return bool(_HANDED_ON.search(source))
