"""What the runner adds to the work itself: per unit and per item, against the bare loop over the same stage.

    .venv/bin/python tests/bench/runner.py

The stage squares numbers, so nearly everything measured is the runner's: leases, parts, the job table, progress.
Units are measured with one item each, items within one unit, each beside a loop that calls the stage and encodes the
same parts in the same process.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from solulu.core.execute import run_unit, run_unit_waiting
from solulu.v1.scraper_pb2 import ScrapeSpec
from support.stages import Squaring, SquaringAsync
from support.workbench import Workbench

UNIT_GOAL_SECONDS = 0.02
ITEM_GOAL_RATIO = 1.5


def main() -> int:
    """Prints the table; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--units", type=int, default=200)
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    missed = 0
    for stage in (Squaring(), SquaringAsync()):
        kind = "async" if stage.waits else "plain"
        by_unit = median(args.runs, lambda stage=stage: whole_job(stage, args.units, 1))
        bare_units = median(args.runs, lambda stage=stage: bare(stage, args.units, 1))
        one_unit = median(args.runs, lambda stage=stage: whole_job(stage, 1, 1))
        by_item = median(args.runs, lambda stage=stage: whole_job(stage, 1, args.items))
        bare_items = median(args.runs, lambda stage=stage: bare(stage, 1, args.items))
        per_unit = (by_unit - one_unit - bare_units) / (args.units - 1)
        ratio = (by_item - one_unit) / bare_items
        missed += per_unit > UNIT_GOAL_SECONDS or ratio > ITEM_GOAL_RATIO
        unit = f"overhead a unit {1000 * per_unit:.1f} ms (goal {1000 * UNIT_GOAL_SECONDS:.0f})"
        print(f"{kind}: a job {one_unit:.2f} s, {unit}, items {ratio:.2f} times the bare loop (goal {ITEM_GOAL_RATIO})")
    return int(bool(missed))


def median(runs: int, measure: Callable[[], float]) -> float:
    """The median of several measurements, in seconds."""
    return statistics.median(measure() for _ in range(runs))


def spec(units: int, items: int) -> dict[str, object]:
    """A spec of the small stages."""
    return {"sources": ["folder:none"], "max_contexts": units, "max_contexts_per_file": items}


def whole_job(stage: Squaring, units: int, items: int) -> float:
    """Seconds from submit to the end of a job."""
    with tempfile.TemporaryDirectory() as home:
        bench = Workbench(Path(home), workers=1)
        began = time.perf_counter()
        job = bench.run(stage, spec(units, items), {})
        elapsed = time.perf_counter() - began
        assert job.state == "SUCCEEDED", job.error
        return elapsed


def bare(stage: Squaring, units: int, items: int) -> float:
    """Seconds of the same work without the runner."""
    plan = stage.plan(ScrapeSpec(max_contexts=units, max_contexts_per_file=items), {})
    began = time.perf_counter()
    for unit in plan:
        if stage.waits:
            asyncio.run(run_unit_waiting(stage, unit, {}, 8, lambda done, total: None))
        else:
            run_unit(stage, unit, {})
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
