"""Plain stages on a real Ray cluster: the same bytes as in processes of this host, whatever dies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from solulu.core import artifacts
from solulu.core.jobs import JobRow
from support import ray_cluster
from support.stages import Squaring
from support.workbench import Workbench

pytest.importorskip("ray", reason="no Ray: pip install 'solulu[ray]'")


@pytest.fixture(scope="module")
def ray_address() -> Iterator[str]:
    """A cluster of two workers."""
    import ray

    with ray_cluster.running(num_workers=2) as address:
        yield address
        ray.shutdown()


def run(home: Path, faults: dict[str, object], **settings: str) -> tuple[Workbench, JobRow]:
    bench = Workbench(home, workers=2, **settings)
    sources = ["folder:none", *(f"folder:{name}={value}" for name, value in faults.items())]
    spec = {"sources": sources, "max_contexts": 6, "max_contexts_per_file": 5}
    return bench, bench.run(Squaring(), spec, {})


def test_a_ray_cluster_that_is_not_there_fails_the_job_and_is_named(tmp_path):
    _, job = run(tmp_path, {}, executor="ray", ray_address="ray://127.0.0.1:1")

    assert job.state == "FAILED"
    assert job.error.startswith("no Ray cluster answers at ray://127.0.0.1:1")


@pytest.mark.timeout(600)
def test_ray_makes_the_bytes_that_processes_make_and_a_dead_worker_costs_only_its_unit(ray_address, tmp_path):
    faults = {"files": "yes", "drop": 4, "row_error": 11, "dies": 7, "once": tmp_path}
    on_ray, job = run(tmp_path / "ray", faults, executor="ray", ray_address=ray_address)
    here, expected = run(tmp_path / "here", faults)

    assert job.state == "SUCCEEDED", job.error
    assert (tmp_path / "dies").exists()
    assert digest(on_ray, job) == digest(here, expected)


def digest(bench: Workbench, job: JobRow) -> str:
    return artifacts.open_artifact(bench.store, job.artifact).content_digest


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("fault", "words"),
    [("always_dies", "a Ray worker died 3 times while unit 000001 ran"), ("job_error", "the endpoint answers 401")],
)
def test_a_unit_that_cannot_succeed_on_ray_fails_the_job_with_words(ray_address, tmp_path, fault, words):
    _, job = run(tmp_path, {fault: 7}, executor="ray", ray_address=ray_address)

    assert job.state == "FAILED"
    assert job.error.startswith(words)
