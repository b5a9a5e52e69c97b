"""What an import names: a package, a type, a static member."""

from __future__ import annotations

from solulu.verifier.findings import FOUND, UNSURE, Answer
from solulu.verifier.java.declarations import Declaration
from solulu.verifier.java.members import Members
from solulu.verifier.java.names import Names
from solulu.verifier.java.scopes import Scopes
from solulu.verifier.java.summary import import_text, type_text
from solulu.verifier.java.types import TypeName
from solulu.verifier.java.uses import Use


class Imports:
    """Answers questions about imports and packages."""

    def __init__(self, names: Names, members: Members) -> None:
        self._names, self._members = names, members

    def examine(self, use: Use) -> Answer:
        """What becomes of one of the names in an import."""
        scopes = use.place.scopes
        name = type_text(use.parent, scopes.data) if use.parent.type == "scoped_identifier" else use.name
        if use.parent.type == "scoped_identifier" and use.parent.child_by_field_name("name") != use.node:
            name = use.name
        written = self._written(use, scopes)
        is_last_static = written.startswith("=") and written == f"={name}"
        owner, _, last = name.rpartition(".")
        world = self._names.world
        if is_last_static:
            return self._static(owner, last)
        if world.begins_package(name):
            return FOUND
        found = world.named(name)
        if isinstance(found, Declaration):
            return FOUND
        outer = world.named(owner) if owner else None
        if isinstance(outer, Declaration):
            inner = self._names.member_type(outer, last)
            message = f"cannot find symbol: class {last}, location: class {outer.name}"
            members = self._members
            return (
                FOUND
                if isinstance(inner, Declaration)
                else Answer(inner.status, message, lambda: members.names(TypeName(outer)))
            )
        return self.missing(owner, last)

    def missing(self, package: str, name: str) -> Answer:
        """What to say of a type or package that was not found in a package. Which of them a name is meant to be, its
        first letter tells: a package below a known one may come from anywhere."""
        world = self._names.world
        if world.is_package(package) and not name[:1].islower():
            message = f"cannot find symbol: class {name}, location: package {package}"
            status = world.missing(package).status
            return Answer(status, message, lambda: dict.fromkeys(world.types_in(package), ""))
        if world.lacks_package(f"{package}.{name}" if package else name):
            return Answer("absent", f"package {package}.{name} does not exist")
        return UNSURE

    def _static(self, owner: str, name: str) -> Answer:
        declaration = self._names.world.named(owner)
        if not isinstance(declaration, Declaration):
            return UNSURE
        value = TypeName(declaration)
        statuses = {
            self._members.field(value, name),
            self._members.method(value, name),
            "found" if isinstance(self._names.member_type(declaration, name), Declaration) else "absent",
        }
        if "found" in statuses:
            return FOUND
        if "unknown" in statuses:
            return UNSURE
        message = f"cannot find symbol: static {name}, location: {declaration.kind} {declaration.name}"
        return Answer("absent", message, lambda: self._members.names(value))

    @staticmethod
    def _written(use: Use, scopes: Scopes) -> str:
        around = next((node for node in reversed(use.place.nodes) if node.type == "import_declaration"), None)
        return import_text(around, scopes.data) if around else ""
