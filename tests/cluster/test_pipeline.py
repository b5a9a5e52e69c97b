"""The quickstart from outside, through the gateway, while pods are killed: the same bytes as without a cluster."""

from __future__ import annotations

from pathlib import Path

import pytest
from solulu.app import SERVICES
from solulu.client import Client
from solulu.pipeline.execute import Run
from support import prometheus, quickstart, sabotage
from support.cluster import ServiceProcess
from support.finished_run import Silent
from support.release import Release
from support.sabotage import Disturbed
from support.serving import wait_until

pytestmark = pytest.mark.timeout(1200)
STAGES = ("scrape", "generate", "judge", "curate", "train", "evaluate")


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Content digests by step of a run without a cluster and without disturbance."""
    environment = {"SOLULU_THREADS": "1", "SOLULU_WORKERS": "1"}
    services = ServiceProcess(tmp_path_factory.mktemp("embedded"), list(SERVICES), environment).start()
    try:
        with services.client() as client:
            run = Run(quickstart.jobs(), client, Silent())
            assert run.execute(), [step.error for step in run.failed]
    finally:
        services.stop()
    return sabotage.digests(run)


def test_the_quickstart_ends_well_though_pods_are_killed(pipeline: Disturbed) -> None:
    steps = pipeline.run.steps

    assert set(pipeline.saboteur.killed) == {"generator", "training", "trainer"}
    assert {name: step.error for name, step in steps.items()} == dict.fromkeys(STAGES, "")
    assert all(pipeline.artifact(name).num_rows for name in STAGES)


def test_a_killed_service_is_replaced_and_goes_on_with_its_job(pipeline: Disturbed, client: Client) -> None:
    attempts = {step: client.get_job(_job(pipeline, step)).num_attempts for step in ("scrape", "generate", "train")}

    assert attempts == {"scrape": 1, "generate": 2, "train": 2}


def test_a_killed_training_pod_is_replaced_within_its_job(pipeline: Disturbed) -> None:
    assert pipeline.saboteur.replacement
    assert pipeline.saboteur.replacement != pipeline.saboteur.killed["training"]


def test_the_bytes_are_those_of_a_run_without_a_cluster(pipeline: Disturbed, embedded: dict[str, str]) -> None:
    assert pipeline.digests() == embedded


def test_the_store_holds_what_the_manifests_say(pipeline: Disturbed, client: Client) -> None:
    problems = {name: client.verify_artifact(pipeline.artifact(name).reference) for name in STAGES}

    assert not any(problems.values())


def test_nothing_is_left_of_the_training_in_the_cluster(pipeline: Disturbed, release: Release) -> None:
    selector = release.selector("training")

    wait_until(lambda: not release.namespace.running_pods(selector), "the end of the training pods", every_seconds=1)
    assert release.namespace.running_pods(selector) == []


def test_the_clusters_prometheus_has_counted_the_rows_of_every_stage(pipeline: Disturbed, release: Release) -> None:
    rows = "sum by (stage) (max_over_time(solulu_runner_rows_total[1h])) > 0"

    with release.namespace.forwarded(f"svc/{release.name}-prometheus", 9090) as address:
        server = prometheus.Server(f"http://{address}", Path())
        wait_until(lambda: len(server.get("query", query=rows)["result"]) == len(STAGES), "the rows of every stage")
        counted = {series["metric"]["stage"] for series in server.get("query", query=rows)["result"]}
        wait_until(lambda: not server.get("query", query="up == 0")["result"], "all that is scraped to answer")
        loaded = server.get("rules")["groups"]

    assert counted == set(STAGES)
    assert loaded


def _job(pipeline: Disturbed, step: str) -> str:
    job = pipeline.run.steps[step].job
    assert job is not None
    return job.id
