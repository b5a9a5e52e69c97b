"""One installation of the chart for all tests here, in a namespace of its own; `make test-cluster` asks for it.

Without that these tests are skipped, whatever KUBECONFIG says: nobody's cluster is touched by a run of the whole suite.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest
from solulu.client import Client
from support import kubectl, sabotage
from support.kubectl import Namespace
from support.release import Release
from support.sabotage import Disturbed

ASKED = "SOLULU_TEST_CLUSTER"
GPU_NODES = {"solulu.dev/pool": "gpu"}


@pytest.fixture(scope="session")
def namespace() -> Iterator[Namespace]:
    """A new namespace of the current cluster, in which PodSecurity enforces `restricted`; removed at the end."""
    if not os.environ.get(ASKED):
        pytest.skip("`make test-cluster` runs this on the cluster that KUBECONFIG names")
    if not os.environ.get("KUBECONFIG"):
        pytest.fail("no cluster: KUBECONFIG names none")
    if absent := kubectl.missing():
        pytest.fail(f"put {' and '.join(absent)} on PATH")
    try:
        kubectl.run("kubectl", "get", "--raw", "/readyz", "--request-timeout=10s")
    except (AssertionError, subprocess.TimeoutExpired) as error:
        pytest.fail(f"the cluster does not answer: {error}")
    namespace = Namespace(f"solulu-test-{int(time.time()) % 100_000}")
    namespace.create()
    try:
        yield namespace
    finally:
        namespace.delete()


@pytest.fixture(scope="session")
def values(namespace: Namespace) -> dict[str, Any]:
    """What is added to the quickstart values: one thread, as where the bytes come from that are compared, and for
    training a GPU where the cluster has some."""
    values: dict[str, Any] = {"threads": 1, "settings": {"SOLULU_WORKERS": "1"}}
    if kubectl.num_gpus():
        values["components"] = {"training": {"pool": "training"}}
        values["pools"] = {"training": {"nodeSelector": GPU_NODES}}
    return values


@pytest.fixture(scope="session")
def release(
    namespace: Namespace, values: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Release]:
    """The chart, installed and ready."""
    release = Release(namespace, tmp_path_factory.mktemp("release"))
    if refused := namespace.images_not_to_be_had(release.images(values)):
        pytest.fail(f"the cluster has not all images (make test-cluster IMAGE_BUILD=... IMAGE_LOAD=...): {refused}")
    try:
        release.install(values)
        yield release
    finally:
        release.uninstall()


@pytest.fixture(scope="session")
def client(release: Release) -> Iterator[Client]:
    """A client outside of the cluster, which waits for a pod that is away."""
    with release.address() as address, Client(address, release.token(), patience_seconds=300) as client:
        yield client


@pytest.fixture(scope="session")
def pipeline(release: Release, client: Client) -> Disturbed:
    """The quickstart's jobs, done although pods were killed."""
    return sabotage.disturbed(release, client)
