"""Training in the cluster that nobody waits for any more: a sweep compares the Kubernetes Jobs with the job table.

A job that is cancelled while no trainer works on it, or that is deleted with its table, has nobody to end its pods.
"""

from __future__ import annotations

import logging
import threading

from solulu.core.errors import NotFound, SoluluError
from solulu.core.jobs import JobTable
from solulu.core.kubernetes import JOBS, Cluster
from solulu.core.kubernetes_jobs import finish
from solulu.core.kubernetes_pods import TEMPLATE_LABEL
from solulu.trainer.kubernetes import JOB_LABEL

_PERIOD_SECONDS = 10.0

log = logging.getLogger(__name__)


class Orphans:
    """Deletes, now and then, the Jobs that were made from a PodTemplate and whose job of ours is over or gone."""

    def __init__(self, template: str, table: JobTable) -> None:
        self._cluster, self._template, self._table = Cluster(), template, table
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="orphans", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends the sweeps."""
        self._stopping.set()
        self._thread.join()

    def sweep(self) -> list[str]:
        """Deletes the orphans; returns their names."""
        orphans = [
            job["metadata"]["name"]
            for job in self._cluster.find(JOBS, {TEMPLATE_LABEL: self._template})
            if not finish(job) and not self._is_wanted(job["metadata"]["labels"][JOB_LABEL])
        ]
        for name in orphans:
            self._cluster.delete(JOBS, name)
            log.warning("deleted Kubernetes Job %s: its job is over", name)
        return orphans

    def _is_wanted(self, job_id: str) -> bool:
        try:
            return self._table.get(job_id).is_live
        except NotFound:
            return False

    def _work(self) -> None:
        while not self._stopping.wait(_PERIOD_SECONDS):
            try:
                self.sweep()
            except SoluluError as error:
                log.warning("orphans were not looked for: %s", error)
            except Exception:
                log.exception("a defect of the sweep of orphans; it goes on")
