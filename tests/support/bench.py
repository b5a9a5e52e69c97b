"""A store, a job table, and small stages that are run the way the runner runs them."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from solulu.core import artifacts, digests, rules
from solulu.core.artifacts import ArtifactReader
from solulu.core.attempt import Attempt
from solulu.core.database import open_database
from solulu.core.jobs import JobRow, JobTable
from solulu.core.settings import Settings
from solulu.core.stage import Stage
from solulu.core.store import Store, open_store
from solulu.v1.scraper_pb2 import ScrapeSpec


class Bench:
    """A store, a job table and a way to run one job of the stages in support.stages."""

    def __init__(self, home: Path, workers: int = 2, **settings: Any) -> None:
        self.settings = Settings(home=home, workers=workers, **settings)
        self.store = open_store(self.settings)
        self.table = JobTable(open_database(self.settings.database_url))
        self.stopping = threading.Event()

    def submit(
        self, stage: Stage, units: int = 4, items: int = 5, run: Mapping[str, Any] | None = None, **faults: str
    ) -> JobRow:
        """A job of so many units of so many items, in which the stage meets these faults."""
        sources = [f"folder:{name}={value}" for name, value in faults.items()] or ["folder:none"]
        spec = ScrapeSpec(sources=sources, max_contexts=units, max_contexts_per_file=items)
        rules.write_defaults(spec)
        fields = rules.spec_json(spec)
        key = digests.artifact_key(stage.name, stage.version, fields, {"class": type(stage).__name__})
        done = artifacts.exists(self.store, f"{stage.name}/{key}")
        return self.table.submit(stage.name, stage.version, key, fields, [], run or {}, done)

    def work(self, stage: Stage, store: Store | None = None) -> JobRow:
        """Works on the job that waits until it ends, over another store if there is one."""
        job = self.table.claim([stage.name])
        assert job is not None
        Attempt(self.settings, store or self.store, self.table, stage, job).run(self.stopping)
        return self.table.get(job.id)

    def run(self, stage: Stage, **options: Any) -> JobRow:
        """Submits a job and works on it."""
        self.submit(stage, **options)
        return self.work(stage)

    def open(self, job: JobRow) -> ArtifactReader:
        """What a job made."""
        return artifacts.open_artifact(self.store, job.artifact)

    def objects(self, prefix: str = "") -> list[str]:
        """Names in the store."""
        return sorted(self.store.list(prefix))
