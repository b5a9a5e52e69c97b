"""The quickstart at a size for tests: few contexts, three training steps, and an untrained model in the real one's
place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from solulu.client import Client, JobHandle
from solulu.pipeline import document, steps
from solulu.v1 import artifact_pb2
from support.tree import ROOT

PIPELINE = ROOT / "pipelines" / "quickstart.yaml"
MODEL = "random:tiny"
LONG: dict[str, Any] = {"num_epochs": 1000, "max_steps": 0, "batch_size": 1, "max_length": 512}
"""Spec of a training that takes minutes: no test waits for its end."""
SMALLER: dict[str, Any] = {
    "scrape.spec.sources": ["dist:click", "dist:httpx", "dist:jinja2", "dist:tenacity"],
    "scrape.spec.max_contexts": 40,
    "generate.spec.panel": [f"local:{MODEL}", "mutation:sibling", "mutation:synonym"],
    "judge.spec.panel": [f"local:{MODEL}"],
    "train.spec.base_model": MODEL,
    "train.spec.max_length": 96,
    "train.spec.max_steps": 3,
    "evaluate.spec.base_model": MODEL,
    "evaluate.spec.max_rows": 8,
    "evaluate.spec.num_bootstrap_samples": 200,
}
"""Values of its steps by path, as `solulu run --set` takes them."""


def assignments() -> list[str]:
    """The same as `--set` takes them."""
    return [f"{path}={json.dumps(value)}" for path, value in SMALLER.items()]


def jobs() -> steps.Pipeline:
    """Its steps that are jobs, at this size."""
    read = document.read(PIPELINE)
    del read.data["steps"]["serve"]
    for assignment in assignments():
        read.set(assignment)
    return steps.build(read)


def submit_training(
    client: Client, pairs: artifact_pb2.Artifact, seed: int, spec: Mapping[str, Any] = MappingProxyType({})
) -> JobHandle:
    """A training on the quickstart's pairs, of one step unless the spec says otherwise; another seed makes it another
    job."""
    short = {"base_model": MODEL, "max_steps": 1, "max_length": 96, "seed": seed}
    return client.submit("train", {**short, **spec}, {"pairs": pairs.reference})
