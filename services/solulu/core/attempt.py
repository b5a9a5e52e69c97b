"""One attempt at a job: plan, do the units that are not done, finish, and write the manifest last.

Whatever kills an attempt, the next one finds the finished units in the job table and their parts in the store, checks
that they are whole, and does only the rest; so at most the units in flight are done twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import hashlib
import inspect
import logging
import platform
import shutil
import tempfile
import time
import traceback
import uuid
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pyarrow as pa
from google.protobuf import json_format

import solulu
from solulu.core import artifacts, digests, logs, parts, rules, specs
from solulu.core.artifacts import ArtifactReader, FileEntry, InputEntry, Manifest
from solulu.core.database import DatabaseAway, patiently
from solulu.core.errors import JobError, NotFound, SoluluError
from solulu.core.execute import INTERNAL_ERROR, UnitResult, run_unit_waiting
from solulu.core.jobs import JobRow, JobTable, LeaseLost, PartEntry
from solulu.core.lease import Interrupted, Lease
from solulu.core.ledger import Ledger
from solulu.core.metrics import METRICS
from solulu.core.pool import open_pool
from solulu.core.progress import Progress
from solulu.core.settings import Settings
from solulu.core.stage import Drop, JobContext, Row, Stage, Unit
from solulu.core.store import Store
from solulu.core.store.retrying import RetryingStore
from solulu.v1 import job_pb2

_DEFECTS_ALLOWED = 0.01
_DEFECTS_LOGGED = 3

log = logging.getLogger(__name__)


class Attempt:
    """Runs a claimed job until it ends, is given back, or is lost."""

    def __init__(self, settings: Settings, store: Store, table: JobTable, stage: Stage, job: JobRow) -> None:
        self._settings, self._table, self._stage, self._job = settings, table, stage, job
        self._lease: Lease | None = None
        self._store: Store = RetryingStore(store, settings.store_patience_seconds, lambda: bool(self._must_stop))
        self._run = job_pb2.RunOptions()
        json_format.ParseDict(job.run, self._run, ignore_unknown_fields=True)
        self._progress = Progress()
        self._ledger = Ledger(table.engine, job.id, self._run.token_budget)
        self._yields_rows = inspect.isgeneratorfunction(type(stage).finish)
        self._parts_folder = f"checkpoints/{job.key}" if self._yields_rows else job.reference
        self._num_defects = 0

    def run(self, stopping: Any) -> None:
        """Works until the job ends; `stopping` is an event that asks to give it back."""
        end: dict[str, Any] = {}
        with logs.job(self._job.id):
            try:
                with Lease(self._table, self._job, self._snapshot, stopping) as self._lease:
                    self._make(self._lease)
                end = {"state": "SUCCEEDED", "artifact": self._job.reference}
            except Interrupted as interruption:
                end = self._stop(interruption.reason)
            except LeaseLost:
                self._lost()
            except DatabaseAway as error:
                log.warning("stopped; it goes on from here once its lease has ended: %s", error)
            except SoluluError as error:
                if self._must_stop:
                    log.info("it was to stop when this failed: %s", error)
                    end = self._stop(self._must_stop)
                else:
                    log.error("failed: %s", error)
                    end = {"state": "FAILED", "error": str(error)}
            except (Exception, asyncio.CancelledError, SystemExit) as error:  # noqa: BLE001  # a job fails alone
                number = uuid.uuid4().hex[:12]
                log.error("internal error %s\n%s", number, traceback.format_exc())
                end = {"state": "FAILED", "error": f"internal error {number}: {type(error).__name__}: {error}; "
                       f"`solulu jobs logs {self._job.id[:12]}` has the traceback"}  # fmt: skip
            finally:
                self._ledger.close()
                METRICS.report(self._stage.name, {"tokens_per_second": 0})  # an old speed would look like work
            if end:
                self._end(**end)

    @property
    def _must_stop(self) -> str:
        """Why the attempt must stop; empty while it may go on."""
        return self._lease.reason if self._lease else ""

    def _stop(self, reason: str) -> dict[str, Any]:
        """How the job ends that is to stop; empty where it goes on elsewhere."""
        if reason == "cancelled":
            return {"state": "CANCELLED"}
        with contextlib.suppress(LeaseLost):
            if reason == "stopping":
                patiently(lambda: self._table.give_back(self._job))
                log.info("given back: the service is stopping")
                return {}
        self._lost()
        return {}

    def _end(self, state: str, artifact: str = "", error: str = "") -> None:
        try:
            patiently(lambda: self._table.end(self._job, state, self._snapshot(), artifact, error))
        except LeaseLost:
            self._lost()
            return
        METRICS.jobs.labels(self._stage.name, state.lower()).inc()
        log.info("%s", state.lower())
        if state == "SUCCEEDED":
            try:
                for name in list(self._store.list(f"checkpoints/{self._job.key}/")):
                    self._store.delete(name)
            except SoluluError as error:
                log.warning("checkpoints are left to `solulu artifacts gc`: %s", error)

    def _lost(self) -> None:
        log.warning("the lease was lost; another runner continues")
        METRICS.leases_lost.labels(self._stage.name).inc()

    def _make(self, lease: Lease) -> None:
        if not artifacts.exists(self._store, self._job.reference):
            scratch = Path(tempfile.mkdtemp(prefix=f"solulu-{self._stage.name}-"))
            try:
                self._make_artifact(lease, scratch)
            finally:
                shutil.rmtree(scratch, ignore_errors=True)
        patiently(lambda: self._table.forget_parts(self._job))

    def _make_artifact(self, lease: Lease, scratch: Path) -> None:
        log.info("started (attempt %d)", self._job.num_attempts)
        start = time.monotonic()
        if self._job.stage_version != self._stage.version:
            raise JobError(
                f"the job was made for version {self._job.stage_version} of stage {self._stage.name}, and this service "
                f"has version {self._stage.version}; submit it again"
            )
        lease.check()
        spec = rules.parse_json(self._job.spec, specs.stage_method(self._stage.service).spec, "spec")
        inputs = self._open_inputs()
        context = JobContext(
            id=self._job.id, key=self._job.key, settings=self._settings, inputs=inputs, store=self._store,
            ledger=self._ledger, concurrency=self._run.concurrency, checkpoints=f"checkpoints/{self._job.key}",
            scratch=scratch, report=self._report, is_cancelled=lambda: lease.reason == "cancelled",
        )  # fmt: skip
        units = list(self._stage.plan(spec, inputs))
        if len({unit.id for unit in units}) != len(units):
            raise JobError(f"stage {self._stage.name} planned two units of one id")
        done = self._parts_that_are_whole(units)
        for part in done.values():
            self._progress.add_unit(part.num_items, part.num_rows, part.drops)
        self._progress.start(len(units))
        missing = [unit for unit in units if unit.id not in done]
        if missing:
            log.info("%d of %d units to do", len(missing), len(units))
            tools = self._stage.tools(spec, context)
            with contextlib.closing(self._results(missing, tools, inputs, lease)) as results:
                for unit, result in results:
                    done[unit.id] = self._keep(unit, result)
        lease.check()
        self._check_defects(done, final=True)
        self._progress.phase = "finishing"
        manifest = self._finish(spec, context, [done[unit.id] for unit in units], scratch / "out", lease)
        manifest = dataclasses.replace(manifest, elapsed_seconds=round(time.monotonic() - start, 3))
        lease.check()
        patiently(lambda: self._table.renew(self._job))
        self._store.put(f"{self._job.reference}/{artifacts.MANIFEST}", manifest.to_json())

    def _open_inputs(self) -> dict[str, ArtifactReader]:
        readers = {}
        for entry in self._job.inputs:
            try:
                reader = artifacts.open_artifact(self._store, entry["reference"])
            except NotFound as error:
                raise JobError(f"input {entry['name']} is gone: {error}") from error
            if reader.content_digest != entry["content_digest"]:
                raise JobError(f"input {entry['name']} ({entry['reference']}) is not what it was when the job was made")
            readers[entry["name"]] = reader
        return readers

    def _parts_that_are_whole(self, units: list[Unit]) -> dict[str, PartEntry]:
        planned, whole = {unit.id for unit in units}, {}
        for name, part in patiently(lambda: self._table.parts(self._job.key)).items():
            if part.drops.keys() & self._stage.retried_drops:
                continue
            objects = [(part.path, part.num_bytes), *((file["path"], file["num_bytes"]) for file in part.files)]
            if name in planned and all(self._has(path, size) for path, size in objects):
                whole[name] = part
        return whole

    def _has(self, path: str, num_bytes: int) -> bool:
        try:
            return self._store.stat(path).num_bytes == num_bytes
        except NotFound:
            return False

    def _results(
        self, units: list[Unit], tools: Any, inputs: dict[str, ArtifactReader], lease: Lease
    ) -> Generator[tuple[Unit, UnitResult], None, None]:
        def load(unit: Unit) -> Unit:
            if unit.slice is None:
                return unit
            rows = list(inputs[unit.slice.input].rows(unit.slice.start, unit.slice.stop))
            return dataclasses.replace(unit, rows=rows)

        if self._stage.waits:
            with asyncio.Runner() as runner:
                try:
                    for unit in units:
                        yield unit, runner.run(self._wait_for(load(unit), tools, lease))
                finally:
                    runner.run(_close(tools))
            return
        with open_pool(self._settings, self._stage, tools, len(units)) as pool:
            for result in pool.run(units, load):
                lease.check()
                if result is not None:
                    yield result

    async def _wait_for(self, unit: Unit, tools: Any, lease: Lease) -> UnitResult:
        work = asyncio.ensure_future(
            run_unit_waiting(self._stage, unit, tools, self._run.concurrency, self._progress.in_unit)
        )
        try:
            while not work.done():
                lease.check()
                await asyncio.wait([work], timeout=0.2)
        finally:
            if not work.done():
                work.cancel()
                await asyncio.wait([work], timeout=30)
        return work.result()

    def _keep(self, unit: Unit, result: UnitResult) -> PartEntry:
        """Writes a unit's files and part, then records them: a part that no record names is garbage."""
        for text in result.defects[: max(_DEFECTS_LOGGED - self._num_defects, 0)]:
            log.error("an item of unit %s failed by a defect and was dropped\n%s", unit.id, text)
        self._num_defects += len(result.defects)
        files = []
        patiently(lambda: self._table.renew(self._job))
        for file in result.files:
            path = f"{self._job.reference}/{file.name}"
            self._store.put(path, file.data)
            files.append({"path": path, "num_bytes": len(file.data), "sha256": digests.sha256(file.data)})
        path = f"{self._parts_folder}/{result.part.name(unit.id)}"
        self._store.put(path, result.part.data)
        part = PartEntry(unit.id, path, len(result.part.data), result.part.sha256, result.part.num_rows,
                         result.num_items, result.part.drops, files)  # fmt: skip
        patiently(lambda: self._table.add_part(self._job, part))
        self._progress.add_unit(part.num_items, part.num_rows, part.drops)
        METRICS.unit(self._stage.name, part.num_rows, part.drops, result.seconds)
        self._check_defects({}, final=False)
        return part

    def _check_defects(self, done: dict[str, PartEntry], final: bool) -> None:
        """Fails the job where over 1 % of the items met a defect; their units will be done again by the next job."""
        num_defects = sum(part.drops.get(INTERNAL_ERROR, 0) for part in done.values()) if final else self._num_defects
        num_items = self._progress.num_items_done
        if num_defects > _DEFECTS_ALLOWED * num_items and (final or num_items >= 1000):
            with_defects = [
                name for name, part in self._table.parts(self._job.key).items() if INTERNAL_ERROR in part.drops
            ]
            self._table.forget_parts(self._job, only=with_defects)
            raise JobError(
                f"{num_defects} of {num_items} items failed by a defect, more than 1 %; "
                f"`solulu jobs logs {self._job.id[:12]}` has the tracebacks"
            )

    def _finish(self, spec: Any, context: JobContext, done: list[PartEntry], out: Path, lease: Lease) -> Manifest:
        out.mkdir()
        folder = self._parts_folder
        entries = [
            FileEntry(part.path.removeprefix(f"{folder}/"), part.num_bytes, part.sha256, part.num_rows) for part in done
        ]
        reader = ArtifactReader(self._store, folder, self._manifest(entries, self._progress.num_rows, {}))
        final_rows = self._stage.finish(spec, reader, out, context)
        drops = self._progress.drops.copy()
        if final_rows is not None:
            rows: list[Row] = []
            finish_drops: list[Drop] = []
            for result in final_rows:
                lease.check()
                if isinstance(result, Drop):
                    finish_drops.append(result)
                else:
                    rows.append(result)
            try:
                part = parts.encode(self._stage.produces, rows, finish_drops, reader.drop_examples())
            except pa.ArrowException as error:
                raise JobError(
                    f"stage {self._stage.name} finished with a row that does not fit its record: {error}"
                ) from error
            path = part.name("final")
            self._store.put(f"{self._job.reference}/{path}", part.data)
            entries = [FileEntry(path, len(part.data), part.sha256, part.num_rows)]
            drops.update(part.drops)
            for reason, count in part.drops.items():
                METRICS.drop(self._stage.name, reason, count)
            self._progress.num_rows, self._progress.drops = part.num_rows, drops
        beside = {file["path"]: file for part_entry in done for file in part_entry.files}
        files = [
            FileEntry(path.removeprefix(f"{self._job.reference}/"), file["num_bytes"], file["sha256"])
            for path, file in beside.items()
        ]
        extra = [*files, *(self._upload(path, out) for path in sorted(out.rglob("*")) if path.is_file())]
        entries += sorted(extra, key=lambda entry: entry.path)
        return self._manifest(entries, sum(entry.num_rows or 0 for entry in entries), dict(sorted(drops.items())))

    def _upload(self, path: Path, out: Path) -> FileEntry:
        name = path.relative_to(out).as_posix()
        patiently(lambda: self._table.renew(self._job))
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        self._store.put(f"{self._job.reference}/{name}", path)
        return FileEntry(name, path.stat().st_size, digest)

    def _manifest(self, entries: list[FileEntry], num_rows: int, drops: dict[str, int]) -> Manifest:
        record = self._stage.produces
        return Manifest(
            kind=record.kind,
            schema_version=record.version,
            stage=self._stage.name,
            stage_version=self._job.stage_version,
            key=self._job.key,
            spec=self._job.spec,
            inputs=tuple(InputEntry(**entry) for entry in self._job.inputs),
            num_rows=num_rows,
            drops=drops,
            files=tuple(entries),
            usage=self._usage(),
            create_time=round(time.time(), 3),
            tool_versions={
                "solulu": solulu.__version__,
                "python": platform.python_version(),
                "pyarrow": pa.__version__,
            },
        )

    def _report(self, metrics: Any) -> None:
        self._progress.report(metrics)
        METRICS.report(self._stage.name, metrics)

    def _usage(self) -> dict[str, float]:
        return dataclasses.asdict(self._ledger.usage)

    def _snapshot(self) -> dict[str, Any]:
        self._progress.usage = self._usage()
        return self._progress.to_json()


async def _close(tools: Any) -> None:
    """Closes a stage's tools on the event loop that they were used on."""
    if close := getattr(tools, "close", None):
        closing = close()
        if inspect.isawaitable(closing):
            await closing
