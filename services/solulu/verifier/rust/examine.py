"""What becomes of each name in a completion: found, absent, or not followed to its end."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import tree_sitter_rust
from tree_sitter import Language as Grammar
from tree_sitter import Node, Query, QueryCursor, Tree

from solulu.verifier.findings import Status
from solulu.verifier.findings import Type as FindingType
from solulu.verifier.rust.attributes import are_harmless
from solulu.verifier.rust.expressions import Expressions
from solulu.verifier.rust.foreign import Foreign
from solulu.verifier.rust.macros import PLAIN_MACROS
from solulu.verifier.rust.members import Lookup, Members, signature_of
from solulu.verifier.rust.names import PRIMITIVES, ROOT, Def, Found, World
from solulu.verifier.rust.places import Places
from solulu.verifier.rust.repository import Mod
from solulu.verifier.rust.scopes import Scopes
from solulu.verifier.rust.standard import STANDARD, standard_library
from solulu.verifier.rust.uses import Use
from solulu.verifier.rust.values import OPAQUE, Type, Types
from solulu.verifier.steps import TooFar
from solulu.verifier.words import words_in

_MACROS = Query(Grammar(tree_sitter_rust.language()), "(macro_invocation) @macro")
_KINDS = {"s": "struct", "e": "enum", "t": "trait", "mod": "module", "prim": "type", "y": "type alias"}
_ITEMS = ("function_item", "impl_item", "trait_item", "mod_item", "struct_item", "enum_item", "const_item")


@dataclass(frozen=True)
class Answer:
    """What became of a name."""

    status: Status
    message: str = ""
    type: FindingType = "undefinedvariable"
    candidates: Callable[[], Mapping[str, str]] = dict


class Examiner:
    """Looks at names in one file, as one of the modules that it is."""

    def __init__(self, world: World, tree: Tree, data: bytes, home: Mod, vectors: set[int]) -> None:
        self.world = world
        self.types = Types(world)
        self.members = Members(self.types)
        self.scopes = Scopes(data)
        self.places = Places(world, self.types, self.scopes, data, home, vectors)
        self.expressions = Expressions(self.places, self.members)
        self._tree, self._data = tree, data

    def examine(self, use: Use) -> Answer:
        """What becomes of a name."""
        self.expressions.steps.restart()
        try:
            return self._examine(use)
        except (TooFar, RecursionError):
            return Answer("unknown")

    def _examine(self, use: Use) -> Answer:
        name = self.scopes.text(use.node)
        match use.kind:
            case "name":
                return self._name(use, name)
            case "below" if use.outer:
                return self._below(use, name, use.outer)
            case "member" if use.outer:
                return self._member(use, name, use.outer)
            case "field" if use.outer:
                return self._field(name, use.outer)
            case "shorthand" if use.outer:
                found = self._name(use, name)
                return self._field(name, use.outer) if found.status == "found" else found
            case "import":
                return self._import(use, name)
        return Answer("unknown")

    # -- names --------------------------------------------------------------------------------------------------------

    def _name(self, use: Use, name: str) -> Answer:
        env = self.places.env(use.node)
        if name in env.names or (use.is_called and name in PLAIN_MACROS):
            return Answer("found")
        if not name[:1].isupper() and self.scopes.binding(name, use.node):
            return Answer("found")
        found = self.world.first(name, env.mod)
        if found.defs:
            return Answer("found")
        if found.is_unsure or name == "Self" or self._may_be_made(name, use.node):
            return Answer("unknown")
        if use.node.type == "identifier" and self._is_head(use.node):
            return Answer(
                "absent",
                f"failed to resolve: use of undeclared type or module `{name}`",
                candidates=self._in_scope(use),
            )
        what = "type" if use.node.type == "type_identifier" else "function" if use.is_called else "value"
        type: FindingType = "method" if use.is_called else "undefinedvariable"
        return Answer("absent", f"cannot find {what} `{name}` in this scope", type, self._in_scope(use))

    def _is_head(self, node: Node) -> bool:
        parent = node.parent
        return parent is not None and parent.type in ("scoped_identifier", "scoped_type_identifier")

    def _in_scope(self, use: Use) -> Callable[[], Mapping[str, str]]:
        def names() -> Mapping[str, str]:
            found = dict.fromkeys(self.scopes.visible(use.node), "")
            for place in self.world.around(self.places.mod(use.node)):
                found.update(self._members_of(place))
            return found

        return names

    def _members_of(self, mod: Mod) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for module in self.world.modules(mod) or ():
            for name, items in module.get("i", {}).items():
                found[name] = signature_of(items[0][1]) if items[0][0] == "f" else ""
            found.update({alias: "" for _, alias, is_glob in module.get("u", ()) if alias and not is_glob})
            found.update(dict.fromkeys(module.get("m", {}), ""))
        return found

    def _may_be_made(self, name: str, node: Node) -> bool:
        """Whether a macro around a place, or an attribute, may make a name."""
        if self.members.may_be_made(name):
            return True
        above: Node | None = node
        function = node
        while above is not None:
            if above.type in _ITEMS:
                function = above if above.type != "mod_item" else function
                before = above.prev_named_sibling
                while before is not None and before.type in ("attribute_item", "line_comment", "block_comment"):
                    if before.type == "attribute_item" and not are_harmless(self._bytes(before)):
                        return True
                    before = before.prev_named_sibling
            above = above.parent
        cursor = QueryCursor(_MACROS)
        cursor.set_byte_range(function.start_byte, function.end_byte)
        for macro in cursor.captures(self._tree.root_node).get("macro", ()):
            called = self._bytes(macro).partition(b"!")[0].decode("utf-8", "replace")
            if name in words_in(self._bytes(macro)) and called.rpartition("::")[2] not in PLAIN_MACROS:
                return True
        return False

    def _bytes(self, node: Node) -> bytes:
        return self._data[node.start_byte : node.end_byte]

    # -- paths --------------------------------------------------------------------------------------------------------

    def _below(self, use: Use, name: str, outer: Node) -> Answer:
        called: FindingType = "method" if use.is_called else "undefinedvariable"
        statuses: list[Answer] = []
        found = self.expressions.found(outer)
        env = self.places.env(outer)
        path = self.expressions.path_of(outer)
        if found is not None and path and path[0] not in env.names:
            if path[-1] in PRIMITIVES:
                found = found + Found((Def("prim", ROOT, path[-1]),))
            if found.is_open or not found.defs:
                return Answer("unknown")
            kinds = ("mod", "s", "e", "t", "y", "prim", "variant")
            for one in [one for one in found.defs if one.kind in kinds]:
                statuses.append(self._below_one(one, name, outer, called))
        else:
            statuses.append(self._of_type(self.expressions.outer(outer), name, called))
        for wanted in ("found", "unknown"):
            for answer in statuses:
                if answer.status == wanted:
                    return answer
        if self._may_be_made(name, use.node):
            return Answer("unknown")
        return statuses[0] if statuses else Answer("unknown")

    def _below_one(self, one: Def, name: str, outer: Node, type: FindingType) -> Answer:
        if one.kind == "mod":
            inner = self.world.below(one, name)
            if inner.defs:
                return Answer("found")
            if inner.is_unsure or self._is_standard_word(one.mod, name):
                return Answer("unknown")
            what = "function" if type == "method" else "item"
            return Answer(
                "absent",
                f"cannot find {what} `{name}` in module `{one.name}`",
                type,
                lambda: self._members_of(one.mod),
            )
        if one.kind == "t":
            return self._looked_up(self.members.of_trait(one, name), None, name, type, one)
        if one.kind in ("s", "e", "y", "prim"):
            written = self.expressions.outer(outer) if one.kind != "prim" else Type(one)
            return self._of_type(written, name, type)
        return Answer("unknown")

    def _of_type(self, type: Type | None, name: str, called: FindingType) -> Answer:
        return self._looked_up(self.members.associated(type, name), type, name, called, type.head if type else None)

    def _looked_up(self, lookup: Lookup, type: Type | None, name: str, called: FindingType, head: Def | None) -> Answer:
        if lookup.status != "absent":
            return Answer(lookup.status)
        if self._may_be_foreign(type, name):
            return Answer("unknown")
        kind = _KINDS.get(head.kind, "type") if head else "type"
        noun = "function or associated item" if called == "method" else "associated item"
        noun = "variant or associated item" if head and head.kind == "e" else noun
        shown = type if type else head.name if head else ""
        message = f"no {noun} named `{name}` found for {kind} `{shown}` in the current scope"
        return Answer("absent", message, called, lambda: self._associated_names(type))

    def _associated_names(self, type: Type | None) -> Mapping[str, str]:
        if type is None:
            return {}
        found = dict(self.members.names(type))
        for item in self.types.items(type.head) if type.head.kind == "e" else ():
            found.update(dict.fromkeys(item[2], ""))
        return found

    def _is_standard_word(self, mod: Mod, name: str) -> bool:
        """Whether the standard library may have a name by a macro."""
        return mod.repo == STANDARD and name in standard_library().words("")

    # -- members ------------------------------------------------------------------------------------------------------

    def _member(self, use: Use, name: str, outer: Node) -> Answer:
        type = self.expressions.type_of(outer)
        if not use.is_called:
            if type is None:
                return Answer("unknown")
            lookup = self.members.field(type, name)
            return Answer(
                lookup.status, f"no field `{name}` on type `{type}`", "undefinedvariable", lambda: self._fields(type)
            )
        lookup = self.members.method(type, name)
        if lookup.status == "absent" and self._may_be_foreign(type, name):
            return Answer("unknown")
        shown = _KINDS.get(type.head.kind, "type") if type else "type"
        if type and type.head == OPAQUE:
            shown = "type parameter"
        message = f"no method named `{name}` found for {shown} `{type}` in the current scope"
        return Answer(lookup.status, message, "method", lambda: self.members.names(type))

    def _fields(self, type: Type) -> Mapping[str, str]:
        return {
            name: text for step in self.types.chain(type) if step for name, text in self.members.fields(step).items()
        }

    def _field(self, name: str, outer: Node) -> Answer:
        found = self.expressions.found(outer)
        if self.scopes.text(outer).startswith("Self::"):
            own = self.places.env(outer).names.get("Self")
            found = self.world.below(own.head, self.scopes.text(outer)[6:]) if own else None
        if self.scopes.text(outer).partition("<")[0].partition("::")[0] == "Self" and "::" not in self.scopes.text(
            outer
        ):
            found = None
        if found and not found.is_open and found.defs and all(one.kind == "variant" for one in found.defs):
            fields = {name: text for one in found.defs for name, text in one.item[0].items()}
            if name in fields or name.isdigit():
                return Answer("found")
            if self.members.may_be_made(name):
                return Answer("unknown")
            shown = self.scopes.text(outer)
            return Answer("absent", f"variant `{shown}` has no field named `{name}`", "parameter", lambda: fields)
        type = self.expressions.written(outer)
        if type is None or type.head.kind != "s":
            return Answer("unknown")
        items = self.types.items(type.head)
        own_fields = {key: text for item in items for key, text in item[2].items()}
        if name in own_fields:
            return Answer("found")
        if not items or any("?" in item[4] for item in items) or self.members.may_be_made(name) or name.isdigit():
            return Answer("unknown")
        return Answer("absent", f"struct `{type}` has no field named `{name}`", "parameter", lambda: own_fields)

    def _may_be_foreign(self, type: Type | None, name: str) -> bool:
        """Whether a trait that is not known may give a type a method."""
        foreign = self._foreign
        if name in foreign.methods or foreign.reach == "all":
            return True
        return foreign.reach == "some" and self.members.is_reachable(type)

    @cached_property
    def _foreign(self) -> Foreign:
        return Foreign(self.world, self._data)

    # -- imports ------------------------------------------------------------------------------------------------------

    def _import(self, use: Use, name: str) -> Answer:
        path = _imported(use.node, self.scopes)
        mod = self.places.mod(use.node)
        if path is None:
            return Answer("unknown")
        written = "::".join([*path, name]).removeprefix("::")
        message = f"unresolved import `{written}`"
        if not path or path == [""]:
            found = self.world.first(name, mod, is_use=True) if not path else self.world.external(name, mod)
            if not path and not found.defs and name in self._macro_names:
                return Answer("found")
            return self._imported(found, name, message, use, {})
        outer = self.world.path(path, mod, is_use=True)
        if outer.is_open or not outer.defs:
            return Answer("unknown")
        inner = Found()
        for one in outer.defs:
            inner = inner + (self.world.below(one, name) if one.kind in ("mod", "e") else Found(is_open=True))
        if any(self._is_standard_word(one.mod, name) for one in outer.defs) and not inner.defs:
            return Answer("unknown")
        known = {
            key: text for one in outer.defs if one.kind == "mod" for key, text in self._members_of(one.mod).items()
        }
        return self._imported(inner, name, message, use, known)

    def _imported(self, found: Found, name: str, message: str, use: Use, known: Mapping[str, str]) -> Answer:
        if found.defs:
            return Answer("found", type="import")
        if found.is_unsure or self._may_be_made(name, use.node):
            return Answer("unknown", type="import")
        return Answer("absent", message, "import", lambda: known)

    @cached_property
    def _macro_names(self) -> frozenset[str]:
        own = self.world.own.tables.macros if self.world.own else {}
        return frozenset({*own, *self.types.overlay.macros})


def _imported(node: Node, scopes: Scopes) -> list[str] | None:
    """The names before one in a use declaration; None where they cannot be read."""
    path: list[str] = []
    child, above = node, node.parent
    if above and above.type == "scoped_identifier" and above.child_by_field_name("path") == node:
        while above and above.type == "scoped_identifier" and above.child_by_field_name("path") == child:
            child, above = above, above.parent
    elif above and above.type == "scoped_identifier":
        prefix = above.child_by_field_name("path")
        path = _segments(prefix, scopes) if prefix else [""]
        child, above = above, above.parent
        while above and above.type == "scoped_identifier" and above.child_by_field_name("path") == child:
            child, above = above, above.parent
    while above is not None and above.type != "use_declaration":
        if above.type == "scoped_use_list" and above.child_by_field_name("path") != child:
            prefix = above.child_by_field_name("path")
            path = [*(_segments(prefix, scopes) if prefix else [""]), *path]
        if above.type in ("ERROR", "extern_crate_declaration"):
            return [""] if above.type == "extern_crate_declaration" else None
        child, above = above, above.parent
    return path


def _segments(node: Node, scopes: Scopes) -> list[str]:
    return re.sub(r"\s+", "", scopes.text(node)).split("::")
