"""Plain stages on a Ray cluster: a unit is a task, and the bytes are those of the process pool.

Ray's own retries are off, because a unit that kills its worker must be counted and named. A worker keeps what it needs
of a job from one unit to the next. The cluster is somebody else's: nothing is ever started here.
"""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import grpc
import ray
from ray.exceptions import RayError, RayTaskError

from solulu.core.digests import sha256
from solulu.core.errors import JobError
from solulu.core.execute import UnitResult, run_unit
from solulu.core.stage import Stage, Unit

_CRASHES_ALLOWED = 3

_GONE = (ConnectionError, grpc.RpcError)
"""What Ray raises once a cluster has been away for its half minute of grace."""

_connecting = threading.Lock()
_kept: tuple[str, Any] = ("", None)


class RayPool:
    """Runs units of one job on the cluster at `address`; a context manager that leaves no task behind."""

    def __init__(self, stage: Stage, tools: Any, address: str) -> None:
        self._address = address
        _connect(address)
        state = pickle.dumps((stage, tools))
        self._digest, self._state = sha256(state), ray.put(state)
        self._task = ray.remote(num_cpus=1, max_retries=0)(_run)
        self._running: dict[Any, Unit] = {}

    def __enter__(self) -> RayPool:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(*_GONE):
            for task in self._running:
                ray.cancel(task, force=True)

    def run(self, units: Sequence[Unit], load: Callable[[Unit], Unit]) -> Iterator[tuple[Unit, UnitResult] | None]:
        """As `Pool.run`, with twice as many units in flight as the cluster has processors just now."""
        try:
            yield from self._results(units, load)
        except _GONE as error:
            self._running.clear()
            with _connecting:
                ray.shutdown()  # so that the next job connects anew
            raise JobError(
                f"the Ray cluster at {self._address} went away: {_line(error)}; the job continues from here when it is "
                "submitted again"
            ) from error

    def _results(self, units: Sequence[Unit], load: Callable[[Unit], Unit]) -> Iterator[tuple[Unit, UnitResult] | None]:
        waiting = list(reversed(units))
        crashes: Counter[str] = Counter()
        while waiting or self._running:
            places = 2 * max(int(ray.cluster_resources().get("CPU", 1)), 1)
            while waiting and len(self._running) < places:
                unit = waiting.pop()
                self._running[self._task.remote(self._digest, self._state, load(unit))] = unit
            done, _ = ray.wait(list(self._running), timeout=0.2)
            if not done:
                yield None
            for task in done:
                unit = self._running.pop(task)
                try:
                    result = ray.get(task)
                except RayTaskError as error:  # raised by the stage; what Ray shows of it is a traceback
                    raise error.cause from None
                except RayError as error:
                    crashes[unit.id] += 1
                    if crashes[unit.id] == _CRASHES_ALLOWED:
                        raise JobError(
                            f"a Ray worker died {_CRASHES_ALLOWED} times while unit {unit.id} ran, probably for lack "
                            f"of memory; give its workers more, or leave out that unit's source ({_line(error)})"
                        ) from error
                    waiting.append(unit)
                else:
                    yield unit, result


def _connect(address: str) -> None:
    os.environ["RAY_ENABLE_AUTO_CONNECT"] = "0"  # a call without a connection must fail, and start no cluster here
    with _connecting:
        if ray.is_initialized():
            return
        try:
            ray.init(address, namespace="solulu", log_to_driver=False, logging_level=logging.WARNING)
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise JobError(
                f"no Ray cluster answers at {address}: {_line(error)}; see SOLULU_RAY_ADDRESS and SOLULU_EXECUTOR"
            ) from error


def _run(digest: str, state: bytes, unit: Unit) -> UnitResult:
    global _kept
    if _kept[0] != digest:
        _kept = (digest, pickle.loads(state))
    stage, tools = _kept[1]
    return run_unit(stage, unit, tools)


def _line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
