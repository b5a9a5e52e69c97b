"""A store, a job table and the real servicer and runner around one stage, for tests that need no server."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from solulu.core import artifacts, parts
from solulu.core.artifacts import ArtifactReader, FileEntry, Manifest
from solulu.core.attempt import Attempt
from solulu.core.database import open_database
from solulu.core.digests import sha256
from solulu.core.jobs import JobRow, JobTable
from solulu.core.records import Record
from solulu.core.rpc.stages import StageServicer
from solulu.core.settings import Settings
from solulu.core.stage import Stage
from solulu.core.store import open_store


class Workbench:
    """One home with whatever artifacts a test puts there."""

    def __init__(self, home: Path, **settings: Any) -> None:
        self.settings = Settings(home=home, workers=1, **settings)
        self.store = open_store(self.settings)
        self.table = JobTable(open_database(self.settings.database_url))

    def artifact(
        self, stage: str, record: Record, rows: Sequence[Mapping[str, Any]], files: Mapping[str, bytes] | None = None
    ) -> str:
        """Writes an artifact of these rows and files; its reference."""
        part = parts.encode(record, rows, [])
        contents = {part.name("000000"): part.data, **(files or {})}
        key = sha256(repr(sorted(contents.items())).encode())
        entries = [
            FileEntry(path, len(data), sha256(data), part.num_rows if path.startswith("part-") else None)
            for path, data in contents.items()
        ]
        manifest = Manifest(
            kind=record.kind, schema_version=record.version, stage=stage, stage_version=1, key=key, spec={}, inputs=(),
            num_rows=part.num_rows, drops={}, files=tuple(entries),
        )  # fmt: skip
        for path, data in contents.items():
            self.store.put(f"{manifest.reference}/{path}", data)
        self.store.put(f"{manifest.reference}/{artifacts.MANIFEST}", manifest.to_json())
        return manifest.reference

    def submit(self, stage: Stage, request: Any) -> Any:
        """Submits a request as gRPC would; the job's message."""
        return StageServicer(stage, self.settings, self.store, self.table, lambda _: None).submit(request).job

    def work(self, stage: Stage) -> None:
        """Works on a job that waits, if one does, until it ends."""
        job = self.table.claim([stage.name])
        if job is not None:
            Attempt(self.settings, self.store, self.table, stage, job).run(threading.Event())

    def run(self, stage: Stage, request: Any) -> JobRow:
        """Submits a request and works on its job."""
        submitted = self.submit(stage, request)
        self.work(stage)
        return self.table.get(submitted.id)

    def make(self, stage: Stage, request: Any) -> ArtifactReader:
        """The artifact that the request's job makes; fails where the job does."""
        job = self.run(stage, request)
        assert job.state == "SUCCEEDED", job.error
        return artifacts.open_artifact(self.store, job.artifact)
