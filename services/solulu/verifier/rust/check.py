"""The verdict on a completion in Rust."""

from __future__ import annotations

from collections.abc import Sequence

from tree_sitter import Node, QueryCursor, Tree

from solulu.languages.rust import RUST
from solulu.verifier.case import UNKNOWN, Case, Verdict
from solulu.verifier.findings import Finding, Type, conclude
from solulu.verifier.place import locate
from solulu.verifier.repository import SymbolIndex
from solulu.verifier.rust.closed_world import ClosedWorld
from solulu.verifier.rust.examine import Examiner
from solulu.verifier.rust.macros import vectors_in, without_plain_macros
from solulu.verifier.rust.names import ROOT, World
from solulu.verifier.rust.repository import MOST_HOMES
from solulu.verifier.rust.summary import summarize
from solulu.verifier.rust.uses import Use, uses_in
from solulu.verifier.words import words_of

_MOST_ERRORS = 20


def check(case: Case, index: SymbolIndex) -> Verdict:
    """The verdict; unknown where the code around the completion cannot be read."""
    data, start, end = case.data, case.start, case.end
    code = without_plain_macros(data)
    tree = RUST.parse(code)
    if tree.root_node.has_error and _is_broken(tree, start, end):
        return UNKNOWN
    uses, is_complete = uses_in(tree, start, end)
    if not uses:
        return conclude([], data, is_complete and not words_of(case.completion))
    world = World(index, locate(case, index), summarize(code, tree))
    closed = ClosedWorld(case, world)
    homes = world.homes()[:MOST_HOMES] or [ROOT]
    examiners = [Examiner(world, tree, code, home, vectors_in(data)) for home in homes]
    return conclude((_finding(use, examiners, closed) for use in uses), data, is_complete)


def _finding(use: Use, examiners: Sequence[Examiner], closed: ClosedWorld) -> Finding:
    """What becomes of a name in the modules that the file is: it is absent only where it is in all of them."""
    for examiner in examiners:
        answer = examiner.examine(use)
        if answer.status != "absent":
            break
    name = examiner.scopes.text(use.node)
    if answer.status == "unknown" and use.kind != "opaque" and closed.lacks(name):
        message = f"nothing in the repository, its dependencies or the standard library is called `{name}`"
        type: Type = "method" if use.is_called else "import" if use.kind == "import" else "undefinedvariable"
        return Finding(name, use.node.start_byte, type, "absent", "closed_world", message)
    return Finding(name, use.node.start_byte, answer.type, answer.status, "resolved", answer.message, answer.candidates)


def _is_broken(tree: Tree, start: int, end: int) -> bool:
    """Whether the code that holds a stretch cannot be trusted: an error touches it or stands in the same item."""
    errors = [node for nodes in QueryCursor(RUST.error_query).captures(tree.root_node).values() for node in nodes]
    item: Node | None = tree.root_node.descendant_for_byte_range(start, end)
    while item is not None and item.type not in ("function_item", "impl_item", "mod_item", "source_file"):
        item = item.parent
    first, last = (item.start_byte, item.end_byte) if item and item.type != "source_file" else (start, end)
    return len(errors) > _MOST_ERRORS or any(error.start_byte <= last and first <= error.end_byte for error in errors)
