"""What is rendered and applied, held against a real API server that knows the kinds of Prometheus, KServe and Ray.

The server validates strictly: a field that a kind does not have is an error. Nothing of the renderings is kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from solulu.client import Client
from support import kubectl, quickstart
from support.chart import OPERATOR, RENDERINGS, render, rendered
from support.crds import CRDS
from support.kubectl import Namespace
from support.release import Release
from support.serving import wait_until

pytestmark = pytest.mark.timeout(900)
NOT_OF_THIS_NAMESPACE = ("serviceAccountName", "runtimeClassName", "imagePullSecrets")
"""What a pod may name only where it exists."""


@pytest.fixture(scope="module")
def definitions(release: Release) -> Iterator[None]:
    """Makes the API server know the kinds that the chart and the services can use, for as long as this file runs."""
    if not CRDS.is_dir():
        pytest.skip(f"there are no definitions at {CRDS}")
    known = set(kubectl.run("kubectl", "get", "crds", "-o", "name").split())
    added = {
        f"customresourcedefinition.apiextensions.k8s.io/{yaml.safe_load(path.read_text())['metadata']['name']}": path
        for path in sorted(CRDS.glob("*.yaml"))
    }
    for name, path in added.items():
        if name not in known:
            kubectl.run("kubectl", "apply", "--server-side", "-f", str(path))
    kubectl.run("kubectl", "wait", "--for=condition=Established", *added, "--timeout=60s")
    yield
    kubectl.run("kubectl", "delete", *(name for name in added if name not in known))


@pytest.fixture(params=[*RENDERINGS, "monitored"])
def objects(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    """What the chart renders with some values, or for a cluster that has the Prometheus Operator's definitions."""
    return (render({}, *OPERATOR) if request.param == "monitored" else rendered(request.param)).objects


def test_the_server_accepts_every_rendering_strictly(
    definitions: None, objects: list[dict[str, Any]], namespace: Namespace
) -> None:
    accepted = dry_run(namespace, objects)

    assert len(accepted) == len(objects) > 30


def test_a_restricted_namespace_lets_in_every_pod(objects: list[dict[str, Any]], namespace: Namespace) -> None:
    pods = [
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"pod-{number}"}, "spec": spec}
        for number, spec in enumerate(pod_spec(one) for one in objects)
        if spec
    ]

    assert len(dry_run(namespace, pods)) == len(pods) > 10


def test_where_kserve_is_installed_an_endpoint_is_an_inference_service(
    definitions: None, client: Client, namespace: Namespace
) -> None:
    client.deploy("watched", quickstart.MODEL)
    made = namespace.get("inferenceservice", "solulu-endpoint-watched")

    client.undeploy("watched")
    wait_until(lambda: not namespace.names("inferenceservices"), "the end of the endpoint", every_seconds=0.5)

    assert made["metadata"]["annotations"]["serving.kserve.io/deploymentMode"] == "Standard"
    assert client.endpoints() == []


def dry_run(namespace: Namespace, objects: list[dict[str, Any]]) -> list[str]:
    """What the server would do with objects, a line each; its own words are the error where it refuses one."""
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
    return namespace.run("create", "--dry-run=server", "--validate=strict", "-f", "-", stdin=text).splitlines()


def pod_spec(one: dict[str, Any]) -> dict[str, Any]:
    """The pod in an object, with nothing in it that has to exist already; empty where there is none."""
    within = one.get("spec", {})
    spec = within if one["kind"] == "Pod" else (one.get("template") or within.get("template", {})).get("spec")
    if not spec:
        return {}
    claimed = [{"name": claim["metadata"]["name"], "emptyDir": {}} for claim in within.get("volumeClaimTemplates", ())]
    kept = {name: value for name, value in spec.items() if name not in NOT_OF_THIS_NAMESPACE}
    return {**kept, "volumes": [*spec["volumes"], *claimed]}
