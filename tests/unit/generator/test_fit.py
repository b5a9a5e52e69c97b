"""Cutting a completion model's answer to the hole's shape."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from solulu.generator.fit import fit


@pytest.mark.parametrize(
    ("golden", "written", "expected"),
    [
        ("name", "title.strip(), other)", "title"),
        ("json.load(f)", "json.read(f)\n\ndef next_one():\n    pass", "json.read(f)"),
        ("load(path)", "read(path).strip()[0] + 1", "read(path).strip()[0]"),
        ("get(key)", "fetch(key, (1, 2)), more)", "fetch(key, (1, 2))"),
        ("value", "", ""),
        ("a, b", "c, d, e)", "c, d"),
        ("x + 1", "y + 2)\n", "y + 2"),
        ("limit=5", 'limit="a,b)", other=3)', 'limit="a,b)"'),
        ("import json", "import yaml\nimport os", "import yaml"),
        ("\n    a()\n    b()\n", "c()\n    d()\n    e()\n", "\n    c()\n    d()\n"),
    ],
)
def test_what_lies_beyond_the_goldens_shape_is_cut_off(golden: str, written: str, expected: str) -> None:
    assert fit(written, golden) == expected


@given(st.text(alphabet="ab.,()[]{}'\"\n =", min_size=1, max_size=60))
def test_a_completion_never_gets_longer_nor_has_more_lines_than_the_golden(written: str) -> None:
    golden = "call(a, b)"
    fitted = fit(written, golden)
    assert written.strip().startswith(fitted.strip())
    assert "\n" not in fitted
