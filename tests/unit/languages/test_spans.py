"""The holes that are cut out of real code."""

import sysconfig
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from solulu.languages import LANGUAGES, for_path
from solulu.languages.spans import KINDS, MAX_BYTES, TYPES, Span, find_spans

PYTHON, GO, JAVA = LANGUAGES["python"], LANGUAGES["go"], LANGUAGES["java"]

PYTHON_FILE = b'''"""Says hello."""
import os.path
from json import dumps as render, loads


def greet(name, loud=False):
    # a remark about nothing
    text = render({"name": name}, sort_keys=loud)
    return os.path.join(text, name.upper())
'''

GO_FILE = b"""package main

import "fmt"

func (g *Greeter) Greet(name string) string {
	text := fmt.Sprintf("%s", name)
	return g.render(text, g.Suffix)
}
"""

JAVA_FILE = b"""package a.b;

import java.util.List;

class Greeter {
    String greet(List<String> names) {
        String text = names.get(0).trim();
        return render(text, this.suffix);
    }
}
"""

CPP_FILE = b"""#include <string>
#include "greeter.h"

#define API __attribute__((visibility("default")))
GREETER_BEGIN_NAMESPACE

class GREETER_API Greeter : public Base {
 public:
  std::string greet(const std::string& name) const {
    auto text = format("%s", name.c_str());
    return render(text, this->suffix_);
  }
};

GREETER_END_NAMESPACE
"""


def texts(data: bytes, spans: list[Span], kind: str) -> list[str]:
    return [data[span.start : span.end].decode() for span in spans if span.kind == kind]


def span_of(data: bytes, spans: list[Span], kind: str, text: str) -> Span:
    return next(span for span in spans if span.kind == kind and data[span.start : span.end].decode() == text)


def test_python_gives_every_kind_of_hole():
    spans = find_spans(PYTHON, PYTHON_FILE)

    assert {span.kind for span in spans} == set(KINDS)
    assert 'render({"name": name}, sort_keys=loud)' in texts(PYTHON_FILE, spans, "call")
    assert "return os.path.join(text, name.upper())" in texts(PYTHON_FILE, spans, "statement")
    assert "import os.path" in texts(PYTHON_FILE, spans, "import")
    assert "upper" in texts(PYTHON_FILE, spans, "member")


@pytest.mark.parametrize(
    ("language", "data", "call", "member", "imported", "statement"),
    [
        (GO, GO_FILE, "g.render(text, g.Suffix)", "Sprintf", '"fmt"', "return g.render(text, g.Suffix)"),
        (JAVA, JAVA_FILE, "names.get(0)", "trim", "import java.util.List;", "return render(text, this.suffix);"),
        (LANGUAGES["cpp"], CPP_FILE, "name.c_str()", "c_str", '#include "greeter.h"',
         "return render(text, this->suffix_);"),
    ],
)  # fmt: skip
def test_go_java_and_cpp_give_every_kind_of_hole(language, data, call, member, imported, statement):
    spans = find_spans(language, data)

    assert {span.kind for span in spans} == set(KINDS)
    assert call in texts(data, spans, "call")
    assert member in texts(data, spans, "member")
    assert imported in [text.strip() for text in texts(data, spans, "import")]
    assert statement in texts(data, spans, "statement")
    assert not any("{" in text[:1] for text in texts(data, spans, "block"))


def test_symbols_are_the_names_referred_to_in_order_and_not_those_defined():
    spans = find_spans(PYTHON, PYTHON_FILE)

    call = span_of(PYTHON_FILE, spans, "call", 'render({"name": name}, sort_keys=loud)')
    assert call.symbols == ("render", "name", "sort_keys", "loud")
    statement = span_of(PYTHON_FILE, spans, "statement", 'text = render({"name": name}, sort_keys=loud)')
    assert "text" not in statement.symbols


def test_eligible_types_follow_from_what_is_in_the_hole():
    spans = find_spans(PYTHON, PYTHON_FILE)

    assert span_of(PYTHON_FILE, spans, "import", "import os.path").eligible_types == ("import",)
    assert span_of(PYTHON_FILE, spans, "member", "upper").eligible_types == ("method",)
    assert span_of(PYTHON_FILE, spans, "member", "path").eligible_types == ("undefinedvariable",)
    bare = b"shout = name.upper()\n"
    assert span_of(bare, find_spans(PYTHON, bare), "call", "name.upper()").eligible_types == (
        "method",
        "undefinedvariable",
    )
    keyword = span_of(PYTHON_FILE, spans, "call", 'render({"name": name}, sort_keys=loud)')
    assert "parameter" in keyword.eligible_types


def test_the_keys_of_a_go_struct_are_keyword_arguments_and_those_of_a_map_are_not():
    data = b"package p\n\nvar a, b = wrap(Point{X: one}), wrap(map[string]int{key: two})\n"
    spans = find_spans(GO, data)

    assert "parameter" in span_of(data, spans, "call", "wrap(Point{X: one})").eligible_types
    mapped = span_of(data, spans, "call", "wrap(map[string]int{key: two})")
    assert mapped.symbols == ("wrap", "string", "int", "key", "two")


def test_a_token_is_cut_inside_a_name_that_its_symbols_hold_as_a_whole():
    spans = find_spans(PYTHON, PYTHON_FILE)
    tokens = [span for span in spans if span.kind == "token"]

    assert tokens
    for token in tokens:
        before = PYTHON_FILE[: token.start].decode()
        assert before[-1].isidentifier()
        assert chr(PYTHON_FILE[token.start]).isidentifier() or chr(PYTHON_FILE[token.start]).isdigit()
        assert b"\n" not in PYTHON_FILE[token.start : token.end]
        head = before.split()[-1].split(".")[-1].split("(")[-1]
        assert token.symbols[0].startswith(head)


