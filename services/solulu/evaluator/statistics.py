"""Intervals and tests for means over rows that are not independent.

Rows of one context share a completion, and contexts of one repository share habits. So whole clusters are resampled:
once by context, once by repository, and the wider interval and the larger p-value are reported. With few repositories
either alone may be too narrow, the one for what it ignores, the other for how little it has to draw from.

A bootstrap cannot see what never happened: where all rows agree, the interval reaches as far as an exact binomial test
over that many contexts would, and no p-value is below what a sign test over them could give.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.95
_DIGITS = 6
_DRAWS_AT_ONCE = 4_000_000

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Interval:
    """A mean and its 95 % interval; all null without rows, the bounds null with fewer than two contexts."""

    n: int
    mean: float | None
    low: float | None
    high: float | None

    def to_json(self) -> dict[str, Any]:
        """Its fields; numbers are rounded to 6 places."""
        return asdict(self)


@dataclass(frozen=True)
class Difference:
    """Mean of (tuned - base) over paired rows, its 95 % interval, and the two-sided p-value of no difference."""

    n: int
    difference: float | None
    low: float | None
    high: float | None
    p_value: float | None

    @property
    def is_significant(self) -> bool:
        """Whether the interval leaves out 0 and the p-value is below 5 %."""
        if self.p_value is None or self.low is None or self.high is None:
            return False
        return self.p_value < 1 - LEVEL and (self.low > 0 or self.high < 0)


@dataclass(frozen=True)
class McNemar:
    """Pairs on which only one of two models was right, and the exact two-sided p-value that both are equally good."""

    num_only_base: int
    num_only_tuned: int
    p_value: float


class Clusters:
    """Which context and which repository each row belongs to."""

    def __init__(self, contexts: Sequence[str], repos: Sequence[str]) -> None:
        self.contexts: Codes = _codes(contexts)
        self.repos: Codes = _codes(repos)
        self.num_contexts = len(set(contexts))
        self.num_repos = len(set(repos))


def interval(values: Sequence[float], clusters: Clusters, num_samples: int, seed: int) -> Interval:
    """Mean of `values` (n,), each 0 to 1, with its clustered bootstrap interval. Deterministic."""
    data = np.asarray(values, dtype=np.float64)
    if not data.size:
        return Interval(0, None, None, None)
    low, high = _widest(_samples(data, clusters, num_samples, seed), clusters, least=0.0)
    return Interval(data.size, _rounded(float(data.mean())), low, high)


def difference(
    base: Sequence[float], tuned: Sequence[float], clusters: Clusters, num_samples: int, seed: int
) -> Difference:
    """Paired difference of means, row i of `base` against row i of `tuned`, each of shape (n,), each 0 to 1."""
    data = np.asarray(tuned, dtype=np.float64) - np.asarray(base, dtype=np.float64)
    if not data.size:
        return Difference(0, None, None, None, None)
    samples = _samples(data, clusters, num_samples, seed)
    low, high = _widest(samples, clusters, least=-1.0)
    p_value = max((_two_sided(sample, clusters.num_contexts) for sample in samples), default=None)
    return Difference(data.size, _rounded(float(data.mean())), low, high, _rounded(p_value))


def mcnemar(base: Sequence[bool], tuned: Sequence[bool]) -> McNemar:
    """McNemar's exact test: a binomial test on the discordant pairs. It takes pairs for independent."""
    only_base = sum(left and not right for left, right in zip(base, tuned, strict=True))
    only_tuned = sum(right and not left for left, right in zip(base, tuned, strict=True))
    num_discordant = only_base + only_tuned
    tail = sum(math.comb(num_discordant, k) for k in range(min(only_base, only_tuned) + 1))
    return McNemar(only_base, only_tuned, round(min(1.0, 2 * tail / (1 << num_discordant)), _DIGITS))


def sentence(metric: str, difference: Difference, num_repos: int, lower_is_better: bool = False) -> str:
    """What a reader may conclude from a difference, in words."""
    name = metric.replace("_", " ")
    if difference.difference is None:
        return f"No pairs to compare {name} on."
    if difference.p_value is None or difference.low is None or difference.high is None:
        return f"The {name} changed by {difference.difference:+.3f}; a single context tells nothing about others."
    figures = f"{difference.difference:+.3f} (95 % interval {difference.low:+.3f} to {difference.high:+.3f}, "
    figures += f"p {'< 0.001' if difference.p_value < 0.001 else f'= {difference.p_value:.3f}'})"
    if not difference.is_significant:
        text = f"The difference in {name} is not significant: {figures}."
    else:
        better = (difference.difference < 0) == lower_is_better
        text = f"The {name} is significantly {'better' if better else 'worse'}: {figures}."
    if num_repos == 1:
        text += " All rows are of one repository; others may differ."
    return text


def _samples(values: Floats, clusters: Clusters, num_samples: int, seed: int) -> list[Floats]:
    """Bootstrap means by context and by repository, (num_samples,) each; a level with one cluster is left out."""
    if clusters.num_contexts < 2:
        return []
    levels = [clusters.contexts, clusters.repos] if clusters.num_repos > 1 else [clusters.contexts]
    return [
        _resample(values, codes, num_samples, np.random.default_rng([seed % 2**63, number]))
        for number, codes in enumerate(levels)
    ]


def _resample(values: Floats, codes: Codes, num_samples: int, rng: np.random.Generator) -> Floats:
    sums, counts = np.bincount(codes, weights=values), np.bincount(codes).astype(np.float64)
    step = max(_DRAWS_AT_ONCE // sums.size, 1)
    means = []
    for start in range(0, num_samples, step):
        drawn = rng.integers(0, sums.size, size=(min(step, num_samples - start), sums.size))
        means.append(sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1))
    return np.concatenate(means)


def _widest(samples: list[Floats], clusters: Clusters, least: float) -> tuple[float | None, float | None]:
    tail = (1 - LEVEL) / 2
    bounds = [tuple(map(float, np.quantile(sample, [tail, 1 - tail]))) for sample in samples]
    if not bounds:
        return None, None
    low, high = max(bounds, key=lambda pair: pair[1] - pair[0])
    if low == high:
        reach = 1 - tail ** (1 / clusters.num_contexts)  # Clopper and Pearson's bound for k of k
        low, high = max(least, low - reach), min(1.0, high + reach)
    return _rounded(low), _rounded(high)


def _two_sided(sample: Floats, num_contexts: int) -> float:
    """Twice the share of samples beyond 0, the observed one counted; never below what a sign test could give."""
    beyond = min(int((sample <= 0).sum()), int((sample >= 0).sum()))
    return min(1.0, max(2 * (beyond + 1) / (sample.size + 1), 2.0 ** (1 - num_contexts)))


def _codes(names: Sequence[str]) -> Codes:
    return np.unique(np.asarray(names, dtype=np.str_), return_inverse=True)[1].astype(np.int64)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS) + 0.0
