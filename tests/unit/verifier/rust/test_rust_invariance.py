"""Rust: what must not change a verdict, and what no input may do."""

import random
import re

from hypothesis import given, settings
from hypothesis import strategies as st
from solulu.languages.rust import RUST
from solulu.languages.spans import find_spans
from solulu.verifier.case import Case
from solulu.verifier.check import check
from solulu.verifier.index import build
from support.verdicts import brief
from unit.verifier.rust.library import FILES, HEAD, INDEX, judge

STATEMENTS = [
    "let found = book.reader(); <<found.unwrap().card>>;",
    "let found = book.reader(); <<found.unwrap().badge>>;",
    "let found = books.iter().map(|one| one.title.len()); <<found.total_up()>>;",
    "if let Some(found) = book.reader() { <<found.visits()>>; }",
    "for found in &books { <<found.title.trim_both()>>; }",
    "let found = chrono::now(); <<found.anything()>>;",
    "let (found, other) = (book, reader); <<other.name>>;",
]
LIBRARY_CODE = [data.decode() for path, data in sorted(FILES.items()) if path.endswith(".rs") and data]


@given(st.sampled_from(STATEMENTS), st.from_regex(r"renamed_[a-z0-9]{1,8}", fullmatch=True))
@settings(max_examples=40, deadline=None)
def test_renaming_a_local_consistently_changes_no_verdict(statement, name):
    assert brief(judge(re.sub(r"\bfound\b", name, statement))) == brief(judge(statement))


@given(st.sampled_from(STATEMENTS), st.sampled_from(["\n", "\n\n    ", " /* remark */ ", "\t", " // remark\n"]))
@settings(max_examples=40, deadline=None)
def test_white_space_and_comments_change_no_verdict(statement, filler):
    assert brief(judge(statement.replace("; ", ";" + filler).replace(" = ", filler + "=" + filler))) == brief(
        judge(statement)
    )


@given(st.sampled_from(STATEMENTS), st.sampled_from(LIBRARY_CODE), st.integers(0, 9))
@settings(max_examples=30, deadline=None)
def test_an_unrelated_file_never_turns_unknown_into_hallucinated(statement, code, number):
    index = build("lending", {**FILES, f"elsewhere/unrelated{number}.rs": code.encode()}.items())

    before, after = judge(statement), judge(statement, index=index)

    assert after == before or after.verdict == "unknown"


def test_what_the_library_itself_says_is_not_refuted():
    verdicts = []
    for path, data in sorted(FILES.items()):
        if path.endswith(".rs"):
            for span in find_spans(RUST, data):
                parts = (data[: span.start], data[span.start : span.end], data[span.end :])
                verdicts.append(check(Case(path, *(part.decode() for part in parts)), INDEX).verdict)

    assert len(verdicts) > 100
    assert "hallucinated" not in verdicts
    assert verdicts.count("valid") > 50


@given(st.integers(0, 2**32), st.sampled_from(LIBRARY_CODE))
@settings(max_examples=60, deadline=None)
def test_damaged_code_neither_crashes_the_index_nor_a_verdict(seed, code):
    chance = random.Random(seed)
    data = bytearray(code.encode())
    for _ in range(chance.randrange(1, 6)):
        start = chance.randrange(max(1, len(data)))
        end = min(len(data), start + chance.randrange(1, 60))
        match chance.randrange(3):
            case 0:
                del data[start:end]
            case 1:
                data[start:start] = data[start:end]
            case _:
                data[start:end] = bytes([chance.randrange(256)])
    index = build("lending", {**FILES, "src/books.rs": bytes(data)}.items())
    text = bytes(data).decode("utf-8", "replace")
    start = chance.randrange(len(text) + 1)
    end = min(len(text), start + chance.randrange(80))

    found = check(Case("src/books.rs", text[:start], text[start:end], text[end:]), index)

    assert found.verdict in ("valid", "hallucinated", "unknown")
    assert judge("<<book.reader()>>;", HEAD, index).verdict in ("valid", "hallucinated", "unknown")


def test_deep_and_long_code_is_answered():
    for before, completion, after in [
        ("let x = ", "book" + ".reader()" * 5_000, ";"),
        ("let x = ", "f(" * 5_000 + ")" * 5_000, ";"),
        ("let x = [", "book, " * 20_000, "];"),
        ("let x: ", "Vec<" * 3_000 + "u8" + ">" * 3_000, " = y;"),
        ("", "{" * 3_000 + "book.title" + "}" * 3_000, ""),
        ("let x = book; " * 2_000, "x.title", ";"),
        ("", "\ud800", ""),
    ]:
        found = check(Case("src/desk.rs", HEAD + before, completion, after + "\n}\n"), INDEX)
        assert found.verdict in ("valid", "hallucinated", "unknown")
