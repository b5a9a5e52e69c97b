"""Running one unit: items in, an encoded part out. The same code in a worker process and on the event loop.

An item fails alone: RowError is a drop with its reason, Transient is tried again and then fails the job, JobError fails
it at once, and anything else is a defect, dropped as `internal_error` with its traceback for the log.
"""

from __future__ import annotations

import asyncio
import itertools
import time
import traceback
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import pyarrow as pa
import tenacity

from solulu.core import parts
from solulu.core.errors import JobError, RowError, Transient
from solulu.core.records import Record
from solulu.core.stage import Drop, File, Result, Row, Stage, Unit

INTERNAL_ERROR = "internal_error"
_ATTEMPTS = 3


@dataclass
class UnitResult:
    """What became of a unit."""

    part: parts.Part
    files: list[File]
    num_items: int
    defects: list[str] = field(default_factory=list)
    """Tracebacks of items that failed by a defect."""
    seconds: float = 0.0
    """From the first item to the part."""


@dataclass
class _Outcome:
    """Rows, drops and files of one item."""

    rows: list[Row] = field(default_factory=list)
    drops: list[Drop] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    defect: str = ""

    @classmethod
    def of(cls, results: Iterable[Result]) -> _Outcome:
        outcome = cls()
        for result in results:
            if isinstance(result, Drop):
                outcome.drops.append(result)
            elif isinstance(result, File):
                outcome.files.append(result)
            else:
                outcome.rows.append(result)
        return outcome


def run_unit(stage: Stage, unit: Unit, tools: Any) -> UnitResult:
    """Runs a unit of a plain stage to its end."""
    began = time.monotonic()
    outcomes: list[_Outcome] = []
    for number, item in enumerate(stage.items(unit, tools)):
        try:
            for attempt in tenacity.Retrying(**_retries()):
                with attempt:
                    outcomes.append(_Outcome.of(cast(Iterator[Result], stage.process(item, tools))))
        except Exception as error:  # noqa: BLE001  # the boundary at which an item fails alone
            outcomes.append(_failure(error, unit, number))
    return _result(stage.produces, unit, outcomes, began)


async def run_unit_waiting(
    stage: Stage, unit: Unit, tools: Any, concurrency: int, progress: Callable[[int, int], None]
) -> UnitResult:
    """Runs a unit of a waiting stage, `concurrency` items at once; rows come in item order all the same.
    `progress` is told how many items are done, and of how many."""
    began = time.monotonic()
    items = list(stage.items(unit, tools))
    places = asyncio.Semaphore(concurrency)
    num_done = itertools.count(1)

    async def run(number: int, item: Any) -> _Outcome:
        async with places:
            try:
                async for attempt in tenacity.AsyncRetrying(**_retries()):
                    with attempt:
                        process = cast(AsyncIterator[Result], stage.process(item, tools))
                        outcome = _Outcome.of([result async for result in process])
            except Exception as error:  # noqa: BLE001  # the boundary at which an item fails alone
                outcome = _failure(error, unit, number)
        progress(next(num_done), len(items))
        return outcome

    tasks = [asyncio.ensure_future(run(number, item)) for number, item in enumerate(items)]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
    return _result(stage.produces, unit, [task.result() for task in tasks], began)


def _retries() -> dict[str, Any]:
    return {
        "retry": tenacity.retry_if_exception_type(Transient),
        "stop": tenacity.stop_after_attempt(_ATTEMPTS),
        "wait": tenacity.wait_random_exponential(multiplier=0.2, max=5),
        "reraise": True,
    }


def _failure(error: Exception, unit: Unit, number: int) -> _Outcome:
    row_id = f"{unit.id}/{number}"
    if isinstance(error, RowError):
        return _Outcome(drops=[Drop(row_id, error.reason, error.detail)])
    if isinstance(error, JobError):
        raise error
    if isinstance(error, Transient):
        raise JobError(f"{error} (unit {unit.id}, item {number}; tried {_ATTEMPTS} times)") from error
    text = "".join(traceback.format_exception(error))
    return _Outcome(drops=[Drop(row_id, INTERNAL_ERROR, f"{type(error).__name__}: {error}")], defect=text)


def _result(record: Record, unit: Unit, outcomes: list[_Outcome], began: float) -> UnitResult:
    """Encodes the outcomes; where that fails, the items whose rows do not fit the schema are defects."""
    try:
        part = _encode(record, outcomes)
    except (pa.ArrowException, OverflowError, UnicodeEncodeError):
        for number, outcome in enumerate(outcomes):
            try:
                _encode(record, [outcome])
            except (pa.ArrowException, OverflowError, UnicodeEncodeError) as error:
                outcomes[number] = _failure(error, unit, number)
        part = _encode(record, outcomes)
    files = [file for outcome in outcomes for file in outcome.files]
    defects = [outcome.defect for outcome in outcomes if outcome.defect]
    return UnitResult(part, files, len(outcomes), defects, time.monotonic() - began)


def _encode(record: Record, outcomes: list[_Outcome]) -> parts.Part:
    rows = [row for outcome in outcomes for row in outcome.rows]
    drops = [drop for outcome in outcomes for drop in outcome.drops]
    return parts.encode(record, rows, drops)
