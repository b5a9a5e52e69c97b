"""What a C++ file declares, as JSON: by scope, with the text of its types, which is read only when it is asked for.

Only declarations are walked, never a function's body, and what a declaration says is kept as the text it is written in:
most of it nobody ever asks about.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Any

from tree_sitter import Node, Tree

from solulu.languages.cpp import CPP
from solulu.verifier.cpp.preprocessor import Directives, directives

SUFFIXES = (
    *CPP.suffixes,
    ".c",
    ".cu",
    ".cuh",
    ".tpp",
    ".tcc",
    ".txx",
    ".inc",
    ".def",
    ".h.in",
    ".hpp.in",
    ".ixx",
    ".cppm",
)
"""Files that may declare something to C++."""
_WORDS_ONLY = (
    ".m",
    ".mm",
    ".proto",
    ".fbs",
    ".y",
    ".yy",
    ".l",
    ".ll",
    ".S",
    ".asm",
    ".cpp.in",
    ".cc.in",
    ".ui",
    ".idl",
)
"""Files that C++ is made of or linked with: their words count."""
_CLASSES = {"class_specifier", "struct_specifier", "union_specifier"}
_THROUGH = {
    "translation_unit", "declaration_list", "field_declaration_list", "preproc_if", "preproc_ifdef", "preproc_else",
    "preproc_elif", "preproc_elifdef", "linkage_specification", "ERROR", "export_declaration",
}  # fmt: skip
_TYPE_PARAMETERS = re.compile(r"\b(?:typename|class)\s*(?:\.\.\.)?\s*(\w+)|\b(\w+)\s*(?=[,=>]|$)")
_MACRO_LINE = re.compile(rb"^[ \t]*[A-Z][A-Z0-9_]{3,}(?:\(([^;{}\n]*)\))?[ \t]*\r?$", re.M)
_SPACE = re.compile(r"\s+")
_WORD = re.compile(r"[A-Za-z_]\w*")
_TEMPLATE_ARGUMENTS = re.compile(r"<[^<>]*>")
_MOST_TEXT = 240
_DEEPEST = 60


def reads(path: str) -> bool:
    """Whether a file matters to C++."""
    return path.endswith(SUFFIXES) or path.endswith(_WORDS_ONLY)


def summarize(path: str, data: bytes | None, tree: Tree | None) -> dict[str, Any] | None:
    """The summary of a file; None where only its words count."""
    if not path.endswith(SUFFIXES):
        return None
    if data is None:
        return {"x": 1}
    return summary_of(data, tree or CPP.parse(data))


def summary_of(data: bytes, tree: Tree, said: Directives | None = None) -> dict[str, Any]:
    """i: includes, f: complete conditions, m: macros, p: pasted names, d: declarations by scope, c: classes with bases
    and flags, n: namespaces (inline ones with 1), u: using directives, g: using declarations, a: namespace aliases,
    k: words that a macro or a syntax error may declare."""
    said = said or directives(data)
    walk = _Walk(data)
    walk.murky |= said.words
    walk.visit(tree.root_node, "", frozenset(), 0)
    values: dict[str, Any] = {
        "i": said.includes,
        "f": said.full,
        "m": said.macros,
        "p": said.pastes,
        "d": walk.declared,
        "c": walk.classes,
        "n": walk.namespaces,
        "u": walk.directives,
        "g": walk.usings,
        "a": walk.aliases,
        "k": sorted(walk.murky),
    }
    return {key: value for key, value in values.items() if value}


class _Walk:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self.declared: dict[str, dict[str, list[list[str]]]] = {}
        self.classes: dict[str, list[Any]] = {}
        self.namespaces: dict[str, int] = {}
        self.directives: list[list[str]] = []
        self.usings: list[list[str]] = []
        self.aliases: list[list[str]] = []
        self.murky: set[str] = set()
        self._lines: list[int] = []
        for match in _MACRO_LINE.finditer(data):
            self._lines.append(match.start())
            self.murky.update(word.decode() for word in re.findall(rb"[A-Za-z_]\w*", match[1] or b""))

    def visit(self, node: Node, scope: str, templates: frozenset[str], depth: int) -> None:
        """Everything that is declared below a node which is no declaration itself."""
        if depth > _DEEPEST:
            return
        for child in node.named_children:
            kind = child.type
            if kind == "ERROR":
                self.murky.update(_WORD.findall(self._text(child)[:4000]))
                self._mark(scope)
            if kind in _THROUGH:
                self.visit(child, scope, templates, depth + 1)
            else:
                handle = _HANDLERS.get(kind)
                if handle:
                    handle(self, child, scope, templates, depth)

    def namespace(self, node: Node, scope: str, templates: frozenset[str], depth: int) -> None:
        name = node.child_by_field_name("name")
        body = node.child_by_field_name("body")
        inner = scope
        if name is not None:
            text = self._text(name).replace(" ", "")
            for part in text.split("::"):
                inner = join(inner, part)
                self.namespaces.setdefault(inner, 0)
            if any(child.type == "inline" for child in node.children):
                self.namespaces[inner] = 1
        if body is not None:
            self.visit(body, inner, templates, depth + 1)

    def alias(self, node: Node, scope: str, templates: frozenset[str], depth: int) -> None:
        names = node.named_children
        if len(names) == 2:
            name, target = self._text(names[0]), self._text(names[1]).replace(" ", "")
            self.aliases.append([join(scope, name), target])
            self._declare(scope, name, ["u", target])

    def template(self, node: Node, scope: str, templates: frozenset[str], depth: int) -> None:
        parameters = node.child_by_field_name("parameters")
        own = set(_TYPE_PARAMETERS.findall(self._text(parameters)[1:-1])) if parameters is not None else set()
        names = templates | {name for pair in own for name in pair if name}
        self.visit(node, scope, names, depth + 1)

    def record(self, node: Node, scope: str, templates: frozenset[str], depth: int) -> None:
        """A class, struct, union or enum."""
        name = node.child_by_field_name("name")
        body = node.child_by_field_name("body")
        if name is None:
            if body is not None:
                self._members(node, body, scope, scope, templates, depth)
            return
        inner = join(scope, without_arguments(self._text(name)).replace(" ", ""))
        outer, _, last = inner.rpartition("::")
        if not last:
            return
        self._declare(outer, last, ["t", inner])
        if body is None:
            return
        entry = self.classes.setdefault(inner, [[], ""])
        if templates and "t" not in entry[1]:
            entry[1] += "t"
        for child in node.named_children:
            if child.type == "base_class_clause":
                entry[0] += [base for base in self._bases(child, templates) if base not in entry[0]]
        self._members(node, body, inner, outer, templates, depth)

    def _members(self, node: Node, body: Node, inner: str, outer: str, templates: frozenset[str], depth: int) -> None:
        at = bisect_left(self._lines, body.start_byte)
        if at < len(self._lines) and self._lines[at] < body.end_byte:
            self._mark(inner)
        if node.type != "enum_specifier":
            self.visit(body, inner, templates, depth + 1)
            return
        is_scoped = any(child.type in ("class", "struct") for child in node.children)
        if inner in self.classes:
            self.classes[inner][1] += "e"
        for child in body.named_children:
            name = child.child_by_field_name("name")
            if name is not None:
                self._declare(inner, self._text(name), ["v", inner])
                if not is_scoped and outer != inner:
                    self._declare(outer, self._text(name), ["v", inner])
            elif child.type != "comment":
                self.murky.update(_WORD.findall(self._text(child)[:4000]))

    def _bases(self, clause: Node, templates: frozenset[str]) -> list[str]:
        bases = [
            self._plain(child, templates)
            for child in clause.named_children
            if child.type in ("type_identifier", "qualified_identifier", "template_type", "dependent_type")
        ]
        return bases or ["?"]

    def declaration(self, node: Node, scope: str, templates: frozenset[str], depth: int) -> None:
        """Whatever has declarators: variables, fields, functions, types by typedef."""
        type_node = node.child_by_field_name("type")
        is_record = type_node is not None and (type_node.type in _CLASSES or type_node.type == "enum_specifier")
        if type_node is not None and is_record:
            self.record(type_node, scope, templates, depth)
        declarators = node.children_by_field_name("declarator")
        if node.type != "type_definition" and (
            (not declarators and not is_record) or (type_node is None and self._is_macro(declarators[0]))
        ):
            self.murky.update(_WORD.findall(self._text(node)[:400]))
            if (
                not declarators
                and type_node is not None
                and type_node.type in ("type_identifier", "macro_type_specifier")
            ):
                self._mark(scope)
        type_text = self._plain(type_node, templates) if type_node is not None else ""
        for declarator in declarators:
            self._declarator(declarator, type_text, scope, node, templates)
        if node.type != "function_definition" and node.has_error:
            self.murky.update(_WORD.findall(self._text(node)[:4000]))
            self._mark(scope)

    def _is_macro(self, declarator: Node) -> bool:
        return declarator.type == "function_declarator" and bool(re.match(r"[A-Z_0-9]+\s*\(", self._text(declarator)))

    def _declarator(self, node: Node, type_text: str, scope: str, whole: Node, templates: frozenset[str]) -> None:
        marks, parameters = "", None
        current: Node | None = node
        while current is not None:
            kind = current.type
            if kind == "function_declarator" and parameters is None:
                parameters = current.child_by_field_name("parameters")
                for child in current.named_children:
                    if child.type == "trailing_return_type":
                        type_text = self._plain(child, templates).removeprefix("->").strip()
            elif kind == "pointer_declarator":
                marks += "*"
            elif kind == "array_declarator":
                marks += "[]"
            elif kind in _NAMES:
                break
            below = current.child_by_field_name("declarator")
            if below is None:
                below = next((child for child in current.named_children if child.type in _DECLARATORS), None)
            current = below
        if current is None:
            return
        name = self._text(current)
        if current.type == "qualified_identifier":
            qualifier, _, name = without_arguments(name).replace(" ", "").rpartition("::")
            scope = join(scope, qualifier.lstrip(":"))
        name = without_arguments(name)
        if whole.type == "type_definition":
            self._declare(scope, name, ["a", type_text + marks])
        elif parameters is not None and not marks.endswith("[]"):
            self._declare(scope, name, ["f", type_text + marks, self._squeezed(parameters)])
        else:
            self._declare(scope, name, ["v", type_text + marks])

    def using_type(self, node: Node, scope: str, templates: frozenset[str], depth: int) -> None:
        name, target = node.child_by_field_name("name"), node.child_by_field_name("type")
        if name is not None and target is not None:
            self._declare(scope, self._text(name), ["a", self._plain(target, templates)])

    def using(self, node: Node, scope: str, templates: frozenset[str], depth: int) -> None:
        text = self._text(node).rstrip(";").split(None, 1)[-1].strip()
        if text.startswith("namespace"):
            self.directives.append([scope, text.removeprefix("namespace").replace(" ", "")])
            return
        for target in text.split(","):
            target = without_arguments(target.replace("typename ", "").replace(" ", "").replace("...", ""))
            self.usings.append([scope, target])
            self._declare(scope, target.rpartition("::")[2], ["u", target])

    def friend(self, node: Node, scope: str, templates: frozenset[str], depth: int) -> None:
        outer = scope
        while outer and outer in self.classes:
            outer = outer.rpartition("::")[0]
        self.visit(node, outer, templates, depth + 1)

    def concept(self, node: Node, scope: str, templates: frozenset[str], depth: int) -> None:
        name = node.child_by_field_name("name")
        if name is not None:
            self._declare(scope, self._text(name), ["v", ""])

    def macro_call(self, node: Node, scope: str, templates: frozenset[str], depth: int) -> None:
        """An expression where declarations stand: a macro, that may declare anything."""
        self.murky.update(_WORD.findall(self._text(node)[:4000]))
        self._mark(scope)

    def _mark(self, scope: str) -> None:
        if scope in self.classes and "x" not in self.classes[scope][1]:
            self.classes[scope][1] += "x"

    def _declare(self, scope: str, name: str, described: list[str]) -> None:
        known = self.declared.setdefault(scope, {}).setdefault(name, [])
        if described not in known and len(known) < 16:
            known.append(described)

    def _plain(self, node: Node, templates: frozenset[str]) -> str:
        """The text of a type, with `?` for each parameter of a template around it."""
        if node.type in _CLASSES or node.type == "enum_specifier":
            name = node.child_by_field_name("name")
            return self._text(name) if name is not None else "?"
        text = self._squeezed(node)
        if templates and not templates.isdisjoint(_WORD.findall(text)):
            return _WORD.sub(lambda word: "?" if word[0] in templates else word[0], text)
        return text

    def _squeezed(self, node: Node) -> str:
        return _SPACE.sub(" ", self._text(node)[:_MOST_TEXT])

    def _text(self, node: Node) -> str:
        return self._data[node.start_byte : node.end_byte].decode("utf-8", "replace")


_NAMES = {
    "identifier", "field_identifier", "type_identifier", "qualified_identifier", "operator_name", "destructor_name",
    "template_function", "operator_cast",
}  # fmt: skip
_DECLARATORS = _NAMES | {
    "function_declarator", "pointer_declarator", "reference_declarator", "array_declarator", "parenthesized_declarator",
    "init_declarator", "attributed_declarator", "pointer_type_declarator",
}  # fmt: skip
_HANDLERS = {
    "namespace_definition": _Walk.namespace,
    "namespace_alias_definition": _Walk.alias,
    "template_declaration": _Walk.template,
    "class_specifier": _Walk.record,
    "struct_specifier": _Walk.record,
    "union_specifier": _Walk.record,
    "enum_specifier": _Walk.record,
    "declaration": _Walk.declaration,
    "field_declaration": _Walk.declaration,
    "function_definition": _Walk.declaration,
    "type_definition": _Walk.declaration,
    "alias_declaration": _Walk.using_type,
    "using_declaration": _Walk.using,
    "friend_declaration": _Walk.friend,
    "concept_definition": _Walk.concept,
    "expression_statement": _Walk.macro_call,
}


def join(scope: str, name: str) -> str:
    """A name in a scope."""
    return f"{scope}::{name}" if scope and name else scope or name


def without_arguments(text: str) -> str:
    """A name without its template arguments."""
    while "<" in text:
        shorter = _TEMPLATE_ARGUMENTS.sub("", text)
        if shorter == text:
            return text.partition("<")[0]
        text = shorter
    return text.strip()
