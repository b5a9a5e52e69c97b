"""Trainings as Jobs of the cluster, cancelled or never started, and a pipeline that runs there."""

from __future__ import annotations

import copy
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from solulu.client import Client
from solulu.core.errors import JobError
from solulu.v1 import job_pb2
from support import quickstart
from support.kubectl import Namespace
from support.release import Release
from support.sabotage import Disturbed
from support.serving import wait_until

pytestmark = pytest.mark.timeout(900)
HELM = "helm"
"""Who owns the fields of what the chart made: an upgrade refuses to overwrite what somebody else has changed."""
COMMAND = str(Path(sys.executable).with_name("solulu"))


def assert_it_fails_within_a_minute(client: Client, pipeline: Disturbed, seed: int, words: str) -> None:
    """Submits a training whose pod cannot start, with the patience that users have by default."""
    began = time.monotonic()
    handle = quickstart.submit_training(client, pipeline.artifact("curate"), seed)

    with pytest.raises(JobError, match=words):
        handle.wait()

    assert time.monotonic() - began < 60
    assert handle.job.state == job_pb2.JOB_STATE_FAILED


@pytest.fixture
def template(release: Release, namespace: Namespace) -> Iterator[Any]:
    """Changes fields of the container of training pods for one test."""
    before = namespace.get("podtemplate", f"{release.name}-training")
    for field in ("resourceVersion", "uid", "creationTimestamp", "managedFields"):
        before["metadata"].pop(field, None)

    def change(**container: Any) -> None:
        changed = copy.deepcopy(before)
        changed["template"]["spec"]["containers"][0] |= container
        namespace.apply(changed, manager=HELM)

    yield change
    namespace.apply(before, manager=HELM)


def test_a_cancelled_training_leaves_no_pod(client: Client, pipeline: Disturbed, namespace: Namespace) -> None:
    handle = quickstart.submit_training(client, pipeline.artifact("curate"), seed=101, spec=quickstart.LONG)
    name = f"solulu-train-{handle.id}"
    pods = f"batch.kubernetes.io/job-name={name}"
    wait_until(lambda: namespace.running_pods(pods), "the training pod", every_seconds=0.5)

    handle.cancel()
    with pytest.raises(JobError, match="cancelled"):
        handle.wait()
    wait_until(lambda: not namespace.list("pods", pods), "the end of the pod", every_seconds=0.5)

    assert handle.job.state == job_pb2.JOB_STATE_CANCELLED
    assert name not in namespace.names("jobs")


def test_a_training_for_which_there_is_no_gpu_fails_within_a_minute_and_says_so(
    client: Client, pipeline: Disturbed, template: Any
) -> None:
    template(resources={"limits": {"nvidia.com/gpu": "64"}, "requests": {"nvidia.com/gpu": "64"}})

    assert_it_fails_within_a_minute(client, pipeline, 102, r"nvidia\.com/gpu")


def test_a_training_whose_image_is_nowhere_fails_within_a_minute_and_names_it(
    client: Client, pipeline: Disturbed, template: Any
) -> None:
    template(image="127.0.0.1:1/solulu/nowhere:1")

    assert_it_fails_within_a_minute(client, pipeline, 103, r"127\.0\.0\.1:1/solulu/nowhere:1")


def test_a_training_that_a_quota_forbids_fails_within_a_minute_and_tells_the_quota(
    client: Client, pipeline: Disturbed, namespace: Namespace
) -> None:
    quota = {
        "apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "nothing-more"},
        "spec": {"hard": {"pods": "1"}},
    }  # fmt: skip
    namespace.apply(quota)
    wait_until(lambda: "used" in namespace.get("quota", "nothing-more").get("status", {}), "the quota", every_seconds=1)
    try:
        assert_it_fails_within_a_minute(client, pipeline, 104, "nothing-more")
    finally:
        namespace.run("delete", "quota", "nothing-more")


def test_a_pipeline_runs_on_the_cluster_and_finds_what_is_done(
    pipeline: Disturbed, namespace: Namespace, tmp_path: Path
) -> None:
    command = [COMMAND, "run", str(quickstart.PIPELINE), "--on-cluster", "--namespace", namespace.name]
    for assignment in quickstart.assignments():
        command += ["--set", assignment]
    environment = {**os.environ, "SOLULU_HOME": str(tmp_path)}

    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=600)

    assert done.returncode == 0, done.stdout + done.stderr + namespace.story()
    assert len(re.findall(r"(?m)^\w+ +\w+ +reused ", done.stdout)) == len(pipeline.run.steps)
    assert "served:" in done.stdout
