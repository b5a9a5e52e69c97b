"""Training as a Kubernetes Job, one for each of ours and named after it, so that it is created once and found again.

The Job is the training's own life: Kubernetes replaces a pod that was killed, which goes on from the last checkpoint,
and a service that ends leaves the Job to the next one that claims the training. What the pod may use (image, GPUs,
Secret of the store) is said by the PodTemplate alone.
"""

from __future__ import annotations

import copy
import logging
import time
from pathlib import Path

from solulu.core.errors import Conflict, JobError, NotFound, SoluluError, Transient
from solulu.core.kubernetes import JOBS, PODS, Cluster, Object, owned_by
from solulu.trainer.launch import FAILED, FIXED, MAY_PASS, Ended
from solulu.trainer.pods import obstacle, warning

CONTAINER = "trainer"
"""The container of the PodTemplate in which the training runs."""
JOB_LABEL, KEY_LABEL, TEMPLATE_LABEL = "solulu.dev/job", "solulu.dev/key", "solulu.dev/pod-template"
PENDING = "solulu.dev/pending-seconds"
"""The PodTemplate's annotation that says for how long a pod may be kept from starting."""

_PENDING_SECONDS = 45.0
_KEPT_SECONDS = 3600
_REPLACEMENTS = 3
_DEADLINE_SECONDS = 7 * 24 * 3600
_GRACE_SECONDS = 5
_SCRATCH = "/tmp/training"

log = logging.getLogger(__name__)


class KubernetesLauncher:
    """Launches in the cluster, from a PodTemplate."""

    def __init__(self, template: str) -> None:
        self._cluster, self._template = Cluster(), template

    def launch(self, job_id: str, checkpoints: str, scratch: Path) -> KubernetesJob:
        """Creates the Job of this training, or adopts it. `scratch` is of no use to a pod elsewhere."""
        template = self._cluster.pod_template(self._template)
        job = job_object(template, job_id, checkpoints)
        name = job["metadata"]["name"]
        same_key = {label: job["metadata"]["labels"][label] for label in (TEMPLATE_LABEL, KEY_LABEL)}
        for other in self._cluster.find(JOBS, same_key):
            if other["metadata"]["name"] != name and not is_finished(other):  # it would write the same checkpoints
                delete(self._cluster, other["metadata"]["name"])
        try:
            self._cluster.create(JOBS, job)
            log.info("created Kubernetes Job %s", name)
        except Conflict:
            log.info("adopted Kubernetes Job %s", name)
        pending = template["metadata"].get("annotations", {}).get(PENDING, _PENDING_SECONDS)
        return KubernetesJob(self._cluster, name, float(pending))


class KubernetesJob:
    """A training in the cluster."""

    poll_seconds = 1.0

    def __init__(self, cluster: Cluster, name: str, pending_seconds: float) -> None:
        self._cluster, self._name, self._pending_seconds = cluster, name, pending_seconds
        self._is_finished = False
        self._obstacle, self._obstacle_since = "", 0.0

    def ended(self) -> Ended | None:
        """How it ended. A pod that is kept from starting for too long has ended, and the obstacle is the reason."""
        try:
            job = self._cluster.get(JOBS, self._name)
            if is_finished(job):
                self._is_finished = True
                return _end(job, self._pods())
            return None if job.get("status", {}).get("ready") else self._waited_in_vain(job)
        except NotFound:
            self._is_finished = True
            return Ended(FAILED, f"the Kubernetes Job {self._name} was deleted, and not by Solulu; submit again")
        except Transient as error:
            log.warning("the training goes on unwatched: %s", error)
            return None

    def stop(self) -> None:
        """Deletes the Job, unless it has finished: then its log is there for a while."""
        if self._is_finished:
            return
        try:
            delete(self._cluster, self._name)
        except SoluluError as error:
            log.warning("Kubernetes Job %s is left to the sweep of orphans: %s", self._name, error)

    def leave(self) -> None:
        """Nothing ends: the Job is adopted by the next launch of this training."""
        log.info("Kubernetes Job %s goes on", self._name)

    def _pods(self) -> list[Object]:
        return self._cluster.find(PODS, {"batch.kubernetes.io/job-name": self._name})

    def _waited_in_vain(self, job: Object) -> Ended | None:
        if job["spec"].get("suspend"):  # by a queue, which will start it in its turn
            found = ""
        else:
            pods = [pod for pod in self._pods() if pod["status"].get("phase") not in ("Failed", "Succeeded")]
            found = obstacle(self._cluster, pods[0]) if pods else warning(self._cluster, job)
        now = time.monotonic()
        if not found or not self._obstacle:
            self._obstacle_since = now
        if found and found != self._obstacle:
            log.warning("the training waits: %s", found)
        self._obstacle = found
        if not found or now - self._obstacle_since < self._pending_seconds:
            return None
        return Ended(FAILED, f"the training could not start within {self._pending_seconds:g} s: {found}")


