"""What an expression may be, as far as it is followed, and how far that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from solulu.verifier.python.bindings import Binding
from solulu.verifier.repository import Home

Status = Literal["found", "absent", "unknown"]
Absence = Literal["absent", "unknown"]


@dataclass(frozen=True)
class ModuleValue:
    """A module by its dotted name."""

    name: str


@dataclass(frozen=True)
class ClassValue:
    """A class; `is_exact` is false where it may be a subclass."""

    home: Home
    name: str
    is_exact: bool = True


@dataclass(frozen=True)
class Instance:
    """An instance of a class, or where not `is_exact` of a subclass."""

    home: Home
    name: str
    is_exact: bool = True


@dataclass(frozen=True)
class SuperValue:
    """What `super()` sees in a method of a class."""

    home: Home
    name: str
    is_exact: bool = False


@dataclass(frozen=True)
class FunctionValue:
    """A function with its description (see signatures.py), whether its first parameter is given already, and the class
    that it stands in."""

    home: Home
    described: Any
    is_bound: bool
    owner: str = ""
    receiver: Object | None = None
    """What it is called on, where that is known."""


@dataclass(frozen=True)
class Unknown:
    """Anything at all."""


UNKNOWN = Unknown()
Object = ClassValue | Instance | SuperValue
Value = ModuleValue | Object | FunctionValue | Unknown


@dataclass(frozen=True)
class Found:
    """Where a name is defined: its bindings, the file, and the class if it is a member of one."""

    home: Home
    bindings: Sequence[Binding]
    owner: str = ""
    is_sure: bool = True
    """False where something unknown may define it too, and is asked first."""
