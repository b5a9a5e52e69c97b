"""NetworkPolicies, evaluated as a network plugin does: which pod can talk to which, and who gets out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from support.chart import Pod, Rendering


def edges(one: Rendering, other_port: int) -> set[tuple[str, str, int]]:
    """(from, to, port) of every connection between pods, two of one component included, that both sides allow. Ports
    are those that pods name, and one that none names."""
    policies, pods = one.of("NetworkPolicy"), one.pods
    ports = {port for pod in pods.values() for port in pod.ports} | {other_port}
    return {
        (source, target, port)
        for source in pods
        for target in pods
        for port in ports
        if _allows(policies, pods[source], "Egress", "to", pods[target], port)
        and _allows(policies, pods[target], "Ingress", "from", pods[source], port)
    }


def leading_out(one: Rendering) -> dict[str, set[int | str]]:
    """By component, the ports at which it may call whatever is not of this release: `internet` where an address block
    says which addresses, and just the port where any address will do."""
    return {
        name: {
            "internet" if "to" in rule else port["port"]
            for rule in _rules(one.of("NetworkPolicy"), pod, "Egress")
            if not any("podSelector" in peer for peer in rule.get("to", ()))
            for port in rule["ports"]
        }
        for name, pod in one.pods.items()
    }


def _allows(policies: list[dict[str, Any]], pod: Pod, way: str, peers: str, other: Pod, port: int) -> bool:
    return any(
        (peers not in rule or any(_is_meant(peer, other) for peer in rule[peers]))
        and ("ports" not in rule or port in {entry["port"] for entry in rule["ports"]})
        for rule in _rules(policies, pod, way)
    )


def _rules(policies: list[dict[str, Any]], pod: Pod, way: str) -> list[dict[str, Any]]:
    """The rules for a pod. A pod that no policy selects could do everything, so there must be one."""
    mine = [
        policy["spec"]
        for policy in policies
        if way in policy["spec"]["policyTypes"] and _has(pod, policy["spec"]["podSelector"]["matchLabels"])
    ]
    assert mine, f"no policy selects {pod.labels}"
    return [rule for spec in mine for rule in spec.get(way.lower()) or ()]


def _is_meant(peer: Mapping[str, Any], pod: Pod) -> bool:
    return "podSelector" in peer and _has(pod, peer["podSelector"]["matchLabels"])


def _has(pod: Pod, labels: Mapping[str, str]) -> bool:
    return labels.items() <= pod.labels.items()
