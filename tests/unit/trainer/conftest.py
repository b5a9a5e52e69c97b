"""A cluster that is no more than its API, and a trainer that trains there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.kubernetes_api import KubernetesApi, running
from support.training import TrainingBench
from support.training_pods import TEMPLATE


@pytest.fixture
def api(tmp_path: Path) -> Iterator[KubernetesApi]:
    """The API, with a PodTemplate, where the kubeconfig says."""
    with running(tmp_path) as api:
        api.put("podtemplates", TEMPLATE)
        yield api


@pytest.fixture
def bench(api: KubernetesApi, tmp_path: Path) -> TrainingBench:
    """Whose trainings are Jobs of that cluster."""
    bench = TrainingBench(tmp_path / "home")
    bench.settings.pod_template = "solulu-training"
    return bench
