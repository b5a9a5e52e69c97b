"""The job table: who may work on what, decided by the database alone.

A job is live at most once a key (a unique column says so), and worked on by at most one runner: a claim raises the
job's epoch, and everything a runner writes names its epoch, so a runner that lost its lease can change nothing.
Times are the database's (contracts.md, "Job" and "Stage and runner").
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from solulu.core import owner
from solulu.core.database import Words, metadata, now
from solulu.core.errors import Conflict, InvalidArgument, NotFound, SoluluError

LEASE_SECONDS = 15.0
NUM_LOG_RECORDS = 1000
LIVE = ("QUEUED", "RUNNING", "CANCELLING")

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("id", sa.String(32), nullable=False, unique=True),
    sa.Column("stage", sa.String(32), nullable=False),
    sa.Column("stage_version", sa.Integer, nullable=False),
    sa.Column("key", sa.String(64), nullable=False, index=True),
    sa.Column("live_key", sa.String(64), unique=True),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("spec", sa.Text, nullable=False),
    sa.Column("inputs", sa.Text, nullable=False),
    sa.Column("run", sa.Text, nullable=False),
    sa.Column("artifact", sa.String(128), nullable=False, default=""),
    sa.Column("progress", sa.Text, nullable=False, default="{}"),
    sa.Column("error", Words, nullable=False, default=""),
    sa.Column("create_time", sa.Float, nullable=False),
    sa.Column("start_time", sa.Float),
    sa.Column("end_time", sa.Float),
    sa.Column("num_attempts", sa.Integer, nullable=False, default=0),
    sa.Column("owner", sa.String(256), nullable=False, default=""),
    sa.Column("epoch", sa.Integer, nullable=False, default=0),
    sa.Column("lease_expires", sa.Float),
)
labels = sa.Table(
    "job_labels",
    metadata,
    sa.Column("job_id", sa.String(32), primary_key=True),
    sa.Column("name", sa.String(256), primary_key=True),
    sa.Column("value", sa.String(1024), nullable=False),
)
units = sa.Table(
    "job_parts",
    metadata,
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("unit", sa.String(256), primary_key=True),
    sa.Column("entry", sa.Text, nullable=False),
)
logs = sa.Table(
    "job_logs",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("job_id", sa.String(32), nullable=False, index=True),
    sa.Column("time", sa.Float, nullable=False),
    sa.Column("level", sa.String(16), nullable=False),
    sa.Column("message", Words, nullable=False),
)


class LeaseLost(SoluluError):
    """Another runner has the job now, or nobody: this one must stop and write nothing more."""


@dataclass(frozen=True)
class JobRow:
    """A job as the table holds it; times in seconds since the epoch."""

    number: int
    id: str
    stage: str
    stage_version: int
    key: str
    state: str
    spec: dict[str, Any]
    inputs: list[dict[str, str]]
    run: dict[str, Any]
    artifact: str
    progress: dict[str, Any]
    error: str
    create_time: float
    start_time: float | None
    end_time: float | None
    num_attempts: int
    epoch: int
    reused: bool = False

    @property
    def reference(self) -> str:
        """Where its artifact is, or will be."""
        return f"{self.stage}/{self.key}"

    @property
    def is_live(self) -> bool:
        """Whether it may still change by itself."""
        return self.state in LIVE


@dataclass(frozen=True)
class PartEntry:
    """A unit that is done: its part and files in the store, and what they cost to make."""

    unit: str
    path: str
    num_bytes: int
    sha256: str
    num_rows: int
    num_items: int
    drops: dict[str, int]
    files: list[dict[str, Any]] = field(default_factory=list)
    """`{path, num_bytes, sha256}` of the files that the unit put beside its rows."""


class JobTable:
    """All that services and runners do with jobs."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self.owner = owner.this_process()
        self._now = now(engine)

    # Clients

    def submit(
        self,
        stage: str,
        stage_version: int,
        key: str,
        spec: Mapping[str, Any],
        inputs: Sequence[Mapping[str, str]],
        run: Mapping[str, Any],
        is_done: bool,
    ) -> JobRow:
        """The live job of `key` if there is one; else, where its artifact `is_done`, the job that made it; else a new
        job. Two submits at once return the same job: the unique live_key lets only one insert it."""
        values = {
            "id": uuid.uuid4().hex, "stage": stage, "stage_version": stage_version, "key": key,
            "live_key": None if is_done else key, "state": "SUCCEEDED" if is_done else "QUEUED",
            "spec": json.dumps(spec), "inputs": json.dumps(list(inputs)), "run": json.dumps(run),
            "artifact": f"{stage}/{key}" if is_done else "", "progress": "{}", "create_time": self._now,
            "end_time": self._now if is_done else None,
        }  # fmt: skip
        try:
            with self.engine.begin() as connection:
                if found := self._same_key(connection, key, is_done):
                    return found
                connection.execute(sa.insert(jobs).values(values))
                for name, value in (run.get("labels") or {}).items():
                    connection.execute(sa.insert(labels).values(job_id=values["id"], name=name, value=value))
        except sa.exc.IntegrityError:
            with self.engine.begin() as connection:
                if found := self._same_key(connection, key, is_done):
                    return found
            raise
        job = self.get(str(values["id"]))
        return _replace(job, reused=is_done)

    def get(self, job_id: str) -> JobRow:
        """The job with this id, or with this unique prefix of at least 8 characters."""
        if len(job_id) < 8 or not job_id.isalnum():
            raise InvalidArgument(f"{job_id!r} names no job; give its id, or at least the first 8 characters of it")
        with self.engine.begin() as connection:
            found = connection.execute(sa.select(jobs).where(jobs.c.id.startswith(job_id)).limit(2)).all()
        if not found:
            raise NotFound(f"there is no job {job_id}; `solulu jobs list` shows those that are")
        if len(found) > 1:
            raise InvalidArgument(f"{job_id} is the beginning of several job ids; give more characters")
        return _row(found[0])

    def page(
        self, state: str = "", stage: str = "", with_labels: Mapping[str, str] | None = None,
        limit: int = 50, before: int | None = None,
    ) -> list[JobRow]:  # fmt: skip
        """Newest first; `before` is the number of the last job of the page before."""
        query = sa.select(jobs).order_by(jobs.c.number.desc()).limit(limit)
        if state:
            query = query.where(jobs.c.state == state)
        if stage:
            query = query.where(jobs.c.stage == stage)
        for name, value in (with_labels or {}).items():
            has = sa.select(labels.c.job_id).where(labels.c.name == name, labels.c.value == value)
            query = query.where(jobs.c.id.in_(has))
        if before is not None:
            query = query.where(jobs.c.number < before)
        with self.engine.begin() as connection:
            return [_row(row) for row in connection.execute(query)]

    def cancel(self, job_id: str) -> JobRow:
        """Cancels a queued job at once and asks a running one to stop; an ended one stays as it is."""
        job = self.get(job_id)
        is_queued = jobs.c.state == "QUEUED"
        asked = (
            sa.update(jobs)
            .where(jobs.c.id == job.id, jobs.c.state.in_(("QUEUED", "RUNNING")))
            .values(
                state=sa.case((is_queued, "CANCELLED"), else_="CANCELLING"),
                live_key=sa.case((is_queued, None), else_=jobs.c.live_key),
                end_time=sa.case((is_queued, self._now), else_=None),
            )
        )
        with self.engine.begin() as connection:
            connection.execute(asked)
        return self.get(job.id)

    def delete(self, job_id: str) -> None:
        """Removes an ended job. Raises Conflict while it is live."""
        job = self.get(job_id)
        with self.engine.begin() as connection:
            ended = connection.execute(sa.delete(jobs).where(jobs.c.id == job.id, jobs.c.state.not_in(LIVE))).rowcount
            if not ended:
                raise Conflict(f"job {job.id} is {job.state}; cancel it first")
            connection.execute(sa.delete(labels).where(labels.c.job_id == job.id))
            connection.execute(sa.delete(logs).where(logs.c.job_id == job.id))

    def logs(self, job_id: str) -> list[tuple[float, str, str]]:
        """(time, level, message) of the job's last records, oldest first."""
        job = self.get(job_id)
        query = sa.select(logs.c.time, logs.c.level, logs.c.message).where(logs.c.job_id == job.id)
        with self.engine.begin() as connection:
            return [(row.time, row.level, row.message) for row in connection.execute(query.order_by(logs.c.number))]

    def resumable_keys(self) -> set[str]:
        """Keys whose parts and checkpoints a live job, or the next job of that key, will use."""
        newest = sa.select(sa.func.max(jobs.c.number)).group_by(jobs.c.key)
        unfinished = sa.select(jobs.c.key).where(jobs.c.number.in_(newest), jobs.c.state != "SUCCEEDED")
        with self.engine.begin() as connection:
            return {
                *connection.execute(unfinished).scalars(),
                *connection.execute(sa.select(units.c.key).distinct()).scalars(),
            }

    def counts(self) -> dict[tuple[str, str, bool], int]:
        """The jobs that there are, by stage, state in small letters, and whether a live one's lease has ended."""
        abandoned = sa.case((jobs.c.state.in_(LIVE) & (jobs.c.lease_expires < self._now), 1), else_=0)
        kind = sa.select(jobs.c.stage, jobs.c.state, abandoned.label("is_abandoned")).subquery().c
        query = sa.select(kind.stage, kind.state, kind.is_abandoned, sa.func.count())
        query = query.group_by(kind.stage, kind.state, kind.is_abandoned)
        with self.engine.begin() as connection:
            rows = connection.execute(query).all()
        return {(stage, state.lower(), bool(is_abandoned)): num for stage, state, is_abandoned, num in rows}

    # Runners

    def claim(self, stages: Sequence[str]) -> JobRow | None:
        """Takes the oldest job of these stages that is queued, or whose runner is dead; None if there is none.

        A runner is dead when its lease has expired, or at once when it was a process of this host that is gone."""
        mine = jobs.c.stage.in_(stages) & jobs.c.state.in_(LIVE)
        with self.engine.begin() as connection:
            owners = connection.execute(sa.select(jobs.c.owner).where(mine, jobs.c.owner != "").distinct()).scalars()
            dead = [name for name in owners if owner.is_dead(name)]
            free = (jobs.c.state == "QUEUED") | (jobs.c.lease_expires < self._now) | jobs.c.owner.in_(dead)
            oldest = sa.select(jobs).where(mine, free).order_by(jobs.c.number).limit(1)
            # Another runner's claim in progress is passed over; on SQLite there is none, for transactions take turns.
            found = connection.execute(oldest.with_for_update(skip_locked=True)).one_or_none()
            if found is None:
                return None
            taken = jobs.c.id == found.id
            connection.execute(
                sa.update(jobs)
                .where(taken)
                .values(
                    state="CANCELLING" if found.state == "CANCELLING" else "RUNNING",
                    owner=self.owner,
                    epoch=found.epoch + 1,
                    lease_expires=self._now + LEASE_SECONDS,
                    start_time=sa.func.coalesce(jobs.c.start_time, self._now),
                    num_attempts=found.num_attempts + 1,
                )
            )
            return _row(connection.execute(sa.select(jobs).where(taken)).one())

    def renew(self, job: JobRow, progress: Mapping[str, Any] | None = None) -> str:
        """Extends the lease, publishes progress, and returns the job's state. Raises LeaseLost."""
        values: dict[str, Any] = {"lease_expires": self._now + LEASE_SECONDS}
        if progress is not None:
            values["progress"] = json.dumps(progress)
        with self.engine.begin() as connection:
            self._update_mine(connection, job, values)
            return connection.execute(sa.select(jobs.c.state).where(jobs.c.id == job.id)).scalar_one()

    def state(self, job: JobRow) -> str:
        """The job's state. Raises LeaseLost if it is not this runner's any more."""
        with self.engine.begin() as connection:
            row = connection.execute(sa.select(jobs.c.state, jobs.c.epoch).where(jobs.c.id == job.id)).one_or_none()
        if row is None or row.epoch != job.epoch:
            raise LeaseLost(f"job {job.id} was taken over by another runner")
        return row.state

    def end(self, job: JobRow, state: str, progress: Mapping[str, Any], artifact: str = "", error: str = "") -> None:
        """Ends the job. Raises LeaseLost."""
        values = {
            "state": state, "live_key": None, "artifact": artifact, "error": error,
            "progress": json.dumps(progress), "end_time": self._now, "owner": "", "lease_expires": None,
        }  # fmt: skip
        with self.engine.begin() as connection:
            self._update_mine(connection, job, values)

    def give_back(self, job: JobRow) -> None:
        """Queues the job again for another runner to continue. Raises LeaseLost."""
        state = sa.case((jobs.c.state == "CANCELLING", "CANCELLING"), else_="QUEUED")
        with self.engine.begin() as connection:
            self._update_mine(connection, job, {"state": state, "owner": "", "lease_expires": self._now})

    def add_part(self, job: JobRow, part: PartEntry) -> None:
        """Records a unit as done. Raises LeaseLost."""
        with self.engine.begin() as connection:
            self._update_mine(connection, job, {"lease_expires": self._now + LEASE_SECONDS})
            connection.execute(sa.delete(units).where(units.c.key == job.key, units.c.unit == part.unit))
            connection.execute(sa.insert(units).values(key=job.key, unit=part.unit, entry=json.dumps(part.__dict__)))

    def parts(self, key: str) -> dict[str, PartEntry]:
        """The units of a key that are done, by unit."""
        with self.engine.begin() as connection:
            entries = connection.execute(sa.select(units.c.entry).where(units.c.key == key)).scalars()
            return {part.unit: part for part in (PartEntry(**json.loads(entry)) for entry in entries)}

    def forget_parts(self, job: JobRow, only: Sequence[str] | None = None) -> None:
        """Forgets which units are done: all of them, or `only` these. Raises LeaseLost."""
        query = sa.delete(units).where(units.c.key == job.key)
        if only is not None:
            query = query.where(units.c.unit.in_(only))
        with self.engine.begin() as connection:
            self._update_mine(connection, job, {"epoch": job.epoch})
            connection.execute(query)

    def add_log(self, job_id: str, time: float, level: str, message: str) -> None:
        """Keeps a log record; the oldest beyond the last thousand go."""
        with self.engine.begin() as connection:
            number = connection.execute(
                sa.insert(logs).values(job_id=job_id, time=time, level=level, message=message)
            ).inserted_primary_key[0]  # type: ignore[index]  # an insert of one row has one
            if number % 100 == 0:
                newest = sa.select(logs.c.number).where(logs.c.job_id == job_id).order_by(logs.c.number.desc())
                oldest_kept = connection.execute(newest.offset(NUM_LOG_RECORDS - 1).limit(1)).scalar()
                if oldest_kept is not None:
                    connection.execute(sa.delete(logs).where(logs.c.job_id == job_id, logs.c.number < oldest_kept))

    def _update_mine(self, connection: sa.Connection, job: JobRow, values: Mapping[str, Any]) -> None:
        mine = sa.update(jobs).where(jobs.c.id == job.id, jobs.c.epoch == job.epoch, jobs.c.state.in_(LIVE))
        if not connection.execute(mine.values(values)).rowcount:
            raise LeaseLost(f"job {job.id} was taken over by another runner")

    def _same_key(self, connection: sa.Connection, key: str, is_done: bool) -> JobRow | None:
        live = connection.execute(sa.select(jobs).where(jobs.c.live_key == key)).one_or_none()
        if live:
            return _row(live)
        if not is_done:
            return None
        done = sa.select(jobs).where(jobs.c.key == key, jobs.c.state == "SUCCEEDED")
        row = connection.execute(done.order_by(jobs.c.number.desc()).limit(1)).one_or_none()
        return _replace(_row(row), reused=True) if row else None


def _row(row: sa.Row[Any]) -> JobRow:
    names = ("number", "id", "stage", "stage_version", "key", "state", "artifact", "error", "create_time", "start_time",
             "end_time", "num_attempts", "epoch")  # fmt: skip
    values = {name: getattr(row, name) for name in names}
    return JobRow(**values, **{name: json.loads(getattr(row, name)) for name in ("spec", "inputs", "run", "progress")})


def _replace(job: JobRow, **values: Any) -> JobRow:
    return JobRow(**{**job.__dict__, **values})
