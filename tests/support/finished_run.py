"""A pipeline run that has ended, with artifacts in memory: what the report's tests read instead of a server."""

from __future__ import annotations

import json
import random
from typing import Any

from solulu.core.errors import NotFound
from solulu.pipeline import document, steps
from solulu.pipeline.execute import Run, State
from solulu.pipeline.serve import Served
from solulu.v1 import artifact_pb2, job_pb2
from support.quickstart import PIPELINE

TYPES = ("import", "method", "parameter", "undefinedvariable")
REPOS = ("httpx", "rich", "jinja2", "click", "starlette", "requests", "tenacity", "fsspec")
HOLES = (
    ("from httpx._models import ", "Response", "ResponseBody", "ResponseBody", "\n\n\ndef read(url):\n    pass\n"),
    (
        "def send(request, client):\n    reply = client.",
        "send(request)",
        "send_all(request)",
        "send_all",
        "\n    return reply\n",
    ),
    ("table = Table(title=name, ", "show_header=True", "show_heading=True", "show_heading", ")\nreturn table\n"),
    ("for row in rows:\n    total += ", "row.amount", "entry.amount", "entry", "\nprint(total)\n"),
)


class Silent:
    """A watcher that says nothing."""

    def update(self, name: str, job: job_pb2.Job) -> None:
        """Nothing."""

    def note(self, name: str, text: str, done: bool = False) -> None:
        """Nothing."""


class Memory:
    """Artifacts' rows and files, read as a client reads them."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self.files: dict[tuple[str, str], bytes] = {}

    def read_rows(self, reference, offset=0, limit=None, columns=()):
        """Rows in order, with the columns asked for."""
        stop = None if limit is None else offset + limit
        for row in self.rows[reference][offset:stop]:
            yield {name: row[name] for name in columns} if columns else row

    def read_row(self, reference, row_id):
        """The row with this id."""
        for row in self.rows[reference]:
            if row["id"] == row_id:
                return row
        raise NotFound(f"no row {row_id}")

    def read_file(self, reference, path):
        """A file's bytes."""
        return self.files[reference, path]


def pair(number: int, **changes: Any) -> dict[str, Any]:
    """A row of a pairs artifact."""
    lot = random.Random(number)
    kind = TYPES[number % 4]
    head, golden, negative, symbol, suffix = HOLES[number % 4]
    repo = REPOS[number % len(REPOS)]
    row = {
        "id": f"{number:032x}",
        "language": "python",
        "file_path": f"{repo}/_module_{number % 7}.py",
        "hallucination_type": kind,
        "prompt": '"""A module."""\n\nimport os\n\n\n' + head,
        "suffix": suffix,
        "golden_completion": golden,
        "hallucinated_completion": negative,
        "error_message": f"'{symbol}' does not resolve; did you mean '{golden.split('(')[0]}'?",
        "license": "MIT" if number % 3 else "BSD-3-Clause",
        "repo_url": repo,
        "line": 40 + number,
        "span_kind": ("import", "call", "argument", "member")[number % 4],
        "symbol": symbol,
        "verdict": "hallucinated" if number % 5 else "unknown",
        "basis": "resolved" if number % 5 else None,
        "generator": ("local:packaged:smollm2-135m", "mutation:sibling", "mutation:synonym")[number % 3],
        "fool_rate": lot.betavariate(2, 3) if number % 7 else None,
        "split": "test" if repo in REPOS[-2:] else "train",
    }
    return row | changes


