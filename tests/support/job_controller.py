"""A controller of Jobs for support.kubernetes_api: their pods' commands run as child processes of the test.

It keeps the rules of the real one that matter: a pod that failed is replaced up to backoffLimit times, and a rule of
podFailurePolicy may end the Job at once.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from support.kubernetes_api import KubernetesApi, Object

_BACKOFF_SECONDS = 0.1


class JobController:
    """Runs the pods of Jobs as child processes; a context manager that ends them all.

    `folder` has their logs, and what they have at /tmp and from ConfigMaps. Where `command` is given, it is run
    instead of the container's, with the container's arguments."""

    def __init__(
        self, api: KubernetesApi, folder: Path, environment: Mapping[str, str], command: Sequence[str] = ()
    ) -> None:
        self._api, self._folder, self._environment, self._command = api, folder, environment, command
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        """By the name of the pod."""
        self._owners: dict[str, str] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self) -> JobController:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        for process in self.processes.values():
            _end(process)

    def kill(self, pod: str) -> None:
        """Kills a pod's process, as a node that runs out of memory does."""
        self.processes[pod].send_signal(signal.SIGKILL)

    def _work(self) -> None:
        while not self._ended.wait(0.02):
            for job in self._api.all("jobs"):
                if not job.get("status", {}).get("conditions") and not job["spec"].get("suspend"):
                    with contextlib.suppress(KeyError):  # it was deleted meanwhile
                        self._reconcile(job)
            for name, uid in list(self._owners.items()):
                if uid not in {job["metadata"]["uid"] for job in self._api.all("jobs")}:
                    self._api.remove("pods", name)
                    _end(self.processes[name])
                    del self._owners[name]

    def _reconcile(self, job: Object) -> None:
        pods = self._api.all("pods", {"batch.kubernetes.io/job-name": job["metadata"]["name"]})
        failed = [pod for pod in pods if pod["status"]["phase"] == "Failed"]
        for pod in pods:
            name = pod["metadata"]["name"]
            code = self.processes[name].poll()
            if pod["status"]["phase"] == "Running" and code is not None:
                self._finish(job, pod, code if code >= 0 else 128 - code)
                return
        if len(failed) == len(pods):
            if len(failed) > job["spec"]["backoffLimit"]:
                self._condition(job, "Failed", "BackoffLimitExceeded", "Job has reached the specified backoff limit")
            elif not failed or time.monotonic() > failed[-1]["status"]["ended"] + _BACKOFF_SECONDS:
                self._launch(job, len(pods))

    def _finish(self, job: Object, pod: Object, code: int) -> None:
        name = pod["metadata"]["name"]
        log = Path(pod["metadata"]["annotations"]["log"]).read_text()
        self._api.logs[name] = log
        terminated = {"exitCode": code, "reason": "Completed" if not code else "Error", "message": log[-2048:]}
        container = {"name": job["spec"]["template"]["spec"]["containers"][0]["name"]}
        statuses = [{**container, "state": {"terminated": terminated}}]
        phase = "Failed" if code else "Succeeded"
        self._api.set_status("pods", name, phase=phase, containerStatuses=statuses, ended=time.monotonic())
        rules = job["spec"].get("podFailurePolicy", {}).get("rules", [])
        ends = [rule for rule in rules if code in rule.get("onExitCodes", {}).get("values", []) and code]
        if not code:
            self._condition(job, "Complete", "CompletionsReached", "")
        elif ends and ends[0]["action"] == "FailJob":
            self._condition(job, "Failed", "PodFailurePolicy", f"Container for pod {name} failed with exit code {code}")

    def _condition(self, job: Object, kind: str, reason: str, message: str) -> None:
        condition = {"type": kind, "status": "True", "reason": reason, "message": message}
        self._api.set_status("jobs", job["metadata"]["name"], conditions=[condition])

    def _launch(self, job: Object, number: int) -> None:
        template = job["spec"]["template"]
        name = f"{job['metadata']['name']}-{number}"
        container = template["spec"]["containers"][0]
        program = [str(Path(sys.executable).with_name(part)) for part in container["command"][:1]]
        mounts = self._mounts(name, template["spec"])
        arguments = [_here(part, mounts) for part in container.get("args", ())]
        log = self._folder / f"{name}.log"
        entries = {entry["name"]: entry.get("value", "") for entry in container.get("env", ())}
        with log.open("wb") as output:
            self.processes[name] = subprocess.Popen(
                [*(self._command or [*program, *container["command"][1:]]), *arguments],
                env={**os.environ, **entries, **self._environment},
                stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        self._owners[name] = job["metadata"]["uid"]
        owner = {"uid": job["metadata"]["uid"], "kind": "Job", "name": job["metadata"]["name"]}
        labels = {**template["metadata"].get("labels", {}), "batch.kubernetes.io/job-name": job["metadata"]["name"]}
        about = {"name": name, "labels": labels, "annotations": {"log": str(log)}, "ownerReferences": [owner]}
        self._api.put("pods", {"metadata": about, "spec": template["spec"], "status": {"phase": "Running"}})

    def _mounts(self, pod: str, spec: Object) -> dict[str, Path]:
        """Where the folders of a pod lie here."""
        mounts = {"/tmp": self._folder / pod}
        mounts["/tmp"].mkdir()
        maps = {item["name"]: item["configMap"]["name"] for item in spec.get("volumes", ()) if "configMap" in item}
        for mount in spec["containers"][0].get("volumeMounts", ()):
            if mount["name"] in maps:
                mounts[mount["mountPath"]] = folder = self._folder / f"{pod}-{mount['name']}"
                folder.mkdir()
                for file, text in self._api.get("configmaps", maps[mount["name"]])["data"].items():
                    (folder / file).write_text(text)
        return mounts


def _here(argument: str, mounts: Mapping[str, Path]) -> str:
    """A path of a pod's as one of the test's."""
    place = next((place for place in mounts if argument.startswith(f"{place}/")), None)
    return f"{mounts[place]}{argument.removeprefix(place)}" if place else argument


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
    process.wait()
