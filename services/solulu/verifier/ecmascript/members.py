"""Whether a value has a member, and where it is declared: found, absent for certain, or unknown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from solulu.verifier.ecmascript.declare import Binding
from solulu.verifier.ecmascript.evaluate import Evaluator
from solulu.verifier.ecmascript.summary import Summary
from solulu.verifier.ecmascript.values import (
    UNKNOWN,
    All,
    Ambient,
    Declared,
    Found,
    Function,
    Instance,
    Missing,
    Module,
    Part,
    Scope,
    Shape,
    Static,
    Tuple,
    Value,
)  # fmt: skip
from solulu.verifier.ecmascript.world import World
from solulu.verifier.repository import Home

Answer = Found | Missing
_MAKERS = ("Array", "ArrayBuffer", "Promise", "RegExp")
"""Standard classes whose methods make instances of what inherits them, though no declaration says so."""
_TYPED = (".ts", ".tsx", ".mts", ".cts")


class Members:
    """Answers questions about members. Each question that begins anew has its own budget of steps."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.evaluator = Evaluator(world, self.lookup)
        self._asked: list[tuple[Any, str]] = []

    def lookup(self, value: Value, name: str) -> Answer:
        """Where a member of a value is declared."""
        self.evaluator.steps.take()
        match value:
            case Instance():
                return self._instance(value, name)
            case Static():
                return self._static(value, name)
            case Module():
                return self._guarded((value, name), lambda: self._exported(value, name))
            case Ambient():
                return self._guarded((value, name), lambda: self._ambient(value, name))
            case Function():
                found = self._given(value.scope, value.name, name)
                return found or self._standard("Function", name)
            case Shape():
                return self._shape(value, name)
            case Tuple():
                return self._standard("Array", name, tuple(one for element in value.elements for one in element))
            case All():
                return self._any(self.lookup(one, name) for one in value.values)
            case _:
                return "unknown"

    def names(self, value: Value) -> Iterator[tuple[str, Sequence[Binding]]]:
        """The members that are known of a value itself, with their bindings."""
        match value:
            case Instance() | Static():
                field = "m" if isinstance(value, Instance) else "s"
                for binding, _ in value.of.parts:
                    if binding[0] in ("c", "i"):
                        yield from binding[1].get(field, {}).items()
                    elif binding[0] == "n":
                        yield from binding[1].items()
                    elif binding[0] == "e":
                        yield from ((name, ()) for name in binding[1])
            case Module():
                summary = self.world.summary(value.home)
                names = summary.get("n", {})
                yield from ((name, names.get(local[1], ())) for name, local in summary.get("x", {}).items())
                yield from summary.get("c", {}).get("m", {}).items()
            case Ambient():
                for _, declared in self.world.ambient(value.specifier):
                    yield from declared["n"].items()
            case Shape():
                yield from value.body["m"].items()
            case All():
                for one in value.values:
                    yield from self.names(one)

    def _instance(self, value: Instance, name: str, this: Instance | None = None) -> Answer:
        """A member of an instance; what inherits it is `this` there."""
        found: list[Part] = []
        bases: list[Answer] = []
        is_open = False
        for binding, scope in value.of.of_kind("c", "i"):
            body = binding[1]
            inner = self._inner(value, body, scope, this)
            found += [(one, inner) for one in body["m"].get(name, ())]
            is_open = is_open or bool(body.get("d"))
        if found:
            return Found(found)
        for binding, scope in value.of.of_kind("c", "i"):
            is_open = is_open or self._is_touched(scope, value.of.name)
            given = self._given(scope, f"{value.of.name}.prototype", name) if binding[0] == "c" else None
            if given:
                return given
            bases += self._guarded_bases(value, binding, scope, name, this or value)
        answer = self._any(bases) if bases else "absent"
        if isinstance(answer, Found) or is_open or answer == "unknown":
            return answer if isinstance(answer, Found) else "unknown"
        if value.of.name == "Object":
            return "absent"
        is_callable = any(binding[1].get("c") or binding[1].get("n") for binding, _ in value.of.of_kind("i"))
        return self._standard("Function" if is_callable else "Object", name)

    def _guarded_bases(
        self, value: Instance, binding: Binding, scope: Scope, name: str, this: Instance
    ) -> list[Answer]:
        if any(asked is binding and wanted == name for asked, wanted in self._asked):
            return ["unknown"]
        self._asked.append((binding, name))
        try:
            return [self._inherited(base, name, this) for base in self._bases(value, binding, scope)]
        finally:
            self._asked.pop()

    def _inherited(self, base: Value, name: str, this: Instance | Static) -> Answer:
        self.evaluator.steps.take()
        if isinstance(base, Instance) and base.of.name.removesuffix("Constructor").endswith(_MAKERS):
            scope = this.of.parts[0][1]
            found = self.lookup(base, name)
            is_made = isinstance(found, Found) and not scope.home.path.endswith(_TYPED)
            return Found([(["v", None, None], scope)]) if is_made else found
        if isinstance(base, Instance) and isinstance(this, Instance):
            return self._instance(base, name, this)
        if isinstance(base, Static) and isinstance(this, Static):
            return self._static(base, name, this)
        return self.lookup(base, name)

    def _bases(self, value: Instance, binding: Binding, scope: Scope) -> Iterator[Value]:
        body = binding[1]
        inner = self._inner(value, body, scope)
        for base in body.get("x", ()):
            if binding[0] == "i":
                yield from self._merged(self.evaluator.type(base, inner))
            else:
                for one in self.evaluator.expression(base, scope):
                    yield from self._merged(self.evaluator.constructed(one, body.get("xt", ()), inner))

    @staticmethod
    def _merged(values: list[Value]) -> list[Value]:
        return values if len(values) == 1 else [UNKNOWN]

    def _inner(self, value: Instance, body: Mapping[str, Any], scope: Scope, this: Instance | None = None) -> Scope:
        """The scope in which an instance's members are evaluated."""
        with_types = self.evaluator.with_parameters(scope, body.get("t", ()), value.arguments)
        return Scope(scope.home, {}, with_types, this=(this or value,))

    def _static(self, value: Static, name: str, this: Static | None = None) -> Answer:
        found: list[Part] = []
        answers: list[Answer] = []
        is_open = False
        for part in value.of.parts:
            binding, scope = part
            if binding[0] == "c":
                inner = Scope(scope.home, {}, scope, this=(this or value,), is_static=True)
                found += [(one, inner) for one in binding[1]["s"].get(name, ())]
                is_open = is_open or self._is_touched(scope, value.of.name) or bool(binding[1].get("d"))
                for base in binding[1].get("x", ()):
                    answers += [self._inherited(one, name, this or value)
                                for one in self._merged(self.evaluator.expression(base, scope))]  # fmt: skip
            elif binding[0] == "n":
                found += [(one, self.evaluator.inside(part)) for one in binding[1].get(name, ())]
            elif binding[0] == "e" and name in binding[1]:
                return Found([])
            given = self._given(scope, value.of.name, name)
            if given:
                return given
        if found:
            return Found(found)
        answer = self._any(answers) if answers else "absent"
        if isinstance(answer, Found) or is_open or answer == "unknown":
            return answer if isinstance(answer, Found) else "unknown"
        return self._standard("Function" if value.of.of_kind("c") else "Object", name)

    def _shape(self, value: Shape, name: str) -> Answer:
        if name in value.body["m"]:
            return Found([(one, value.scope) for one in value.body["m"][name]])
        given = self._given(value.scope, value.name, name)
        if given:
            return given
        if value.body.get("d") or self._is_touched(value.scope, value.name):
            return "unknown"
        return self._standard("Function" if value.body.get("c") or value.body.get("n") else "Object", name)

    def _exported(self, module: Module, name: str) -> Answer:
        summary = self.world.summary(module.home)
        scope = self.world.scope(module.home)
        if name in summary.get("x", {}):
            specifier, local = summary["x"][name]
            return self._export_of(specifier, local, scope)
        common = summary.get("c")
        if common is not None:
            return self._common(common, name, scope, summary)
        answers: list[Answer] = [self._starred(specifier, name, module.home) for specifier in summary.get("s", ())]
        answer = self._any(answers) if answers and name != "default" else "absent"
        if isinstance(answer, Found):
            return answer
        if summary.get("k") != "module" or answer == "unknown" or self.world.may_hide(module.home, name):
            return "unknown"
        if module.home.path.endswith((".d.ts", ".d.mts", ".d.cts")) and name in scope.names:
            return "unknown"
        return "absent"

    def _common(self, common: Mapping[str, Any], name: str, scope: Scope, summary: Summary) -> Answer:
        if name in common["m"]:
            return Found([(one, scope) for one in common["m"][name]])
        if name == "default":
            return Found([(["v", None, one], scope) for one in common["="]])
        answers: list[Answer] = [self.lookup(value, name) for described in common["="]
                                 for value in self.evaluator.expression(described, scope)]  # fmt: skip
        answer = self._any(answers) if answers else "absent"
        is_open = (
            common.get("d")
            or self.world.may_hide(scope.home, name)
            or name in summary.get("a", ())
            or name == "__esModule"
        )
        return "unknown" if answer == "absent" and is_open else answer

    def _export_of(self, specifier: str, local: str, scope: Scope) -> Answer:
        if specifier:
            return Found([(["m", specifier, local], scope)])
        parts = self.evaluator.parts(local, scope)
        return Found(parts) if parts else "unknown"

    def _starred(self, specifier: str, name: str, home: Home) -> Answer:
        module = self.world.find(specifier, home)
        return self.lookup(module, name) if isinstance(module, Module | Ambient) else "unknown"

    def _ambient(self, module: Ambient, name: str) -> Answer:
        answers: list[Answer] = []
        for home, one in self.world.ambient(module.specifier):
            scope = self.evaluator.ambient_scope(home, one)
            if name in one["x"]:
                specifier, local = one["x"][name]
                answers.append(self._export_of(specifier, local, scope))
            elif name in one["n"]:
                answers.append(Found([(binding, scope) for binding in one["n"][name]]))
            elif one.get("d"):
                answers.append("unknown")
            answers += [self._starred(specifier, name, home) for specifier in one.get("s", ())]
            is_known = name in one["x"] or name in one["n"]
            for described in one.get("c", {}).get("=", ()) if not is_known else ():
                answers += [self.lookup(value, name) for value in self.evaluator.expression(described, scope)]
                if name == "default":
                    answers.append(Found([(["v", None, described], scope)]))
        return self._any(answers) if answers else "absent"

    def _given(self, scope: Scope, owner: str, name: str) -> Found | None:
        """A member that a name is given at the top of the file that declares it."""
        given = self.world.summary(scope.home).get("p", {}) if owner else {}
        if name in given.get(owner, {}) and scope.parent is self.world.everything:
            return Found([(one, scope) for one in given[owner][name]])
        return None

    def _is_touched(self, scope: Scope, name: str) -> bool:
        """Whether an object of JavaScript may get members that nothing names."""
        is_own = not scope.home.path.endswith(_TYPED)
        return is_own and bool(name) and name in self.world.summary(scope.home).get("o", ())

    def _standard(self, interface: str, name: str, *arguments: tuple[Value, ...]) -> Answer:
        values = self.evaluator.standard(interface, *arguments)
        return self.lookup(values[0], name) if isinstance(values[0], Instance) else "unknown"

    @staticmethod
    def _any(answers: Iterable[Answer]) -> Answer:
        """Found where any part has it, unknown where one is unknown."""
        given = list(answers)
        parts = [part for answer in given if isinstance(answer, Found) for part in answer.parts]
        if any(isinstance(answer, Found) for answer in given):
            return Found(parts)
        return "unknown" if "unknown" in given else "absent"

    def _guarded(self, question: tuple[Any, str], answer: Any) -> Answer:
        """An answer; absent within itself, where modules export each other."""
        if any(asked == question[0] and wanted == question[1] for asked, wanted in self._asked):
            return "absent"
        self._asked.append(question)
        try:
            found: Answer = answer()
            return found
        finally:
            self._asked.pop()


__all__ = ["Answer", "Declared", "Members"]
