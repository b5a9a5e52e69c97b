"""What a name, a member or a call refers to, or the proof that it refers to nothing.

Every question has three answers: found, absent, unknown. Whatever is not followed to its end is unknown; so a gap in what
is understood of Python costs coverage, never soundness.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from solulu.verifier.describe import Description, root
from solulu.verifier.scopes import Binding, Scope
from solulu.verifier.stdlib import STDLIB
from solulu.verifier.summary import ClassSummary, ModuleSummary
from solulu.verifier.world import MISSING, Home, World

Status = Literal["found", "absent", "unknown"]
_STEPS = 3_000
"""Evaluation steps for one question; a question that takes more is not answered."""
_MODULE_MEMBERS = {
    "__name__", "__file__", "__doc__", "__package__", "__spec__", "__loader__", "__path__", "__dict__", "__builtins__",
    "__cached__", "__annotations__", "__class__", "__all__", "__version__", "__debug__",
}  # fmt: skip
_INJECTED = {"_", "__class__", "__qualname__", "__module__", "get_ipython", "reveal_type", "reveal_locals", "__path__"}
"""Names that something other than the file may bring in."""
_NAMED_TUPLE = {"_asdict", "_replace", "_make", "_fields", "_field_defaults", "__new__", "__init__", "_field_types"}
_NO_BASE = {"Generic", "Protocol", "ABC", "object", "Hashable", "Sized"}
_UNTYPED_HOMES = {
    "typing",
    "typing_extensions",
    "types",
    "abc",
    "collections.abc",
    "_collections_abc",
    "numbers",
    "ctypes",
    "_ctypes",
    "enum",
}


@dataclass(frozen=True)
class ModuleValue:
    """A module by its dotted name, as seen from a repository."""

    name: str


@dataclass(frozen=True)
class ClassValue:
    """A class; `is_exact` is false where it may be a subclass."""

    home: Home
    name: str
    is_exact: bool = True


@dataclass(frozen=True)
class Instance:
    """An instance of a class."""

    home: Home
    name: str
    is_exact: bool = True


@dataclass(frozen=True)
class SuperValue:
    """What `super()` sees of a class."""

    home: Home
    name: str


@dataclass(frozen=True)
class FunctionValue:
    """A function, its description as in `scopes`, and whether its first parameter is given already."""

    home: Home
    described: Any
    is_bound: bool
    owner: str = ""


@dataclass(frozen=True)
class Unknown:
    """Anything at all."""


UNKNOWN = Unknown()
Value = ModuleValue | ClassValue | Instance | SuperValue | FunctionValue | Unknown
Receiver = ClassValue | Instance | SuperValue


@dataclass(frozen=True)
class Found:
    """Where a member is defined: its bindings, the file, and the class if it is one of a class."""

    home: Home
    bindings: Sequence[Binding]
    owner: str = ""


class _TooFar(Exception):
    """A question took too many steps."""


class Resolver:
    """Answers questions about one file in its world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._steps = 0
        self._families: dict[str, tuple[frozenset[str], bool]] = {}

    # -- questions ----------------------------------------------------------------------------------------------------

    def name(self, name: str, scope: Scope) -> Status:
        """Whether a bare name is bound where it is used."""
        if any(name in around.names for around in scope.chain()):
            return "found"
        found = self._module_member(self.world.home, name, set())
        if isinstance(found, Found):
            return "found"
        if self._builtin(name):
            return "found"
        return "unknown" if found == "unknown" or name in _INJECTED else "absent"

    def values(self, description: Description, scope: Scope) -> list[Value]:
        """What an expression may be; with `UNKNOWN` among it where that is not all."""
        self._steps = 0
        try:
            return self._values(description, scope)
        except (_TooFar, RecursionError):
            return [UNKNOWN]

    def member(self, value: Value, name: str) -> Status:
        """Whether a value has a member."""
        self._steps = 0
        try:
            found = self._member(value, name)
        except (_TooFar, RecursionError):
            return "unknown"
        return "found" if isinstance(found, Found) else found

    def imported(self, module: str, name: str) -> Status:
        """Whether a name can be imported from a module that was found."""
        return self.member(ModuleValue(module), name)

    def module(self, module: str, level: int) -> Status:
        """Whether a module exists."""
        dotted = self.world.absolute(module, level, self.world.home)
        if dotted is None:
            return "unknown"
        homes = self.world.find(dotted, self.world.home)
        if homes == MISSING:
            return "absent"
        return "found" if homes or self.world.is_package(dotted, self.world.home) else "unknown"

    def keyword(self, callee: Value, name: str) -> Status:
        """Whether a call of `callee` accepts a keyword argument."""
        self._steps = 0
        try:
            signatures = self._signatures(callee)
        except (_TooFar, RecursionError):
            return "unknown"
        if signatures is None:
            return "unknown"
        accepted = [keywords(signature) for signature in signatures]
        if all(name in words for words in accepted):
            return "found"
        if any(name in words or any(word.startswith("**") for word in words) for words in accepted):
            return "unknown"
        return "absent"

    def keywords(self, callee: Value) -> set[str]:
        """The keyword arguments that are known of a callee."""
        return {word for signature in self._signatures(callee) or () for word in keywords(signature) if word[0] != "*"}

    def members(self, value: Value) -> set[str]:
        """The members that are known of a value."""
        self._steps = 0
        found: set[str] = set()
        if isinstance(value, ModuleValue):
            for home in self._homes(value):
                found |= self.world.summary(home).names.keys()
        elif isinstance(value, ClassValue | Instance | SuperValue):
            for _, _, body in self._ancestors(value.home, value.name):
                if body is not None:
                    found |= body.members.keys()
        return found

    # -- names --------------------------------------------------------------------------------------------------------

    def _step(self) -> None:
        self._steps += 1
        if self._steps > _STEPS:
            raise _TooFar

    def _named(self, name: str, scope: Scope) -> list[Value]:
        for around in scope.chain():
            if name in around.names:
                bindings = around.names[name]
                if around.self_name == name:
                    return [self._receiver(around)] if bindings == [["v", None]] else [UNKNOWN]
                if around.kind == "module":
                    break
                return self._bound(bindings, self.world.home, around)
        return self._module_name(name, self.world.home)

    def _receiver(self, scope: Scope) -> Value:
        kind = ClassValue if scope.self_is_class else Instance
        return kind(self.world.home, scope.owner, is_exact=False)

    def _module_name(self, name: str, home: Home) -> list[Value]:
        found = self._module_member(home, name, set())
        if found == "absent":
            builtin = self._builtin(name)
            return self._bound(builtin.bindings, builtin.home, None) if builtin else [UNKNOWN]
        return self._bound(found.bindings, found.home, None) if isinstance(found, Found) else [UNKNOWN]

    def _builtin(self, name: str) -> Found | None:
        home = Home(STDLIB, "builtins.py")
        bindings = self.world.summary(home).names.get(name)
        return Found(home, bindings) if bindings else None

    def _bound(self, bindings: Sequence[Binding], home: Home, scope: Scope | None) -> list[Value]:
        """The values of bindings; descriptions are evaluated in `scope`, or in the module where that is None."""
        values: list[Value] = []
        for binding in bindings:
            self._step()
            match binding[0]:
                case "f":
                    values.append(FunctionValue(home, binding[1], is_bound=False))
                case "c":
                    values.append(ClassValue(home, binding[1]))
                case "m":
                    values.append(ModuleValue(binding[1]))
                case "i":
                    values.extend(self._imported(binding[1], binding[2], home))
                case _:
                    if binding[1] == ["#", "NoneType"] and len(bindings) > 1:
                        continue
                    described = binding[1]
                    values.extend(self._values(described, scope) if scope else self._in_module(described, home))
        return values or [UNKNOWN]

    def _imported(self, source: Sequence[Any], name: str, home: Home) -> list[Value]:
        dotted = self.world.absolute(source[0], source[1], home)
        homes = self.world.find(dotted, home) if dotted else None
        if not homes or homes == MISSING:
            return [UNKNOWN]
        values: list[Value] = []
        for target in homes:
            found = self._module_member(target, name, set())
            values.extend(self._bound(found.bindings, found.home, None) if isinstance(found, Found) else [UNKNOWN])
        return values

    # -- descriptions -------------------------------------------------------------------------------------------------

    def _in_module(self, description: Description, home: Home) -> list[Value]:
        if isinstance(description, str):
            return self._module_name(description, home)
        return self._composed(description, home, None)

    def _values(self, description: Description, scope: Scope) -> list[Value]:
        if isinstance(description, str):
            return self._named(description, scope)
        return self._composed(description, self.world.home, scope)

    def _composed(self, description: Description, home: Home, scope: Scope | None) -> list[Value]:
        self._step()
        if description is None:
            return [UNKNOWN]
        kind = description[0]
        if kind == "#":
            return (
                [UNKNOWN] if description[1] == "NoneType" else [Instance(Home(STDLIB, "builtins.py"), description[1])]
            )
        parts = [self._values(part, scope) if scope else self._in_module(part, home) for part in description[1:2]]
        if kind == "|":
            parts = [self._values(part, scope) if scope else self._in_module(part, home) for part in description[1:]]
            return [value for part in parts for value in part]
        if kind == "()" and description[1] == "super" and scope is not None:
            return [self._super(scope)]
        results: list[Value] = []
        for value in parts[0]:
            if kind == ".":
                results.extend(self._member_values(value, description[2]))
            else:
                results.extend(self._called(value) if kind == "()" else [self._annotated(value)])
        return results

    def _super(self, scope: Scope) -> Value:
        return SuperValue(self.world.home, scope.owner) if scope.owner else UNKNOWN

    def _called(self, value: Value) -> list[Value]:
        if isinstance(value, ClassValue):
            made = self._class_member(value.home, value.name, "__new__")
            if made == "unknown" or (isinstance(made, Found) and made.home.repo != STDLIB) or self._is_odd(value):
                return [UNKNOWN]
            return [Instance(value.home, value.name, value.is_exact)]
        if isinstance(value, FunctionValue) and "x" not in value.described and value.described.get("r") is not None:
            result = value.described["r"]
            if value.owner and root(result) in self._body_members(value.home, value.owner):
                return [UNKNOWN]
            return self._in_module(result, value.home)
        return [UNKNOWN]

    def _annotated(self, value: Value) -> Value:
        if not isinstance(value, ClassValue) or self._is_odd(value):
            return UNKNOWN
        return Instance(value.home, value.name, is_exact=False)

    def _is_odd(self, value: ClassValue) -> bool:
        """Whether calling or annotating with a class says little about the object: typing's forms, metaclasses, enums."""
        if value.home.repo == STDLIB and (
            set(self.world.names_of(value.home)) & _UNTYPED_HOMES or value.name in ("type", "object", "super")
        ):
            return True
        return any(
            home.repo == STDLIB and (name == "type" or home.path.startswith(("enum", "ctypes", "_ctypes")))
            for home, name, _ in self._ancestors(value.home, value.name)
        )

    # -- members ------------------------------------------------------------------------------------------------------

    def _member_values(self, value: Value, name: str) -> list[Value]:
        found = self._member(value, name)
        if not isinstance(found, Found):
            return [UNKNOWN]
        if not found.owner:
            return self._bound(found.bindings, found.home, None)
        if any(
            binding[0] == "v" and root(binding[1]) in self._body_members(found.home, found.owner)
            for binding in found.bindings
        ):
            return [UNKNOWN]
        values: list[Value] = []
        for one in self._bound(found.bindings, found.home, None):
            values.extend(self._accessed(one, value, found))
        if not getattr(value, "is_exact", False) and self._is_redefined(found.owner, name):
            values.append(UNKNOWN)
        if any(binding[0] == "v" for binding in found.bindings) and name in self._assigned(found.home):
            values.append(UNKNOWN)
        return values

    def _accessed(self, one: Value, receiver: Value, found: Found) -> list[Value]:
        """What a member's value becomes when it is read through a class or an instance."""
        if isinstance(one, FunctionValue):
            kind = one.described["k"]
            if kind == "p":
                return self._called(FunctionValue(one.home, one.described, True, found.owner))
            is_bound = kind == "c" or (kind != "s" and not isinstance(receiver, ClassValue))
            return [FunctionValue(one.home, one.described, is_bound, found.owner)]
        if isinstance(one, Instance):
            for home, _, body in self._ancestors(one.home, one.name):
                if body is None or "__get__" in body.members:
                    return [UNKNOWN]
            if any(home.path.startswith("enum") for home, _, _ in self._ancestors(found.home, found.owner)):
                return [UNKNOWN]
        return [one]

    def _member(self, value: Value, name: str) -> Found | Literal["absent", "unknown"]:
        self._step()
        if isinstance(value, ModuleValue):
            return self._of_module(value, name)
        if isinstance(value, Unknown | FunctionValue):
            return "unknown"
        if isinstance(value, SuperValue):
            found = self._class_member(value.home, value.name, name, skip_first=True)
        else:
            found = self._class_member(value.home, value.name, name)
        if found == "absent" and isinstance(value, ClassValue):
            found = self._class_member(Home(STDLIB, "builtins.py"), "type", name)
            if any(
                home.path.startswith(("enum", "abc", "_py_abc"))
                for home, _, _ in self._ancestors(value.home, value.name)
            ):
                found = found if isinstance(found, Found) else "unknown"
        if found == "absent":
            is_exact = getattr(value, "is_exact", False)
            if name in self._assigned(value.home) or (not is_exact and self._may_be_mixed_in(value, name)):
                return "unknown"
            if not is_exact and value.home.repo == STDLIB and self._is_exception(value):
                return "unknown"
        return found

    def _homes(self, value: ModuleValue) -> list[Home]:
        homes = self.world.find(value.name, self.world.home)
        return homes if isinstance(homes, list) else []

    def _of_module(self, value: ModuleValue, name: str) -> Found | Literal["absent", "unknown"]:
        answers = [self._module_member(home, name, set()) for home in self._homes(value)]
        for answer in answers:
            if isinstance(answer, Found):
                return answer
        below = f"{value.name}.{name}"
        if self.world.is_package(below, self.world.home) or isinstance(self.world.find(below, self.world.home), list):
            return Found(self.world.home, [["m", below]])
        if not answers or "unknown" in answers:
            return "unknown"
        return "absent" if not any(name in self._assigned(home) for home in self._homes(value)) else "unknown"

    def _module_member(self, home: Home, name: str, seen: set[Home]) -> Found | Literal["absent", "unknown"]:
        summary: ModuleSummary = self.world.summary(home)
        if name in summary.names:
            return Found(home, summary.names[name])
        if home in seen:
            return "absent"
        seen.add(home)
        self._step()
        unsure = summary.is_dynamic or "__getattr__" in summary.names or name in self._opaque(home)
        for module, level in summary.stars:
            dotted = self.world.absolute(module, level, home)
            homes = self.world.find(dotted, home) if dotted else None
            if not isinstance(homes, list):
                unsure = True
                continue
            for target in homes:
                found = self._module_member(target, name, seen)
                if isinstance(found, Found):
                    return found
                unsure |= found == "unknown"
        if home.path.endswith("__init__.py"):
            for dotted in self.world.names_of(home):
                if isinstance(self.world.find(f"{dotted}.{name}", home), list):
                    return Found(home, [["m", f"{dotted}.{name}"]])
        if name in _MODULE_MEMBERS:
            return Found(home, [["v", None]])
        return "unknown" if unsure else "absent"

    def _opaque(self, home: Home) -> set[str]:
        """Modules below a package that are there but cannot be read."""
        repo = self.world.repository(home.repo) if home.repo else None
        return {module.rpartition(".")[2] for module in repo.opaque} if repo else set()

    # -- classes ------------------------------------------------------------------------------------------------------

    def _ancestors(self, home: Home, name: str) -> Iterator[tuple[Home, str, ClassSummary | None]]:
        """A class and everything that it inherits from, `object` last; None for what cannot be followed."""
        seen = set()
        waiting: list[tuple[Home, str]] = [(home, name)]
        while waiting:
            at = waiting.pop(0)
            if at in seen:
                continue
            seen.add(at)
            self._step()
            body = self.world.summary(at[0]).classes.get(at[1])
            yield *at, body
            if body is None:
                continue
            for base in body.bases:
                values = self._in_module(base, at[0]) if base is not None else [UNKNOWN]
                for value in values:
                    if isinstance(value, ClassValue):
                        if value.home.repo != STDLIB or value.name not in _NO_BASE or value.name == "ABC":
                            waiting.append((value.home, value.name))
                        elif value.name == "object":
                            continue
                    elif not self._is_typing_base(base, at[0]):
                        yield at[0], "", None
        yield Home(STDLIB, "builtins.py"), "object", self.world.summary(Home(STDLIB, "builtins.py")).classes["object"]

    def _is_typing_base(self, base: Description, home: Home) -> bool:
        """Whether a base is one of typing's forms that bring no members."""
        last = base[2] if isinstance(base, list) and base[0] == "." else base
        return last in ("Generic", "Protocol")

    def _is_named_tuple(self, body: ClassSummary) -> bool:
        return any(
            (base[2] if isinstance(base, list) and base[0] == "." else base) == "NamedTuple" for base in body.bases
        )

    def _class_member(
        self, home: Home, name: str, member: str, skip_first: bool = False
    ) -> Found | Literal["absent", "unknown"]:
        unsure = "Mixin" in name
        for number, (at, owner, body) in enumerate(self._ancestors(home, name)):
            if body is None:
                unsure = True
                continue
            if number == 0 and skip_first:
                continue
            if member in body.members:
                return "unknown" if unsure and owner == "object" else Found(at, body.members[member], owner)
            unsure |= body.is_dynamic or "__getattr__" in body.members or "__getattribute__" in body.members
            if self._is_named_tuple(body):
                if member in _NAMED_TUPLE:
                    return Found(at, [["v", None]], owner)
                builtins = Home(STDLIB, "builtins.py")
                bindings = self.world.summary(builtins).classes["tuple"].members.get(member)
                if bindings:
                    return Found(builtins, bindings, "tuple")
        return "unknown" if unsure else "absent"

    def _body_members(self, home: Home, name: str) -> Sequence[str] | set[str]:
        body = self.world.summary(home).classes.get(name)
        return set(body.members) if body else set()

    def _assigned(self, home: Home) -> frozenset[str]:
        """Attributes that files of a repository, or the one that is checked, assign to objects of others."""
        own = frozenset(self.world.overlay.assigned)
        for repo in {home.repo, self.world.home.repo} & self.world.index.repositories.keys():
            own |= self.world.index.repositories[repo].assigned
        return own

    def _is_exception(self, value: Receiver) -> bool:
        return any(name == "BaseException" for _, name, _ in self._ancestors(value.home, value.name))

    # -- subclasses ---------------------------------------------------------------------------------------------------

    def _is_redefined(self, owner: str, member: str) -> bool:
        """Whether a class that may be below `owner`, or beside it below another, has the member too."""
        members, is_open = self._family(owner)
        return is_open or member in members

    def _may_be_mixed_in(self, value: Receiver, member: str) -> bool:
        members, is_open = self._family(value.name)
        return is_open or member in members

    def _family(self, name: str) -> tuple[frozenset[str], bool]:
        """Members of all classes that inherit, by name, from a class called so and of all that those inherit from beside
        it; and whether one of them inherits from something unknown."""
        key = name.rpartition(".")[2]
        if key not in self._families:
            self._families[key] = self._read_family(key)
        return self._families[key]

    def _read_family(self, key: str) -> tuple[frozenset[str], bool]:
        below: set[str] = set()
        waiting = [key]
        while waiting:
            fresh = set(self.world.subclasses(waiting.pop())) - below
            below |= fresh
            waiting.extend(sorted(fresh))
        members: set[str] = set()
        is_open = False
        for simple in sorted(below):
            for home, name in self.world.classes_called(simple):
                for _, ancestor, body in self._ancestors(home, name):
                    if body is None or body.is_dynamic:
                        is_open = True
                    elif ancestor.rpartition(".")[2] != key and ancestor != "object":
                        members |= body.members.keys()
        return frozenset(members), is_open

    # -- calls --------------------------------------------------------------------------------------------------------

    def _signatures(self, callee: Value) -> list[list[str]] | None:
        if isinstance(callee, FunctionValue):
            if "x" in callee.described:
                return None
            return [_without_first(callee.described["p"]) if callee.is_bound else callee.described["p"]]
        if not isinstance(callee, ClassValue) or not callee.is_exact or self._is_odd(callee):
            return None
        fields = self._field_parameters(callee)
        if fields is not None:
            return fields or None
        made = self._class_member(callee.home, callee.name, "__new__")
        if not isinstance(made, Found) or made.owner != "object":
            return None
        initialized = self._class_member(callee.home, callee.name, "__init__")
        if not isinstance(initialized, Found):
            return None
        if initialized.owner == "object":
            return [[]]
        signatures = []
        for binding in initialized.bindings:
            if binding[0] != "f" or "x" in binding[1]:
                return None
            signatures.append(_without_first(binding[1]["p"]))
        return signatures

    def _field_parameters(self, callee: ClassValue) -> list[list[str]] | None:
        """The parameters of a dataclass or named tuple; empty where they are uncertain, None where it is neither."""
        names: list[str] = []
        is_made_of_fields = False
        for _, _, body in self._ancestors(callee.home, callee.name):
            if body is None:
                return [] if is_made_of_fields else None
            if "__init__" in body.members and body.members["__init__"] and not is_made_of_fields:
                return None
            if body.is_dataclass or self._is_named_tuple(body):
                if body.is_dynamic:
                    return []
                is_made_of_fields = True
            names.extend(body.fields)
        return [[f"{name}=" for name in names]] if is_made_of_fields else None


def keywords(signature: Sequence[str]) -> set[str]:
    """The names that a signature accepts as keywords, and its `**kwargs` with the stars."""
    names = list(signature[signature.index("/") + 1 :] if "/" in signature else signature)
    return {name.rstrip("=") for name in names if name.startswith("**") or not name.startswith("*")}


def _without_first(signature: Sequence[str]) -> list[str]:
    if signature and not signature[0].startswith("*"):
        rest = list(signature[1:])
        return rest[1:] if rest[:1] == ["/"] else rest
    return list(signature)
