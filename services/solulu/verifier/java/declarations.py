"""A class as it stands somewhere: what is declared in it, and the scope that the names in it are looked up in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from solulu.verifier.findings import Status
from solulu.verifier.java.summary import TypeJson

if TYPE_CHECKING:
    from solulu.verifier.java.scopes import Place


class Missing(Enum):
    """Why something was not found."""

    ABSENT = "absent"
    UNKNOWN = "unknown"

    @property
    def status(self) -> Status:
        """As findings have it."""
        return "absent" if self is Missing.ABSENT else "unknown"


ABSENT, UNSURE = Missing.ABSENT, Missing.UNKNOWN


@dataclass(frozen=True)
class SourceFile:
    """A file: its package and imports."""

    repo: str
    path: str
    summary: Mapping[str, Any]

    @property
    def package(self) -> str:
        """Empty for the unnamed one."""
        return str(self.summary.get("p", ""))

    @property
    def is_qualified(self) -> bool:
        """Whether all types in it are written in full, as in what was compiled."""
        return "q" in self.summary

    @cached_property
    def single(self) -> Mapping[str, str]:
        """Qualified names of the types that are imported one by one, by simple name."""
        return {
            text.rpartition(".")[2]: text
            for text in self.summary.get("i", ())
            if not text.startswith("=") and not text.endswith(".*")
        }

    @cached_property
    def stars(self) -> tuple[str, ...]:
        """Packages and types of which everything is imported."""
        return tuple(
            text[:-2] for text in self.summary.get("i", ()) if text.endswith(".*") and not text.startswith("=")
        )

    @cached_property
    def static_single(self) -> Mapping[str, list[str]]:
        """Types that a static member is imported from, by its name."""
        found: dict[str, list[str]] = {}
        for text in self.summary.get("i", ()):
            if text.startswith("=") and not text.endswith(".*"):
                owner, _, name = text[1:].rpartition(".")
                found.setdefault(name, []).append(owner)
        return found

    @cached_property
    def static_stars(self) -> tuple[str, ...]:
        """Types of which all static members are imported."""
        return tuple(text[1:-2] for text in self.summary.get("i", ()) if text.startswith("=") and text.endswith(".*"))


@dataclass(eq=False)
class Declaration:
    """A class, interface, enum, record or annotation. Two are the same only if they are one object."""

    described: TypeJson
    qualified: str
    """Its full name; empty for a class without a name."""
    file: SourceFile
    outer: Declaration | None = None
    place: Place | None = None
    """Where it stands, if that is within a method."""
    is_doubtful: bool = False
    """Other declarations have the same full name."""
    _nested: dict[str, Declaration] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its simple name."""
        return str(self.described.get("n", ""))

    @property
    def kind(self) -> str:
        """As it is written: class, interface, enum, record or @interface."""
        return str(self.described["k"])

    @property
    def is_open(self) -> bool:
        """Whether it may have members that were not read."""
        return self.is_doubtful or "x" in self.described or "l" in self.file.summary

    @cached_property
    def variables(self) -> Mapping[str, tuple[str, ...]]:
        """The bounds of its type parameters, by name, in order."""
        return bounds_of(self.described.get("p", ()))

    @property
    def fields(self) -> Mapping[str, str]:
        """The types of its fields, by name."""
        return self.described.get("f", {})

    @property
    def methods(self) -> Mapping[str, list[Any]]:
        """The overloads of its methods, by name."""
        return self.described.get("m", {})

    def hides(self, name: str) -> bool:
        """Whether a member is private."""
        return name in self.described.get("h", ())

    def nested(self, name: str) -> Declaration | None:
        """A type that is declared directly in it."""
        if name not in self._nested:
            for described in self.described.get("t", ()):
                if described["n"] == name:
                    qualified = f"{self.qualified}.{name}" if self.qualified else ""
                    self._nested[name] = Declaration(described, qualified, self.file, self, None, self.is_doubtful)
                    break
        return self._nested.get(name)

    @property
    def top(self) -> Declaration:
        """The outermost class around it in its file."""
        around: Declaration | None = self
        while around:
            last, around = around, around.outer or (around.place.declaration if around.place else None)
        return last


def bounds_of(parameters: list[str]) -> dict[str, tuple[str, ...]]:
    """The bounds of type parameters as summary.py writes them."""
    found = {}
    for parameter in parameters:
        name, _, bounds = parameter.partition(":")
        found[name] = tuple(bounds.split("&")) if bounds else ()
    return found
