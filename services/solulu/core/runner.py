"""The runner: a thread a stage, which claims jobs of its stage and works on them one after the other.

Stopping gives the job in hand back to the table, where any other runner, or this one after a restart, continues it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

import sqlalchemy as sa

from solulu.core.attempt import Attempt
from solulu.core.database import DatabaseAway
from solulu.core.jobs import JobTable
from solulu.core.settings import Settings
from solulu.core.stage import Stage
from solulu.core.store import Store

_POLL_SECONDS = 0.5

log = logging.getLogger(__name__)


class Runner:
    """Works on the jobs of some stages until it is stopped."""

    def __init__(self, settings: Settings, store: Store, table: JobTable, stages: Sequence[Stage]) -> None:
        self._settings, self._store, self._table = settings, store, table
        self._stopping = threading.Event()
        self._wake = {stage.name: threading.Event() for stage in stages}
        self._threads = [
            threading.Thread(target=self._work, args=(stage,), name=f"runner-{stage.name}", daemon=True)
            for stage in stages
        ]

    def start(self) -> None:
        """Begins to claim jobs."""
        for thread in self._threads:
            thread.start()

    def wake(self, stage: str) -> None:
        """There is a new job of this stage: no need to wait for the next look."""
        self._wake[stage].set()

    def stop(self) -> None:
        """Gives back what is being worked on, and returns when that is done."""
        self._stopping.set()
        for event in self._wake.values():
            event.set()
        for thread in self._threads:
            thread.join()

    def _work(self, stage: Stage) -> None:
        wake = self._wake[stage.name]
        while not self._stopping.is_set():
            wake.clear()
            try:
                job = self._table.claim([stage.name])
                if job is not None:
                    Attempt(self._settings, self._store, self._table, stage, job).run(self._stopping)
                    continue
            except (DatabaseAway, sa.exc.SQLAlchemyError) as error:
                log.error("looking for jobs failed; trying again: %s", error)
            except Exception:
                log.exception("a defect of the runner; it goes on with the next job")
            wake.wait(_POLL_SECONDS)
