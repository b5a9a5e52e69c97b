"""What the state of a pod says, in words: whether it answers, and why it will not.

A pod that has only begun to wait is no failure, since nodes join and registries come back; a program that ended is.
"""

from __future__ import annotations

from collections.abc import Iterator

from solulu.core.kubernetes import Cluster, Object
from solulu.core.kubernetes_pods import ENDED, age_seconds, obstacle

_LAST_LINES = 12


def is_living(pod: Object) -> bool:
    """Whether it runs or is to run: neither ended nor told to end."""
    return "deletionTimestamp" not in pod["metadata"] and pod.get("status", {}).get("phase") not in ENDED


def is_ready(pod: Object) -> bool:
    """Whether its Service sends requests to it."""
    return any(found["status"] == "True" for found in _conditions(pod, "Ready"))


def trouble(cluster: Cluster, pod: Object, patience_seconds: float) -> str:
    """Why it does not run, for people; empty where it does, or has not waited for longer than `patience_seconds`."""
    ended = next(_failures(pod), "")
    if ended or age_seconds(pod["metadata"]["creationTimestamp"]) < patience_seconds:
        return ended
    found = obstacle(cluster, pod)
    return f"its pod cannot start: {found}" if found else ""


def missing(deployment: Object, patience_seconds: float) -> str:
    """Why its pods cannot even be made, such as a quota; empty as in `trouble`."""
    for condition in _conditions(deployment, "ReplicaFailure"):
        if condition["status"] == "True" and age_seconds(condition["lastTransitionTime"]) >= patience_seconds:
            return f"its pod cannot be made: {condition.get('message') or condition.get('reason')}"
    return ""


def _failures(pod: Object) -> Iterator[str]:
    """How its programs ended that should not have; the kubelet keeps the end of their logs."""
    status = pod.get("status", {})
    for container in [*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())]:
        for state in (container.get("state", {}), container.get("lastState", {})):
            ended = state.get("terminated", {})
            if ended.get("exitCode"):
                words = "\n".join(ended.get("message", "").strip().splitlines()[-_LAST_LINES:])
                reason = f"ended with exit code {ended['exitCode']} ({ended.get('reason', 'Error')})"
                yield f"{container['name']} {reason}" + (f"; its log ends:\n{words}" if words else "")


def _conditions(item: Object, kind: str) -> list[Object]:
    return [condition for condition in item.get("status", {}).get("conditions", ()) if condition["type"] == kind]
