"""What a C# file offers, as JSON: its types with their members as they are written, its usings, and what is uncertain.

Types and parameters stay source text and are read when a verdict needs them (texts.py): most never are. One query pass
over the tree finds every declaration, and the order of their offsets says which lies in which. The members of a block
of extensions count as those of the class around it, written as extensions were before there were blocks.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from tree_sitter import Language as Grammar
from tree_sitter import Node, Query, QueryCursor, Tree

from solulu.languages.csharp import CSHARP, extended, hidden
from solulu.verifier.csharp.blocks import lower
from solulu.verifier.words import words_in

_QUERY = """
    [(using_directive) (extern_alias_directive)] @using
    [(namespace_declaration) (file_scoped_namespace_declaration)] @namespace
    [(class_declaration) (struct_declaration) (interface_declaration) (record_declaration) (enum_declaration)
     (delegate_declaration)] @type
    [(method_declaration) (property_declaration) (event_declaration) (indexer_declaration) (field_declaration)
     (event_field_declaration) (constructor_declaration) (enum_member_declaration)
     (conversion_operator_declaration)] @member
"""
_KINDS = {
    "class_declaration": "c", "struct_declaration": "s", "interface_declaration": "i", "record_declaration": "r",
    "enum_declaration": "e", "delegate_declaration": "d", "method_declaration": "m", "property_declaration": "p",
    "event_declaration": "e", "indexer_declaration": "i", "field_declaration": "f", "event_field_declaration": "e",
    "constructor_declaration": "c", "enum_member_declaration": "f", "conversion_operator_declaration": "o",
}  # fmt: skip
_USING = re.compile(
    r"(?P<global>global\s+)?using\s+(?:(?P<static>static\s+)|unsafe\s+)*(?:(?P<alias>@?\w+)\s*=\s*)?(?P<name>[^;]+?)\s*;?$",
    re.S,
)
_COMMENT = re.compile(rb"//[^\r\n]*|/\*.*?\*/", re.S)
_ATTRIBUTE = re.compile(rb"[\[,]\s*(?:\w+\s*:\s*)?(?:\w+(?:::|\.))*([A-Za-z_]\w*)(?=\s*[(\],])")
_SPACES = re.compile(r"\s+")
_MODIFIER = re.compile(rb"\b(static|partial)\b")
_CODE = {"block", "arrow_expression_clause", "equals_value_clause"}
INDEXER, CONSTRUCTOR, CONVERSION = "this[]", ".ctor", "implicit"
"""Under what members without a name of their own are found."""


def summarize(data: bytes, tree: Tree) -> dict[str, Any]:
    """The summary of a file. `t` types; `n` namespaces; `u` usings (`a.b|c`: `c` that stands in the namespace `a.b`),
    `us` static ones, `ua` aliases, `g` the same of the global ones; `h` words in code that was not parsed; `x` where
    the file has syntax errors."""
    found: dict[str, Any] = {}
    stack: list[tuple[int, str, dict[str, Any] | None]] = []
    namespace = ""
    types: list[dict[str, Any]] = []
    ends: list[tuple[int, int]] = []
    blocks: list[tuple[dict[str, Any], dict[str, Any]]] = []
    for node, capture in _declarations(tree.root_node):
        start, end = node.start_byte, node.end_byte
        while stack and stack[-1][0] <= start:
            stack.pop()
        match capture:
            case "using":
                _add_using(found, _text(data, node), (stack[-1][1] if stack else "") or namespace)
            case "namespace":
                around = stack[-1][1] if stack else ""
                name = _named(data, node)
                full = f"{around}.{name}" if around else name
                found.setdefault("n", []).append(full)
                if node.type == "namespace_declaration":
                    stack.append((end, full, None))
                else:
                    namespace = full
            case "type":
                outer = stack[-1][2] if stack else None
                made = _type(data, node, outer, (stack[-1][1] if stack else "") or namespace)
                receiver = extended(data, start)
                if receiver is not None and outer is not None:
                    made["c"] = one_line(receiver.decode("utf-8", "replace"))
                    blocks.append((outer, made))
                    stack.append((end, stack[-1][1], made))
                    continue
                types.append(made)
                ends.append((start, end))
                stack.append((end, made.get("s", ""), made))
            case _ if node.type == "constructor_declaration" and data.startswith(b"extension", start):
                found["x"] = 1
            case _ if stack and stack[-1][2] is not None:
                _add_member(data, node, stack[-1][2])
    for owner, block in blocks:
        lower(block, owner)
    if types:
        found["t"] = types
    words = sorted({word for start, end in hidden(data) for word in words_in(data[start:end])})
    if words:
        found["h"] = words
    if tree.root_node.has_error:
        _mark_broken(tree.root_node, types, ends, found)
    return found


def _mark_broken(root: Node, types: list[dict[str, Any]], ends: list[tuple[int, int]], found: dict[str, Any]) -> None:
    """Notes what syntax errors make uncertain: types that have one outside of the code of their members, and the file
    where one is outside of all."""
    for nodes in QueryCursor(CSHARP.error_query).captures(root).values():
        for node in nodes:
            around = node.parent
            while around is not None and around.type not in _CODE and around.type not in _KINDS:
                around = around.parent
            if around is not None and around.type in _CODE:
                continue
            found["x"] = 1
            for made, (start, end) in zip(types, ends, strict=True):
                if start <= node.start_byte < end:
                    made["x"] = 1


def _declarations(root: Node) -> list[tuple[Node, str]]:
    captures = QueryCursor(_query()).captures(root)
    nodes = [(node, capture) for capture, found in captures.items() for node in found]
    return sorted(nodes, key=lambda item: (item[0].start_byte, -item[0].end_byte))


def _add_using(found: dict[str, Any], text: str, around: str) -> None:
    match = _USING.match(text)
    if not match:
        found.setdefault("u", []).append("?")
        return
    into = found.setdefault("g", {}) if match["global"] else found
    name = one_line(match["name"])
    if match["alias"]:
        into.setdefault("ua", {})[match["alias"]] = name
    elif match["static"]:
        into.setdefault("us", []).append(name.replace(" ", ""))
    else:
        into.setdefault("u", []).append(f"{around}|{name}".replace(" ", "") if around else name.replace(" ", ""))


def _type(data: bytes, node: Node, outer: dict[str, Any] | None, namespace: str) -> dict[str, Any]:
    made: dict[str, Any] = {"n": _named(data, node), "k": _KINDS[node.type]}
    if namespace:
        made["s"] = namespace
    if outer is not None:
        made["o"] = f"{outer['o']}.{outer['n']}" if "o" in outer else outer["n"]
    head = data[node.start_byte : node.start_byte]
    for child in node.named_children:
        match child.type:
            case "type_parameter_list":
                made["p"] = [
                    _text(data, one).split()[-1] for one in child.named_children if one.type == "type_parameter"
                ]
            case "parameter_list":
                made["c"] = one_line(_text(data, child)).replace("( ", "(", 1)
            case "base_list":
                made["b"] = [_base(data, one) for one in child.named_children if one.type != "argument_list"]
            case "type_parameter_constraints_clause":
                made["w"] = f"{made.get('w', '')} {one_line(_text(data, child))}".strip()
            case "identifier" if not head:
                head = data[node.start_byte : child.start_byte]
    if node.type == "delegate_declaration":
        result = node.child_by_field_name("type")
        made["r"] = one_line(_text(data, result)) if result else "?"
    flags = {word.decode() for word in _MODIFIER.findall(_after_attributes(head))}
    if "partial" in flags:
        made["a"] = _attributes(head)
    if "static" in flags:
        made["f"] = "s"
    return made


def _base(data: bytes, node: Node) -> str:
    if node.type == "primary_constructor_base_type":
        inner = node.child_by_field_name("type") or node
        return one_line(_text(data, inner))
    return one_line(_text(data, node))


def _add_member(data: bytes, node: Node, owner: dict[str, Any]) -> None:
    kind = _KINDS[node.type]
    members = owner.setdefault("m", {})
    if node.type == "enum_member_declaration":
        members.setdefault(_named(data, node), []).append(["f", "", ""])
        return
    inner = node
    if kind in "fe" and node.type != "event_declaration":
        declared = next((child for child in node.named_children if child.type == "variable_declaration"), None)
        if declared is None:
            return
        inner = declared
    type_node = inner.child_by_field_name("returns" if kind == "m" else "type")
    type_text = one_line(_text(data, type_node)) if type_node else ""
    head = data[node.start_byte : (type_node or node).start_byte]
    if "a" in owner and b"[" in head:
        owner["a"] = sorted({*owner["a"], *_attributes(head)})
    if inner is not node:
        for one in inner.named_children:
            if one.type == "variable_declarator":
                members.setdefault(_named(data, one), []).append([kind, type_text, ""])
        return
    member = [kind, type_text, ""]
    parameters = node.child_by_field_name("parameters")
    if parameters is not None:
        member.append(one_line(_text(data, parameters)).replace("( ", "(", 1))
    name = {"i": INDEXER, "c": CONSTRUCTOR, "o": CONVERSION}.get(kind) or _named(data, node)
    if kind == "m":
        generic = node.child_by_field_name("type_parameters")
        if generic is not None:
            member.append(one_line(_text(data, generic)))
            clauses = [child for child in node.named_children if child.type == "type_parameter_constraints_clause"]
            if clauses:
                member.append(" ".join(one_line(_text(data, clause)) for clause in clauses))
    named = node.child_by_field_name("name") or parameters
    if type_node is not None and named is not None and b"." in data[type_node.end_byte : named.start_byte]:
        member[2] += "v"
    members.setdefault(name, []).append(member)


def _named(data: bytes, node: Node) -> str:
    name = node.child_by_field_name("name")
    return _text(data, name).removeprefix("@").replace(" ", "") if name is not None else "?"


def _attributes(head: bytes) -> list[str]:
    return sorted({name.decode() for name in _ATTRIBUTE.findall(head)})


def _after_attributes(head: bytes) -> bytes:
    return head[head.rfind(b"]") + 1 :]


def _text(data: bytes, node: Node) -> str:
    text = data[node.start_byte : node.end_byte]
    if b"/" in text:
        text = _COMMENT.sub(b" ", text)
    return text.decode("utf-8", "replace")


def one_line(text: str) -> str:
    """The text with single spaces for all white space."""
    return _SPACES.sub(" ", text) if "\n" in text or "  " in text or "\t" in text else text


@cache
def _query() -> Query:
    return Query(Grammar(CSHARP.grammar()), _QUERY)
