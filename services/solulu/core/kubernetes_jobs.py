"""A Kubernetes Job and its pods: whether it has finished, how, and when one that cannot start waited long enough."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from solulu.core.errors import JobError
from solulu.core.kubernetes import PODS, Cluster, Object
from solulu.core.kubernetes_pods import ENDED, obstacle, pending_seconds, warning

_KEPT_SECONDS = 3600
_REPLACEMENTS = 3
_DEADLINE_SECONDS = 7 * 24 * 3600

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


def job_spec(pod: Object, container: str, final: Sequence[int]) -> Object:
    """What a Job makes of a pod that runs once: a pod that was killed is replaced, a few times, but not one whose
    container ended with a `final` exit code. The pod's deadline becomes the Job's, and the end of its log its message.
    """
    deadline = pod["spec"].get("activeDeadlineSeconds") or _DEADLINE_SECONDS
    spec = {name: value for name, value in pod["spec"].items() if name != "activeDeadlineSeconds"}
    containers = [{**one, "terminationMessagePolicy": "FallbackToLogsOnError"} for one in spec["containers"]]
    ends = {"containerName": container, "operator": "In", "values": list(final)}
    disrupted = {"type": "DisruptionTarget", "status": "True"}
    return {
        "ttlSecondsAfterFinished": _KEPT_SECONDS,
        "backoffLimit": _REPLACEMENTS,
        "activeDeadlineSeconds": deadline,
        "podFailurePolicy": {
            "rules": [
                {"action": "Ignore", "onPodConditions": [disrupted]},
                {"action": "FailJob", "onExitCodes": ends},
            ]
        },
        "template": {**pod, "spec": {**spec, "restartPolicy": "Never", "containers": containers}},
    }


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
