"""Small stages that behave and misbehave on request, for the tests of the runner.

They borrow the scraper's service: `max_contexts` is the number of units, `max_contexts_per_file` of items in each, and
`sources` holds what goes wrong, such as `folder:defect=3` (item 3 meets a defect).
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import pyarrow as pa
from solulu.core.errors import JobError, RowError, Transient
from solulu.core.records import Record
from solulu.core.stage import Drop, File, Stage, Unit
from solulu.v1.scraper_pb2 import ScrapeSpec

NUMBER = Record("contexts", 1, pa.schema([pa.field("id", pa.string(), False), pa.field("value", pa.int64(), False)]))


def _faults(spec: ScrapeSpec) -> dict[str, str]:
    return dict(source.removeprefix("folder:").split("=", 1) for source in spec.sources if "=" in source)


class Squaring(Stage[ScrapeSpec]):
    """Yields the square of each item's number, in worker processes."""

    name, version, service, produces = "scrape", 1, "solulu.v1.ScraperService", NUMBER

    def plan(self, spec, inputs):
        size = spec.max_contexts_per_file
        return [Unit(f"{unit:06d}", range(unit * size, (unit + 1) * size)) for unit in range(spec.max_contexts)]

    def tools(self, spec, job):
        return _faults(spec)

    def items(self, unit, tools):
        return unit.payload

    def process(self, item, tools):
        misbehave(item, tools)
        if str(item) in tools.get("drop", "").split(","):
            yield Drop(str(item), "unwanted", "asked to")
        else:
            yield {"id": f"{item:06d}", "value": item * item}
        if item % 10 == 0 and "files" in tools:
            yield File(f"notes/{item:06d}.txt", b"a multiple of ten")


class SquaringAsync(Squaring):
    """The same on the event loop."""

    async def process(self, item, tools):  # type: ignore[override]
        await asyncio.sleep(0.001 * (item % 3))
        misbehave(item, tools)
        yield {"id": f"{item:06d}", "value": item * item}


class SquaringDown(Squaring):
    """Ends with the rows in reverse, without the odd ones, and leaves a file."""

    def finish(self, spec, parts, out, job):
        for row in reversed(list(parts.rows())):
            if row["value"] % 2:
                yield Drop(row["id"], "odd")
            else:
                yield row
        (out / "nested").mkdir()
        (out / "nested" / "summary.txt").write_text(f"{parts.num_rows} squares")


class SquaringAgain(Squaring):
    """What it does not want today it may want tomorrow."""

    retried_drops = frozenset({"unwanted"})


def misbehave(item: int, faults: dict[str, str]) -> None:
    """Does to `item` what the spec asked for."""
    if "slow" in faults:
        time.sleep(float(faults["slow"]))
    if str(item) in faults.get("row_error", "").split(","):
        raise RowError("bad_number", f"{item} is not liked")
    if str(item) in faults.get("defect", "").split(","):
        raise ZeroDivisionError(f"item {item}")
    if str(item) in faults.get("job_error", "").split(","):
        raise JobError("the endpoint answers 401: check its key")
    if str(item) == faults.get("transient"):
        raise Transient("the model is busy")
    if str(item) == faults.get("passes") and _first_time(Path(faults["once"]), "passes"):
        raise Transient("busy, but only once")
    if str(item) == faults.get("dies") and _first_time(Path(faults["once"]), "dies"):
        os.kill(os.getpid(), signal.SIGKILL)
    if str(item) == faults.get("always_dies"):
        os.kill(os.getpid(), signal.SIGKILL)


def _first_time(folder: Path, name: str) -> bool:
    try:
        (folder / name).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True
