"""Go: what must never change a verdict, and input that must never break one."""

import re
import sys
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from solulu.languages import LANGUAGES
from solulu.languages.spans import find_spans
from solulu.verifier.case import Case, Verdict
from solulu.verifier.check import check
from solulu.verifier.go import GO
from solulu.verifier.go.types import read_type, write_type
from solulu.verifier.index import build
from support.verdicts import brief
from unit.verifier.go.shop import FILES, INDEX, STORE, body, judge

COMPLETIONS = [
    "first.Find(`a`)",
    "first.Fetch(`a`)",
    "second.Size[0]",
    "second.Weight",
    "second.Owner.Keep(second, third)",
    "second.Owner.Hold(second)",
    "store.Part{Owner: nil, Weight: third}",
    "store.New(third).Find(third)",
    "store.New()",
    "missing(first)",
    "func(first int) int { return first }(3)",
    "strings.ToUpper(third)",
    "strings.Upper(third)",
    "money.Parse(third)",
]
LOCALS = "first := store.New(`a`)\n\tsecond, third := (*store.Part)(nil), `b`\n\t"
NAMES = st.sampled_from(["alpha", "beta2", "_gamma", "Delta", "len2", "own"])
MOST_STEPS = 400_000
"""Python calls for one small verdict; one that runs away makes millions."""


def same(one: Verdict, other: Verdict) -> bool:
    return (one.verdict, one.basis, one.type, one.symbol) == (other.verdict, other.basis, other.type, other.symbol)


@given(st.sampled_from(COMPLETIONS), NAMES, NAMES, NAMES)
@settings(max_examples=60, deadline=None)
def test_renaming_locals_consistently_never_changes_a_verdict(completion, first, second, third):
    names = {"first": first, "second": second + "1", "third": third + "x"}
    text = body(f"{LOCALS}<<{completion}>>")

    renamed = re.sub(r"\b(first|second|third)\b", lambda match: names[match[0]], text)

    assert same(judge(renamed), judge(text))


@given(st.sampled_from(COMPLETIONS), st.sampled_from(["\n", "\r\n"]), st.sampled_from(["", "\t\t", "// a remark\n"]))
@settings(max_examples=60, deadline=None)
def test_formatting_never_changes_a_verdict(completion, newline, between):
    text = body(f"{LOCALS}<<{completion}>>")
    lines = [line + newline + between for line in text.split("\n")]

    assert same(judge("".join(lines)), judge(text))


@given(
    st.sampled_from(COMPLETIONS),
    st.sampled_from(["elsewhere/a.go", "checkout/sub/b.go", "store/more/c.go"]),
    st.sampled_from(
        ["package a\n\nfunc Fetch() {}\n", "package store\n\ntype Part int\n", "package x\n\nfunc (((", ""]
    ),
)
@settings(max_examples=40, deadline=None)
def test_an_unrelated_file_never_turns_unknown_into_a_refutation(completion, path, text):
    case = body(f"{LOCALS}<<{completion}>>")
    grown = build("shop", {**FILES, path: text.encode()}.items())

    before, after = judge(case), judge(case, index=grown)

    assert before.verdict != "unknown" or after.verdict == "unknown"
    assert before.basis == "closed_world" or after.verdict == before.verdict


