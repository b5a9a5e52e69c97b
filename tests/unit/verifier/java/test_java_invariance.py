"""What must never change a verdict in Java: the names of locals, the formatting, files that have nothing to do with it;
and what must never happen: a crash, or a search without end."""

import random
import re

from hypothesis import given, settings
from hypothesis import strategies as st
from solulu.verifier.case import Case
from solulu.verifier.check import check
from solulu.verifier.index import build
from support.verdicts import mutated, told, verdicts_within
from unit.verifier.java.bookshop import FILES, HEAD, INDEX, PATH, TAIL, judge

COMPLETIONS = [
    "first.title().trim();",
    "first.caption();",
    "item.genre.isLong();",
    "item.style = null;",
    "rest.get(0).authors();",
    "rest.get(0).writers();",
    "missing(first);",
    "twice(first.title().length());",
    "new Book(first.title(), 1, 2);",
    "rest.forEach(item2 -> item2.stars());",
    "Tools.checked(first).stars();",
    "for (Book each : rest) { each.caption(); }",
    "Genre.DRAMA.isLong();",
    "if (first.self() instanceof Book found) { found.caption(); }",
]
LOCALS = "Book first = book; Book item = book; List<Book> rest = many; "
NAMES = st.sampled_from(["alpha", "beta_2", "_gamma", "delta", "Epsilon", "own", "$x"])
NOISE = st.sampled_from(["\n", " ", "\t\t", " /* remark */ ", "\n    // a remark about caption()\n", "\r\n"])


@given(st.sampled_from(COMPLETIONS), NAMES, NAMES, NAMES)
@settings(max_examples=30, deadline=None)
def test_renaming_locals_consistently_never_changes_a_verdict(completion, first, item, rest):
    names = dict(zip(("first", "item", "rest"), (first, item + "1", rest + "2"), strict=True))

    def renamed(text: str) -> str:
        return re.sub(r"\b(first|item|rest)\b", lambda found: names[found[0]], text)

    before = check(Case(PATH, HEAD + LOCALS, completion, TAIL), INDEX)
    after = check(Case(PATH, HEAD + renamed(LOCALS), renamed(completion), TAIL), INDEX)

    assert told(after) == told(before)


@given(st.sampled_from(COMPLETIONS), st.lists(NOISE, min_size=4, max_size=4))
@settings(max_examples=30, deadline=None)
def test_formatting_never_changes_a_verdict(completion, noise):
    def formatted(text: str) -> str:
        return re.sub(r"(?<=[{};,])\s*(?=\S)", lambda found: found[0] + noise[found.start() % 4], text)

    before = check(Case(PATH, HEAD + LOCALS, completion, TAIL), INDEX)
    after = check(Case(PATH, formatted(HEAD + LOCALS), formatted(completion), formatted(TAIL)), INDEX)

    assert told(after) == told(before)


@given(
    st.sampled_from(COMPLETIONS),
    st.sampled_from(
        [
            b"package elsewhere; class Other { void stars2() { } }",
            b"package shop.books; class Unrelated { int size; }",
            b"package elsewhere; import com.acme.*; class Book { }",
            b"class Book { }",
            b"package elsewhere; class Torn { void f( {",
            b"",
        ]
    ),
)
@settings(max_examples=30, deadline=None)
def test_an_unrelated_file_never_turns_unknown_into_a_refutation(completion, text):
    case = Case(PATH, HEAD + LOCALS, completion, TAIL)
    more = build("shop", [*FILES.items(), ("other/src/Other.java", text)])

    before, after = check(case, INDEX), check(case, more)

    if before.verdict != "hallucinated":
        assert after.verdict == before.verdict


REAL = [(path, data) for path, data in FILES.items() if path.endswith(".java")]
REAL.append((PATH, (HEAD + LOCALS + " ".join(COMPLETIONS) + TAIL).encode()))

ODD = [b"{", b"}", b"(", b"<", b"@", b"class A extends A {"]


@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_mutated_code_neither_crashes_nor_takes_long(seed):
    chance = random.Random(seed)
    path, data = chance.choice(REAL)
    data = mutated(data, chance, ODD)
    files = [*FILES.items(), (path, data)]
    index = build("shop", dict(files).items())

    found = verdicts_within("java", path, data, index, "book.title()", seed)

    assert found <= {"valid", "hallucinated", "unknown"}


def test_what_is_written_to_take_long_is_given_up():
    circle = b"package p; class A<T extends A<T>> extends B<T> { T t; } class B<T> extends A<B<T>> { }"
    tower = b"package p; class C { Object o = " + b"(" * 3_000 + b"o" + b")" * 3_000 + b"; }"
    chain = ("a.b()" + ".c(x -> x.y(z -> z.w()))" * 400).encode()
    wide = b"package p; class D { void f() { " + b"int v = 1; { } " * 4_000 + chain + b"; } }"
    many = b"".join(b"interface I%d extends I%d, I%d { } " % (n, n + 1, n + 2) for n in range(400))
    files = [("A.java", circle), ("C.java", tower), ("D.java", wide), ("I.java", b"package p; " + many)]
    index = build("p", files)

    for text in (
        "package p; class X { void f(A a) { <<a.t.t.t.t.t.nothing()>>; } }",
        "package p; class X implements I0 { void f() { <<nothing()>>; } }",
        "package p; class X { Object f() { return <<" + "(" * 2_000 + "nothing" + ")" * 2_000 + ">>; } }",
        wide.decode().replace(chain.decode(), f"<<{chain.decode()}>>"),
    ):
        assert judge(text, "X.java", index).verdict in ("unknown", "hallucinated")
