"""What an expression can be: a value of a type, a type, a package, several results, or something built in.

A value of a type is written as the type itself. None is anything: whatever was not followed to its end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from solulu.verifier.go.repository import Declaration, Package
from solulu.verifier.go.scopes import Local, Locals
from solulu.verifier.go.types import Form

Status = Literal["found", "absent", "unknown"]


@dataclass(frozen=True)
class Basic:
    """A type of the universe."""

    name: str


@dataclass(frozen=True)
class Named:
    """A type that a package declares."""

    package: Package
    name: str


@dataclass(frozen=True)
class Compound:
    """`*`, `[]` (arrays too), `map` or `chan` of types."""

    kind: str
    parts: tuple[Type, ...]


@dataclass(frozen=True)
class Shape:
    """A function's type, a struct or an interface, as written in some scope."""

    form: Form
    scope: Scope


@dataclass(frozen=True)
class TypeValue:
    """A type where a value could stand: what is called to convert, or has method expressions."""

    type: Type


@dataclass(frozen=True)
class PackageValue:
    """An imported package."""

    path: str


@dataclass(frozen=True)
class Several:
    """The results of a call that has not exactly one."""

    types: tuple[Type, ...]


@dataclass(frozen=True)
class Builtin:
    """A function of the universe."""

    name: str


@dataclass(frozen=True)
class Declared:
    """A top-level name of a package, with every declaration of it."""

    package: Package
    name: str
    declarations: tuple[Declaration, ...]


@dataclass(frozen=True)
class LocalName:
    """A name that a function declares, and the scope that it stands in."""

    local: Local
    scope: LocalScope


@dataclass(frozen=True)
class FileScope:
    """The top level of a file."""

    package: Package
    path: str
    parameters: frozenset[str] = frozenset()
    """Names of type parameters."""

    def at(self, offset: int) -> FileScope:
        """The scope at a place: everywhere the same."""
        return self

    @property
    def file(self) -> FileScope:
        """The file that the scope lies in."""
        return self


@dataclass(frozen=True)
class LocalScope:
    """A place inside the declarations of the file that is checked."""

    file: FileScope
    locals: Locals
    offset: int

    def at(self, offset: int) -> LocalScope:
        """The scope at another place."""
        return LocalScope(self.file, self.locals, offset)

    @property
    def package(self) -> Package:
        """The package that the file belongs to."""
        return self.file.package

    @property
    def path(self) -> str:
        """The file's."""
        return self.file.path


Scope: TypeAlias = FileScope | LocalScope
Type: TypeAlias = Basic | Named | Compound | Shape | None
Value: TypeAlias = Basic | Named | Compound | Shape | TypeValue | PackageValue | Several | Builtin | None
Binding: TypeAlias = Declared | LocalName | PackageValue | TypeValue | Builtin | Basic | None
"""What a name stands for."""
