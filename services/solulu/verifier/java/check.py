"""The verdict on a completion in Java."""

from __future__ import annotations

from tree_sitter import Node

from solulu.languages.java import JAVA
from solulu.verifier.case import UNKNOWN, Case, Verdict
from solulu.verifier.findings import Finding, conclude
from solulu.verifier.java.closed_world import ClosedWorld
from solulu.verifier.java.examine import Examiner
from solulu.verifier.java.expressions import Expressions
from solulu.verifier.java.members import Members
from solulu.verifier.java.names import Names
from solulu.verifier.java.scopes import Scopes
from solulu.verifier.java.summary import summarize
from solulu.verifier.java.uses import Use, uses_in
from solulu.verifier.java.world import World
from solulu.verifier.place import locate
from solulu.verifier.repository import SymbolIndex
from solulu.verifier.steps import TooFar
from solulu.verifier.syntax import touches_error


def check(case: Case, index: SymbolIndex) -> Verdict:
    """The verdict; unknown where the code around the completion cannot be read."""
    data, start, end = case.data, case.start, case.end
    root = JAVA.parse(data).root_node
    if case.path.endswith("module-info.java") or (root.has_error and _is_torn(root, start, end)):
        return UNKNOWN
    world = World(index, locate(case, index), summarize(root, data))
    names = Names(world)
    members, scopes = Members(names), Scopes(root, data, world)
    expressions = Expressions(scopes, names, members)
    examiner = Examiner(names, members, expressions, ClosedWorld(case, world))

    def examined(use: Use) -> Finding:
        try:
            return examiner.examine(use)
        except (TooFar, RecursionError):
            return Finding(use.name, use.start, "undefinedvariable", "unknown")

    return conclude(map(examined, uses_in(scopes, start, end)), data)


def _is_torn(root: Node, start: int, end: int) -> bool:
    """Whether something that could not be parsed touches the hole, or the member around it."""
    member: Node | None = root
    while member is not None and member.type not in _MEMBERS:
        member = next((child for child in member.children if child.start_byte <= start and end <= child.end_byte), None)
    if member is not None:
        return member.has_error
    return touches_error(JAVA, root, start, end)


_MEMBERS = ("method_declaration", "constructor_declaration", "field_declaration", "static_initializer", "block",
            "compact_constructor_declaration", "enum_constant", "annotation_type_element_declaration")  # fmt: skip
