"""Shares: even where they can be, never over a limit, and the same in any order."""

from __future__ import annotations

import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from solulu.scraper.sampling import Place, choose, fair_shares

places = st.lists(
    st.builds(
        Place,
        id=st.integers(0, 10_000).map(str),
        language=st.sampled_from(["python", "go", "java"]),
        repo=st.sampled_from(["a", "b", "c", "d"]),
        types=st.sampled_from([("method",), ("import",), ("method", "parameter")]),
        span_kind=st.sampled_from(["call", "token"]),
    ),
    unique_by=lambda place: place.id,
    max_size=80,
)


@given(st.integers(0, 100), st.lists(st.integers(0, 30), max_size=8))
def test_shares_are_as_even_as_what_there_is_allows(total: int, available: list[int]) -> None:
    shares = fair_shares(total, available)

    assert sum(shares) == min(total, sum(available))
    assert all(0 <= share <= count for share, count in zip(shares, available, strict=True))
    most = max(shares, default=0)
    assert all(share == count or share >= most - 1 for share, count in zip(shares, available, strict=True))


@given(places, st.integers(1, 60), st.integers(1, 30), st.integers(0, 3))
def test_no_limit_is_passed_and_nothing_is_wasted(found: list[Place], most: int, per_repo: int, seed: int) -> None:
    kept = choose(found, most, per_repo, seed)

    of_repo = Counter(place.repo for place in found)
    kept_of_repo = Counter(place.repo for place in found if place.id in kept)
    assert len(kept) == min(most, sum(min(count, per_repo) for count in of_repo.values()))
    assert all(count <= per_repo for count in kept_of_repo.values())


@given(places, st.integers(1, 60), st.integers(1, 30), st.randoms(use_true_random=False))
def test_the_order_of_discovery_does_not_matter(
    found: list[Place], most: int, per_repo: int, order: random.Random
) -> None:
    shuffled = list(found)
    order.shuffle(shuffled)

    assert choose(shuffled, most, per_repo, 1) == choose(found, most, per_repo, 1)


def test_a_rare_language_a_small_repository_and_a_rare_type_get_their_share() -> None:
    found = [Place(f"p{number}", "python", "big", ("method",), "call") for number in range(900)]
    found += [Place(f"s{number}", "python", "small", ("method",), "call") for number in range(20)]
    found += [Place(f"i{number}", "python", "big", ("import",), "import") for number in range(15)]
    found += [Place(f"g{number}", "go", "gopher", ("method",), "call") for number in range(30)]

    kept = Counter(identity[0] for identity in choose(found, 100, 1000, seed=0))

    assert kept == {"g": 30, "s": 20, "i": 15, "p": 35}


def test_another_seed_draws_others() -> None:
    found = [Place(str(number), "go", "a", ("method",), "call") for number in range(100)]

    assert choose(found, 10, 10, seed=1) != choose(found, 10, 10, seed=2)
