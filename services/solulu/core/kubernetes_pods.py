"""Pods that are made from a PodTemplate, and why one that should run does not.

A pod that only takes its time (an image of gigabytes is on its way) has no obstacle; one that cannot be scheduled, has
no image or lacks its Secret has, and so has a controller that may not make its pods. The words are the cluster's own.
"""

from __future__ import annotations

import copy
from datetime import UTC, datetime

from solulu.core.errors import JobError
from solulu.core.kubernetes import EVENTS, Cluster, Object

TEMPLATE_LABEL = "solulu.dev/pod-template"
"""The label that tells from which PodTemplate an object was made."""
ENDED = ("Succeeded", "Failed")
"""Phases of a pod that does not run any more."""
_PENDING = "solulu.dev/pending-seconds"
_PENDING_SECONDS = 40.0
_OVERDUE_SECONDS = 30.0
"""By which a node may be late to end a pod before it counts as lost."""
_UNDER_WAY = ("ContainerCreating", "PodInitializing")


def pending_seconds(template: Object) -> float:
    """For how long a pod may be kept from starting: the PodTemplate's annotation `solulu.dev/pending-seconds`."""
    return float(template["metadata"].get("annotations", {}).get(_PENDING, _PENDING_SECONDS))


def pod_from(template: Object, name: str) -> tuple[Object, Object]:
    """A pod to be made from a PodTemplate, and its container of this name, in which we run; both are there to be
    changed. Raises JobError where it has no such container."""
    pod = copy.deepcopy(template["template"])
    for container in pod["spec"]["containers"]:
        if container["name"] == name:
            return pod, container
    raise JobError(f"PodTemplate {template['metadata']['name']} has no container named {name}, which is to be run")


def age_seconds(time: str) -> float:
    """Seconds since a time as Kubernetes writes it."""
    return (datetime.now(UTC) - datetime.fromisoformat(time)).total_seconds()


def obstacle(cluster: Cluster, pod: Object) -> str:
    """What keeps a pod from starting, or from making way for the next; empty where nothing does, or nothing has been
    said yet."""
    status = pod.get("status", {})
    told = pod["metadata"].get("deletionTimestamp")
    if told and age_seconds(told) > _OVERDUE_SECONDS:
        node = pod["spec"].get("nodeName")
        return (
            f"NodeLost: node {node} has not ended pod {pod['metadata']['name']}, which it should have by {told}; if it "
            f"is gone for good, delete the node (kubectl delete node {node}), and submit again"
        )
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
