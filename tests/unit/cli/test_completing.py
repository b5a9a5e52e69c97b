"""Where a file is cut for a completion: at a line and a column, and nothing in it is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from solulu.cli.serving import read_text, split
from solulu.core.errors import InvalidArgument

TEXT = "one\r\ntwo\n\nfour"
PIECES = ["a", "bc ", "\n", "\r\n", "\u00e9", "\U0001f600", "\t", "\x0c", "\u2028"]


@given(st.lists(st.sampled_from(PIECES), max_size=20), st.data())
def test_prefix_and_suffix_are_the_file(parts, data):
    text = "".join(parts)
    line = data.draw(st.integers(1, text.count("\n") + 1))

    prefix, suffix = split(text, line, None, "a.py")

    assert prefix + suffix == text
    assert prefix.count("\n") == line - 1
    assert suffix[:1] in ("", "\n") or suffix[:2] == "\r\n"


@pytest.mark.parametrize(
    ("line", "column", "prefix"),
    [
        (1, None, "one"),
        (1, 1, ""),
        (2, 2, "one\r\nt"),
        (2, 4, "one\r\ntwo"),
        (3, None, "one\r\ntwo\n"),
        (4, None, TEXT),
    ],
)
def test_lines_and_columns_count_from_one(line, column, prefix):
    assert split(TEXT, line, column, "a.py") == (prefix, TEXT[len(prefix) :])


def test_the_empty_line_after_the_last_break_is_a_place():
    assert split("one\n", 2, None, "a.py") == ("one\n", "")
    assert split("", 1, None, "a.py") == ("", "")


@pytest.mark.parametrize(("line", "column", "words"), [(5, None, "has 4 lines"), (1, 5, "ends at column 4")])
def test_a_place_outside_the_file_is_refused_with_its_bounds(line, column, words):
    with pytest.raises(InvalidArgument, match=words):
        split(TEXT, line, column, "a.py")


def test_a_file_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "a.py").write_bytes(b"\xff\xfe")

    with pytest.raises(InvalidArgument, match="not UTF-8"):
        read_text(tmp_path / "a.py")
    with pytest.raises(InvalidArgument, match="cannot read"):
        read_text(tmp_path / "none.py")
