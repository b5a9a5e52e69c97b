"""Who is held out, and who stays where there are too many."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st
from solulu.curator.quotas import Entry, balanced
from solulu.curator.splits import split_repos

sizes = st.dictionaries(st.text("abcdefgh", min_size=1, max_size=4), st.integers(1, 60), min_size=1, max_size=9)
entries = st.lists(
    st.tuples(st.sampled_from("xyz"), st.sampled_from(["go", "java"]), st.sampled_from("mp")), max_size=40
)


@given(sizes, st.floats(0.01, 0.5), st.integers(0, 9))
def test_with_two_repositories_or_more_both_sides_have_rows(num_rows, fraction, seed):
    splits = Counter(split_repos(num_rows, 0, fraction, seed).values())

    assert splits["train"] >= 1
    assert (splits["test"] >= 1) == (len(num_rows) > 1)


@given(sizes, st.floats(0.01, 0.5), st.integers(0, 9))
def test_no_other_choice_of_whole_repositories_comes_nearer_to_the_share(num_rows, fraction, seed):
    splits = split_repos(num_rows, 0, fraction, seed)

    total = sum(num_rows.values())
    reached = {0}
    for size in num_rows.values():
        reached |= {size + other for other in reached}
    best = min((abs(rows - fraction * total) for rows in reached if 0 < rows < total), default=fraction * total)
    test = sum(num_rows[repo] for repo, split in splits.items() if split == "test")
    assert abs(abs(test - fraction * total) - best) < 1e-9


@given(sizes.filter(lambda sizes: len(sizes) > 2), st.integers(0, 9))
def test_with_three_repositories_or_more_validation_has_rows_too(num_rows, seed):
    splits = Counter(split_repos(num_rows, 0.1, 0.15, seed).values())

    assert min(splits["train"], splits["validation"], splits["test"]) >= 1


def test_the_seed_decides_who_is_held_out():
    num_rows = {f"repo{number}": 10 for number in range(10)}

    chosen = {
        repo for seed in range(20) for repo, split in split_repos(num_rows, 0, 0.1, seed).items() if split == "test"
    }

    assert len(chosen) > 3


def test_thousands_of_repositories_are_split_to_the_row():
    num_rows = {f"repo{number}": 1 + number % 37 for number in range(5000)}

    splits = split_repos(num_rows, 0.05, 0.1, 3)

    total = sum(num_rows.values())
    held_out = Counter()
    for repo, split in splits.items():
        held_out[split] += num_rows[repo]
    assert held_out["test"] == round(0.1 * total)
    assert abs(held_out["validation"] - 0.05 * total) < 1


@settings(max_examples=50)
@given(entries, st.integers(1, 30), st.integers(0, 5))
def test_a_quota_takes_as_many_as_it_may_and_no_stratum_starves_another(rows, limit, seed):
    numbered = [Entry(str(n), str(n), repo, language, type) for n, (repo, language, type) in enumerate(rows)]

    kept = balanced(numbered, limit, seed)

    assert len(kept) == min(limit, len(numbered))
    had = Counter(entry.stratum for entry in numbered)
    got = Counter(entry.stratum for entry in numbered if entry.id in kept)
    for one in had:
        for other in had:
            assert got[one] >= min(had[one], got[other] - 1)


def test_a_quota_does_not_depend_on_the_order_of_the_rows():
    rows = [Entry(str(n), str(n), f"repo{n % 3}", "go", "method") for n in range(50)]

    assert balanced(rows, 20, 1) == balanced(rows[::-1], 20, 1)
    assert Counter(row.repo for row in rows if row.id in balanced(rows, 21, 1)) == dict.fromkeys(
        ("repo0", "repo1", "repo2"), 7
    )
