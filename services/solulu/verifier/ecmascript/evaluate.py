"""What an expression may be: members, calls, constructors, promises and what is iterated over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from solulu.verifier.ecmascript.typed import TypeEvaluator, some
from solulu.verifier.ecmascript.types import Description
from solulu.verifier.ecmascript.values import (
    NOTHING,
    UNKNOWN,
    All,
    Found,
    Function,
    Instance,
    Scope,
    Shape,
    Static,
    Tuple,
    Value,
)  # fmt: skip

_ELEMENTS = ("Array", "ReadonlyArray", "Set", "ReadonlySet", "Iterable", "IterableIterator", "Iterator", "Generator",
             "AsyncIterable", "AsyncIterableIterator", "AsyncGenerator", "SetIterator", "ArrayIterator", "ArrayLike",
             "NodeListOf", "HTMLCollectionOf")  # fmt: skip
_PROMISES = ("Promise", "PromiseLike")


class Evaluator(TypeEvaluator):
    """Evaluates expressions too."""

    def expression(self, described: Description, scope: Scope) -> list[Value]:
        """What an expression may be."""
        self.steps.take()
        if isinstance(described, str):
            return self.named(described, scope)
        if described is None:
            return [UNKNOWN]
        kind = described[0]
        if kind in _PLAIN:
            return self._plain(described, scope)
        if kind == "|":
            return some([value for part in described[1:] for value in self.expression(part, scope)])
        if kind == "expected":
            return some([one for value in self.expression(described[1], scope)
                          for one in self._wanted(value, described, scope)])  # fmt: skip
        values = self.expression(described[1], scope)
        results: list[Value] = []
        for value in values:
            match kind:
                case ".":
                    results.extend(self.member(value, described[2]))
                case "()":
                    given = [self.type(one, scope) for one in described[2]]
                    results.extend(self.called(value, given, described[3]))
                case "new":
                    results.extend(self.constructed(value, described[2], scope))
                case "await":
                    results.extend(self.awaited([value]))
                case "[]" | "of":
                    results.extend(self.element(value))
                case "[n]":
                    elements = value.elements[described[2] :] if isinstance(value, Tuple) else ()
                    results.extend(elements[0] if elements else self.element(value))
                case "parameter":
                    results.extend(self.parameter(value, described[2]))
                case _:
                    results.append(UNKNOWN)
        return some(results)

    def _plain(self, described: Description, scope: Scope) -> list[Value]:
        match described[0]:
            case "#":
                return self.primitive(described[1])
            case "@":
                return self.type(described[1], scope)
            case "f":
                return [Function([described[1]], scope)]
            case "c":
                return [Static(self.declared("", [(described, scope)]))]
            case "o":
                return [Shape(described[1], scope)]
            case "this":
                return self.this(scope)
            case "super":
                return self._super(scope)
            case "array":
                return self.standard("Array", [v for part in described[1:] for v in self.expression(part, scope)])
            case "module":
                return self.imported(described[1], "=", scope)
            case "outer":
                return self.named(described[1], scope.parent or scope)
            case "lazy":
                return self.standard("Promise", self.imported(described[1], "*", scope))
            case _:
                return [UNKNOWN]

    def member(self, value: Value, name: str) -> list[Value]:
        """What a member of a value may be."""
        if value == NOTHING:
            return []
        if isinstance(value, Static) and any(name in binding[1] for binding, _ in value.of.of_kind("e")):
            return [*self.primitive("number"), *self.primitive("string")]
        found = self.lookup(value, name)
        if not isinstance(found, Found) or not found.parts:
            return [UNKNOWN]
        return self.bound(name, found.parts)

    def called(self, value: Value, given: Sequence[Sequence[Value]] = (), count: int = -1) -> list[Value]:
        """What a call of a value gives, with so many arguments where that is known."""
        self.steps.take()
        if isinstance(value, All):
            callable = [one for one in value.values if self.signatures(one)]
            return self.called(callable[0], given, count) if len(callable) == 1 else [UNKNOWN]
        signatures = _fitting(self.signatures(value), given, count)
        results: list[Value] = []
        for signature, scope in signatures:
            inner = self.with_parameters(scope, signature.get("t", ()), given)
            if "r" in signature:
                results.extend(self.type(signature["r"], inner))
            elif "e" in signature:
                made = [one for result in signature["e"] for one in self.expression(result, inner)]
                results.extend(self.standard("Promise", self.awaited(made)) if signature.get("a") else made)
            else:
                results.append(UNKNOWN)
        return some(results)

    def signatures(self, value: Value, field: str = "c") -> list[tuple[Mapping[str, Any], Scope]]:
        """The call signatures of a value (construct signatures for "n"), each with the scope of its types."""
        if isinstance(value, All):
            return [found for one in value.values for found in self.signatures(one, field)]
        if isinstance(value, Function):
            return [(one, value.scope) for one in value.overloads] if field == "c" else []
        if isinstance(value, Shape):
            return [(one, value.scope) for one in value.body.get(field, ())]
        if isinstance(value, Instance):
            found = []
            for binding, scope in value.of.of_kind("i"):
                inner = self.with_parameters(scope, binding[1].get("t", ()), value.arguments)
                found += [(one, inner) for one in binding[1].get(field, ())]
            return found
        return []

    def constructed(self, value: Value, arguments: Sequence[Description], scope: Scope) -> list[Value]:
        """What `new` of a value gives."""
        if isinstance(value, All):
            made = [one for part in value.values if (one := self.constructed(part, arguments, scope)) != [UNKNOWN]]
            return made[0] if len(made) == 1 else [UNKNOWN]
        if isinstance(value, Static) and value.of.of_kind("c"):
            given = tuple(tuple(self.type(argument, scope)) for argument in arguments)
            return [Instance(value.of, given)]
        results: list[Value] = []
        for signature, where in _fitting(self.signatures(value, "n"), arguments, -1):
            given_values = [self.type(argument, scope) for argument in arguments]
            results.extend(
                self.type(signature.get("r"), self.with_parameters(where, signature.get("t", ()), given_values))
            )
        return some(results)

    def awaited(self, values: Sequence[Value]) -> list[Value]:
        """What `await` gives."""
        results: list[Value] = []
        for value in values:
            if isinstance(value, Instance) and value.of.name in _PROMISES:
                results.extend(value.arguments[0] if value.arguments else [UNKNOWN])
            elif isinstance(value, Instance) and value.of.of_kind("c") and isinstance(self.lookup(value, "then"), str):
                results.append(value if self.lookup(value, "then") == "absent" else UNKNOWN)
            else:
                results.append(UNKNOWN if isinstance(value, All) or self.lookup(value, "then") != "absent" else value)
        return some(results)

    def element(self, value: Value) -> list[Value]:
        """What a value gives that is iterated over, or asked for a member that is computed."""
        if isinstance(value, Tuple):
            return [one for element in value.elements for one in element] or [UNKNOWN]
        if isinstance(value, Instance) and value.of.name in _ELEMENTS:
            return list(value.arguments[0]) if value.arguments else [UNKNOWN]
        if isinstance(value, Instance) and value.of.name == "String":
            return [value]
        return [UNKNOWN]

    def parameter(self, value: Value, number: int) -> list[Value]:
        """What a function gets as one of its arguments."""
        return [] if value == NOTHING else self._taken(self.signatures(value), number, [])

    def _wanted(self, value: Value, described: Description, scope: Scope) -> list[Value]:
        """What a call wants as one of its arguments."""
        _, _, number, arguments, is_new = described
        given = [self.type(argument, scope) for argument in arguments]
        if not is_new:
            return self._taken(self.signatures(value), number, given)
        if isinstance(value, Static):
            found = []
            for binding, where in value.of.of_kind("c"):
                inner = self.with_parameters(where, binding[1].get("t", ()), given)
                found += [(one, inner) for one in binding[1].get("n", ())]
            return self._taken(found, number, [])
        return self._taken(self.signatures(value, "n"), number, given)

    def _taken(
        self, signatures: Sequence[tuple[Mapping[str, Any], Scope]], number: int, given: Sequence[Sequence[Value]]
    ) -> list[Value]:
        """What the signatures take as one of their arguments."""
        results: list[Value] = []
        for signature, scope in signatures:
            inner = self.with_parameters(scope, signature.get("t", ()), given)
            parameters = signature["p"]
            position = min(number, len(parameters) - 1)
            if position < 0 or (position < number and parameters[position][2] != "..."):
                continue
            values = self.type(parameters[position][1], inner)
            if parameters[position][2] == "...":
                values = [one for value in values for one in self.element(value)]
            results.extend(values)
        return some(results)

    def _super(self, scope: Scope) -> list[Value]:
        this = self.this(scope)
        if len(this) != 1 or not isinstance(this[0], Instance | Static):
            return [UNKNOWN]
        classes = this[0].of.of_kind("c")
        if len(classes) != 1 or not classes[0][0][1].get("x"):
            return [UNKNOWN]
        binding, where = classes[0]
        bases = self.expression(binding[1]["x"][0], where)
        if isinstance(this[0], Static):
            return bases
        return [one for base in bases for one in self.constructed(base, binding[1].get("xt", []), where)]


_PLAIN = {"#", "@", "f", "c", "o", "this", "super", "array", "module", "lazy", "outer"}


def _fitting(
    signatures: list[tuple[Mapping[str, Any], Scope]], given: Sequence[Any], count: int
) -> list[tuple[Mapping[str, Any], Scope]]:
    """The overloads that a call with so many type arguments and arguments may mean: all where none fits."""

    def fits(signature: Mapping[str, Any]) -> bool:
        parameters = signature["p"]
        fewest = sum(not mark for _, _, mark in parameters)
        most = len(parameters) if not any(mark == "..." for _, _, mark in parameters) else count
        return len(signature.get("t", ())) >= len(given) and (count < 0 or fewest <= count <= most)

    return [one for one in signatures if fits(one[0])] or signatures
