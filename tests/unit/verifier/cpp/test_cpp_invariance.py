"""C++: what must never change a verdict, and what must never break one."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st
from solulu.verifier.case import Case
from solulu.verifier.check import check
from solulu.verifier.index import build, merge
from unit.verifier.cpp.harbour import FILES, HARBOUR, HEAD, SHIP, TAIL, verdict

COMPLETIONS = st.sampled_from(
    [
        "ship.load(Cargo::Coal, 1)",
        "ship.unload(1)",
        "tug->tug()",
        "tug->haul()",
        "counts.find(ship.name())",
        "counts.locate(1)",
        "tons_of(ship)",
        "tons_for(ship)",
        "crews[0].size",
        "crews[0].sizes",
        "std::sorted(crews)",
    ]
)
NAMES = st.sampled_from(["alpha", "beta_2", "gamma_", "Delta", "size_of_it"])


def answer(found):
    return found.verdict, found.basis, found.type, found.symbol


@given(COMPLETIONS, NAMES, NAMES, NAMES)
@settings(max_examples=60, deadline=None)
def test_renaming_locals_consistently_never_changes_a_verdict(completion, ship, tug, crews):
    names = {"ship": ship, "tug": tug + "1", "crews": crews + "2", "counts": "tally3"}
    local = re.compile(r"(?<![\w/.>])(ship|tug|crews|counts)(?![\w(.]*h\")")

    def renamed(text):
        return local.sub(lambda match: names[match[0]], text)

    head = HEAD.replace('"harbour/ship.h"', '"harbour/SHIP"')
    after = verdict(renamed(completion), renamed(head).replace('"harbour/SHIP"', '"harbour/ship.h"'))

    assert answer(after) == answer(verdict(completion))


@given(COMPLETIONS, st.integers(0, 3), st.sampled_from(["", "// a remark\n", "/* more\n of it */\n"]), st.booleans())
@settings(max_examples=60, deadline=None)
def test_formatting_never_changes_a_verdict(completion, blank, comment, indented):
    head = HEAD.replace("\n", "\n" * (blank + 1)).rstrip() + "\n" + comment + ("\t\t" if indented else "")

    assert answer(verdict(completion, head)) == answer(verdict(completion))


@given(COMPLETIONS, st.sampled_from([b"int whatever();\n", b"#pragma once\nstruct Other { int x; };\n", b"(((", b""]))
@settings(max_examples=40, deadline=None)
def test_an_unrelated_file_never_turns_unknown_into_a_refutation(completion, data):
    head = HEAD.replace("<map>", "<map>\n#include <zlib.h>")
    larger = build("harbour", [*FILES, ("other/thing.cc", data)])

    before, after = verdict(completion, head), verdict(completion, head, index=larger)

    assert after.verdict == before.verdict or before.verdict != "unknown"
    beside = verdict(completion, head, index=merge([HARBOUR, build("else", [("a.cc", data)])]))
    assert beside.verdict in (before.verdict, "unknown")


@given(st.data())
@settings(max_examples=120, deadline=None)
def test_mutated_files_give_a_verdict_whatever_they_are(data):
    text = (HEAD + "ship.load(Cargo::Coal, 1)" + TAIL + SHIP.decode()) * data.draw(st.integers(1, 2))
    for _ in range(data.draw(st.integers(0, 4))):
        start = data.draw(st.integers(0, len(text) - 1))
        end = data.draw(st.integers(start, min(len(text), start + 60)))
        middle = data.draw(
            st.sampled_from(["", "{", "}", "<", "\x00", '"', "#if 1\n", "::", "/*", text[start:end] * 3])
        )
        text = text[:start] + middle + text[end:] or "x"
    cut = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(cut, min(len(text), cut + 40)))
    index = build("harbour", [*FILES, ("src/mutated.cc", text.encode())])

    found = check(Case("src/pier.cc", text[:cut], text[cut:stop], text[stop:]), index)

    assert found.verdict in ("valid", "hallucinated", "unknown")


def test_deep_nesting_and_long_chains_are_answered():
    deep = "(" * 3_000 + "ship" + ")" * 3_000
    chain = "ship" + ".tug()->tug()" * 2_000

    assert verdict(deep + ".crunch()").verdict in ("hallucinated", "unknown")
    assert verdict(chain).verdict in ("valid", "unknown")
    assert verdict("1", "namespace a { " * 3_000 + "int x = ", ";").verdict in ("valid", "unknown")
