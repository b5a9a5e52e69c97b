"""What must never change a verdict in C#: the names of locals, the formatting, files that have nothing to do with it;
and what must never happen: a crash, or a search without end."""

import random
import re
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from solulu.verifier.case import Case
from solulu.verifier.check import check
from solulu.verifier.index import build
from support.verdicts import marked, mutated, told, verdicts_within
from unit.verifier.csharp.orchard import FILES, HEAD, INDEX, PATH, TAIL

LOCALS = "Apple first = apple; var rest = Apples; var seed = first.Seeds[0]; "
COMPLETIONS = [
    "first.Crunch(1);",
    "first.Munch(1);",
    "rest.First().Crunch(2);",
    "rest.Select(each => each.Munch(1)).ToList();",
    "foreach (var each in rest) { each.Munch(seed); }",
    "first.Crunch(force: 1, noisy: true);",
    "seed.Planted().Sown();",
    "Total(first.Price);",
    "loose.Anything(first);",
    "var made = new Basket(first.Name, null) { Owner = rest };",
    'first.Shout("!").Trim();',
    "missing(first);",
    "if (first is Fruit { Name: null } other) { other.Colour(); }",
]
NAMES = st.sampled_from(["alpha", "beta_2", "_gamma", "delta", "Epsilon", "own", "@class"])
NOISE = st.sampled_from(
    ["\n", " ", "\t\t", " /* remark */ ", "\n    // a remark about Munch()\n", "\r\n", "\n#region x\n"]
)


@given(st.sampled_from(COMPLETIONS), NAMES, NAMES, NAMES)
@settings(max_examples=30, deadline=None)
def test_renaming_locals_consistently_never_changes_a_verdict(completion, first, rest, seed):
    names = {"first": first, "rest": rest + "1", "seed": seed + "2"}

    def renamed(text: str) -> str:
        return re.sub(r"\b(first|rest|seed)\b", lambda found: names[found[0]], text)

    before = check(Case(PATH, HEAD + LOCALS, completion, TAIL), INDEX)
    after = check(Case(PATH, HEAD + renamed(LOCALS), renamed(completion), TAIL), INDEX)

    assert told(after) == told(before)


@given(st.sampled_from(COMPLETIONS), st.lists(NOISE, min_size=4, max_size=4))
@settings(max_examples=30, deadline=None)
def test_formatting_never_changes_a_verdict(completion, noise):
    def formatted(text: str) -> str:
        return re.sub(r"(?<=[{};,])\s*(?=\S)", lambda found: found[0] + noise[found.start() % 4] + "\n", text)

    before = check(Case(PATH, HEAD + LOCALS, completion, TAIL), INDEX)
    after = check(Case(PATH, formatted(HEAD + LOCALS), formatted(completion), formatted(TAIL)), INDEX)

    assert told(after) == told(before)


@given(
    st.sampled_from(COMPLETIONS),
    st.sampled_from(
        [
            b"namespace Elsewhere; class Other { void Munch2() { } }",
            b"namespace Orchard.Fruits; class Unrelated { int Size; }",
            b"using Acme; namespace Elsewhere; class Apple { }",
            b"class Apple { }",
            b"namespace Elsewhere { class Torn { void F( {",
            b"",
        ]
    ),
)
@settings(max_examples=30, deadline=None)
def test_an_unrelated_file_never_turns_unknown_into_a_refutation(completion, text):
    case = Case(PATH, HEAD + LOCALS, completion, TAIL)
    more = build("orchard", [*FILES, ("other/Other.cs", text)])

    before, after = check(case, INDEX), check(case, more)

    assert before.verdict == "hallucinated" or after.verdict != "hallucinated"


REAL = [(path, data) for path, data in FILES if path.endswith(".cs") and data]
REAL.append((PATH, (HEAD + LOCALS + " ".join(COMPLETIONS) + TAIL).encode()))

ODD = [b"{", b"}", b"(", b"<", b"[", b"#if X\n", b"\n#else\n", b"class A : A {", b'$"{', b'"""']


@given(st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_mutated_code_never_crashes(seed):
    chance = random.Random(seed)
    path, data = chance.choice(REAL)
    data = mutated(data, chance, ODD)
    index = build("orchard", {**dict(FILES), path: data}.items())

    found = verdicts_within("csharp", path, data, index, "apple.Name", seed)

    assert found <= {"valid", "hallucinated", "unknown"}


@pytest.mark.parametrize(
    "text",
    [
        "class A<T> : A<A<T>> { T t; void M() { <<t.Foo()>>; } }",
        "class A : B { void M() { <<Foo()>>; } } class B : A { }",
        "class C { object o = " + "(" * 2_000 + "<<o>>" + ")" * 2_000 + "; }",
        "class C { void M() { <<a.b()" + ".c(x => x.y(z => z.w()))" * 300 + ">>; } }",
        "class C { void M() { " + "var v = w; { } " * 3_000 + "<<v.Foo()>>; } }",
        "class C { void M() { " + "".join(f"var v{n} = v{n + 1}; " for n in range(800)) + "<<v0.Foo()>>; } }",
        "".join(f"interface I{n} : I{n + 1}, I{n + 2} {{ }} " for n in range(300))
        + "class D { void M(I0 i) { <<i.Foo()>>; } }",
        "using A = B.C; using B = A.D; class D { <<A a;>> }",
        "class D { void M() { <<" + "F(" * 400 + ")" * 400 + ">>; } }",
        "#if A\n" * 2_000 + "class D { void M() { <<F()>>; } }\n" + "#else\n#endif\n" * 2_000,
    ],
    ids=["endless base", "circle", "tower", "chain", "wide", "long", "lattice", "aliases", "calls", "conditions"],
)
def test_what_is_written_to_take_long_is_given_up(text):
    case = marked("D.cs", text)
    index = build("d", [("D.cs", (case.prefix + case.suffix).encode())])
    calls = []
    sys.setprofile(lambda frame, event, argument: calls.append(1) if event == "call" else None)

    verdict = check(case, index)

    sys.setprofile(None)
    assert verdict.verdict in ("valid", "hallucinated", "unknown")
    assert len(calls) < 1_000_000
