"""A Kubernetes Job and its pods: whether it has finished, how, and when one that cannot start waited long enough."""

from __future__ import annotations

import logging
import time

from solulu.core.errors import JobError
from solulu.core.kubernetes import PODS, Cluster, Object
from solulu.core.kubernetes_pods import ENDED, obstacle, pending_seconds, warning

log = logging.getLogger(__name__)


class Patience:
    """How long the pods of a Job have been kept from starting, and how long they may be."""

    def __init__(self, cluster: Cluster, template: Object) -> None:
        self._cluster = cluster
        self._seconds = pending_seconds(template)
        self._obstacle, self._since = "", 0.0

    def check(self, job: Object, pods: list[Object]) -> None:
        """Logs a new obstacle. Raises JobError where there has been one for too long."""
        waiting = [pod for pod in pods if pod.get("status", {}).get("phase") not in ENDED]
        if job["spec"].get("suspend"):  # by a queue, which will start it in its turn
            found = ""
        else:
            found = obstacle(self._cluster, waiting[0]) if waiting else warning(self._cluster, job)
        now = time.monotonic()
        if not self._obstacle:
            self._since = now
        if _reason(found) != _reason(self._obstacle) and found:  # the rest may name each pod that was refused
            log.warning("waiting for a pod: %s", found)
        self._obstacle = found
        if found and now - self._since >= self._seconds:
            raise JobError(f"no pod could start within {self._seconds:g} s: {found}")


def _reason(obstacle: str) -> str:
    return obstacle.partition(":")[0]


def pods_of(cluster: Cluster, job: str) -> list[Object]:
    """The pods that a Job has made and not removed, the oldest first."""
    pods = cluster.find(PODS, {"batch.kubernetes.io/job-name": job})
    return sorted(pods, key=lambda pod: str(pod["metadata"].get("creationTimestamp") or ""))


def finish(job: Object) -> Object:
    """The condition that says how a Job has finished: its type is Complete or Failed. Empty until then."""
    conditions = job.get("status", {}).get("conditions", ())
    found = (item for item in conditions if item["type"] in ("Complete", "Failed") and item["status"] == "True")
    return next(found, {})


def last_end(pods: list[Object], container: str) -> Object:
    """The `terminated` state of the container that ended last; empty where none has."""
    ends = [
        status["state"]["terminated"]
        for pod in pods
        for status in pod["status"].get("containerStatuses", ())
        if status["name"] == container and status.get("state", {}).get("terminated")
    ]
    return max(ends, key=lambda end: end.get("finishedAt") or "", default={})
