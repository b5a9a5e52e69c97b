"""What becomes of a name: found, absent, or unknown, with the message that the compiler would give."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tree_sitter import Node

from solulu.verifier.csharp.calls import Calls
from solulu.verifier.csharp.chains import arity, receiver
from solulu.verifier.csharp.expressions import Expressions
from solulu.verifier.csharp.members import constructors, extensions
from solulu.verifier.csharp.repository import prefixes
from solulu.verifier.csharp.standard import STANDARD
from solulu.verifier.csharp.texts import read_parameters, read_type
from solulu.verifier.csharp.values import Denoted, Namespace, Object, Place, Static
from solulu.verifier.csharp.visible import Visible
from solulu.verifier.findings import FOUND, UNSURE, Answer

_WORDS = {
    "nameof", "var", "dynamic", "value", "field", "_", "args", "await", "global", "notnull", "unmanaged",
    "nint", "nuint", "when", "yield", "get", "set", "init", "async", "partial", "record", "with", "not", "and",
    "or", "scoped", "file", "required", "managed", "on", "by", "equals", "into", "let", "select", "from",
    "where", "orderby", "group", "join",
}  # fmt: skip
"""Names that the language gives a meaning in places."""


_OF_MANY = {
    "System.Object", "System.ValueType", "System.Enum", "System.Attribute", "System.IDisposable",
    "System.IAsyncDisposable", "System.IEquatable", "System.IComparable", "System.IFormattable",
    "System.ISpanFormattable", "System.ICloneable", "System.IConvertible",
    "System.Runtime.Serialization.ISerializable",
}  # fmt: skip
"""What so many types are that nobody extends it for the sake of one."""


class Names:
    """Looks at the names of one file."""

    def __init__(self, expressions: Expressions, visible: Visible) -> None:
        self._in, self._visible = expressions, visible
        self._source, self._world, self._members = expressions.source, expressions.world, expressions.members
        self._calls = Calls(expressions)

    # -- bare names ---------------------------------------------------------------------------------------------------

    def bare(self, node: Node, name: str, is_called: bool, may_be_type: bool) -> Answer:
        """A name with nothing before it."""
        locals = self._source.locals(node)
        if name in locals:
            return FOUND if locals.find(name, node.start_byte) else UNSURE
        if name in _WORDS:
            return FOUND if name in ("nameof", "_") else UNSURE
        bound, place = self._source.bound(node), self._source.place(node)
        if name in bound or name in self._source.primary_parameters(node) or self._in.around(node, name):
            return FOUND
        found = self._world.find(name, None, place)
        if isinstance(found, Static | Namespace):
            return UNSURE if is_called else FOUND
        message = f"The name '{name}' does not exist in the current context"
        is_variable = not may_be_type or not name[:1].isupper()
        if (
            found == "absent"
            and self._are_members_known(place)
            and not self._is_uncertain(name)
            and (is_variable or (self._is_no_type(name, place) and not self._visible.occurs(name)))
        ):
            return Answer("absent", message, lambda: self._seen(node))
        return self._nowhere(name, message, lambda: self._seen(node))

    def type(self, node: Node, name: str, is_attribute: bool = False) -> Answer:
        """A name where only a type or a namespace can stand; `node` is all of it with its type arguments. Attributes
        that generators look for are often made by them."""
        place, bound = self._source.place(node), self._source.bound(node)
        if name in _WORDS or name in bound:
            return FOUND if name in bound or name == "var" else UNSURE
        count = None if is_attribute else arity(node)
        spellings = (name, f"{name}Attribute") if is_attribute else (name,)
        found = [self._world.find(spelling, count, place) for spelling in spellings]
        if any(isinstance(one, Static | Namespace) for one in found):
            return FOUND
        message = f"The type or namespace name '{name}' could not be found"
        is_qualifier = node.parent is not None and node.parent.type == "qualified_name"
        is_certain = all(one == "absent" for one in found) and not is_qualifier
        is_absent = not is_attribute and (is_certain or not self._visible.occurs(name))
        if is_absent and all(self._is_no_type(one, place) for one in spellings) and not self._is_uncertain(name):
            return Answer("absent", message, self._types)
        return self._nowhere(name, message, self._types)

    def inside(self, around: Static | Namespace | str, name: str) -> Answer:
        """A name after a dot where only a type or a namespace can stand."""
        found = self._world.inside(around, name, None)
        if not isinstance(found, str):
            return FOUND
        where = around.of.type.name if isinstance(around, Static) else getattr(around, "name", "")
        message = f"The type or namespace name '{name}' does not exist in the namespace '{where}'"
        if found == "absent" and not self._is_uncertain(name):
            if isinstance(around, Static) and self._members.is_closed(around.of):
                return Answer("absent", message)
            if isinstance(around, Namespace) and self._visible.is_own(around.name, self._world.home.path):
                return Answer("absent", message)
        return self._nowhere(name, message)

    # -- members ------------------------------------------------------------------------------------------------------

    def member(self, access: Node, name: str, is_called: bool) -> Answer:
        """A name after a dot in an expression."""
        left = receiver(access)
        answers = [self._on(of, name, is_called, access) for of in self._in.receivers(access)]
        found = min(answers, key=lambda answer: ("found", "unknown", "absent").index(answer.status))
        if found.status != "unknown":
            return found
        message = f"nothing in the repository, its usings or the base class library is called '{name}'"
        if left is not None and self._is_named_only(left) and not self._visible.occurs(name):
            return Answer("absent", message, basis="closed_world")
        return self._nowhere(name, message)

    def initialized(self, made: Object | None, name: str) -> Answer:
        """A member that an initializer sets."""
        if made is None or made.type.kind == "?":
            return self._nowhere(name, f"nothing in the repository or the base class library is called '{name}'")
        if self._members.has(made, name):
            return FOUND
        return self._lacking(made, name)

    def keyword(self, call: Node, name: str) -> Answer:
        """The name of an argument."""
        function = call.child_by_field_name("function")
        local = self._calls.local_function(function)
        if local is not None:
            text = " ".join(self._source.text(local.child_by_field_name("parameters")).split())
            names = [parameter.name for parameter in read_parameters(text)]
            called = self._source.text(function)
            return (
                FOUND
                if name in names
                else Answer("absent", _no_parameter(called, name), lambda: dict.fromkeys(names, ""))
            )
        candidates = self._calls.candidates(call)
        parameters = {one.name: one.text for candidate in candidates for one in candidate.member.parameters}
        if name in parameters:
            return FOUND
        called = _called(self._source.text(function or call.child_by_field_name("type")))
        message = _no_parameter(called, name)
        owners = [candidate.member.part.place for candidate in candidates]
        if owners and all(place.repo != STANDARD for place in owners) and not self._is_uncertain(name):
            whole = [
                self._world.info(place.types[0], self._arity(candidate.member.part.declared))
                for place, candidate in zip(owners, candidates, strict=True)
            ]
            if all(info and self._members.is_closed(Object(info, (None,) * info.arity)) for info in whole):
                return Answer("absent", message, lambda: parameters)
        if call.type == "object_creation_expression":
            made = self._in.written(call.child_by_field_name("type"))
            if (
                made
                and not constructors(made)
                and made.type.parts[0].place.repo != STANDARD
                and self._members.is_closed(made)
            ):
                return Answer("absent", message)
        return self._nowhere(name, message, lambda: parameters)

    # -- usings -------------------------------------------------------------------------------------------------------

    def imported(self, dotted: list[str], node: Node) -> Answer:
        """The last of some dotted names in a using."""
        full, around = ".".join(dotted), ".".join(dotted[:-1])
        if self._world.has_namespace(full) or self._world.has_type(full):
            return FOUND
        for outer in reversed(prefixes(self._source.namespace_before(node))):
            if self._world.has_namespace(f"{outer}.{full}") or self._world.has_type(f"{outer}.{full}"):
                return FOUND
            if around and self._world.has_namespace(f"{outer}.{around}"):
                around = f"{outer}.{around}"
                break
        message = f"The type or namespace name '{dotted[-1]}' could not be found"
        if around:
            message = f"The type or namespace name '{dotted[-1]}' does not exist in the namespace '{around}'"
        path = self._world.home.path
        if self._is_uncertain(dotted[-1]) or not around:
            return UNSURE
        if self._visible.is_own(around, path):
            inside = self._world.library.all_namespaces | self._own_namespaces()
            names = [name.rpartition(".")[2] for name in inside if name.rpartition(".")[0] == around]
            return Answer("absent", message, lambda: dict.fromkeys(names, ""))
        is_library = around in self._world.library.all_namespaces and self._visible.state(around, path) == "known"
        if is_library and not self._visible.occurs(dotted[-1]) and dotted[0] == "System":
            return Answer("absent", message, basis="closed_world")
        return UNSURE

    # -- proofs -------------------------------------------------------------------------------------------------------

    def _on(self, of: Denoted, name: str, is_called: bool, node: Node) -> Answer:
        """A member of what is left of the dot."""
        if of is None:
            return UNSURE
        if isinstance(of, Namespace):
            return self.inside(of, name)
        owner = of.of if isinstance(of, Static) else of
        if self._members.has(owner, name):
            return FOUND
        infos = self._world.extensions(name)
        if infos:
            added = [member for info in infos for member in extensions(info, name)]
            return FOUND if any(self._calls.overloads.extends(member, owner) for member in added) else UNSURE
        if isinstance(of, Object) and is_called:
            return self._extended(of, name, node)
        if owner.type.name == "System.ValueTuple" and name not in ("Item1", "Item2"):
            return UNSURE if not owner.names else self._lacking(owner, name)
        return self._lacking(owner, name)

    def _extended(self, of: Object, name: str, node: Node) -> Answer:
        """A called name that is no member, but may be an extension method that is not here."""
        if any(name in names for names in self._world.library.extension_names.values()):
            return UNSURE
        place = self._source.place(node)
        types = [one.type for one in self._world.ancestors(of)[0]]
        rare = [one for one in types if one.name not in _OF_MANY]
        is_unknown_to_others = self._visible.are_all_own(rare, place.path) and not self._visible.occurs(name)
        if is_unknown_to_others or self._visible.are_extensions_known(place, types):
            return self._lacking(of, name)
        return UNSURE

    def _lacking(self, owner: Object, name: str) -> Answer:
        message = f"'{owner}' does not contain a definition for '{name}'"
        if not self._members.is_closed(owner) or self._is_uncertain(name):
            return UNSURE
        is_standard = owner.type.parts[0].place.repo == STANDARD
        if is_standard and self._visible.occurs(name):
            return UNSURE
        return Answer("absent", message, lambda: self._members.names(owner))

    def _nowhere(self, name: str, message: str, candidates: Callable[[], Mapping[str, str]] = dict) -> Answer:
        if self._visible.lacks(name):
            return Answer("absent", message, candidates, "closed_world")
        return UNSURE

    def _is_named_only(self, node: Node) -> bool:
        """Whether a name is a type of which the table has no members, but all the words of its package."""
        name, place = self._source.text(node), self._source.place(node)
        if node.type != "identifier" or self._in.variable(name, node)[0] or name in place.usings.aliases:
            return False
        found = self._world.find(name, 0, place)
        return isinstance(found, Static) and found.of.type.kind == "?"

    def _is_uncertain(self, name: str) -> bool:
        return any(
            name in repo.uncertain for repo in self._world.repositories.values()
        ) or name in self._world.overlay.get("h", ())

    def _is_no_type(self, name: str, place: Place) -> bool:
        return not self._world.is_some_type(name) and self._visible.are_types_known(place, name)

    def _are_members_known(self, place: Place) -> bool:
        """Whether the types around, and those of static usings, have no members that are not here."""
        for full in place.types:
            for count in self._world.arities(full):
                info = self._world.info(full, count)
                if info is None or not self._members.is_closed(Object(info, (None,) * count)):
                    return False
        for text in place.usings.statics:
            static = self._world.denoted(read_type(text), place, {})
            if not isinstance(static, Static) or not self._members.is_closed(static.of):
                return False
        return True

    # -- candidates ---------------------------------------------------------------------------------------------------

    def _seen(self, node: Node) -> dict[str, str]:
        found = dict.fromkeys(self._source.locals(node), "")
        for full in self._source.place(node).types:
            for count in self._world.arities(full):
                info = self._world.info(full, count)
                found.update(self._members.names(Object(info, (None,) * count)) if info else {})
        return found

    def _types(self) -> dict[str, str]:
        own = self._world.own
        return dict.fromkeys(own.simple_names if own else (), "")

    def _own_namespaces(self) -> frozenset[str]:
        return frozenset(name for repo in self._world.repositories.values() for name in repo.namespaces)

    def _arity(self, declared: Mapping[str, object]) -> int:
        parameters = declared.get("p", ())
        return len(parameters) if isinstance(parameters, list) else 0


def _no_parameter(called: str, name: str) -> str:
    return f"The best overload for '{called}' does not have a parameter named '{name}'"


def _called(text: str) -> str:
    return text.partition("<")[0].rpartition(".")[2].strip()
