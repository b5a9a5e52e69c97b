"""What a name, a member or a call refers to, or the proof that it refers to nothing.

Every question has three answers: found, absent, unknown. Whatever is not followed to its end is unknown; so a gap in
what is understood of Python costs coverage, never soundness.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from solulu.verifier.python.bindings import Binding, Scope
from solulu.verifier.python.classes import Classes
from solulu.verifier.python.describe import Description, root
from solulu.verifier.python.module_names import ModuleNames
from solulu.verifier.python.signatures import keywords, without_first
from solulu.verifier.python.stdlib import BUILTINS, STDLIB
from solulu.verifier.python.values import (
    UNKNOWN,
    Absence,
    ClassValue,
    Found,
    FunctionValue,
    Instance,
    ModuleValue,
    Object,
    Status,
    SuperValue,
    Unknown,
    Value,
)  # fmt: skip
from solulu.verifier.python.world import MISSING, World
from solulu.verifier.repository import Home
from solulu.verifier.steps import Steps, TooFar

_MOST_STEPS = 3_000
_INJECTED = {"_", "__class__", "__qualname__", "__module__", "get_ipython", "reveal_type", "reveal_locals", "__path__"}
"""Names that something other than the file may bring in."""


class Resolver:
    """Answers questions about one file in its world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._steps = Steps(_MOST_STEPS)
        self._receiver: Value = UNKNOWN
        self._modules = ModuleNames(world, self._steps)
        self._classes = Classes(world, self._steps, self._in_module)

    # -- questions ----------------------------------------------------------------------------------------------------

    def name(self, name: str, scope: Scope) -> Status:
        """Whether a bare name is bound where it is used."""
        if any(name in around.names for around in scope.chain()):
            return "found"
        self._steps.restart()
        try:
            found = self._modules.lookup(self.world.home, name)
        except (TooFar, RecursionError):
            return "unknown"
        if isinstance(found, Found) or self._modules.builtin(name):
            return "found"
        return "unknown" if found == "unknown" or name in _INJECTED else "absent"

    def values(self, description: Description, scope: Scope) -> list[Value]:
        """What an expression may be; with `UNKNOWN` among it where that is not all."""
        self._steps.restart()
        try:
            return self._in_scope(description, scope)
        except (TooFar, RecursionError):
            return [UNKNOWN]

    def member(self, value: Value, name: str) -> Status:
        """Whether a value has a member."""
        self._steps.restart()
        try:
            found = self._member(value, name)
        except (TooFar, RecursionError):
            return "unknown"
        return "found" if isinstance(found, Found) else found

    def is_named(self, value: Value) -> bool:
        """Whether all names of a value's members are words of the repository, though some may be computed."""
        if isinstance(value, ModuleValue | FunctionValue | Unknown):
            return False
        self._steps.restart()
        try:
            return self._classes.is_named(value)
        except (TooFar, RecursionError):
            return False

    def module(self, module: str, level: int) -> Status:
        """Whether a module exists, as the file would import it."""
        dotted = self.world.absolute(module, level, self.world.home)
        if dotted is None:
            return "unknown"
        homes = self.world.find(dotted, self.world.home)
        if homes == MISSING:
            return "absent"
        return "found" if homes or self.world.is_package(dotted, self.world.home) else "unknown"

    def keyword(self, callee: Value, name: str) -> Status:
        """Whether a call of `callee` accepts a keyword argument."""
        signatures = self._signatures(callee)
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

    def members(self, value: Value) -> Mapping[str, Sequence[Binding]]:
        """The members that are known of a value, with their bindings."""
        if isinstance(value, ModuleValue):
            names = [self.world.summary(home).names for home in self._modules.homes(value)]
        elif isinstance(value, FunctionValue | Unknown):
            return {}
        else:
            self._steps.restart()
            try:
                bodies = [body for _, _, body in self._classes.ancestors(value.home, value.name)]
            except (TooFar, RecursionError):
                return {}
            names = [body.members for body in bodies if body]
        return {name: bindings for known in reversed(names) for name, bindings in known.items()}

    # -- evaluation ---------------------------------------------------------------------------------------------------

    def _in_scope(self, description: Description, scope: Scope) -> list[Value]:
        if isinstance(description, str):
            return self._named(description, scope)
        return self._composed(description, self.world.home, scope)

    def _in_module(self, description: Description, home: Home) -> list[Value]:
        if isinstance(description, str):
            return self._module_name(description, home)
        return self._composed(description, home, None)

    def _named(self, name: str, scope: Scope) -> list[Value]:
        for around in scope.chain():
            if name not in around.names:
                continue
            bindings = around.names[name]
            if around.self_name == name:
                kind = ClassValue if around.self_is_class else Instance
                is_self = all(binding == ["v", None] or binding[1][:1] == ["@"] for binding in bindings)
                return (
                    [kind(self.world.home, around.owner, is_exact=False)]
                    if is_self and len(bindings) == 1
                    else [UNKNOWN]
                )
            if around.kind == "module":
                break
            return self._bound(bindings, self.world.home, around)
        return self._module_name(name, self.world.home)

    def _module_name(self, name: str, home: Home) -> list[Value]:
        found: Found | Absence | None = self._modules.lookup(home, name)
        if found == "absent":
            found = self._modules.builtin(name)
        return self._defined(found)

    def _bound(self, bindings: Sequence[Binding], home: Home, scope: Scope | None) -> list[Value]:
        """The values of bindings; descriptions are evaluated in `scope`, or in the module where that is None."""
        values: list[Value] = []
        for binding in bindings:
            self._steps.take()
            match binding[0]:
                case "f":
                    values.append(FunctionValue(home, binding[1], is_bound=False))
                case "c":
                    values.append(ClassValue(home, binding[1]))
                case "m":
                    values.append(ModuleValue(binding[1]))
                case "i":
                    values.extend(self._imported(binding[1], binding[2], home))
                case _ if binding[1] == ["#", "NoneType"] and len(bindings) > 1:
                    continue
                case _:
                    described = binding[1]
                    values.extend(self._in_scope(described, scope) if scope else self._in_module(described, home))
        return values or [UNKNOWN]

    def _imported(self, source: Sequence[Any], name: str, home: Home) -> list[Value]:
        dotted = self.world.absolute(source[0], source[1], home)
        homes = self.world.find(dotted, home) if dotted else None
        if not isinstance(homes, list):
            return [UNKNOWN]
        values: list[Value] = []
        for target in homes:
            found = self._modules.lookup(target, name)
            values.extend(self._defined(found))
        return values

    def _defined(self, found: Found | Absence | None) -> list[Value]:
        """The values of a module's name."""
        if not isinstance(found, Found) or not found.is_sure:
            return [UNKNOWN]
        return self._bound(found.bindings, found.home, None)

    def _composed(self, description: Description, home: Home, scope: Scope | None) -> list[Value]:
        self._steps.take()
        if description is None or description == ["#", "NoneType"]:
            return [UNKNOWN]
        if description == ["s"]:
            return [self._receiver]
        kind, first = description[0], description[1]
        if kind == "#":
            return [Instance(BUILTINS, first)]
        if kind == "t":
            return self._fixture(first, home)
        if kind == "()" and first == "super":
            return [SuperValue(home, scope.owner) if scope and scope.owner else UNKNOWN]
        parts = description[1:] if kind == "|" else [first]
        inner = [
            value for part in parts for value in (self._in_scope(part, scope) if scope else self._in_module(part, home))
        ]
        match kind:
            case ".":
                return [result for value in inner for result in self._member_values(value, description[2])]
            case "()" | "a":
                return [result for value in inner for result in self._called(value, is_awaited=kind == "a")]
            case "w" | "aw":
                return [result for value in inner for result in self._entered(value, is_awaited=kind == "aw")]
            case "@":
                return [self._annotated(value) for value in inner]
            case _:
                return inner

    def _fixture(self, name: str, home: Home) -> list[Value]:
        """What pytest gives a test under a name: from its own file, or the nearest `conftest.py` that has it."""
        folders = [*PurePosixPath(home.path).parents] if home.repo else []
        conftests = [Home(home.repo, (folder / "conftest.py").as_posix()) for folder in folders]
        known = self.world.repository(home.repo).modules if home.repo else {}
        for at in [home, *(conftest for conftest in conftests if conftest.path in known)]:
            bindings = self.world.summary(at).names.get(name)
            if bindings:
                functions = [binding[1] for binding in bindings if binding[0] == "f" and binding[1]["k"] == "t"]
                if len(bindings) != 1 or not functions or functions[0].get("r") is None:
                    return [UNKNOWN]
                return self._in_module(functions[0]["r"], at)
        return [UNKNOWN]

    def _entered(self, value: Value, is_awaited: bool) -> list[Value]:
        """What `with` gives a name to."""
        if not isinstance(value, Instance):
            return [UNKNOWN]
        methods = self._member_values(value, "__aenter__" if is_awaited else "__enter__")
        return [result for method in methods for result in self._called(method, is_awaited)]

    def _called(self, value: Value, is_awaited: bool = False) -> list[Value]:
        """What a call gives."""
        if isinstance(value, ClassValue) and not is_awaited:
            made = self._classes.inherited(value.home, value.name, "__new__")
            if not isinstance(made, Found) or made.home.repo != STDLIB or self._classes.is_odd(value):
                return [UNKNOWN]
            return [Instance(value.home, value.name, value.is_exact)]
        if not isinstance(value, FunctionValue) or "x" in value.described or value.described["k"] == "t":
            return [UNKNOWN]
        result = value.described.get("r")
        if result is None or is_awaited != ("a" in value.described):
            return [UNKNOWN]
        if value.owner and root(result) in self._classes.own_names(value.home, value.owner):
            return [UNKNOWN]
        return self._seen_from(value.receiver, lambda: self._in_module(result, value.home))

    def _seen_from(self, receiver: Object | None, evaluate: Callable[[], list[Value]]) -> list[Value]:
        """What `evaluate` gives where a method is called on `receiver`."""
        before, self._receiver = self._receiver, receiver or UNKNOWN
        try:
            return evaluate()
        finally:
            self._receiver = before

    def _annotated(self, value: Value) -> Value:
        if not isinstance(value, ClassValue) or self._classes.is_odd(value):
            return UNKNOWN
        return Instance(value.home, value.name, is_exact=False)

    # -- members ------------------------------------------------------------------------------------------------------

    def _member(self, value: Value, name: str) -> Found | Absence:
        self._steps.take()
        if isinstance(value, ModuleValue):
            return self._modules.member(value, name)
        if isinstance(value, Unknown | FunctionValue):
            return "unknown"
        return self._classes.member(value, name)

    def _member_values(self, value: Value, name: str) -> list[Value]:
        found = self._member(value, name)
        if not isinstance(found, Found):
            return [UNKNOWN]
        if not found.owner or isinstance(value, ModuleValue | FunctionValue | Unknown):
            return self._defined(found)
        variables = [binding[1] for binding in found.bindings if binding[0] == "v"]
        own = self._classes.own_names(found.home, found.owner)
        if not found.is_sure or any(root(described) in own for described in variables):
            return [UNKNOWN]
        if variables and self.world.is_assigned(name, found.home):
            return [UNKNOWN]
        if not value.is_exact and self._classes.is_redefined(found.owner, name):
            return [UNKNOWN]
        members = self._seen_from(value, lambda: self._bound(found.bindings, found.home, None))
        return [read for member in members for read in self._read(member, value, found)]

    def _read(self, member: Value, receiver: Object, found: Found) -> list[Value]:
        """What a member becomes when it is read through a class or an instance."""
        if isinstance(member, FunctionValue):
            kind = member.described["k"]
            if kind == "p":
                return self._called(FunctionValue(member.home, member.described, True, found.owner, receiver))
            is_bound = kind == "c" or (kind != "s" and not isinstance(receiver, ClassValue))
            return [FunctionValue(member.home, member.described, is_bound, found.owner, _bound_to(receiver, kind))]
        if isinstance(member, Instance) and (
            self._classes.is_descriptor(member.home, member.name) or self._classes.is_enum(found.home, found.owner)
        ):
            return [UNKNOWN]
        return [member]

    # -- calls --------------------------------------------------------------------------------------------------------

    def _signatures(self, callee: Value) -> list[list[str]] | None:
        self._steps.restart()
        if isinstance(callee, FunctionValue) and "x" not in callee.described:
            signature = callee.described["p"]
            return [without_first(signature) if callee.is_bound else signature]
        if not isinstance(callee, ClassValue):
            return None
        try:
            return self._classes.signatures(callee)
        except (TooFar, RecursionError):
            return None


def _bound_to(receiver: Object, kind: str) -> Object | None:
    """What a method's first parameter is when it is read through `receiver`."""
    if kind == "c" and isinstance(receiver, Instance):
        return ClassValue(receiver.home, receiver.name, receiver.is_exact)
    is_given = (kind == "c") == isinstance(receiver, ClassValue)
    return receiver if is_given and not isinstance(receiver, SuperValue) else None
