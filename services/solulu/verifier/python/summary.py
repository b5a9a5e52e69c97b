"""What a Python file offers to others, as JSON: names with their bindings, classes, and what makes them uncertain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from solulu.verifier.python.bindings import Binding, ClassBody, File
from solulu.verifier.python.describe import Description

_MOST_BINDINGS = 8


@dataclass(frozen=True)
class ClassSummary:
    """A class: descriptions of its bases, its members by name, its annotated fields in order."""

    bases: list[Description]
    members: Mapping[str, list[Binding]]
    fields: list[str]
    is_dynamic: bool
    is_dataclass: bool


@dataclass(frozen=True)
class ModuleSummary:
    """A module."""

    names: Mapping[str, list[Binding]] = field(default_factory=dict)
    classes: Mapping[str, ClassSummary] = field(default_factory=dict)
    """By qualified name; those inside functions too."""
    stars: list[list[Any]] = field(default_factory=list)
    """[module, level] of its star imports, in order."""
    exports: list[str] = field(default_factory=list)
    """What `__all__` names, where it is written as literals."""
    imports: list[list[Any]] = field(default_factory=list)
    """[module, level] of everything that it imports, a name imported from a module counted as a module too."""
    assigned: list[str] = field(default_factory=list)
    """Attributes that it assigns to objects of others."""
    is_dynamic: bool = True
    """It may have names that nothing binds; so has a file that could not be read."""


def summarize(file: File) -> ModuleSummary:
    """The summary of an analyzed file."""
    return ModuleSummary(
        names=_bounded(file.module.names),
        classes={name: _class(body) for name, body in sorted(file.classes.items())},
        stars=[list(star) for star in dict.fromkeys(file.stars)],
        exports=file.exports or [],
        imports=[list(imported) for imported in sorted(file.imports)],
        assigned=sorted(file.assigned),
        is_dynamic=file.is_dynamic,
    )


def to_json(summary: ModuleSummary) -> dict[str, Any]:
    """Compact JSON; what is empty or false is left out."""
    classes = {
        name: _dense(b=body.bases, m=dict(body.members), f=body.fields, d=body.is_dynamic, t=body.is_dataclass)
        for name, body in summary.classes.items()
        if "<locals>" not in name
    }
    return _dense(
        n=dict(summary.names),
        c=classes,
        s=summary.stars,
        e=summary.exports,
        i=summary.imports,
        a=summary.assigned,
        d=summary.is_dynamic,
    )


def from_json(value: Mapping[str, Any]) -> ModuleSummary:
    """The summary that `to_json` wrote."""
    classes = {
        name: ClassSummary(
            body.get("b", []), body.get("m", {}), body.get("f", []), bool(body.get("d")), bool(body.get("t"))
        )
        for name, body in value.get("c", {}).items()
    }
    return ModuleSummary(
        names=value.get("n", {}),
        classes=classes,
        stars=value.get("s", []),
        exports=value.get("e", []),
        imports=value.get("i", []),
        assigned=value.get("a", []),
        is_dynamic=bool(value.get("d")),
    )


def simple_base(base: Description) -> str:
    """The last name of a base's description; empty where it has none."""
    last = base[2] if isinstance(base, list) and base[0] == "." else base
    return last if isinstance(last, str) else ""


def simple_name(qualified: str) -> str:
    """The last name of a qualified one."""
    return qualified.rpartition(".")[2]


def _class(body: ClassBody) -> ClassSummary:
    return ClassSummary(body.bases, _bounded(body.members), body.fields, body.is_dynamic, body.is_dataclass)


def _bounded(names: Mapping[str, list[Binding]]) -> dict[str, list[Binding]]:
    return {
        name: bindings if len(bindings) <= _MOST_BINDINGS else [["v", None]] for name, bindings in sorted(names.items())
    }


def _dense(**values: Any) -> dict[str, Any]:
    return {key: 1 if value is True else value for key, value in values.items() if value}
