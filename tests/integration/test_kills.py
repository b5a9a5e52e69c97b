"""kill -9 at random points of a pipeline: the same bytes, and no settled call paid twice."""

from __future__ import annotations

import pytest
from support import kills

SOURCES = ["dist:click", "dist:tenacity", "dist:typer", "dist:packaging"]
MAX_CONTEXTS = 160


@pytest.mark.timeout(600)
def test_ten_kills_from_scrape_to_curate_change_no_byte_and_repeat_no_settled_call(tmp_path, new_database):
    expected, num_calls = kills.undisturbed(tmp_path / "calm", SOURCES, MAX_CONTEXTS)

    report = kills.disturbed(tmp_path / "kills", SOURCES, MAX_CONTEXTS, 10, 5, new_database)

    assert num_calls > 100
    assert report.num_kills == 10
    assert report.rounds == [expected] * len(report.rounds)
    assert report.repeated_calls <= report.allowed_repetitions
    assert report.settled_and_repeated == 0
