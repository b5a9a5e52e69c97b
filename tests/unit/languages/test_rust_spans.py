"""The holes that are cut out of Rust."""

from solulu.languages import LANGUAGES, for_path
from solulu.languages.spans import KINDS, find_spans

RUST = LANGUAGES["rust"]
FILE = b"""use std::collections::{HashMap, HashSet as Set};

fn count(words: &[String], limit: usize) -> HashMap<String, Point> {
    let mut found = HashMap::with_capacity(limit);
    // a remark about nothing
    for word in words.iter().take(limit) {
        found.insert(word.clone(), Point { x: 1, y: word.len() });
    }
    println!("{}", found.len());
    found
}
"""


def texts(kind: str) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    return {
        FILE[span.start : span.end].decode(): (span.symbols, span.eligible_types)
        for span in find_spans(RUST, FILE)
        if span.kind == kind
    }


def test_rust_gives_every_kind_of_hole():
    assert for_path("src/lib.rs") is RUST
    assert {span.kind for span in find_spans(RUST, FILE)} == set(KINDS)
    assert "words.iter().take(limit)" in texts("call")
    assert 'println!("{}", found.len())' in texts("call")
    assert {"take", "with_capacity", "clone"} <= set(texts("member"))
    assert "HashSet as Set" in texts("import")
    assert "let mut found = HashMap::with_capacity(limit);" in texts("statement")


def test_symbols_are_the_names_referred_to_and_not_those_defined():
    assert texts("import")["HashSet as Set"] == (("HashSet",), ("import",))
    assert texts("statement")["let mut found = HashMap::with_capacity(limit);"][0] == (
        "HashMap",
        "with_capacity",
        "limit",
    )


def test_the_fields_of_a_struct_expression_are_keywords_and_called_members_methods():
    symbols, types = texts("call")["found.insert(word.clone(), Point { x: 1, y: word.len() })"]

    assert symbols == ("found", "insert", "word", "clone", "Point", "x", "y", "len")
    assert types == ("method", "parameter", "undefinedvariable")
    assert texts("member")["take"][1] == ("method",)
