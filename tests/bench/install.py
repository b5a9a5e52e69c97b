"""Installs the chart on the cluster that KUBECONFIG names; how long until all is ready, and what each pod holds idle.

    .venv/bin/python tests/bench/install.py

The images are pulled first. Memory is the working set that the kubelet counts, after a minute in which nobody asks for
anything. The namespace is the script's own and gone at the end, its volumes with it.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support import kubectl
from support.kubectl import Namespace
from support.release import Release

READY_SECONDS = 180
LIGHT_MB = 150


def main() -> int:
    """Prints the figures; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--idle-seconds", type=float, default=60)
    args = parser.parse_args()
    namespace = Namespace("solulu-bench")
    namespace.create()
    try:
        release = Release(namespace, Path(tempfile.mkdtemp()))
        if refused := namespace.images_not_to_be_had(release.images({})):
            sys.exit(f"the cluster has not all images: {refused}")
        began = time.monotonic()
        release.install({})
        seconds = time.monotonic() - began
        time.sleep(args.idle_seconds)
        memory = _memory_mb(namespace)
        light = _light_pods(namespace)
        release.uninstall()
    finally:
        namespace.delete()
    print(f"ready after {seconds:.0f} s, the goal is {READY_SECONDS} s")
    for pod, megabytes in sorted(memory.items(), key=lambda one: -one[1]):
        print(f"{megabytes:6.0f} MB  {pod}{'  (light)' if pod in light else ''}")
    too_large = [pod for pod in light if memory[pod] > LIGHT_MB]
    print(f"light services of more than {LIGHT_MB} MB: {', '.join(too_large) or 'none'}")
    return int(seconds > READY_SECONDS or bool(too_large))


def _memory_mb(namespace: Namespace) -> dict[str, float]:
    """Working sets by pod, as the kubelets tell them."""
    found = {}
    for node in json.loads(kubectl.run("kubectl", "get", "nodes", "-o", "json"))["items"]:
        place = f"/api/v1/nodes/{node['metadata']['name']}/proxy/stats/summary?only_cpu_and_memory=true"
        for pod in json.loads(kubectl.run("kubectl", "get", "--raw", place))["pods"]:
            if pod["podRef"]["namespace"] == namespace.name and pod.get("memory"):
                found[pod["podRef"]["name"]] = pod["memory"]["workingSetBytes"] / 1e6
    return found


def _light_pods(namespace: Namespace) -> list[str]:
    """Names of the running pods of services that need no torch."""
    return [
        pod["metadata"]["name"]
        for pod in namespace.list("pods", "app.kubernetes.io/part-of=solulu")
        if pod["status"]["phase"] == "Running" and "/solulu:" in pod["spec"]["containers"][0]["image"]
    ]


if __name__ == "__main__":
    sys.exit(main())
