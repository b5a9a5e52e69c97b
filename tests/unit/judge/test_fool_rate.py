"""The fool rate's mathematics, as invariants."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from solulu.judge.fool_rate import Controls, FoolRates, Votes, beta_quantiles, fool_rates, interval_width

NUM_CANDIDATES, NUM_JUDGES = 6, 3


def rates(answers: dict[tuple[int, int], tuple[float, int]], controls: list[tuple[int, int]]) -> FoolRates:
    """Fool rates from {(candidate, judge): (fooled, questions)} and (passed, asked) by judge."""
    votes = Votes(
        candidate=np.array([candidate for candidate, _ in answers], dtype=np.int64),
        judge=np.array([judge for _, judge in answers], dtype=np.int64),
        fooled=np.array([fooled for fooled, _ in answers.values()], dtype=np.float64),
        questions=np.array([questions for _, questions in answers.values()], dtype=np.float64),
    )
    passed, asked = np.array(controls, dtype=np.float64).T
    return fool_rates(votes, Controls(passed, asked), NUM_CANDIDATES)


@st.composite
def panels(draw: st.DrawFn) -> tuple[dict[tuple[int, int], tuple[float, int]], list[tuple[int, int]]]:
    keys = st.tuples(st.integers(0, NUM_CANDIDATES - 1), st.integers(0, NUM_JUDGES - 1))
    asked = st.integers(1, 8).flatmap(lambda n: st.tuples(st.integers(0, n).map(float), st.just(n)))
    answers = draw(st.dictionaries(keys, asked, min_size=1))
    control = st.integers(0, 20).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
    return answers, draw(st.lists(control, min_size=NUM_JUDGES, max_size=NUM_JUDGES))


@given(panels())
def test_a_rate_lies_within_its_interval_and_that_between_0_and_1(panel) -> None:
    answers, controls = panel
    found = rates(answers, controls)
    judged = sorted({candidate for candidate, _ in answers})
    assert (found.low[judged] >= 0).all()
    assert (found.high[judged] <= 1).all()
    assert (found.low[judged] < found.mean[judged]).all()
    assert (found.mean[judged] < found.high[judged]).all()


@given(panels())
def test_a_candidate_that_nobody_judged_has_no_rate(panel) -> None:
    answers, controls = panel
    judged = {candidate for candidate, _ in answers}
    found = rates(answers, controls)
    assert [bool(np.isnan(found.mean[number])) for number in range(NUM_CANDIDATES)] == [
        number not in judged for number in range(NUM_CANDIDATES)
    ]


@given(panels(), st.randoms(use_true_random=False))
def test_the_order_of_the_answers_does_not_matter(panel, chance) -> None:
    answers, controls = panel
    shuffled = list(answers.items())
    chance.shuffle(shuffled)
    one, other = rates(answers, controls), rates(dict(shuffled), controls)
    np.testing.assert_allclose(one.mean, other.mean, rtol=1e-12)
    np.testing.assert_allclose(one.high, other.high, atol=1e-9)


@given(panels(), st.data())
def test_one_more_fooled_answer_never_lowers_the_candidates_rate(panel, data) -> None:
    answers, controls = panel
    key = data.draw(st.sampled_from(sorted(answers)))
    fooled, questions = answers[key]
    more = {**answers, key: (min(fooled + 1, questions), questions)}
    before, after = rates(answers, controls), rates(more, controls)
    assert after.mean[key[0]] >= before.mean[key[0]]
    assert after.low[key[0]] >= before.low[key[0]] - 1e-9
    assert after.high[key[0]] >= before.high[key[0]] - 1e-9


@pytest.mark.parametrize("accepts", [0.0, 1.0])
def test_a_judge_that_always_says_the_same_moves_nothing(accepts: float) -> None:
    sound = {(candidate, 0): (float(candidate % 2), 1) for candidate in range(NUM_CANDIDATES)}
    stubborn = {(candidate, 1): (accepts * 4, 4) for candidate in range(NUM_CANDIDATES)}
    controls = [(20, 20), (int(accepts * 20), 20)]
    alone, together = rates(sound, controls), rates({**sound, **stubborn}, controls)
    np.testing.assert_allclose(together.mean, alone.mean, atol=0.02)


def test_a_judge_that_fails_its_controls_is_believed_less() -> None:
    answers = {(candidate, 0): (0.0, 4) for candidate in range(NUM_CANDIDATES)}
    sound, poor = rates(answers, [(20, 20)]), rates(answers, [(8, 20)])
    assert (sound.mean < poor.mean).all()
    assert (sound.high - sound.low < poor.high - poor.low).all()


def test_quantiles_are_those_of_the_beta_distribution() -> None:
    b = np.array([0.5, 1, 2, 7, 60, 900])
    for level, found in zip((0.05, 0.5, 0.95), beta_quantiles(np.ones_like(b), b, (0.05, 0.5, 0.95)), strict=True):
        np.testing.assert_allclose(found, 1 - (1 - level) ** (1 / b), atol=1e-5)
    (arcsine,) = beta_quantiles(np.array([0.5]), np.array([0.5]), (0.25,))
    np.testing.assert_allclose(arcsine, np.sin(np.pi / 8) ** 2, atol=1e-6)


def test_the_interval_narrows_with_every_unanimous_answer_and_opens_where_they_disagree() -> None:
    widths = [interval_width(0, questions) for questions in range(13)]
    assert widths == sorted(widths, reverse=True)
    assert interval_width(3, 6) > interval_width(0, 6)
