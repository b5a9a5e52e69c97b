"""The mathematics of the fool rate: how likely a negative is taken for right, from judges of unequal worth.

A judge is worth what it can tell apart. Its ability is Youden's J: how often it accepts goldens (its controls) minus
how often it accepts negatives, so one that accepts everything, or nothing, or at random, weighs nothing. An answer
counts as `ability` answers, and a candidate's fool rate has a Beta posterior over these weighted answers:

    accepts golden   A_j    = (1 + controls passed) / (2 + controls)                      over the judge's contexts
    accepts negative F_j(i) = (1 + sum of fooled) / (2 + sum of questions)                over its candidates except i
    ability          w_j(i) = max(0, A_j - F_j(i))
    fool rate of i   Beta(1/2 + sum_j w_j(i) k_ij,  1/2 + sum_j w_j(i) (n_ij - k_ij))

with k_ij of n_ij answers fooled (k may be a fraction: a judge's own probability). Leaving the candidate itself out of F
keeps the rate monotone: an answer that was fooled never lowers the weight it is counted with. The priors are uniform
for the abilities and Jeffreys' for the rate. Source of J: W. J. Youden, Index for rating diagnostic tests, Cancer 3
(1950).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LOW, HIGH = 0.05, 0.95
"""The interval's quantiles: it holds 90 %."""
_PRIOR = 0.5
_GRID = 2049


@dataclass(frozen=True)
class Votes:
    """What the judges said about the negatives: one entry a candidate and judge, all arrays of the same length [V]."""

    candidate: Ints
    """Index of the candidate."""
    judge: Ints
    """Index of the judge."""
    fooled: Floats
    """Answers that took the negative for right, 0 to `questions`; may be a fraction."""
    questions: Floats
    """Answers that could be read."""


@dataclass(frozen=True)
class Controls:
    """What the judges said about goldens, by judge, both [J]."""

    passed: Floats
    asked: Floats


@dataclass(frozen=True)
class FoolRates:
    """Posterior mean and 5 % and 95 % quantiles by candidate, each [C]; NaN where no judge gave a readable answer."""

    mean: Floats
    low: Floats
    high: Floats


def fool_rates(votes: Votes, controls: Controls, num_candidates: int) -> FoolRates:
    """The posterior fool rates of `num_candidates` candidates. The order of the votes does not matter."""
    weight = abilities(votes, controls)
    fooled = np.bincount(votes.candidate, weight * votes.fooled, num_candidates)
    kept = np.bincount(votes.candidate, weight * (votes.questions - votes.fooled), num_candidates)
    asked = np.bincount(votes.candidate, votes.questions, num_candidates) > 0
    a, b = np.asarray(_PRIOR + fooled, np.float64), np.asarray(_PRIOR + kept, np.float64)
    low, high = beta_quantiles(a, b, (LOW, HIGH))
    return FoolRates(*(np.where(asked, values, np.nan) for values in (a / (a + b), low, high)))


def abilities(votes: Votes, controls: Controls) -> Floats:
    """Each vote's weight, 0 to 1, [V]: its judge's ability, measured without the vote's own candidate."""
    num_judges = len(controls.asked)
    fooled = np.bincount(votes.judge, votes.fooled, num_judges)[votes.judge] - votes.fooled
    questions = np.bincount(votes.judge, votes.questions, num_judges)[votes.judge] - votes.questions
    accepts_golden = (1 + controls.passed) / (2 + controls.asked)
    accepts_negative = (1 + fooled) / (2 + questions)
    weight: Floats = np.maximum(0.0, accepts_golden[votes.judge] - accepts_negative)
    return weight


def interval_width(fooled: float, questions: float) -> float:
    """Width of the 90 % interval after `fooled` of `questions` answers that each count as one: while judges are still
    being asked, nobody knows their abilities yet."""
    low, high = beta_quantiles(np.array([_PRIOR + fooled]), np.array([_PRIOR + questions - fooled]), (LOW, HIGH))
    return float(high[0] - low[0])


def beta_quantiles(a: Floats, b: Floats, levels: tuple[float, ...]) -> tuple[Floats, ...]:
    """Quantiles of Beta(a, b), one array [N] a level, for a, b >= 1/2; the error is below 1e-4 up to a + b of 1,000.

    Over the angle t with x = sin(t)^2 the density sin(t)^(2a-1) cos(t)^(2b-1) is bounded even for Jeffreys' prior, so a
    plain grid does, and a light service needs no scipy.
    """
    pairs, inverse = np.unique(np.stack([a, b]), axis=1, return_inverse=True)
    angle = np.linspace(0, np.pi / 2, _GRID)
    with np.errstate(divide="ignore"):
        log_sin, log_cos = np.log(np.sin(angle)), np.log(np.maximum(np.cos(angle), 0))
    log_cos[-1] = -np.inf
    found = np.empty((len(levels), pairs.shape[1]))
    for column, (one_a, one_b) in enumerate(pairs.T):
        log_density = _times(2 * one_a - 1, log_sin) + _times(2 * one_b - 1, log_cos)
        density = np.exp(log_density - log_density.max())
        cumulative = np.concatenate([[0.0], np.cumsum(density[1:] + density[:-1])])
        found[:, column] = np.sin(np.interp(np.asarray(levels) * cumulative[-1], cumulative, angle)) ** 2
    return tuple(quantiles[inverse.reshape(-1)] for quantiles in found)


def _times(power: float, logs: Floats) -> Floats:
    """`power * logs`, with 0 times minus infinity being 0."""
    product: Floats = power * logs if power else np.zeros_like(logs)
    return product