def steps(work: Callable[[], object]) -> int:
    """How many Python functions are called."""
    count = 0

    def note(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@given(st.data())
@settings(max_examples=120, deadline=None)
def test_broken_code_breaks_nothing(data):
    text = data.draw(st.sampled_from([STORE, body(LOCALS + COMPLETIONS[4]).encode()]))
    for _ in range(data.draw(st.integers(1, 4))):
        start, length = data.draw(st.integers(0, len(text))), data.draw(st.integers(0, 60))
        piece = text[start : start + length]
        new = data.draw(st.sampled_from([b"", piece * 3, bytes(byte ^ 0x15 for byte in piece), b"{[(", b"`", b"\xff"]))
        text = text[:start] + new + text[start + length :]
    start = data.draw(st.integers(0, len(text)))
    end = start + data.draw(st.integers(0, 200))
    parts = [part.decode("utf-8", "replace") for part in (text[:start], text[start:end], text[end:])]

    verdicts: list[Verdict] = []
    index = build("shop", {**FILES, "store/store.go": text}.items())
    count = steps(lambda: verdicts.append(check(Case("store/store.go", *parts), index)))

    assert verdicts[0].verdict in ("valid", "hallucinated", "unknown")
    assert count < MOST_STEPS


@pytest.mark.parametrize(
    "text",
    [
        "package p\nfunc f() { <<a" + ".b" * 5_000 + ">> }\n",
        "package p\nfunc f() { <<" + "f(" * 5_000 + ")" * 5_000 + ">> }\n",
        "package p\nfunc f() { <<" + "[" * 5_000 + ">> }\n",
        "package p\nfunc f() { <<" + "if x { y := 1;" * 2_000 + "}" * 2_000 + ">> }\n",
        "package p\nfunc f() { <<" + "{ y := 1; _ = y };" * 3_000 + ">> }\n",
        "package p\n" + "".join(f"func f{n}() {{}}\n" for n in range(1_500)) + "func g() { <<f1(); f2(); h()>> }\n",
        "package p\n" + "".join(f"type T{n} struct {{ T{n + 1}; T{n + 2} }}\n" for n in range(1_000))
        + "func f(t T0) { <<t.a>> }\n",
        "package p\n" + "".join(f"var v{n} = v{n + 1}.x\n" for n in range(1_000)) + "var w = <<v0.y>>\n",
        "package p\ntype T " + "*" * 3_000 + "int\nfunc f(t T) { <<t.a>> }\n",
        "package p\ntype T " + "func(a " * 500 + "int" + ")" * 500 + "\nfunc f(t T) { <<t(1)>> }\n",
        "package p\ntype T []T\nvar x = <<T" + "{" * 3_000 + "}" * 3_000 + ">>\n",
    ],
    ids=["members", "calls", "unclosed", "blocks", "siblings", "names", "embedded", "variables", "pointers",
         "signatures", "literals"],
)  # fmt: skip
def test_hostile_code_costs_little(text):
    index = build("p", [("go.mod", b"module p\n"), ("p.go", b"package p\n")])

    assert steps(lambda: judge(text, "new.go", index)) < MOST_STEPS


def test_the_shops_own_code_is_never_refuted_and_mostly_proved():
    verdicts = [
        judge(f"{text[: span.start]}<<{text[span.start : span.end]}>>{text[span.end :]}", path)
        for path in ("store/store.go", "ids/ids.go", "cmd/shop/main.go")
        for text in [FILES[path].decode()]
        for span in find_spans(LANGUAGES["go"], FILES[path])
    ]

    assert len(verdicts) > 40
    assert {brief(verdict) for verdict in verdicts} <= {"valid", "unknown"}
    assert sum(verdict.verdict == "valid" for verdict in verdicts) > 0.7 * len(verdicts)


TYPES = st.recursive(
    st.sampled_from(["int", "pkg.T", "error"]),
    lambda inner: st.one_of(
        inner.map(lambda type: f"*{type}"),
        inner.map(lambda type: f"[]{type}"),
        inner.map(lambda type: f"chan {type}"),
        st.tuples(inner, inner).map(lambda pair: f"map[{pair[0]}]{pair[1]}"),
        st.tuples(inner, inner).map(lambda pair: f"func(a {pair[0]}, b ...{pair[1]}) (n int, err error)"),
        st.tuples(inner, inner).map(lambda pair: f"func({pair[0]}) {pair[1]}"),
        inner.map(lambda type: f"struct{{a {type}; pkg.Embedded}}"),
        inner.map(lambda type: f"interface{{Do(x {type}) bool; error}}"),
    ),
    max_leaves=8,
)


@given(TYPES)
@settings(max_examples=80, deadline=None)
def test_a_type_is_written_as_it_was_read(text):
    assert write_type(read_type(text)) == text


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("func(a, b int, c [4]string)", "func(a int, b int, c []string)"),
        ("func(pkg.T, ...int)", "func(pkg.T, ...int)"),
        ("struct {\n\ta, b int `x:\"y\"` // why\n\t*pkg.T\n\tList[int]\n\tm [2][3]int\n}",
         "struct{a int; b int; *pkg.T; List; m [][]int}"),
        ("interface {\n\t~int | ~string\n\tDo()\n\tpkg.Other\n}", "interface{Do(); pkg.Other}"),
        ("Pair[int, map[string]T]", "Pair"),
        ("(<-chan (T))", "chan T"),
        ("func(", "?"),
        ("int int", "?"),
    ],
)  # fmt: skip
def test_types_are_read_without_what_says_nothing(text, form):
    assert write_type(read_type(text)) == form


def test_the_summary_of_a_file_is_the_same_every_time():
    assert GO.summarize("store/store.go", STORE, None) == GO.summarize("store/store.go", STORE, None)
    assert not GO.reads("go.sum")
    assert INDEX.to_bytes() == build("shop", reversed(FILES.items())).to_bytes()
