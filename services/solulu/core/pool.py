"""A pool of worker processes for plain stages.

Workers come from a fork server, so they inherit no thread, lock or connection of the service. A worker that dies takes
only its unit with it: the pool is made anew and the unit runs again, a few times. Workers whose parent was killed end
by themselves.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Protocol

from solulu.core.errors import JobError
from solulu.core.execute import UnitResult, run_unit
from solulu.core.settings import Settings
from solulu.core.stage import Stage, Unit

_CRASHES_ALLOWED = 3

_stage: Stage
_tools: Any


class Pool(Protocol):
    """Where the units of one job run."""

    def __enter__(self) -> Pool: ...

    def __exit__(self, *error: object) -> None: ...

    def run(self, units: Sequence[Unit], load: Callable[[Unit], Unit]) -> Iterator[tuple[Unit, UnitResult] | None]:
        """Results as they come, and None a few times a second while none does. `load` fills a unit's rows in just
        before it is sent. Raises JobError if a unit kills its worker again and again."""


def open_pool(settings: Settings, stage: Stage, tools: Any, num_units: int) -> Pool:
    """The pool that the settings name."""
    if settings.executor == "ray":
        from solulu.core.ray_pool import RayPool

        return RayPool(stage, tools, settings.ray_address)
    return WorkerPool(stage, tools, min(settings.workers, num_units))


class WorkerPool:
    """Runs units of one job in `workers` processes; a context manager that leaves no process behind."""

    def __init__(self, stage: Stage, tools: Any, workers: int) -> None:
        self._stage = stage
        self._state = pickle.dumps((stage, tools))
        self._workers = workers
        self._executor = self._start()

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, *_: object) -> None:
        self._kill()

    def run(self, units: Sequence[Unit], load: Callable[[Unit], Unit]) -> Iterator[tuple[Unit, UnitResult] | None]:
        """As `Pool.run`, with two units a worker in flight."""
        waiting = list(reversed(units))
        suspects: list[Unit] = []  # units that were in flight when a worker died; run alone, to know whose fault it was
        running: dict[Future[UnitResult], Unit] = {}
        crashes: Counter[str] = Counter()
        alone = False  # a suspect is in flight
        while waiting or suspects or running:
            try:
                while (suspects or waiting) and len(running) < (1 if suspects or alone else 2 * self._workers):
                    queue = suspects or waiting
                    future = self._executor.submit(_run, load(queue[-1]))
                    alone = queue is suspects
                    running[future] = queue.pop()
                done = wait(running, timeout=0.2, return_when=FIRST_COMPLETED).done
                if not done:
                    yield None
                for future in sorted(done, key=lambda future: future.exception() is not None):
                    result = future.result()
                    yield running.pop(future), result
            except BrokenProcessPool:
                self._kill()
                self._executor = self._start()
                if len(running) == 1:
                    (unit,) = running.values()
                    crashes[unit.id] += 1
                    if crashes[unit.id] == _CRASHES_ALLOWED:
                        raise JobError(
                            f"a worker process died {_CRASHES_ALLOWED} times while unit {unit.id} ran, probably for "
                            "lack of memory; run fewer workers (SOLULU_WORKERS) or leave out that unit's source"
                        ) from None
                suspects.extend(running.values())
                running.clear()

    def _start(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["__main__", __name__, type(self._stage).__module__])
        return ProcessPoolExecutor(self._workers, context, initializer=_prepare, initargs=(self._state, os.getpid()))

    def _kill(self) -> None:
        # The executor has no public way to end busy workers before Python 3.14.
        processes = list((self._executor._processes or {}).values())
        for process in processes:
            process.terminate()
        self._executor.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.join(2)
            if process.is_alive():
                process.kill()


def _prepare(state: bytes, service_pid: int) -> None:
    global _stage, _tools
    threading.Thread(target=_end_with, args=(service_pid, os.getppid()), daemon=True).start()
    _stage, _tools = pickle.loads(state)


def _end_with(service_pid: int, forkserver_pid: int) -> None:
    while os.getppid() == forkserver_pid and _is_there(service_pid):
        time.sleep(0.5)
    os._exit(1)


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _run(unit: Unit) -> UnitResult:
    return run_unit(_stage, unit, _tools)
