"""Train, validation and test by repository: code of one repository is too alike to be on both sides.

Repositories are taken in an order that the seed decides until the share asked for is met exactly, or as nearly as whole
repositories allow.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from solulu.core.digests import row_id


def split_repos(num_rows: Mapping[str, int], validation: float, test: float, seed: int) -> dict[str, str]:
    """The split of each repository, from its number of rows. At least one repository stays for training.

    A share above 0 gets at least one repository, test before validation, as long as there are enough.
    """
    order = sorted(num_rows, key=lambda repo: row_id(seed, repo))
    total = sum(num_rows.values())
    held_out = {"test": _choose(order, num_rows, test * total)}
    rest = [repo for repo in order if repo not in held_out["test"]]
    if validation and len(rest) == 1 and len(held_out["test"]) > 1:
        smallest = min(held_out["test"], key=lambda repo: (num_rows[repo], repo))
        held_out = {"test": held_out["test"] - {smallest}, "validation": {smallest}}
    else:
        held_out["validation"] = _choose(rest, num_rows, validation * total)
    splits = {repo: name for name, repos in held_out.items() for repo in repos}
    return {repo: splits.get(repo, "train") for repo in sorted(num_rows)}


def _choose(order: list[str], num_rows: Mapping[str, int], target: float) -> set[str]:
    """Repositories whose rows come nearest to `target`, not all of them; the earlier ones where several sets do."""
    sizes = [num_rows[repo] for repo in order]
    if target <= 0 or len(order) < 2:
        return set()
    most = min(max(int(2 * target), min(sizes)), sum(sizes) - 1)
    last = np.full(most + 1, -1, dtype=np.int64)
    """For each total that can be reached: the repository that reached it first."""
    last[0] = len(order)
    for number, size in enumerate(sizes):
        reachable = np.flatnonzero(last[: max(most + 1 - size, 0)] >= 0) + size
        last[reachable[last[reachable] < 0]] = number
        if round(target) <= most and last[round(target)] >= 0 and round(target):
            break  # nothing comes nearer
    totals = np.flatnonzero(last >= 0)[1:]
    total = int(totals[np.argmin(np.abs(totals - target))])
    chosen = set()
    while total:
        repo = order[last[total]]
        chosen.add(repo)
        total -= num_rows[repo]
    return chosen