def finished_run(pairs: list[dict[str, Any]] | None = None, **served: Any) -> tuple[Run, Memory]:
    """The quickstart, done; `pairs` are the dataset's rows, `served` changes the completion."""
    run = Run(steps.build(document.read(PIPELINE)), client=None, watcher=Silent())  # type: ignore[arg-type]  # not executed
    memory = Memory()
    pairs = [pair(number) for number in range(196)] if pairs is None else pairs
    lot = random.Random(0)
    test = [row for row in pairs if row["split"] == "test"]
    rows: dict[str, list[dict[str, Any]]] = {
        "curate": pairs,
        "train": [{"step": step, "loss": 3.1 * 0.985**step + 0.9 + lot.uniform(-0.25, 0.25)} for step in range(1, 60)],
        "evaluate": [
            prediction
            for number, row in enumerate(test)
            for prediction in (_prediction(row, "base", number % 4 == 0), _prediction(row, "train/0", number % 9 == 1))
        ],
    }
    drops = {
        "scrape": {"quota": 3120, "generated": 12, "license": 4, "near_empty": 31},
        "generate": {"no_candidate": 9, "verdict_valid": 42, "same_as_golden": 17, "does_not_parse": 11},
        "judge": {},
        "curate": {"near_duplicate": 61, "repo_quota": 38},
    }
    counts = {"scrape": 264, "generate": 341, "judge": 341}
    for number, (name, step) in enumerate(run.steps.items()):
        step.state = State.DONE
        step.elapsed_seconds = 2.0
        if name == "serve":
            continue
        reference = f"{name}/{number:064x}"
        memory.rows[reference] = rows.get(name, [])
        step.artifact = artifact_pb2.Artifact(
            reference=reference,
            stage=name,
            content_digest=f"{number + 100:064x}",
            num_rows=counts.get(name, len(rows.get(name, []))),
            drops=drops.get(name, {}),
            elapsed_seconds=(6.2, 95.4, 130.2, 1.3, 240.6, 99.1)[number],
            usage=artifact_pb2.Usage(num_calls=120, prompt_tokens=30_000, completion_tokens=2_100)
            if name in ("generate", "judge")
            else None,
            tool_versions={"solulu": "0.1.0", "torch": "2.15.0"},
        )
        step.artifact.spec.update(
            {"seed": 7, "sources": ["dist:rich==15.0.0#0123"]} if name == "scrape" else {"seed": 7}
        )
        step.job = job_pb2.Job(id="0" * 32, stage=name)
    memory.files[run.steps["evaluate"].artifact.reference, "metrics.json"] = json.dumps(_metrics(len(test))).encode()
    run.steps["serve"].served = Served(
        **{
            "model": "train/0",
            "url": "http://127.0.0.1:9",
            "prefix": "import json\n\n\ndef load(path):\n    with open(path) as file:\n        return json.",
            "suffix": "\n\n\ndef save(path, value):\n    pass\n",
            "completion": "load(file)",
            "finish_reason": "stop",
            "prompt_tokens": 60,
            "completion_tokens": 3,
            "elapsed_seconds": 0.9,
            **served,
        }
    )
    return run, memory


def _prediction(row: dict[str, Any], model: str, wrong: bool) -> dict[str, Any]:
    completion = row["hallucinated_completion"] if wrong else row["golden_completion"]
    return {
        "benchmark": "heldout",
        "row_id": row["id"],
        "model": model,
        "completion": completion,
        "verdict": "hallucinated" if wrong else "valid",
        "symbol": row["symbol"] if wrong else None,
        "exact_match": not wrong,
        "edit_similarity": 0.6 if wrong else 1.0,
    }


def _metrics(num_rows: int) -> dict[str, Any]:
    """metrics.json as the evaluator writes it, without the groups."""

    def mean(value):
        return {"n": num_rows, "mean": value, "low": max(value - 0.08, 0), "high": min(value + 0.09, 1)}

    def difference(sentence, is_significant):
        return {"n": num_rows, "difference": 0.1, "sentence": sentence, "is_significant": is_significant}

    counts = {"n": num_rows, "num_contexts": num_rows - 3, "num_repos": 2}
    base = {"exact_match": 0.18, "edit_similarity": 0.52, "hallucination_rate": 0.51, "refuted": 0.25, "decided": 0.75}
    tuned = {
        "exact_match": 0.27,
        "edit_similarity": 0.61,
        "hallucination_rate": 0.44,
        "refuted": 0.125,
        "decided": 0.875,
    }
    for figures in (base, tuned):
        figures["refuted_of_decided"] = figures["refuted"] / figures["decided"]
    compared = {
        "exact_match": difference("The difference in exact match is not significant: +0.090.", False),
        "edit_similarity": difference("The edit similarity is significantly better.", True),
        "hallucination_rate": difference("The difference in hallucination rate is not significant.", False),
        "refuted_of_decided": difference("The share is significantly better: -0.190 (p = 0.012).", True),
    }
    return {
        "models": [],
        "benchmarks": [
            {
                "name": "heldout",
                "models": [
                    {"name": name, **counts, **{key: mean(value) for key, value in figures.items()}}
                    for name, figures in (("base", base), ("train/0", tuned))
                ],
                "comparisons": [{"base": "base", "tuned": "train/0", "metrics": compared, "mcnemar": {}}],
            }
        ],
    }
