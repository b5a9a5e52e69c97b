"""`solulu run PIPELINE --on-cluster`: the same command as a Job inside the cluster, with its log shown here.

The pod is the chart's own client: it has the gateway's address and the token, so nothing of the cluster has to be
reachable from here but its API. The Job goes on when this process ends.
"""

from __future__ import annotations

import contextlib
import re
import sys
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

import typer

from solulu.cli.output import notes
from solulu.core.child import exit_words
from solulu.core.errors import InvalidArgument, JobError, NotFound, SoluluError, Transient
from solulu.core.kubernetes import CONFIG_MAPS, JOBS, POD_TEMPLATES, Cluster, Object, owned_by
from solulu.core.kubernetes_jobs import Patience, finish, job_spec, last_end, pods_of
from solulu.core.kubernetes_pods import pod_from

CONTAINER = "client"
"""The container of the PodTemplate in which the command runs."""
_INSTANCE = "app.kubernetes.io/instance"
_CLIENTS = {"app.kubernetes.io/part-of": "solulu", "app.kubernetes.io/component": "client"}
_FOLDER = "/pipeline"
_POLL_SECONDS = 1.0
_FINAL = (1, 2)
"""Exit codes that another run of the command would end with too."""


def run_on_cluster(pipeline: Path, flags: Sequence[str], namespace: str, release: str) -> None:
    """Runs the pipeline's file with these flags in the cluster, follows it to its end, and exits as it did."""
    cluster = Cluster(namespace)
    template = _template(cluster, release)
    name = _start(cluster, template, pipeline, flags)
    where = f"--namespace {cluster.namespace}"
    notes().print(f"runs as Job {name} in namespace {cluster.namespace}", markup=False)
    try:
        code = _follow(cluster, name, Patience(cluster, template))
    except KeyboardInterrupt:
        notes().print(
            f"{name} goes on\n  kubectl {where} logs --follow job/{name}  follows it again\n"
            f"  kubectl {where} delete job/{name}         stops it, but not the jobs that it has submitted",
            markup=False,
        )
        code = 1
    if code:
        raise typer.Exit(code)
    notes().print(f"the report went with the pod; `solulu run {pipeline} --address HOST:PORT` writes it here")


def job_object(template: Object, name: str, file: str, flags: Sequence[str]) -> Object:
    """The Job that runs the pipeline in the ConfigMap of the same name."""
    pod, container = pod_from(template, CONTAINER)
    container["command"], container["args"] = ["solulu"], ["run", f"{_FOLDER}/{file}", *flags]
    mount = {"name": "pipeline", "mountPath": _FOLDER, "readOnly": True}
    container["volumeMounts"] = [*container.get("volumeMounts", ()), mount]
    volume = {"name": "pipeline", "configMap": {"name": name}}
    pod["spec"]["volumes"] = [*pod["spec"].get("volumes", ()), volume]
    labels = pod.get("metadata", {}).get("labels", {})
    return {
        "metadata": {"name": name, "labels": labels, "ownerReferences": [owned_by(template)]},
        "spec": job_spec(pod, CONTAINER, _FINAL),
    }


def _template(cluster: Cluster, release: str) -> Object:
    """The PodTemplate of the clients of the release, or of the only one that there is."""
    found = cluster.find(POD_TEMPLATES, {**_CLIENTS, **({_INSTANCE: release} if release else {})})
    releases = [template["metadata"]["labels"].get(_INSTANCE, "") for template in found]
    where = f"namespace {cluster.namespace}"
    if len(found) > 1:
        raise InvalidArgument(f"{where} has the releases {', '.join(releases)}; name one with --release")
    if not found:
        what = f"release {release} of Solulu" if release else "Solulu"
        raise InvalidArgument(f"{what} is not installed in {where}; name another with --namespace")
    return found[0]


def _start(cluster: Cluster, template: Object, pipeline: Path, flags: Sequence[str]) -> str:
    """Creates the ConfigMap and the Job; the one goes with the other."""
    file = re.sub(r"[^\w.-]", "-", pipeline.name, flags=re.ASCII)
    stem = re.sub(r"[^a-z0-9]+", "-", pipeline.stem.lower()).strip("-")[:30].strip("-")
    name = "-".join(part for part in ("solulu-run", stem, uuid.uuid4().hex[:8]) if part)
    about = {"name": name, "labels": template["metadata"].get("labels", {}), "ownerReferences": [owned_by(template)]}
    job = job_object(template, name, file, flags)
    cluster.create(CONFIG_MAPS, {"metadata": about, "data": {file: pipeline.read_text(encoding="utf-8")}})
    try:
        owner = owned_by(cluster.create(JOBS, job))
    except SoluluError:
        cluster.delete(CONFIG_MAPS, name)
        raise
    with contextlib.suppress(Transient):  # the Job runs; what stays then goes with the release
        cluster.merge(CONFIG_MAPS, name, {"metadata": {"ownerReferences": [owner]}})
    return name


def _follow(cluster: Cluster, name: str, patience: Patience) -> int:
    """Shows what the Job's pods write, one after the other; the exit code of the last. Raises JobError."""
    shown: dict[str, bytes] = {}
    while True:
        try:
            job = cluster.get(JOBS, name)
            condition, pods = finish(job), pods_of(cluster, name)
            if not condition:
                _wait(cluster, name, job, pods, patience)
            for pod in pods:
                if pod["status"].get("phase") in ("Running", "Succeeded", "Failed"):
                    with contextlib.suppress(NotFound):  # a pod may go while another one's log is followed
                        _show(cluster, pod["metadata"]["name"], shown)
            if condition:
                return _exit_code(condition, last_end(pods, CONTAINER))
        except Transient as error:
            notes().print(f"{error}; the Job goes on", markup=False)
        time.sleep(_POLL_SECONDS)


def _wait(cluster: Cluster, name: str, job: Object, pods: list[Object], patience: Patience) -> None:
    try:
        patience.check(job, pods)
    except JobError:
        cluster.delete(JOBS, name)
        raise


def _show(cluster: Cluster, pod: str, shown: dict[str, bytes]) -> None:
    """Prints the lines of a pod's log after the last one that was shown of it; their times have one length."""
    for line in cluster.follow_log(pod, CONTAINER):
        written, _, text = line.partition(b" ")
        if written > shown.get(pod, b""):
            shown[pod] = written
            sys.stdout.buffer.write(text)
            sys.stdout.buffer.flush()


def _exit_code(condition: Object, end: Object) -> int:
    if condition["type"] == "Complete":
        return 0
    if not end or condition.get("reason") == "DeadlineExceeded":
        raise JobError(f"Kubernetes ended the run: {condition.get('reason')}: {condition.get('message')}")
    code = int(end["exitCode"])
    if code not in _FINAL:
        raise JobError(f"the pod's process {exit_words(128 - code if code > 128 else code)}")
    return code
