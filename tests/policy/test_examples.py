"""The examples in k8s/ fit what they are applied to: the chart, and the schemas of Kueue."""

from __future__ import annotations

import re
from typing import Any

import yaml
from support.crds import complaints
from support.tree import ROOT, read

POOL = {"solulu.dev/pool": "gpu"}
TAINT = {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}


def objects(name: str) -> list[dict[str, Any]]:
    """The objects of a YAML file."""
    return list(yaml.safe_load_all(read(name)))


def complaints_of_kueue(queue: dict[str, Any]) -> list[str]:
    """What an API server that knows Kueue would have against an object."""
    return complaints(f"kueue.x-k8s.io_{queue['kind'].lower()}s.yaml", queue)


def test_kueue_takes_the_queues() -> None:
    assert [complaints_of_kueue(queue) for queue in objects("k8s/kueue.yaml")] == [[], [], []]


def test_a_field_that_kueue_does_not_know_would_be_noticed() -> None:
    _, queue, _ = objects("k8s/kueue.yaml")
    queue["spec"]["resourceGroups"][0]["flavors"][0]["nominalQuota"] = 2
    assert "'nominalQuota' was unexpected" in str(complaints_of_kueue(queue))


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


def test_what_is_made_on_demand_waits_for_a_pool_that_is_empty() -> None:
    components = yaml.safe_load(read("k8s/gpu-pools/values.yaml"))["components"]
    chart = yaml.safe_load(read("helm/solulu/values.yaml"))["components"]
    on_demand = {name for name, it in chart.items() if it["kind"] == "PodTemplate" and it.get("pool")}
    assert {name: int(it["annotations"]["solulu.dev/pending-seconds"]) for name, it in components.items()} == (
        dict.fromkeys(on_demand, 900)
    )


def test_kind_maps_the_port_that_the_guide_gives_the_gateway() -> None:
    (node,) = yaml.safe_load(read("k8s/kind.yaml"))["nodes"]
    (mapping,) = node["extraPortMappings"]
    gateway = yaml.safe_load(read("helm/solulu/values.yaml"))["components"]["gateway"]
    assert mapping["hostPort"] == gateway["ports"]["grpc"]
    assert f"components.gateway.service.nodePort={mapping['containerPort']}" in read("k8s/README.md")
