"""An artifact's address depends on what made it, and on nothing else."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from solulu.core.digests import artifact_key, canonical_json, row_id, sha256, tree_digest

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.dictionaries(TEXT, TEXT | st.integers() | st.lists(TEXT), max_size=6), st.randoms())
def test_the_order_of_keys_changes_nothing(value: dict[str, Any], random: Any) -> None:
    items = list(value.items())
    random.shuffle(items)

    assert canonical_json(dict(items)) == canonical_json(value)


@given(VALUES)
def test_canonical_json_reads_back_as_what_was_written(value: Any) -> None:
    try:
        data = canonical_json(value)
    except UnicodeEncodeError:
        return  # a lone surrogate is no text
    assert json.loads(data) == value


def test_canonical_json_is_compact_sorted_utf8() -> None:
    assert canonical_json({"b": [1, 2.5, None], "a": "\u00e4"}) == '{"a":"\u00e4","b":[1,2.5,null]}'.encode()


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_json_does_not_have_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json({"x": number})


def test_a_key_changes_with_everything_that_makes_the_artifact() -> None:
    keys = {
        artifact_key("judge", 1, {"seed": 1}, {"candidates": "abc"}),
        artifact_key("train", 1, {"seed": 1}, {"candidates": "abc"}),
        artifact_key("judge", 2, {"seed": 1}, {"candidates": "abc"}),
        artifact_key("judge", 1, {"seed": 2}, {"candidates": "abc"}),
        artifact_key("judge", 1, {"seed": 1}, {"candidates": "abd"}),
        artifact_key("judge", 1, {"seed": 1}, {"contexts": "abc"}),
    }
    assert len(keys) == 6
    assert all(len(key) == 64 and int(key, 16) >= 0 for key in keys)


def test_a_key_is_the_same_in_every_process() -> None:
    spec = "dict.fromkeys({'b', 'a', 'c'}, 1)"
    code = f"from solulu.core.digests import *; print(artifact_key('judge', 1, {spec}, {{'c': 'd'}}))"
    keys = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert keys == {artifact_key("judge", 1, {"a": 1, "b": 1, "c": 1}, {"c": "d"})}


@given(st.lists(st.tuples(TEXT, TEXT), max_size=6), st.randoms())
def test_a_trees_digest_does_not_depend_on_the_order_of_its_files(files: list[tuple[str, str]], random: Any) -> None:
    shuffled = files[:]
    random.shuffle(shuffled)

    assert tree_digest(shuffled) == tree_digest(files)


def test_a_trees_digest_depends_on_every_path_and_digest() -> None:
    digests = {tree_digest(files) for files in ([], [("a", "1")], [("b", "1")], [("a", "2")], [("a", "1"), ("b", "1")])}
    assert len(digests) == 5


@given(st.lists(TEXT, min_size=1, max_size=5), st.lists(TEXT, min_size=1, max_size=5))
def test_row_ids_are_the_same_for_the_same_parts_alone(one: list[str], other: list[str]) -> None:
    assert (row_id(*one) == row_id(*other)) == (one == other)
    assert len(row_id(*one)) == 32


def test_a_digest_is_sha256_in_hex() -> None:
    assert sha256(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
