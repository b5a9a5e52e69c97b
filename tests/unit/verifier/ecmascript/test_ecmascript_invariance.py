"""What must never change a verdict on JavaScript and TypeScript, and what must never break one."""

import re
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from solulu.verifier.case import Case
from solulu.verifier.check import check
from solulu.verifier.index import build, merge
from support.verdicts import told
from unit.verifier.ecmascript.shapes import FILES, INDEX, PLAIN, SHAPE, TYPED, typed

HEAD = TYPED + "function work(item: Circle, other: any) {\n  const first = make(1);\n  "
TAIL = "\n}\n"
COMPLETIONS = [
    "first.radius",
    "first.radios",
    "item.area().unit",
    "item.area().units()",
    "other.anything",
    "Math.maxx(first.radius)",
    "missing(first)",
    "first.list.map(item => item.unit)",
    "first.list.map(item => item.units())",
    "const { radius } = item",
    "(first as any).whatever()",
    "if (item instanceof Main) item.go()",
]
NAMES = st.sampled_from(["alpha", "beta_2", "_gamma", "$delta", "Epsilon", "printed"])


@given(st.sampled_from(COMPLETIONS), NAMES, NAMES, NAMES)
@settings(max_examples=60, deadline=None)
def test_renaming_locals_consistently_never_changes_a_verdict(completion, first, item, other):
    names = {"first": first, "item": item + "1", "other": other + "2"}

    def renamed(text):
        return re.sub(r"\b(first|item|other)\b", lambda found: names[found[0]], text)

    after = typed(renamed(completion), prefix=renamed(HEAD), suffix=TAIL)

    assert told(after) == told(typed(completion, prefix=HEAD, suffix=TAIL))


@given(st.sampled_from(COMPLETIONS), st.sampled_from(["\n", "\r\n", "\n\n"]), st.integers(0, 8), st.booleans())
@settings(max_examples=60, deadline=None)
def test_formatting_and_comments_never_change_a_verdict(completion, newline, indent, commented):
    remark = f"/* one */{newline}// two{newline}" if commented else ""
    reformatted = HEAD.replace("\n", newline + " " * indent) + remark

    after = typed(completion, prefix=reformatted, suffix=TAIL.replace("\n", newline))

    assert told(after) == told(typed(completion, prefix=HEAD, suffix=TAIL))


@given(
    st.sampled_from(COMPLETIONS),
    st.sampled_from(["export const whatever = 1;\n", "class Circle { x = 1 }\n", "(((", "", "export * from './a';\n"]),
)
@settings(max_examples=40, deadline=None)
def test_an_unrelated_repository_never_turns_unknown_into_a_refutation(completion, text):
    case = Case("src/open.ts", HEAD, completion, TAIL)
    other = build("other", [("elsewhere/a.ts", text.encode()), ("elsewhere/b.js", text.encode())])

    before, after = check(case, INDEX), check(case, merge([INDEX, other]))

    if before.verdict == "unknown":
        assert after.verdict == "unknown"
    if before.verdict == "valid":
        assert after.verdict == "valid"


def mutated(draw, data: bytes) -> bytes:
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, max(0, len(data) - 1)))
        stop = min(len(data), start + draw(st.integers(1, 60)))
        how = draw(st.sampled_from(["cut", "double", "flip", "nest"]))
        part = {"cut": b"", "double": data[start:stop] * 2, "flip": bytes(byte ^ 1 for byte in data[start:stop]),
                "nest": b"{" * 30 + data[start:stop]}[how]  # fmt: skip
        data = data[:start] + part + data[stop:]
    return data


@given(st.data(), st.sampled_from(["a.ts", "a.tsx", "a.js", "a.d.ts"]))
@settings(max_examples=60, deadline=None)
def test_no_mutation_of_real_code_breaks_the_index_or_a_verdict(data, path):
    source = SHAPE + TYPED.encode() + PLAIN.encode() + FILES["lib/a.js"]
    broken = mutated(data.draw, source)
    index = build("shapes", {**FILES, path: broken}.items())
    text = broken.decode("utf-8", "replace")
    place = data.draw(st.integers(0, len(text)))

    found = check(Case(path, text[:place], text[place : place + 40], text[place + 40 :]), index)

    assert found.verdict in ("valid", "hallucinated", "unknown")


@pytest.mark.parametrize(
    "source",
    [
        "a" + ".b()" * 3_000,
        "(" * 3_000 + "x" + ")" * 3_000,
        "{" * 2_000,
        "type A = " + "(" * 500 + "B" + ")" * 500 + ";\n",
        "type A = A | [A, A];\nlet a: A; a.",
        "interface A extends B {}\ninterface B extends A {}\nlet a: A; a.",
        "class A extends A {}\nnew A().",
        "const a = b; const b = a; a.",
        "const f = () => f(); f().",
        "type L<T> = L<L<T>[]>; let l: L<string>; l.",
        "export * from './new';\nimport { x } from './new'; x.",
        "const o = {" + "k: {" * 200 + "}" * 200 + "};\no.",
        "let x = 1;\n" * 3_000,
        "a ? b : " * 800 + "c",
    ],
    ids=range(14),
)
def test_hostile_code_is_bounded_by_steps(source):
    calls = 0

    def count(frame, event, argument):
        nonlocal calls
        calls += event == "call"

    case = Case("src/new.ts", source, "member(other)", "\n")
    sys.setprofile(count)
    try:
        found = check(case, INDEX)
    finally:
        sys.setprofile(None)

    assert found.verdict in ("valid", "hallucinated", "unknown")
    assert calls < 400_000
