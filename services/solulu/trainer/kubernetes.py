"""Training as a Kubernetes Job, one for each of ours and named after it, so that it is created once and found again.

The Job is the training's own life: Kubernetes replaces a pod that was killed, which goes on from the last checkpoint,
and a service that ends leaves the Job to the next one that claims the training. What the pod may use (image, GPUs,
Secret of the store) is said by the PodTemplate alone.
"""

from __future__ import annotations

import logging
import time
from pathlib import Path

from solulu.core.errors import Conflict, NotFound, SoluluError, Transient
from solulu.core.kubernetes import JOBS, Cluster, Object, owned_by
from solulu.core.kubernetes_jobs import Patience, finish, job_spec, last_end, pods_of
from solulu.core.kubernetes_pods import TEMPLATE_LABEL, pod_from
from solulu.trainer.launch import FAILED, FIXED, MAY_PASS, Ended

CONTAINER = "trainer"
"""The container of the PodTemplate in which the training runs."""
JOB_LABEL, KEY_LABEL = "solulu.dev/job", "solulu.dev/key"

_GRACE_SECONDS = 5
_SCRATCH = "/tmp/training"

log = logging.getLogger(__name__)


class KubernetesLauncher:
    """Launches in the cluster, from a PodTemplate."""

    def __init__(self, template: str) -> None:
        self._cluster, self._template = Cluster(), template

    def launch(self, job_id: str, checkpoints: str, scratch: Path) -> KubernetesJob:
        """The Job of this training, which is created, or adopted, when it is first asked about. `scratch` is of no use
        to a pod elsewhere."""
        return KubernetesJob(self._cluster, self._template, job_id, checkpoints)


class KubernetesJob:
    """A training in the cluster. While the API server is away it goes on, or begins later."""

    poll_seconds = 1.0

    def __init__(self, cluster: Cluster, template: str, job_id: str, checkpoints: str) -> None:
        self._cluster, self._template, self._job_id, self._checkpoints = cluster, template, job_id, checkpoints
        self._name = f"solulu-train-{job_id}"
        self._patience: Patience | None = None
        self._is_over = False

    def ended(self) -> Ended | None:
        """How it ended, or None. Raises JobError where no pod starts."""
        try:
            if self._patience is None:
                self._patience = self._begin()
            job = self._cluster.get(JOBS, self._name)
            if condition := finish(job):
                self._is_over = True
                return _end(condition, pods_of(self._cluster, self._name))
            if not job.get("status", {}).get("ready"):
                self._patience.check(job, pods_of(self._cluster, self._name))
        except NotFound:
            self._is_over = True
            return Ended(FAILED, f"the Kubernetes Job {self._name} was deleted, and not by Solulu; submit again")
        except Transient as error:
            log.warning("nothing is known of the training: %s", error)
        return None

    def stop(self) -> None:
        """Deletes the Job, unless it has finished: then its log is there for a while."""
        if self._is_over:
            return
        try:
            delete(self._cluster, self._name)
        except SoluluError as error:
            log.warning("Kubernetes Job %s is left to the sweep of orphans: %s", self._name, error)

    def leave(self) -> None:
        """Nothing ends: the Job is adopted by the next launch of this training."""
        log.info("Kubernetes Job %s goes on", self._name)

    def _begin(self) -> Patience:
        template = self._cluster.pod_template(self._template)
        job = job_object(template, self._name, self._job_id, self._checkpoints)
        same_key = {label: job["metadata"]["labels"][label] for label in (TEMPLATE_LABEL, KEY_LABEL)}
        for other in self._cluster.find(JOBS, same_key):
            if other["metadata"]["name"] != self._name and not finish(other):  # it would write the same checkpoints
                delete(self._cluster, other["metadata"]["name"])
        try:
            self._cluster.create(JOBS, job)
            log.info("created Kubernetes Job %s", self._name)
        except Conflict:
            log.info("adopted Kubernetes Job %s", self._name)
        return Patience(self._cluster, template)


def job_object(template: Object, name: str, job_id: str, checkpoints: str) -> Object:
    """The Kubernetes Job of a training. Raises JobError where the PodTemplate has no container for it."""
    pod, container = pod_from(template, CONTAINER)
    container["command"] = ["python", "-m", "solulu.trainer.worker"]
    container["args"] = ["--checkpoints", checkpoints, "--scratch", _SCRATCH]
    named = {entry["name"] for entry in container.get("env", ())}
    fixed = {**FIXED, "CUDA_VISIBLE_DEVICES": "0"}  # one process trains on one GPU
    container["env"] = [
        *container.get("env", ()),
        *({"name": name, "value": value} for name, value in fixed.items() if name not in named),
    ]
    pod["spec"]["terminationGracePeriodSeconds"] = _GRACE_SECONDS
    key = checkpoints.rpartition("/")[2]
    metadata = pod.setdefault("metadata", {})
    ours = {JOB_LABEL: job_id, KEY_LABEL: key[:63], TEMPLATE_LABEL: template["metadata"]["name"]}
    ours |= {"app.kubernetes.io/managed-by": "solulu"}
    metadata["labels"] = labels = {**metadata.get("labels", {}), **ours}
    return {
        "metadata": {"name": name, "labels": labels, "ownerReferences": [owned_by(template)]},
        "spec": job_spec(pod, CONTAINER, [FAILED]),
    }


def delete(cluster: Cluster, name: str) -> None:
    """Deletes a Job and waits until none of its pods runs, or their time is over."""
    cluster.delete(JOBS, name)
    end = time.monotonic() + 2 * _GRACE_SECONDS
    while time.monotonic() < end and any(pod["status"].get("phase") == "Running" for pod in pods_of(cluster, name)):
        time.sleep(0.2)


def _end(condition: Object, pods: list[Object]) -> Ended:
    """How a finished Job ended, told from the last of its pods that ended."""
    if condition["type"] == "Complete":
        return Ended(0, "")
    last = last_end(pods, CONTAINER)
    if condition.get("reason") == "DeadlineExceeded" or not last:
        return Ended(FAILED, f"Kubernetes ended the training: {condition.get('reason')}: {condition.get('message')}")
    code, text = last["exitCode"], str(last.get("message") or "").strip()
    if code == MAY_PASS:  # every replacement met it too
        return Ended(FAILED, text)
    return Ended(128 - code if code > 128 else code, text)
