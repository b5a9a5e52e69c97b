"""A Kubernetes Job and its pods: whether it has finished, how, and why a pod that should run does not.

A pod that only takes its time (an image of gigabytes is on its way) has no obstacle; one that cannot be scheduled, has
no image or lacks its Secret has, and so has a Job that may not make its pods. The words are the cluster's own.
"""

from __future__ import annotations

import logging
import time

from solulu.core.errors import JobError
from solulu.core.kubernetes import EVENTS, PODS, Cluster, Object

PENDING = "solulu.dev/pending-seconds"
"""The annotation of a PodTemplate that says for how long a pod may be kept from starting."""
_PENDING_SECONDS = 45.0
_UNDER_WAY = ("ContainerCreating", "PodInitializing")
_ENDED = ("Succeeded", "Failed")

log = logging.getLogger(__name__)


class Patience:
    """How long the pods of a Job have been kept from starting, and how long they may be."""

    def __init__(self, cluster: Cluster, template: Object) -> None:
        self._cluster = cluster
        self._seconds = float(template["metadata"].get("annotations", {}).get(PENDING, _PENDING_SECONDS))
        self._obstacle, self._since = "", 0.0

    def check(self, job: Object, pods: list[Object]) -> None:
        """Logs a new obstacle. Raises JobError where there has been one for too long."""
        waiting = [pod for pod in pods if pod.get("status", {}).get("phase") not in _ENDED]
        if job["spec"].get("suspend"):  # by a queue, which will start it in its turn
            found = ""
        else:
            found = obstacle(self._cluster, waiting[0]) if waiting else warning(self._cluster, job)
        now = time.monotonic()
        if not self._obstacle:
            self._since = now
        if found and found != self._obstacle:
            log.warning("waiting for a pod: %s", found)
        self._obstacle = found
        if found and now - self._since >= self._seconds:
            raise JobError(f"no pod could start within {self._seconds:g} s: {found}")


def container_of(template: Object, pod: Object, name: str) -> Object:
    """The container of a pod made from a PodTemplate in which we run. Raises JobError where there is none."""
    for container in pod["spec"]["containers"]:
        if container["name"] == name:
            found: Object = container
            return found
    raise JobError(f"PodTemplate {template['metadata']['name']} has no container named {name}, which is to be run")


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


def obstacle(cluster: Cluster, pod: Object) -> str:
    """What keeps a pod from starting; empty where nothing does, or nothing has been said yet."""
    status = pod.get("status", {})
    if status.get("phase") != "Pending":
        return ""
    for condition in status.get("conditions", ()):
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            is_held_back = condition.get("reason") == "SchedulingGated"  # by a queue, on purpose
            return "" if is_held_back else _words(condition)
    for container in [*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())]:
        waiting = container.get("state", {}).get("waiting")
        if waiting and waiting.get("reason") not in _UNDER_WAY:
            return _words(waiting)
    return warning(cluster, pod)


def warning(cluster: Cluster, about: Object) -> str:
    """What the newest event about an object warns of; empty where it is no warning, for older ones may be over."""
    events = cluster.find(EVENTS, fields=f"involvedObject.uid={about['metadata']['uid']}")
    newest = max(events, key=_time, default={})
    return _words(newest) if newest.get("type") == "Warning" else ""


def _words(source: Object) -> str:
    reason, message = source.get("reason") or "", source.get("message") or ""
    return ": ".join(" ".join(part.split()) for part in (reason, message) if part)


def _time(event: Object) -> str:
    repeated = (event.get("series") or {}).get("lastObservedTime")
    return repeated or event.get("lastTimestamp") or event.get("eventTime") or ""
