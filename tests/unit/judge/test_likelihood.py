"""Where golden and negative are compared, and what the comparison says."""

from __future__ import annotations

import pytest
from solulu.judge.likelihood import Contest, contest, preference


@pytest.mark.parametrize(
    ("golden", "negative", "expected"),
    [
        ("fetch_rows(limit=5)", "fetch_lines(limit=5)", Contest("", "fetch_rows", "fetch_lines")),
        ("store.get_name(key)", "store.let_name(key)", Contest("", "store.get_name", "store.let_name")),
        ("import json as j\n", "import yaml as j\n", Contest("", "import json", "import yaml")),
        ("same", "same", Contest("", "same", "same")),
    ],
)
def test_the_common_end_is_left_out_but_never_half_a_word(golden: str, negative: str, expected: Contest) -> None:
    assert contest(golden, negative) == expected


def test_a_long_common_beginning_is_put_behind_the_prompt() -> None:
    head = "result = first_thing(a, b)\nother = second_thing(c, d)\nreturn "
    assert contest(head + "load(a)\n", head + "read(a)\n") == Contest(head, "load", "read")


def test_where_something_was_only_added_the_common_end_stays_so_that_both_sides_have_tokens_of_their_own() -> None:
    assert contest("find(p)", "find(p, deep=True)") == Contest("", "find(p)", "find(p, deep=True)")
    assert contest("import json\n", "import jsonlib\n") == Contest("", "import json\n", "import jsonlib\n")


def test_the_likelier_side_is_preferred_whatever_its_length() -> None:
    golden, longer_but_likelier = [-0.5, -3.0], [-0.5, -1.0, -1.0, -1.0, -1.0]
    assert preference(golden, longer_but_likelier) > 0.8
    assert preference(longer_but_likelier, golden) == pytest.approx(1 - preference(golden, longer_but_likelier))


def test_tokens_that_both_share_do_not_dilute_the_comparison() -> None:
    short = preference([-2.0], [-1.0])
    assert preference([-4.0, -4.0, -4.0, -2.0], [-4.0, -4.0, -4.0, -1.0]) == pytest.approx(short)


def test_sides_without_a_token_of_their_own_give_no_answer() -> None:
    assert preference([-1.0, -2.0], [-1.0, -2.0, -3.0]) is None


def test_hopeless_likelihoods_give_a_probability_all_the_same() -> None:
    assert preference([-0.001], [-5000.0]) == pytest.approx(0)
