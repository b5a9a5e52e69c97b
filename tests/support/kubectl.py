"""A namespace of a real cluster, through kubectl: what an operator sees and does."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping
from typing import Any

from support.serving import wait_until

NEEDED = ("kubectl", "helm")
RESTRICTED = {
    "runAsNonRoot": True,
    "runAsUser": 10001,
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}
"""A container's security context that PodSecurity's `restricted` lets in."""
NOT_TO_BE_HAD = ("ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName", "RegistryUnavailable")


def missing() -> list[str]:
    """The programs that are not on PATH."""
    return [name for name in NEEDED if not shutil.which(name)]


def run(*command: str, stdin: str | None = None, timeout_seconds: float = 300) -> str:
    """What a command prints; its own words are the error where it fails."""
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, timeout=timeout_seconds)
    assert done.returncode == 0, f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
    return done.stdout


class Namespace:
    """One namespace of the cluster that KUBECONFIG names."""

    def __init__(self, name: str) -> None:
        self.name = name

    def run(self, *arguments: str, stdin: str | None = None, timeout_seconds: float = 300) -> str:
        """What `kubectl -n NAMESPACE ...` prints."""
        return run("kubectl", "-n", self.name, *arguments, stdin=stdin, timeout_seconds=timeout_seconds)

    def create(self) -> None:
        """Makes the namespace, with PodSecurity's strictest level enforced."""
        labels = {"pod-security.kubernetes.io/enforce": "restricted"}
        self.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.name, "labels": labels}})

    def delete(self) -> None:
        """Removes the namespace with all that is in it."""
        self.run("delete", "namespace", self.name, "--ignore-not-found", "--wait", "--timeout=180s")

    def apply(self, *objects: Mapping[str, Any], manager: str = "tests") -> None:
        """Makes objects what they are described to be, in the name of a field manager."""
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
        self.run("apply", "--server-side", f"--field-manager={manager}", "--force-conflicts", "-f", "-", stdin=text)

    def get(self, kind: str, name: str) -> dict[str, Any]:
        """An object."""
        found: dict[str, Any] = json.loads(self.run("get", kind, name, "-o", "json"))
        return found

    def list(self, kind: str, selector: str = "") -> list[dict[str, Any]]:
        """The objects of a kind that a label selector finds, by name."""
        found: list[dict[str, Any]] = json.loads(self.run("get", kind, "-l", selector, "-o", "json"))["items"]
        return sorted(found, key=lambda one: one["metadata"]["name"])

    def names(self, kind: str, selector: str = "") -> list[str]:
        """Their names."""
        return [one["metadata"]["name"] for one in self.list(kind, selector)]

    def running_pods(self, selector: str) -> list[str]:
        """Names of the pods that run and are not about to end."""
        pods = self.list("pods", selector)
        return [
            pod["metadata"]["name"]
            for pod in pods
            if pod["status"].get("phase") == "Running" and "deletionTimestamp" not in pod["metadata"]
        ]

    def kill(self, selector: str) -> str:
        """Ends the one running pod, which has a second for its last words, and returns its name."""
        (name,) = self.running_pods(selector)
        self.run("delete", "pod", name, "--now", "--wait=false")
        return name

    def images_not_to_be_had(self, images: list[str]) -> list[str]:
        """Pulls images onto a node; those that cannot be pulled, each with the reason."""
        containers = [
            {"name": f"image-{number}", "image": image, "command": ["true"], "securityContext": RESTRICTED}
            for number, image in enumerate(images)
        ]
        spec = {"restartPolicy": "Never", "automountServiceAccountToken": False, "containers": containers}
        self.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "images"}, "spec": spec})
        states: list[dict[str, Any]] = []

        def settled() -> bool:
            nonlocal states
            states = self.get("pod", "images")["status"].get("containerStatuses", [])
            return len(states) == len(images) and all(state["imageID"] or _refused(state) for state in states)

        try:
            wait_until(settled, f"the images to be pulled: {', '.join(images)}", 600, every_seconds=1)
        finally:
            self.run("delete", "pod", "images", "--now")
        return [f"{state['image']}: {_refused(state)}" for state in states if not state["imageID"]]

    @contextlib.contextmanager
    def forwarded(self, target: str, port: int) -> Iterator[str]:
        """`host:port` on this machine that leads to a port of a pod or service such as `svc/name`."""
        command = ["kubectl", "-n", self.name, "port-forward", target, f":{port}"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            found = re.match(r"Forwarding from (127\.0\.0\.1:\d+)", line)
            assert found, f"kubectl forwards nothing: {line}{process.stdout.read() if process.poll() else ''}"
            yield found[1]
        finally:
            process.terminate()
            process.wait(20)

    def story(self) -> str:
        """What went on, for whoever reads a failure: pods, events, and the last words of what is not well."""
        parts = [self.run("get", "pods,jobs,pvc", "-o", "wide"), self.run("get", "events", "--sort-by=.lastTimestamp")]
        for pod in self.list("pods"):
            states = pod["status"].get("containerStatuses", [])
            if pod["status"].get("phase") != "Succeeded" and not all(state["ready"] for state in states):
                name = pod["metadata"]["name"]
                with contextlib.suppress(AssertionError):
                    parts.append(f"--- {name}\n{self.run('logs', name, '--all-containers', '--tail=30')}")
                with contextlib.suppress(AssertionError):
                    parts.append(self.run("logs", name, "--all-containers", "--tail=30", "--previous"))
        return "\n".join(part[-12000:] for part in parts)


def _refused(state: Mapping[str, Any]) -> str:
    """Why a container's image cannot be pulled; empty while it may still be."""
    waiting = state["state"].get("waiting", {})
    return f"{waiting['reason']} {waiting.get('message', '')}" if waiting.get("reason") in NOT_TO_BE_HAD else ""


def node_address() -> str:
    """The address at which a node's ports are open."""
    nodes = json.loads(run("kubectl", "get", "nodes", "-o", "json"))["items"]
    addresses = {address["type"]: address["address"] for address in nodes[0]["status"]["addresses"]}
    return addresses.get("ExternalIP") or addresses["InternalIP"]


def num_gpus() -> int:
    """GPUs that the nodes advertise."""
    nodes = json.loads(run("kubectl", "get", "nodes", "-o", "json"))["items"]
    return sum(int(node["status"]["allocatable"].get("nvidia.com/gpu", 0)) for node in nodes)


def is_open(host: str, port: int) -> bool:
    """Whether something listens there and can be reached from here."""
    try:
        socket.create_connection((host, port), timeout=3).close()
    except OSError:
        return False
    return True
