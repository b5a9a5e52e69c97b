"""The quickstart at a size for tests: few contexts, three training steps, and an untrained model in the real one's
place."""

from __future__ import annotations

from typing import Any

MODEL = "random:tiny"
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
