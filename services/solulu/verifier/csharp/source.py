"""The file that a completion stands in, as it is with the completion: its tree, and what is around each place of it."""

from __future__ import annotations

from tree_sitter import Node, Tree

from solulu.verifier.csharp.repository import Usings
from solulu.verifier.csharp.scopes import TYPES, Locals, enclosing, member_around
from solulu.verifier.csharp.texts import read_parameters, read_type
from solulu.verifier.csharp.values import Place, Value
from solulu.verifier.csharp.world import World

_NAMESPACES = {"namespace_declaration", "file_scoped_namespace_declaration"}
_NO_TYPE_CONSTRAINTS = {"constructor_constraint"}


class Source:
    """One file."""

    def __init__(self, data: bytes, tree: Tree, world: World) -> None:
        self.data, self.root, self.world = data, tree.root_node, world
        self._usings: Usings = world.usings(world.home.repo, world.home.path)
        self._places: dict[int, tuple[Place, dict[str, Value]]] = {}
        self._locals: dict[tuple[int, int], Locals] = {}

    def text(self, node: Node | None) -> str:
        """The text of a node, without the sign that makes a keyword a name."""
        if node is None:
            return ""
        return self.data[node.start_byte : node.end_byte].decode("utf-8", "replace").removeprefix("@")

    def is_async(self, function: Node) -> bool:
        """Whether a function or a lambda is asynchronous."""
        return any(child.type == "modifier" and self.text(child) == "async" for child in function.children)

    def locals(self, node: Node) -> Locals:
        """The local names of the member around a node."""
        member = member_around(node)
        key = member.start_byte, member.end_byte
        if key not in self._locals:
            self._locals[key] = Locals(member, self.data)
        return self._locals[key]

    def place(self, node: Node) -> Place:
        """What is around a node."""
        return self._around(node)[0]

    def bound(self, node: Node) -> dict[str, Value]:
        """The type parameters that can be used at a node, which may stand for anything."""
        bound = dict(self._around(node)[1])
        locals = self.locals(node)
        bound.update(dict.fromkeys(locals.types))
        place = self.place(node)
        for clause in locals.constraints:
            self._constrain(bound, clause, place)
        return bound

    def _constrain(self, bound: dict[str, Value], clause: Node, place: Place) -> None:
        """Lets a type parameter stand for the one type that it must be of."""
        name, *constraints = clause.named_children
        types = [child for one in constraints for child in one.named_children if child.type not in _NO_TYPE_CONSTRAINTS]
        if len(types) == 1:
            text = " ".join(self.text(types[0]).split())
            bound[self.text(name)] = self.world.resolve(read_type(text), place, dict(bound))

    def type_around(self, node: Node) -> Node | None:
        """The declaration of the type that a node lies in."""
        return next(enclosing(node, TYPES), None)

    def primary_parameters(self, node: Node) -> dict[str, str]:
        """The parameters of the types around, with their types as they are written."""
        found: dict[str, str] = {}
        for around in enclosing(node, TYPES):
            for child in around.named_children:
                if child.type == "parameter_list":
                    for parameter in read_parameters(" ".join(self.text(child).split())):
                        found.setdefault(parameter.name, parameter.text)
        return found

    def namespace_before(self, using: Node) -> str:
        """The namespace that a using stands in."""
        filed = (one for one in self.root.named_children if one.type == "file_scoped_namespace_declaration")
        is_inside = any(one.start_byte < using.start_byte for one in filed)
        return self.place(using).namespace if is_inside or next(enclosing(using, _NAMESPACES), None) else ""

    def _around(self, node: Node) -> tuple[Place, dict[str, Value]]:
        around = list(enclosing(node, TYPES))
        key = around[0].start_byte if around else -1
        namespace_node = next(enclosing(node, {"namespace_declaration"}), None)
        if key == -1 and namespace_node is not None:
            key = -2 - namespace_node.start_byte
        if key not in self._places:
            namespaces = [
                self.text(one.child_by_field_name("name")) for one in enclosing(node, {"namespace_declaration"})
            ]
            namespaces.reverse()
            if not namespaces:
                namespaces = [
                    self.text(child.child_by_field_name("name"))
                    for child in self.root.named_children
                    if child.type == "file_scoped_namespace_declaration"
                ][:1]
            namespace = ".".join(namespaces).replace(" ", "")
            names = [self.text(one.child_by_field_name("name")) for one in reversed(around)]
            full = [".".join([*([namespace] if namespace else []), *names[: end + 1]]) for end in range(len(names))]
            bound: dict[str, Value] = {}
            clauses: list[Node] = []
            for one in around:
                for child in one.named_children:
                    if child.type == "type_parameter_constraints_clause":
                        clauses.append(child)
                    if child.type == "type_parameter_list":
                        bound.update(
                            (self.text(parameter.child_by_field_name("name")), None)
                            for parameter in child.named_children
                        )
            place = Place(self.world.home.repo, self.world.home.path, namespace, tuple(reversed(full)), self._usings)
            for clause in clauses:
                self._constrain(bound, clause, place)
            self._places[key] = place, bound
        return self._places[key]
