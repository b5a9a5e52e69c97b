"""Which tokens carry the contrast, and how much they weigh."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from solulu.trainer.contrast import contrast_weights, divergent

TOKENS = st.lists(st.integers(0, 5), max_size=12)


def test_a_replaced_token_is_marked_and_its_neighbours_are_not():
    assert divergent([1, 2, 3, 9], [1, 7, 3, 9]) == [False, True, False, False]


def test_tokens_that_the_negative_leaves_out_are_marked():
    assert divergent([1, 2, 3, 4, 9], [1, 4, 9]) == [False, True, True, False, False]


def test_where_the_negative_inserts_the_token_that_should_follow_is_marked():
    assert divergent([1, 2, 9], [1, 5, 2, 9]) == [False, True, False]
    assert divergent([1, 2, 9], [1, 2, 5, 9]) == [False, False, True]


@given(TOKENS)
def test_equal_completions_have_no_contrast(tokens):
    assert not any(divergent(tokens, tokens))


@given(TOKENS, TOKENS)
def test_different_completions_always_have_some_contrast(golden, negative):
    end = 99

    marks = divergent([*golden, end], [*negative, end])

    assert len(marks) == len(golden) + 1
    assert any(marks) == (golden != negative)


@given(TOKENS, TOKENS, st.floats(0.01, 100))
def test_the_weights_of_a_row_have_mean_one(golden, negative, weight):
    weights = contrast_weights([*golden, 99], [*negative, 99], weight)

    assert sum(weights) / len(weights) == pytest.approx(1)


def test_divergent_tokens_weigh_as_many_times_as_asked():
    plain, marked, *_ = contrast_weights([1, 2, 3, 9], [1, 7, 3, 9], 4)

    assert marked / plain == pytest.approx(4)


def test_a_weight_of_zero_on_wholly_different_tokens_is_no_division_by_zero():
    assert contrast_weights([1], [2], 0) == [0]
