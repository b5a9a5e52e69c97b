"""A place where trainings run: a store with pairs in it, a job table, and jobs on request."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from solulu.core import artifacts, parts
from solulu.core.artifacts import FileEntry, Manifest
from solulu.core.attempt import Attempt
from solulu.core.database import open_database
from solulu.core.jobs import JobRow, JobTable
from solulu.core.records import PAIR
from solulu.core.rpc.stages import StageServicer
from solulu.core.settings import Settings
from solulu.core.store import open_store
from solulu.trainer.stage import Training
from solulu.v1.trainer_pb2 import TrainInputs, TrainRequest, TrainSpec

NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def pair(number: int, **changes: Any) -> dict[str, Any]:
    """One row of a pairs artifact; every fourth is not for training."""
    name = NUMBERS[number % len(NUMBERS)]
    row = {field.name: None if field.nullable else "" for field in PAIR.schema}
    return row | {
        "id": f"{number:032x}", "line": 1, "language": "python", "file_path": f"pkg/{name}.py",
        "prompt": f"import json\n\n\ndef load_{name}(path):\n    with open(path) as file:\n        return ",
        "suffix": f"\n\n\ndef keep_{name}(value):\n    return value\n",
        "golden_completion": f"json.load(file)['{name}']", "hallucinated_completion": f"json.read(file)['{name}']",
        "split": "test" if number % 4 == 3 else "train",
    } | changes  # fmt: skip


class TrainingBench:
    """Settings with a home of their own; nothing outside it is touched."""

    def __init__(self, home: Path, rows: Sequence[dict[str, Any]] | None = None) -> None:
        self.settings = Settings(home=home, threads=1)
        self.store = open_store(self.settings)
        self.table = JobTable(open_database(self.settings.database_url))
        self.pairs = self.put_pairs([pair(number) for number in range(24)] if rows is None else rows)

    def put_pairs(self, rows: Sequence[dict[str, Any]]) -> str:
        """Writes a pairs artifact and returns its reference."""
        part = parts.encode(PAIR, rows, [])
        manifest = Manifest(
            kind="pairs", schema_version=1, stage="curate", stage_version=1, key="c" * 64, spec={}, inputs=(),
            num_rows=len(rows), drops={},
            files=(FileEntry(part.name("000000"), len(part.data), part.sha256, part.num_rows),),
        )  # fmt: skip
        self.store.put(f"{manifest.reference}/{manifest.files[0].path}", part.data)
        self.store.put(f"{manifest.reference}/{artifacts.MANIFEST}", manifest.to_json())
        return manifest.reference

    def submit(self, model: str = "", **fields: Any) -> JobRow:
        """A queued job of a tiny training; `fields` are those of TrainSpec."""
        if not model:
            fields.setdefault("base_model", "random:tiny")
        spec = TrainSpec(**{"max_length": 256, "batch_size": 4, "learning_rate": 3e-3, "seed": 7} | fields)
        request = TrainRequest(spec=spec, inputs=TrainInputs(pairs=self.pairs, model=model))
        servicer = StageServicer(Training(), self.settings, self.store, self.table, lambda stage: None)
        return self.table.get(servicer.submit(request).job.id)

    def work(self, stopping: threading.Event | None = None) -> JobRow:
        """Runs the next queued job in this thread."""
        job = self.table.claim(["train"])
        assert job is not None
        Attempt(self.settings, self.store, self.table, Training(), job).run(stopping or threading.Event())
        return self.table.get(job.id)

    def train(self, **fields: Any) -> artifacts.ArtifactReader:
        """The artifact of a tiny training, which has to succeed."""
        self.submit(**fields)
        job = self.work()
        assert job.state == "SUCCEEDED", job.error
        return artifacts.open_artifact(self.store, job.artifact)


def training_record(reader: artifacts.ArtifactReader) -> dict[str, Any]:
    """The training.json of a model."""
    record: dict[str, Any] = json.loads(reader.read("training.json"))
    return record