def job_object(template: Object, job_id: str, checkpoints: str) -> Object:
    """The Kubernetes Job of a training. Raises JobError where the PodTemplate has no container for it."""
    pod = copy.deepcopy(template["template"])
    name, spec = template["metadata"]["name"], pod["spec"]
    container = next((container for container in spec["containers"] if container["name"] == CONTAINER), None)
    if container is None:
        raise JobError(f"PodTemplate {name} has no container named {CONTAINER}, in which the training would run")
    container["command"] = ["python", "-m", "solulu.trainer.worker"]
    container["args"] = ["--checkpoints", checkpoints, "--scratch", _SCRATCH]
    named = {entry["name"] for entry in container.get("env", ())}
    fixed = {**FIXED, "CUDA_VISIBLE_DEVICES": "0"}  # one process trains on one GPU
    container["env"] = [
        *container.get("env", ()),
        *({"name": name, "value": value} for name, value in fixed.items() if name not in named),
    ]
    container["terminationMessagePolicy"] = "FallbackToLogsOnError"  # so the end of the log stays with the pod
    spec |= {"restartPolicy": "Never", "terminationGracePeriodSeconds": _GRACE_SECONDS}
    deadline = spec.pop("activeDeadlineSeconds", _DEADLINE_SECONDS)
    key = checkpoints.rpartition("/")[2]
    metadata = pod.setdefault("metadata", {})
    ours = {JOB_LABEL: job_id, KEY_LABEL: key[:63], TEMPLATE_LABEL: name}
    metadata["labels"] = labels = {**metadata.get("labels", {}), **ours}
    return {
        "metadata": {"name": f"solulu-train-{job_id}", "labels": labels, "ownerReferences": [owned_by(template)]},
        "spec": {
            "ttlSecondsAfterFinished": _KEPT_SECONDS,
            "backoffLimit": _REPLACEMENTS,
            "activeDeadlineSeconds": deadline,
            "podFailurePolicy": {
                "rules": [
                    {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
                    {
                        "action": "FailJob",
                        "onExitCodes": {"containerName": CONTAINER, "operator": "In", "values": [FAILED]},
                    },
                ]
            },
            "template": pod,
        },
    }


def is_finished(job: Object) -> bool:
    """Whether a Job is complete or has failed for good."""
    return bool(_condition(job))


def delete(cluster: Cluster, name: str) -> None:
    """Deletes a Job and waits until none of its pods runs, or their time is over."""
    cluster.delete(JOBS, name)
    end = time.monotonic() + 2 * _GRACE_SECONDS
    while time.monotonic() < end and cluster.find(PODS, {"batch.kubernetes.io/job-name": name}):
        time.sleep(0.2)


def _condition(job: Object) -> Object:
    conditions = job.get("status", {}).get("conditions", ())
    found = (item for item in conditions if item["type"] in ("Complete", "Failed") and item["status"] == "True")
    return next(found, {})


def _end(job: Object, pods: list[Object]) -> Ended:
    """How a finished Job ended, told from the last of its pods that ended."""
    condition = _condition(job)
    if condition["type"] == "Complete":
        return Ended(0, "")
    ends = [end for pod in pods if (end := _terminated(pod))]
    if condition.get("reason") == "DeadlineExceeded" or not ends:
        return Ended(FAILED, f"Kubernetes ended the training: {condition.get('reason')}: {condition.get('message')}")
    last = max(ends, key=lambda end: end.get("finishedAt") or "")
    code, text = last["exitCode"], str(last.get("message") or "").strip()
    if code == MAY_PASS:  # every replacement met it too
        return Ended(FAILED, text)
    return Ended(128 - code if code > 128 else code, text)


def _terminated(pod: Object) -> Object:
    for container in pod["status"].get("containerStatuses", ()):
        if container["name"] == CONTAINER:
            terminated: Object = container.get("state", {}).get("terminated") or {}
            return terminated
    return {}
