"""What the chart makes on a real cluster: everything ready, in a namespace that lets in only the harmless."""

from __future__ import annotations

import pytest
from solulu.client import Client
from solulu.core.errors import Unauthenticated
from support.kubectl import Namespace
from support.release import Release

pytestmark = pytest.mark.timeout(1200)
MAY_ASK_THE_CLUSTER = {"trainer", "serving"}


def test_every_deployment_is_ready_in_a_restricted_namespace(release: Release, namespace: Namespace) -> None:
    label = namespace.get("namespace", namespace.name)["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
    unready = [
        one["metadata"]["name"]
        for one in namespace.list("deployments,statefulsets")
        if one["status"].get("readyReplicas", 0) != one["spec"]["replicas"]
    ]

    assert label == "restricted"
    assert unready == []


def test_the_charts_own_tests_pass(release: Release) -> None:
    assert "Phase:          Succeeded" in release.test()


def test_only_who_asks_the_cluster_has_a_token_for_it(release: Release, namespace: Namespace) -> None:
    component = "app.kubernetes.io/component"
    with_token = {
        pod["metadata"]["labels"][component]
        for pod in namespace.list("pods", f"app.kubernetes.io/instance={release.name}")
        if any("serviceAccountToken" in str(volume) for volume in pod["spec"].get("volumes", []))
    }

    assert with_token == MAY_ASK_THE_CLUSTER


def test_nobody_can_write_into_an_image(release: Release, namespace: Namespace) -> None:
    (pod, *_) = namespace.running_pods(release.selector("curator"))

    with pytest.raises(AssertionError, match="Read-only file system"):
        namespace.run("exec", pod, "--", "touch", "/opt/solulu/something")


def test_the_light_image_has_at_most_700_megabytes_unpacked(release: Release, namespace: Namespace) -> None:
    (pod, *_) = namespace.running_pods(release.selector("curator"))

    size = namespace.run("exec", pod, "--", "sh", "-c", "du -sx --apparent-size -B 1000000 / 2>/dev/null | cut -f 1")

    assert 100 < int(size) <= 700


def test_the_gateway_asks_for_the_token_and_answers_who_has_it(release: Release, client: Client) -> None:
    with Client(client.address, "not the token") as stranger, pytest.raises(Unauthenticated):
        list(stranger.list_jobs())

    list(client.list_jobs())
    assert client.endpoints() == []
