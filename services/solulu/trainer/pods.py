"""Why pods that should run do not, in the cluster's own words.

A pod that only takes its time (an image of gigabytes is on its way) has no obstacle; one that cannot be scheduled, has
no image or lacks its Secret has, and so has a controller that may not make its pods.
"""

from __future__ import annotations

from solulu.core.kubernetes import EVENTS, Cluster, Object

_UNDER_WAY = ("ContainerCreating", "PodInitializing")


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
