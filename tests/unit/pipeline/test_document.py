"""YAML that remembers its lines, and refuses what would not end, fit or be said once."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from solulu.core.errors import FieldViolation, InvalidArgument
from solulu.pipeline import document


def told(text: str) -> str:
    with pytest.raises(InvalidArgument) as caught:
        document.parse(text, "p.yaml")
    return str(caught.value)


def test_every_value_has_its_line():
    read = document.parse("steps:\n  scrape:\n    spec:\n      sources:\n        - dist:rich\n        - 7\n", "p.yaml")

    assert read.place("steps.scrape.spec.sources[1]") == "p.yaml:6"
    assert read.place("steps.scrape.spec.sources[1].nothing") == "p.yaml:6"
    assert read.place("steps.scrape.spec.seed") == "p.yaml:3"
    assert read.place("") == "p.yaml:1"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [1", "p.yaml:1: .*not YAML"),
        ("a: 1\n  b: 2", "p.yaml:2: .*not YAML"),
        ("", "is empty"),
        ("# nothing\n", "is empty"),
        ("a: 1\nb: 2\na: 3\n", "p.yaml:3: 'a' is there twice"),
        ("a:\n  ? [1]\n  : 2\n", "p.yaml:2: a key must be text"),
        ("a: 1\n---\nb: 2\n", "p.yaml:2: .*another document"),
        ("a: !!python/object/apply:os.system [ls]\nb: !!python/name:os.system\n", "not YAML"),
        ("a: &a [*a]\n", "too deep or too large"),
        ("[" * 3000, "nested too deeply"),
        ("a: \x00\n", "not YAML"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text, words):
    assert re.search(words, told(text), re.S)


def test_a_few_lines_that_would_fill_the_memory_are_refused():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]

    assert "too large" in told("\n".join(lines))


def test_anchors_and_merges_work_as_in_yaml():
    read = document.parse("a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}\n", "p.yaml")

    assert read.data["d"] == {"b": 1, "c": 3}


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    (tmp_path / "p.yaml").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(InvalidArgument, match="cannot read"):
        document.read(tmp_path / "none.yaml")
    with pytest.raises(InvalidArgument, match="not UTF-8"):
        document.read(tmp_path / "p.yaml")


def test_values_are_overridden_by_path_and_errors_name_the_override():
    read = document.parse("steps:\n  train:\n    spec: {seed: 1}\n  curate:\n", "p.yaml")

    read.set("train.spec.num_epochs=2")
    read.set("curate.spec.types=[import, method]")

    assert read.data["steps"]["train"]["spec"] == {"seed": 1, "num_epochs": 2}
    assert read.data["steps"]["curate"] == {"spec": {"types": ["import", "method"]}}
    with pytest.raises(InvalidArgument, match=r"--set train.*=2: steps\.train\.spec\.num_epochs: is bad"):
        read.refuse([FieldViolation("steps.train.spec.num_epochs", "is bad")])


@pytest.mark.parametrize(
    ("assignment", "words"),
    [
        ("train.spec.seed", "give STEP.spec.FIELD=VALUE"),
        ("seed=1", "give STEP.spec.FIELD=VALUE"),
        ("trian.spec.seed=1", "no step 'trian'; did you mean 'train'"),
        ("train.spec.seed.deep=1", "seed is no mapping"),
        ("train.spec.seed=[1", "not YAML"),
    ],
)
def test_an_override_that_fits_nowhere_is_refused(assignment, words):
    read = document.parse("steps:\n  train:\n    spec: {seed: 1}\n", "p.yaml")

    with pytest.raises(InvalidArgument, match=words):
        read.set(assignment)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_with_words(text):
    outcome = "read"
    try:
        document.parse(text, "p.yaml")
    except InvalidArgument as error:
        outcome = str(error)

    assert outcome.startswith("p.yaml") or outcome == "read"
