"""What must never change a verdict: the names of locals, the formatting, files that have nothing to do with it."""

import ast
import re

from hypothesis import given, settings
from hypothesis import strategies as st
from solulu.verifier.case import Case
from solulu.verifier.check import check
from solulu.verifier.index import build, merge

CORE = b"""
class Box:
    def __init__(self, size=1): self.size = size
    def open(self, *, slowly=False) -> Lid: ...
class Lid:
    def close(self): ...
def make(kind) -> Box: ...
"""
LIBRARY = build("repo", [("lib/__init__.py", b""), ("lib/core.py", CORE)])
HEAD = "from lib.core import Box, Lid, make\nimport json\n\ndef work(item: Box, other):\n    first = make('a')\n    "
COMPLETIONS = [
    "first.open(slowly=True).close()",
    "first.open(quickly=True)",
    "item.size",
    "item.sizes",
    "other.anything",
    "json.loads(first)",
    "json.loadz(first)",
    "missing(first)",
    "[first for item in other]",
    "make(kind=item).opens()",
    "Box(size=first)",
    "Box(width=first)",
    "(lambda item: item.whatever)(first)",
]
NAMES = st.sampled_from(["alpha", "beta_2", "_gamma", "delta", "Epsilon", "print_", "own"])


@given(st.sampled_from(COMPLETIONS), NAMES, NAMES, NAMES)
@settings(max_examples=80, deadline=None)
def test_renaming_locals_consistently_never_changes_a_verdict(completion, first, item, other):
    names = dict(zip(("first", "item", "other"), (first, item + "1", other + "2"), strict=True))
    renamed = re.compile(r"\b(first|item|other)\b")

    before = check(Case("new.py", HEAD, completion, "\n"), LIBRARY)
    after = check(
        Case("new.py", renamed.sub(lambda m: names[m[0]], HEAD), renamed.sub(lambda m: names[m[0]], completion), "\n"),
        LIBRARY,
    )

    assert (after.verdict, after.basis, after.type, after.symbol) == (
        before.verdict,
        before.basis,
        before.type,
        before.symbol,
    )


@given(st.sampled_from(COMPLETIONS), st.sampled_from(["\n", "\r\n"]), st.integers(0, 3), st.booleans())
@settings(max_examples=60, deadline=None)
def test_formatting_never_changes_a_verdict(completion, newline, blank, parenthesized):
    before = check(Case("new.py", HEAD, completion, "\n"), LIBRARY)
    text = f"({newline}        {completion}{newline}    )" if parenthesized else completion
    reformatted = ast.unparse(ast.parse(HEAD + "pass")).removesuffix("pass").replace("\n", newline * (blank + 1))

    after = check(Case("new.py", reformatted, text, newline), LIBRARY)

    assert (after.verdict, after.type, after.symbol) == (before.verdict, before.type, before.symbol)


@given(
    st.sampled_from(COMPLETIONS),
    st.sampled_from(["def whatever(): ...\n", "class Box:\n    x = 1\n", "import json\njson.extra = 1\n", "(((", ""]),
)
@settings(max_examples=40, deadline=None)
def test_an_unrelated_repository_never_turns_unknown_into_a_refutation(completion, text):
    case = Case("lib/new.py", HEAD, completion, "\n")
    other = build("other", [("elsewhere/__init__.py", b""), ("elsewhere/a.py", text.encode())])

    before, after = check(case, LIBRARY), check(case, merge([LIBRARY, other]))

    if before.verdict == "unknown":
        assert after.verdict == "unknown"
    if before.verdict == "valid":
        assert after.verdict == "valid"