def test_comments_and_text_without_a_reference_become_no_hole():
    spans = find_spans(PYTHON, b'"""Only words."""\nx = 1  # remark about names\n"text"\n')

    assert spans == []


def test_what_is_near_a_syntax_error_is_left_out():
    good = b"first = compute(alpha)\n"
    broken = b"second = compute((beta ]\n"

    spans = find_spans(PYTHON, good + broken)

    assert {span.symbols for span in spans if span.end <= len(good)}
    assert not [span for span in spans if b"beta" in (good + broken)[span.start : span.end]]


def test_a_limit_draws_evenly_over_the_kinds_and_always_the_same():
    data = PYTHON_FILE * 20

    drawn = find_spans(PYTHON, data, limit=70, seed=3)

    assert drawn == find_spans(PYTHON, data, limit=70, seed=3)
    assert drawn != find_spans(PYTHON, data, limit=70, seed=4)
    assert len(drawn) <= 70
    assert {span.kind for span in drawn} == set(KINDS)
    assert set(drawn) <= set(find_spans(PYTHON, data))


def test_macros_that_the_grammar_cannot_place_cost_no_hole():
    cpp = LANGUAGES["cpp"]

    assert not cpp.parse(CPP_FILE).root_node.has_error
    masked = cpp.masks(CPP_FILE)
    assert len(masked) == len(CPP_FILE)
    assert b"GREETER_" not in masked
    assert masked.count(b"\n") == CPP_FILE.count(b"\n")


def test_a_header_is_cpp_where_it_says_what_c_does_not_know():
    is_cpp = LANGUAGES["cpp"].is_of

    assert is_cpp("a.h", b"#pragma once\nnamespace a { int f(); }\n")
    assert is_cpp("a.h", b"#include <string>\nint f();\n")
    assert is_cpp("a.cc", b"int f();\n")
    assert not is_cpp("a.h", b'#ifdef __cplusplus\nextern "C" {\n#endif\nint f(void);\n// a class of its own\n')


def test_only_the_kinds_asked_for_are_found():
    assert {span.kind for span in find_spans(PYTHON, PYTHON_FILE, kinds=("call", "import"))} == {"call", "import"}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        b"\xff\xfe\x00 broken \xc3",
        b"import os\r\nvalue = os.getcwd()\r\n",
        b"f(" * 10_000 + b")" * 10_000,
        b"[" * 10_000,
        b"value" + b".attribute" * 10_000,
        b"names = [" + b"element, " * 30_000 + b"]",
    ],
    ids=["empty", "blank", "invalid", "crlf", "deep calls", "unclosed", "deep members", "huge line"],
)
@pytest.mark.parametrize("language", [PYTHON, GO, JAVA], ids=lambda language: language.name)
def test_hostile_files_give_spans_inside_the_file(language, data):
    for span in find_spans(language, data):
        assert 0 <= span.start < span.end <= len(data)
        assert span.end - span.start <= MAX_BYTES


@given(st.text(max_size=300), st.sampled_from(sorted(LANGUAGES)))
@settings(max_examples=60, deadline=None)
def test_any_text_gives_sorted_distinct_spans_of_whole_characters(text, name):
    data = text.encode("utf-8", "surrogatepass")

    spans = find_spans(LANGUAGES[name], data)

    places = [(span.start, span.end, span.kind) for span in spans]
    assert places == sorted(set(places))
    for span in spans:
        data[span.start : span.end].decode("utf-8", "surrogatepass")
        assert span.symbols
        assert set(span.eligible_types) <= set(TYPES)


def test_holes_of_the_standard_library_keep_their_promises():
    folder = Path(sysconfig.get_path("stdlib"))
    for name in ("json/decoder.py", "argparse.py", "dataclasses.py"):
        data = (folder / name).read_bytes()
        spans = find_spans(PYTHON, data)
        assert len(spans) > 100
        for span in spans:
            assert data[span.start : span.end] == data[span.start : span.end].strip()
            for symbol in span.symbols[1:-1]:
                assert symbol.encode() in data[span.start : span.end]


def test_a_file_is_told_by_its_name():
    assert for_path("a/b.py") is PYTHON
    assert for_path("a/b.go") is GO
    assert for_path("a/B.java") is JAVA
    assert all(for_path(f"a/b{suffix}") is LANGUAGES["cpp"] for suffix in (".cpp", ".cc", ".hpp", ".h", ".inl"))
    assert for_path("a/b.txt") is None
    assert for_path("a.py/README") is None


@pytest.mark.parametrize(
    ("language", "head"),
    [
        (GO, b"// Code generated by protoc-gen-go. DO NOT EDIT.\npackage a\n"),
        (PYTHON, b"# Generated by the protocol buffer compiler.  DO NOT EDIT!\n"),
        (PYTHON, b"# @generated by a tool\n"),
        (PYTHON, b"# This file was automatically generated\n"),
        (JAVA, b"// This code is auto-generated\nclass A {}\n"),
        (PYTHON, b"DATA = '" + b"x" * 30_000 + b"'\n"),
    ],
)
def test_generated_files_are_told_by_their_head_or_their_lines(language, head):
    assert language.is_generated(head)


@pytest.mark.parametrize("data", [PYTHON_FILE, b"", b"def generate():\n    return generated_code\n"])
def test_files_that_people_write_are_not_generated(data):
    assert not PYTHON.is_generated(data)
