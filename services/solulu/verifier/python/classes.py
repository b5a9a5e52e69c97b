"""Classes: what they inherit, the members they have, and what other classes may add to their instances."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from solulu.verifier.python.describe import Description
from solulu.verifier.python.signatures import without_first
from solulu.verifier.python.stdlib import BUILTINS, STDLIB
from solulu.verifier.python.summary import ClassSummary, simple_base, simple_name
from solulu.verifier.python.values import Absence, ClassValue, Found, Object, SuperValue, Value
from solulu.verifier.python.world import World
from solulu.verifier.repository import Home
from solulu.verifier.steps import Steps

Evaluate = Callable[[Description, Home], list[Value]]
Ancestor = tuple[Home, str, ClassSummary | None]

_NAMED_TUPLE = {"_asdict", "_replace", "_make", "_fields", "_field_defaults", "_field_types"}
_FORMS = {"Generic", "Protocol", "NamedTuple"}
"""Bases that are no classes to the reader; what NamedTuple brings is known."""
_UNTYPED = {
    "typing", "typing_extensions", "types", "abc", "collections.abc", "_collections_abc", "numbers", "ctypes",
    "_ctypes", "enum",
}  # fmt: skip
"""Standard modules whose classes say little about the objects that are annotated with them."""
_ODD_FILES = ("enum", "ctypes", "_ctypes")
_ODD_METACLASSES = ("enum", "abc", "_py_abc")


class Classes:
    """Answers questions about classes. `evaluate` tells what a description means at the top level of a file."""

    def __init__(self, world: World, steps: Steps, evaluate: Evaluate) -> None:
        self._world, self._steps, self._evaluate = world, steps, evaluate
        self._families: dict[str, tuple[frozenset[str], bool]] = {}

    def ancestors(self, home: Home, name: str) -> Iterator[Ancestor]:
        """A class and everything that it inherits from, `object` last; None for what cannot be followed."""
        seen: set[tuple[Home, str]] = set()
        waiting = [(home, name)]
        while waiting:
            at = waiting.pop(0)
            if at in seen:
                continue
            seen.add(at)
            self._steps.take()
            body = self._world.summary(at[0]).classes.get(at[1])
            yield *at, body
            for base in body.bases if body else ():
                if simple_base(base) in _FORMS:
                    continue
                for value in self._evaluate(base, at[0]):
                    if not isinstance(value, ClassValue):
                        yield at[0], "", None
                    elif value.name != "object":
                        waiting.append((value.home, value.name))
        yield BUILTINS, "object", self._world.summary(BUILTINS).classes["object"]

    def member(self, value: Object, name: str) -> Found | Absence:
        """A member of a class or an instance. Absent only if no subclass may have it, and nobody assigns it."""
        found = self.inherited(value.home, value.name, name, skip_first=isinstance(value, SuperValue))
        if found == "absent" and isinstance(value, ClassValue):
            found = self._of_metaclass(value, name)
        if found != "absent":
            return found
        if self._world.is_assigned(name, value.home):
            return "unknown"
        if not value.is_exact and (self._may_be_below(value.name, name) or self._is_foreign_exception(value)):
            return "unknown"
        return "absent"

    def is_named(self, value: Object) -> bool:
        """Whether a class is known but for what is set by computed names, and those are words of the repository."""
        kin = [(value.home, value.name)]
        if not value.is_exact:
            kin.extend(place for name in sorted(self._below(value.name)) for place in self._world.classes_called(name))
        ancestors = [ancestor for home, name in kin for ancestor in self.ancestors(home, name)]
        return "Mixin" not in value.name and not any(
            body is None or "__getattr__" in body.members or (name != "object" and "__getattribute__" in body.members)
            for _, name, body in ancestors
        )

    def inherited(self, home: Home, name: str, member: str, skip_first: bool = False) -> Found | Absence:
        """A member of exactly this class."""
        unsure = "Mixin" in name
        for number, (at, owner, body) in enumerate(self.ancestors(home, name)):
            if body is None:
                unsure = True
                continue
            if number == 0 and skip_first:
                continue
            if member in body.members:
                return Found(at, body.members[member], owner, is_sure=not unsure)
            if owner != "object":
                unsure |= body.is_dynamic or "__getattr__" in body.members or "__getattribute__" in body.members
            if is_named_tuple(body):
                tuples = self._world.summary(BUILTINS).classes["tuple"].members
                if member in _NAMED_TUPLE:
                    return Found(at, [["v", None]], owner, is_sure=False)
                if member in tuples:
                    return Found(BUILTINS, tuples[member], "tuple", is_sure=not unsure)
        return "unknown" if unsure else "absent"

    def own_names(self, home: Home, name: str) -> frozenset[str]:
        """The members that a class body itself binds."""
        body = self._world.summary(home).classes.get(name)
        return frozenset(body.members) if body else frozenset()

    def is_odd(self, value: ClassValue) -> bool:
        """Whether calling or annotating with a class says little about the object: typing's forms, metaclasses,
        enums."""
        if value.home.repo == STDLIB and (
            _UNTYPED.intersection(self._world.names_of(value.home)) or value.name in ("type", "object", "super")
        ):
            return True
        return any(
            home.repo == STDLIB and (name == "type" or home.path.startswith(_ODD_FILES))
            for home, name, _ in self.ancestors(value.home, value.name)
        )

    def is_enum(self, home: Home, name: str) -> bool:
        """Whether a class is an enum, whose members are not what their values are."""
        return any(at.repo == STDLIB and at.path.startswith("enum") for at, _, _ in self.ancestors(home, name))

    def is_descriptor(self, home: Home, name: str) -> bool:
        """Whether instances of a class turn into something else when they are read as members, as far as can be
        told."""
        return any(body is None or "__get__" in body.members for _, _, body in self.ancestors(home, name))

    def is_redefined(self, owner: str, member: str) -> bool:
        """Whether a class below `owner`, or one beside it above such a class, may define a member anew."""
        return self._may_be_below(owner, member)

    def signatures(self, value: ClassValue) -> list[list[str]] | None:
        """The signatures with which a class may be called; None where they are unknown."""
        if not value.is_exact or self.is_odd(value):
            return None
        fields = self._field_parameters(value)
        if fields is not None:
            return fields or None
        made = self.inherited(value.home, value.name, "__new__")
        initialized = self.inherited(value.home, value.name, "__init__")
        if not isinstance(made, Found) or not isinstance(initialized, Found):
            return None
        if made.owner != "object" or not (made.is_sure and initialized.is_sure):
            return None
        if initialized.owner == "object":
            return [[]]
        functions = [binding[1] for binding in initialized.bindings if binding[0] == "f"]
        if len(functions) < len(initialized.bindings) or any("x" in function for function in functions):
            return None
        return [without_first(function["p"]) for function in functions]

    def _field_parameters(self, value: ClassValue) -> list[list[str]] | None:
        """The parameters of a dataclass or named tuple; empty where they are uncertain, None where it is neither."""
        names: list[str] = []
        is_made_of_fields = False
        for _, _, body in self.ancestors(value.home, value.name):
            if body is None:
                return [] if is_made_of_fields else None
            if "__init__" in body.members and not is_made_of_fields:
                return None
            if body.is_dataclass or is_named_tuple(body):
                if body.is_dynamic:
                    return []
                is_made_of_fields = True
            names.extend(body.fields)
        return [[f"{name}=" for name in names]] if is_made_of_fields else None

    def _of_metaclass(self, value: ClassValue, name: str) -> Found | Absence:
        found = self.inherited(BUILTINS, "type", name)
        if isinstance(found, Found):
            return found
        homes = [home for home, _, _ in self.ancestors(value.home, value.name)]
        return "unknown" if any(home.path.startswith(_ODD_METACLASSES) for home in homes) else found

    def _is_foreign_exception(self, value: Object) -> bool:
        """Whether an exception may be of a class that a package which is not indexed derives from a standard one."""
        if value.home.repo != STDLIB:
            return False
        return any(name == "BaseException" for _, name, _ in self.ancestors(value.home, value.name))

    def _may_be_below(self, name: str, member: str) -> bool:
        members, is_open = self._family(simple_name(name))
        return is_open or member in members

    def _family(self, name: str) -> tuple[frozenset[str], bool]:
        """The members of all classes that inherit, by name, from a class called so, and of all that those inherit from
        beside it; and whether one of them inherits from something unknown."""
        if name not in self._families:
            self._families[name] = self._members_around(self._below(name), name)
        return self._families[name]

    def _below(self, name: str) -> set[str]:
        below: set[str] = set()
        waiting = [simple_name(name)]
        while waiting:
            fresh = set(self._world.subclasses(waiting.pop())) - below
            below |= fresh
            waiting.extend(sorted(fresh))
        return below - {simple_name(name)}

    def _members_around(self, names: set[str], without: str) -> tuple[frozenset[str], bool]:
        members: set[str] = set()
        is_open = False
        for name in sorted(names):
            for home, qualified in self._world.classes_called(name):
                for _, ancestor, body in self.ancestors(home, qualified):
                    if body is None or body.is_dynamic:
                        is_open = True
                    elif simple_name(ancestor) not in (without, "object"):
                        members |= body.members.keys()
        return frozenset(members), is_open


def is_named_tuple(body: ClassSummary) -> bool:
    """Whether a class is written as a `typing.NamedTuple`."""
    return any(simple_base(base) == "NamedTuple" for base in body.bases)
