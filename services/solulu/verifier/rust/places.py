"""Where a node of the file stands: its module or block, and what type parameters and `Self` are there."""

from __future__ import annotations

from tree_sitter import Node

from solulu.verifier.rust.names import World
from solulu.verifier.rust.repository import Mod
from solulu.verifier.rust.scopes import Scopes
from solulu.verifier.rust.summary import block_items
from solulu.verifier.rust.values import OPAQUE, Bound, Env, Type, Types

_DECLARING = frozenset(
    [
        "function_item",
        "struct_item",
        "enum_item",
        "union_item",
        "trait_item",
        "impl_item",
        "use_declaration",
        "const_item",
        "static_item",
        "type_item",
        "mod_item",
        "macro_definition",
        "extern_crate_declaration",
    ]
)
_GENERIC = frozenset(
    ["function_item", "function_signature_item", "struct_item", "enum_item", "union_item", "type_item"]
)
_MOST_CHILDREN = 5_000


class Places:
    """The places of one file."""

    def __init__(self, world: World, types: Types, scopes: Scopes, data: bytes, home: Mod, vectors: set[int]) -> None:
        self.world, self.types, self.scopes = world, types, scopes
        self.vectors = vectors
        """Where an array is what `vec!` makes."""
        self._data, self._home = data, home
        self._mods: dict[int, Mod] = {}
        self._envs: dict[int, Env] = {}

    def mod(self, node: Node) -> Mod:
        """The module, or the block that declares items, that a node stands in."""
        place = node.parent
        while place is not None and place.type not in ("block", "mod_item", "source_file"):
            place = place.parent
        if place is None or place.type == "source_file":
            return self._home
        if place.id not in self._mods:
            outer = self.mod(place)
            if place.type == "mod_item":
                name = place.child_by_field_name("name")
                outer = outer._replace(path=(*outer.path, self.scopes.text(name))) if name else outer
            elif any(child.type in _DECLARING for child in place.named_children[:_MOST_CHILDREN]):
                block = outer._replace(path=(*outer.path, f"{{{place.start_byte}}}"))
                self.world.blocks[block] = (block_items(place, self._data), outer)
                outer = block
            self._mods[place.id] = outer
        return self._mods[place.id]

    def env(self, node: Node) -> Env:
        """The module and the type parameters that hold at a node."""
        place: Node | None = node
        while place is not None and place.type not in _GENERIC and place.type not in ("impl_item", "trait_item"):
            place = place.parent
        if place is None:
            return Env(self.mod(node), {})
        if place.id not in self._envs:
            above = self.env(place.parent) if place.parent else Env(self._home, {})
            self._envs[place.id] = Env(self.mod(place), above.names)
            self._envs[place.id] = self._env(place, Env(self.mod(place), above.names))
        return Env(self.mod(node), self._envs[place.id].names)

    def _env(self, place: Node, above: Env) -> Env:
        generics = self.scopes.text(place.child_by_field_name("type_parameters") or place)
        generics = generics if place.child_by_field_name("type_parameters") else ""
        for child in place.children:
            if child.type == "where_clause":
                generics += " " + self.scopes.text(child)
        found = self.types.generics(generics, above)
        if place.type == "impl_item":
            type = place.child_by_field_name("type")
            own = self.types.read(self.scopes.text(type), found) if type else None
            return Env(found.mod, {**found.names, "Self": own})
        name = place.child_by_field_name("name")
        if place.type == "trait_item" and name:
            trait = self.world.path([self.scopes.text(name)], above.mod)
            bounds = tuple(Bound(one) for one in trait.defs if one.kind == "t") or (Bound(None),)
            return Env(found.mod, {**found.names, "Self": Type(OPAQUE, (), bounds, "Self")})
        if place.type in ("struct_item", "enum_item", "union_item") and name:
            own_type = self.world.path([self.scopes.text(name)], above.mod).defs
            made = self.types.made(own_type[0]) if len(own_type) == 1 else None
            return Env(found.mod, {**found.names, "Self": made})
        return found
