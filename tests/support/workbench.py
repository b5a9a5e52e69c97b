"""A store and a job table on which one stage is run the way a server runs it, without the server."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from google.protobuf.message import Message
from solulu.core import artifacts, digests, parts, rules
from solulu.core.artifacts import ArtifactReader, FileEntry, InputEntry, Manifest
from solulu.core.attempt import Attempt
from solulu.core.database import open_database
from solulu.core.jobs import JobRow, JobTable
from solulu.core.records import Record
from solulu.core.rpc.stages import StageServicer
from solulu.core.settings import Settings
from solulu.core.stage import Stage
from solulu.core.store import open_store


class Workbench:
    """Puts inputs into the store, runs a stage on them, and opens what it made."""

    def __init__(self, home: Path, **settings: Any) -> None:
        self.settings = Settings(home=home, threads=1, **settings)
        self.store = open_store(self.settings)
        self.table = JobTable(open_database(self.settings.database_url))

    def put(
        self,
        record: Record,
        rows: Sequence[Mapping[str, Any]],
        files: Mapping[str, bytes] | None = None,
        inputs: Sequence[InputEntry] = (),
    ) -> str:
        """An artifact with these rows and files; its reference."""
        part = parts.encode(record, rows, [])
        data = {part.name("000000"): part.data, **(files or {})}
        made_of = [(entry.name, entry.content_digest) for entry in inputs]
        key = digests.tree_digest([*((name, digests.sha256(text)) for name, text in data.items()), *made_of])
        entries = tuple(
            FileEntry(name, len(text), digests.sha256(text), len(rows) if name.startswith("part-") else None)
            for name, text in sorted(data.items())
        )
        manifest = Manifest(
            kind=record.kind, schema_version=record.version, stage="made", stage_version=1, key=key, spec={},
            inputs=tuple(inputs), num_rows=len(rows), drops={}, files=entries,
        )  # fmt: skip
        for name, text in data.items():
            self.store.put(f"made/{key}/{name}", text)
        self.store.put(f"made/{key}/{artifacts.MANIFEST}", manifest.to_json())
        return f"made/{key}"

    def submit(self, stage: Stage, spec: Mapping[str, Any], inputs: Mapping[str, str], **run: Any) -> str:
        """Submits a job and returns its key; raises what a client would be told."""
        servicer = StageServicer(stage, self.settings, self.store, self.table, lambda _: None)
        fields = {"spec": dict(spec), "run": run, **({"inputs": dict(inputs)} if inputs else {})}
        request: Message = rules.parse_json(fields, servicer.method.request, "request")
        return str(servicer.submit(request).job.key)

    def run(self, stage: Stage, spec: Mapping[str, Any], inputs: Mapping[str, str], **run: Any) -> JobRow:
        """Submits a job and works on it until it ends."""
        self.submit(stage, spec, inputs, **run)
        return self.work(stage)

    def work(self, stage: Stage) -> JobRow:
        """Works on the job that waits until it ends."""
        job = self.table.claim([stage.name])
        assert job is not None, "the job is done already, or another one is in hand"
        Attempt(self.settings, self.store, self.table, stage, job).run(threading.Event())
        return self.table.get(job.id)

    def make(self, stage: Stage, spec: Mapping[str, Any], inputs: Mapping[str, str], **run: Any) -> ArtifactReader:
        """Runs a job that succeeds, and opens its artifact."""
        job = self.run(stage, spec, inputs, **run)
        assert job.state == "SUCCEEDED", job.error
        return artifacts.open_artifact(self.store, job.artifact)


def endpoint(url: str, model: str = "scripted", family: str = "scripted", **rest: Any) -> dict[str, Any]:
    """Settings of an endpoint on a scripted server."""
    return {"base_url": url, "model": model, "family": family, **rest}


def by(rows: Iterable[Mapping[str, Any]], *names: str) -> dict[Any, Mapping[str, Any]]:
    """Rows by the value of a column, or by the tuple of several."""
    return {(row[names[0]] if len(names) == 1 else tuple(row[name] for name in names)): row for row in rows}
