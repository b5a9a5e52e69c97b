"""A cluster that is no more than its API, and a trainer that trains there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.kubernetes_api import KubernetesApi, running
from support.training import TrainingBench
from support.training_pods import TEMPLATE


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[KubernetesApi]:
    """The API, with a PodTemplate, where the kubeconfig says."""
    with running() as api:
        monkeypatch.setenv("KUBECONFIG", str(api.write_kubeconfig(tmp_path / "kubeconfig")))
        api.put("podtemplates", TEMPLATE)
        yield api


@pytest.fixture
def bench(api: KubernetesApi, tmp_path: Path) -> TrainingBench:
    """Whose trainings are Jobs of that cluster."""
    bench = TrainingBench(tmp_path / "home")
    bench.settings.pod_template = "solulu-training"
    return bench
