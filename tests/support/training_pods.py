"""Trainings in pods without a model: what the pods are made from, what runs in them, and how they come to nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from solulu.core.jobs import JobRow
from support.kubernetes_api import KubernetesApi, Object
from support.training import TrainingBench

T = TypeVar("T")

WORKER = """
import argparse, os, sys, time
from pathlib import Path

def end_as_the_gate_says():
    code = int(gate.read_text())
    if code:
        print("some words\\nthe reason", file=sys.stderr)
        sys.exit(code)

gate = Path(os.environ["GATE"])
if gate.exists():
    end_as_the_gate_says()
from solulu.core.settings import load
from solulu.core.store import open_store
from solulu.trainer.checkpoints import Checkpoints

parser = argparse.ArgumentParser()
parser.add_argument("--checkpoints")
parser.add_argument("--scratch", type=Path)
arguments = parser.parse_args()
checkpoints = Checkpoints(open_store(load()), arguments.checkpoints)
checkpoints.inputs()
checkpoints.put_progress({"step": 1, "num_steps": 2, "loss": 0.5})
while not gate.exists():
    time.sleep(0.02)
end_as_the_gate_says()
model = arguments.scratch / "model"
model.mkdir(parents=True)
(model / "weights").write_text("trained")
row = {"id": "1", "step": 1, "epoch": 1.0, "loss": 0.5, "learning_rate": 0.1, "num_tokens": 9}
checkpoints.put_result(model, {"rows": [row], "drops": []})
"""
"""A training without a model: it waits until the gate exists, and then ends with the exit code that stands there."""

TEMPLATE: Object = {
    "apiVersion": "v1",
    "kind": "PodTemplate",
    "metadata": {"name": "solulu-training", "annotations": {"solulu.dev/pending-seconds": "0.3"}},
    "template": {
        "metadata": {"labels": {"app.kubernetes.io/component": "training"}, "annotations": {"a": "b"}},
        "spec": {
            "restartPolicy": "Always",
            "terminationGracePeriodSeconds": 30,
            "activeDeadlineSeconds": 7200,
            "nodeSelector": {"solulu.dev/pool": "gpu"},
            "containers": [
                {
                    "name": "trainer",
                    "image": "docker.io/solulu/solulu-heavy:1",
                    "env": [{"name": "TOKENIZERS_PARALLELISM", "value": "true"}],
                    "resources": {"limits": {"nvidia.com/gpu": "1"}},
                }
            ],
        },
    },
}


class Working:
    """The next job of a bench, at work in a thread. `stop` ends the service, and not the job."""

    def __init__(self, bench: TrainingBench) -> None:
        self._stopping = threading.Event()
        self._done: list[JobRow] = []
        self._thread = threading.Thread(target=lambda: self._done.append(bench.work(self._stopping)))
        self._thread.start()

    def stop(self) -> JobRow:
        """The job, given back."""
        self._stopping.set()
        return self.job()

    def job(self) -> JobRow:
        """The job at its end."""
        self._thread.join(60)
        return self._done[0]


def wait_for(found: Callable[[], T], what: str) -> T:
    """What is found as soon as it is anything."""
    end = time.monotonic() + 60
    while not (value := found()):
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.02)
    return value


def the_job(api: KubernetesApi) -> Object:
    """The only Job, as soon as it is there."""
    return wait_for(lambda: api.all("jobs"), "a Job")[0]


def pending(api: KubernetesApi, reason: str, message: str, **changes: Any) -> Object:
    """A pod of the Job that does not start."""
    job = the_job(api)
    waiting = {"name": "trainer", "state": {"waiting": {"reason": reason, "message": message}}}
    about = {"name": "pod", "labels": {"batch.kubernetes.io/job-name": job["metadata"]["name"]}}
    owner = {"uid": job["metadata"]["uid"], "kind": "Job", "name": job["metadata"]["name"]}
    status = {"phase": "Pending", "containerStatuses": [waiting] if reason else [], **changes}
    return api.put("pods", {"metadata": {**about, "ownerReferences": [owner]}, "spec": {}, "status": status})


def template(**spec: Any) -> Object:
    """The PodTemplate with another spec."""
    return {**TEMPLATE, "template": {**TEMPLATE["template"], "spec": spec}}
