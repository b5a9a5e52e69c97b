"""The end of an installation: an upgrade that keeps everything, and a removal that keeps the data alone.

The last file of its folder, for nothing is left to test behind it.
"""

from __future__ import annotations

import copy
from typing import Any

import pytest
from solulu.client import Client
from support import quickstart
from support.kubectl import Namespace
from support.release import Release
from support.sabotage import Disturbed
from support.serving import wait_until

pytestmark = pytest.mark.timeout(900)
OF_THE_NAMESPACE = {("configmaps", "kube-root-ca.crt"), ("serviceaccounts", "default")}
"""What Kubernetes itself puts into every namespace."""
PASSING = {"events", "events.events.k8s.io", "leases.coordination.k8s.io", "endpointslices.discovery.k8s.io"}


def test_an_upgrade_keeps_jobs_artifacts_and_the_token_and_a_training_goes_on_under_it(
    release: Release, client: Client, pipeline: Disturbed, values: dict[str, Any], namespace: Namespace
) -> None:
    training = quickstart.submit_training(client, pipeline.artifact("curate"), 105, quickstart.LONG)
    of_it = f"batch.kubernetes.io/job-name=solulu-train-{training.id}"
    wait_until(lambda: namespace.running_pods(of_it), "the training pod", every_seconds=0.5)
    pod = namespace.running_pods(of_it)
    token, jobs = release.token(), {job.id for job in client.list_jobs()}
    services = set(namespace.running_pods(release.selector("trainer")))
    changed = copy.deepcopy(values)
    changed["settings"]["SOLULU_WORKERS"] = "2"
    changed.setdefault("components", {}).setdefault("curator", {})["replicas"] = 2

    release.install(changed)

    assert release.token() == token
    assert len(namespace.running_pods(release.selector("curator"))) == 2
    assert not services & set(namespace.running_pods(release.selector("trainer")))
    assert {job.id for job in client.list_jobs()} == jobs
    assert client.verify_artifact(pipeline.artifact("curate").reference) == []
    wait_until(lambda: client.get_job(training.id).num_attempts >= 2, "the next service to take the training over")
    assert namespace.running_pods(of_it) == pod
    # It still trains when the release is uninstalled.


def test_uninstalling_leaves_nothing_but_the_volumes(
    release: Release, client: Client, pipeline: Disturbed, namespace: Namespace
) -> None:
    client.deploy("left", pipeline.artifact("train").reference)

    release.uninstall()
    wait_until(lambda: not namespace.list("pods"), "the end of the pods", every_seconds=1)

    kinds = namespace.run("api-resources", "--namespaced", "--verbs=list", "-o", "name").split()
    left = {
        (kind, name)
        for kind in kinds
        if kind not in PASSING
        for name in (line.partition("/")[2] for line in namespace.run("get", kind, "-o", "name").split())
    }
    assert {kind for kind, _ in left - OF_THE_NAMESPACE} == {"persistentvolumeclaims"}
