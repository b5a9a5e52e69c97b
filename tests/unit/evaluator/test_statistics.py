"""Intervals and tests over rows that are not independent."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from solulu.evaluator import statistics
from solulu.evaluator.statistics import Clusters

SAMPLES, SEED = 2000, 7
shares = st.lists(st.floats(0, 1), min_size=2, max_size=40)


def test_rows_repeated_in_their_contexts_do_not_narrow_the_interval():
    values = [0, 1, 1, 0, 1, 0, 0, 1, 1, 1]
    names = [str(number) for number in range(10)]

    once = statistics.interval(values, Clusters(names, names), SAMPLES, SEED)
    often = statistics.interval(values * 20, Clusters(names * 20, names * 20), SAMPLES, SEED)

    assert (often.mean, often.low, often.high) == (once.mean, once.low, once.high)
    independent = [str(number) for number in range(200)]
    naive = statistics.interval(values * 20, Clusters(independent, independent), SAMPLES, SEED)
    assert naive.high - naive.low < 0.5 * (once.high - once.low)


def test_contexts_of_few_repositories_that_behave_alike_widen_the_interval():
    values = [0.0] * 30 + [1.0] * 30
    contexts = [str(number) for number in range(60)]

    alone = statistics.interval(values, Clusters(contexts, contexts), SAMPLES, SEED)
    two = statistics.interval(values, Clusters(contexts, ["a"] * 30 + ["b"] * 30), SAMPLES, SEED)

    assert two.high - two.low > alone.high - alone.low


def test_the_interval_of_independent_rows_is_about_the_normal_one():
    values = np.random.default_rng(1).random(400)
    names = [str(number) for number in range(400)]

    found = statistics.interval(values.tolist(), Clusters(names, names), SAMPLES, SEED)

    half = 1.96 * values.std() / math.sqrt(400)
    assert found.high - found.low == pytest.approx(2 * half, rel=0.1)


@settings(max_examples=40, deadline=None)
@given(shares, st.integers(0, 2**62))
def test_an_interval_holds_its_mean_stays_in_bounds_and_repeats_itself(values, seed):
    clusters = Clusters(
        [str(number) for number in range(len(values))], [str(number // 3) for number in range(len(values))]
    )

    found = statistics.interval(values, clusters, 400, seed)

    assert 0 <= found.low <= found.mean + 1e-6
    assert found.mean - 1e-6 <= found.high <= 1
    assert found == statistics.interval(values, clusters, 400, seed)


def test_five_of_five_is_no_proof_of_always():
    names = [str(number) for number in range(5)]

    found = statistics.interval([1.0] * 5, Clusters(names, names), SAMPLES, SEED)

    assert found.low == pytest.approx(0.025 ** (1 / 5), abs=1e-6)
    assert found.high == 1


def test_one_context_has_a_mean_but_no_interval():
    found = statistics.interval([0.0, 1.0], Clusters(["a", "a"], ["r", "r"]), SAMPLES, SEED)

    assert (found.mean, found.low, found.high) == (0.5, None, None)


def test_no_rows_have_no_mean():
    assert statistics.interval([], Clusters([], []), SAMPLES, SEED).to_json() == {
        "n": 0,
        "mean": None,
        "low": None,
        "high": None,
    }


def test_a_clear_gain_is_significant_and_called_better():
    names = [str(number) for number in range(60)]
    base, tuned = [0.0] * 60, [1.0] * 30 + [0.0] * 30

    found = statistics.difference(base, tuned, Clusters(names, names), SAMPLES, SEED)

    assert found.difference == 0.5
    assert found.is_significant
    assert "significantly better" in statistics.sentence("exact_match", found, 60)
    assert "significantly worse" in statistics.sentence("hallucination_rate", found, 60, lower_is_better=True)


def test_a_gain_of_one_repository_alone_is_not_significant_over_all():
    contexts = [str(number) for number in range(40)]
    repos = ["a"] * 10 + ["b"] * 10 + ["c"] * 10 + ["d"] * 10
    tuned = [1.0] * 10 + [0.0] * 30

    by_context = statistics.difference([0.0] * 40, tuned, Clusters(contexts, contexts), SAMPLES, SEED)
    by_both = statistics.difference([0.0] * 40, tuned, Clusters(contexts, repos), SAMPLES, SEED)

    assert by_context.is_significant
    assert not by_both.is_significant
    assert "not significant" in statistics.sentence("exact_match", by_both, 4)


def test_five_contexts_are_too_few_for_significance_whatever_they_say():
    names = [str(number) for number in range(5)]

    assert not statistics.difference([0.0] * 5, [1.0] * 5, Clusters(names, names), SAMPLES, SEED).is_significant


def test_equal_models_do_not_differ():
    names = [str(number) for number in range(30)]
    values = [float(number % 2) for number in range(30)]

    found = statistics.difference(values, values, Clusters(names, names), SAMPLES, SEED)

    assert (found.difference, found.p_value, found.is_significant) == (0.0, 1.0, False)


@given(shares, st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_exchanging_the_models_turns_the_difference_around(values, random):
    other = values[:]
    random.shuffle(other)
    clusters = Clusters([str(number) for number in range(len(values))], ["r"] * len(values))

    one = statistics.difference(values, other, clusters, 400, SEED)
    two = statistics.difference(other, values, clusters, 400, SEED)

    assert one.difference == pytest.approx(-two.difference, abs=1e-6)
    assert one.low == pytest.approx(-two.high, abs=1e-6)
    assert one.p_value == two.p_value


def test_rows_of_one_repository_are_said_to_be():
    names = [str(number) for number in range(30)]
    found = statistics.difference([0.0] * 30, [0.5] * 30, Clusters(names, ["r"] * 30), SAMPLES, SEED)

    assert "of one repository" in statistics.sentence("edit_similarity", found, 1)


def test_mcnemar_is_the_binomial_test_on_pairs_that_disagree():
    base = [True] * 1 + [False] * 9 + [True] * 50
    tuned = [False] * 1 + [True] * 9 + [True] * 50

    found = statistics.mcnemar(base, tuned)

    assert (found.num_only_base, found.num_only_tuned) == (1, 9)
    assert found.p_value == pytest.approx(2 * (1 + 10) / 2**10, abs=1e-6)
    assert statistics.mcnemar(tuned, base).p_value == found.p_value
    assert statistics.mcnemar(base, base).p_value == 1
