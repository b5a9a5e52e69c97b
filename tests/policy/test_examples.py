"""The examples in k8s/ fit what they are applied to: the chart, and the API server's own schemas.

A CRD's schema is read as the server reads it under strict validation: a field that it does not know is an error. Its
CEL rules are not evaluated.
"""

from __future__ import annotations

import re
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # it has no types of its own
import pytest
import yaml
from support.tree import ROOT, read

CRDS = ROOT.parent / "shared" / "crds"
POOL = {"solulu.dev/pool": "gpu"}
TAINT = {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}


def objects(name: str) -> list[dict[str, Any]]:
    """The objects of a YAML file."""
    return list(yaml.safe_load_all(read(name)))


@pytest.fixture(scope="module")
def schemas() -> dict[tuple[str, str], Any]:
    """The strict schema of each of Kueue's resources, by apiVersion and kind."""
    if not CRDS.is_dir():
        pytest.skip(f"no CRDs at {CRDS}")
    found = {}
    for path in sorted(CRDS.glob("kueue.*.yaml")):
        spec = yaml.safe_load(path.read_text())["spec"]
        for version in spec["versions"]:
            key = f"{spec['group']}/{version['name']}", spec["names"]["kind"]
            found[key] = strict(version["schema"]["openAPIV3Schema"])
    return found


def strict(schema: Any) -> Any:
    """A schema that refuses what the server would not keep."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: strict(value) for key, value in schema.items() if key not in ("description", "default", "format")}
    if schema.get("x-kubernetes-int-or-string"):
        made.pop("type", None)
    is_closed = isinstance(schema.get("properties"), dict) and schema.get("type") == "object"
    if is_closed and not schema.get("x-kubernetes-preserve-unknown-fields"):
        made["additionalProperties"] = False
    return made


def complaints(schemas: dict[tuple[str, str], Any], one: dict[str, Any]) -> list[str]:
    """What the server would have against an object."""
    schema = schemas[one["apiVersion"], one["kind"]]
    return [f"{error.json_path}: {error.message}" for error in jsonschema.Draft7Validator(schema).iter_errors(one)]


def test_kueue_takes_the_queues(schemas: dict[tuple[str, str], Any]) -> None:
    queues = objects("k8s/kueue.yaml")
    assert {one["kind"] for one in queues} == {"ResourceFlavor", "ClusterQueue", "LocalQueue"}
    assert {one["metadata"]["name"]: complaints(schemas, one) for one in queues if complaints(schemas, one)} == {}


def test_a_field_that_kueue_does_not_know_would_be_noticed(schemas: dict[tuple[str, str], Any]) -> None:
    queue = next(one for one in objects("k8s/kueue.yaml") if one["kind"] == "ClusterQueue")
    queue["spec"]["resourceGroups"][0]["flavors"][0]["nominalQuota"] = 2
    assert "'nominalQuota' was unexpected" in str(complaints(schemas, queue))


def test_the_queues_refer_to_one_another_and_to_the_pool() -> None:
    flavor, cluster, local = objects("k8s/kueue.yaml")
    assert flavor["spec"]["nodeLabels"] == POOL
    assert cluster["spec"]["resourceGroups"][0]["flavors"][0]["name"] == flavor["metadata"]["name"]
    assert local["spec"]["clusterQueue"] == cluster["metadata"]["name"]


def test_every_cloud_makes_the_same_pool() -> None:
    (group,) = yaml.safe_load(read("k8s/gpu-pools/eks.yaml"))["managedNodeGroups"]
    assert (group["labels"], group["taints"]) == (POOL, [TAINT])
    for script in ("k8s/gpu-pools/gke.sh", "k8s/gpu-pools/aks.sh"):
        words = read(script).split()
        (label, value), *_ = POOL.items()
        assert f"{label}={value}" in words
        assert words[words.index("--node-taints") + 1] == "{key}={value}:{effect}".format(**TAINT)


def test_the_guide_names_only_files_that_are_there() -> None:
    named = re.findall(r"(?<![\w/.])((?:k8s|helm|pipelines)/[\w./-]*\w)", read("k8s/README.md"))
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_charts_pools_are_these_nodes() -> None:
    pools = yaml.safe_load(read("k8s/gpu-pools/values.yaml"))["pools"]
    assert pools == {name: {"nodeSelector": POOL} for name in yaml.safe_load(read("helm/solulu/values.yaml"))["pools"]}


def test_kind_maps_the_port_that_the_guide_gives_the_gateway() -> None:
    (node,) = yaml.safe_load(read("k8s/kind.yaml"))["nodes"]
    (mapping,) = node["extraPortMappings"]
    gateway = yaml.safe_load(read("helm/solulu/values.yaml"))["components"]["gateway"]
    assert mapping["hostPort"] == gateway["ports"]["grpc"]
    assert f"components.gateway.service.nodePort={mapping['containerPort']}" in read("k8s/README.md")
