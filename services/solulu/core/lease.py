"""The heartbeat of a job: a thread of its own keeps the lease, publishes progress and hears of cancellation.

It is a thread so that a long parse, a full disk or a busy event loop in the work cannot lose the lease.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from solulu.core.database import DatabaseAway
from solulu.core.jobs import LEASE_SECONDS, JobRow, JobTable, LeaseLost

RENEW_SECONDS = 5.0
_LOOK_SECONDS = 0.5

log = logging.getLogger(__name__)


class Interrupted(Exception):
    """The attempt must stop: `reason` is cancelled, stopping or lost."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Lease:
    """Holds a job from `__enter__` to `__exit__`."""

    def __init__(self, table: JobTable, job: JobRow, progress: Callable[[], dict[str, Any]], stopping: threading.Event):
        self._table, self._job, self._progress, self._stopping = table, job, progress, stopping
        self._ended = threading.Event()
        self._reason = "cancelled" if job.state == "CANCELLING" else ""
        self._thread = threading.Thread(target=self._beat, name=f"lease-{job.id[:8]}", daemon=True)

    def __enter__(self) -> Lease:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    @property
    def reason(self) -> str:
        """Why the attempt must stop; empty while it may go on."""
        return self._reason or ("stopping" if self._stopping.is_set() else "")

    def check(self) -> None:
        """Raises Interrupted if the attempt must stop."""
        if self.reason:
            raise Interrupted(self.reason)

    def _beat(self) -> None:
        renewed = time.monotonic()
        published: dict[str, Any] = {}
        while not self._ended.wait(_LOOK_SECONDS):
            try:
                progress = self._progress()
                if progress != published or time.monotonic() - renewed >= RENEW_SECONDS:
                    state = self._table.renew(self._job, progress)
                    renewed, published = time.monotonic(), progress
                else:
                    state = self._table.state(self._job)
                if state == "CANCELLING":
                    self._reason = "cancelled"
            except LeaseLost:
                self._reason = "lost"
                return
            except (DatabaseAway, sa.exc.SQLAlchemyError) as error:
                log.warning("the lease was not renewed: %s", error)
                if time.monotonic() - renewed > LEASE_SECONDS:
                    self._reason = "lost"
                    return
