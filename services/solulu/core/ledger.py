"""The ledger of paid model calls: whatever is killed, a call whose answer was written down is never paid again.

A call is reserved, made, and settled: answer, tokens, cost and the job's usage are one transaction, so nothing is paid
in the table that its job does not know of. A reservation belongs to a ledger, not to a call: its owner keeps one row
alive (60 s on the database's clock), and is dead at once where its process is gone from this host. All writing is done
by one thread a ledger, which commits whatever has come in meanwhile together: thousands of calls a second on SQLite.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import queue
import random
import threading
import uuid
import weakref
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from solulu.core import owner
from solulu.core.database import DatabaseAway, metadata, now, patiently
from solulu.core.digests import canonical_json, sha256
from solulu.core.errors import JobError
from solulu.core.metrics import LOCAL, METRICS

OWNER_SECONDS = 60.0
_RENEW_SECONDS = 10.0
_BATCH = 256

calls = sa.Table(
    "ledger_calls",
    metadata,
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("model", sa.String(512), nullable=False),
    sa.Column("owner", sa.String(32)),  # who reserved it; null once settled
    sa.Column("response", sa.Text),  # JSON; null until settled
    sa.Column("prompt_tokens", sa.BigInteger),
    sa.Column("completion_tokens", sa.BigInteger),
    sa.Column("cost", sa.Float),
    sa.Column("time", sa.Float, nullable=False),  # of the reservation, then of the settlement
)
owners = sa.Table(
    "ledger_owners",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("process", sa.String(256), nullable=False),
    sa.Column("expires", sa.Float, nullable=False),
)
usages = sa.Table(
    "ledger_usage",
    metadata,
    sa.Column("job_id", sa.String(64), primary_key=True),
    sa.Column("num_calls", sa.BigInteger, nullable=False),
    sa.Column("num_cached_calls", sa.BigInteger, nullable=False),
    sa.Column("prompt_tokens", sa.BigInteger, nullable=False),
    sa.Column("completion_tokens", sa.BigInteger, nullable=False),
    sa.Column("cost", sa.Float, nullable=False),
)

T = TypeVar("T")
Work = Callable[[sa.Connection], T]


@dataclass(frozen=True)
class Usage:
    """What a job's model calls consumed: the fields of the proto's message of that name."""

    num_calls: int = 0
    """All calls, cached ones included."""
    num_cached_calls: int = 0
    """Answered from the ledger: they add no tokens and no cost."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0
    """US dollars."""

    def __add__(self, other: Usage) -> Usage:
        return Usage(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Response:
    """What a call gave: a JSON object, and what it consumed. `cached` says that nothing was paid for it now."""

    value: Mapping[str, Any]
    prompt_tokens: int
    completion_tokens: int
    cost: float = 0.0
    cached: bool = False


def call_key(model: str, request: Mapping[str, Any], sample_index: int) -> str:
    """The key of a call. `request` holds the prompt or messages, and the sampling."""
    return sha256(canonical_json([model, dict(request), sample_index]))


class Ledger:
    """The ledger as one job sees it. Made in any thread; `call` is for one event loop at a time.

    `token_budget` limits the tokens that the job pays for, 0 sets no limit. Calls in flight when it is reached are
    finished, so it may be passed by as much as those use.
    """

    def __init__(self, engine: sa.Engine, job_id: str, token_budget: int = 0) -> None:
        self._token_budget = token_budget
        self._clerk = _Clerk(engine, job_id)
        self._locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()
        self.close = weakref.finalize(self, self._clerk.stop)
        """Gives back what is reserved and ends the ledger's thread; a ledger nobody holds any more closes itself."""

    @property
    def usage(self) -> Usage:
        """Of this job so far, in all its attempts. Costs nothing to read."""
        return self._clerk.usage

    def count(self, prompt_tokens: int, completion_tokens: int, num_calls: int = 1) -> None:
        """Adds calls of a model in this process, which are not paid for, to the usage."""
        METRICS.llm_call(LOCAL, "ok", prompt_tokens, completion_tokens, num_calls=num_calls)
        self._clerk.do(_nothing, Usage(num_calls, 0, prompt_tokens, completion_tokens))

    async def call(self, key: str, model: str, pay: Callable[[], Awaitable[Response]]) -> Response:
        """The settled response of `key`, else what `pay` gives, settled.

        While another task or a living process makes the same call, waits for it. Whatever `pay` raises gives the
        reservation back. Raises JobError where the token budget is used up, before paying.
        """
        async with self._lock(key):
            try:
                if settled := await self._reserve(key, model):
                    return settled
                self._check_budget()
                paid = await pay()
            except BaseException:
                # Not awaited: it happens even where we are cancelled.
                self._clerk.do(partial(_release, key, self._clerk.id), key=key)
                raise
            usage = Usage(1, 0, paid.prompt_tokens, paid.completion_tokens, paid.cost)
            return await asyncio.wrap_future(self._clerk.do(partial(_settle, key, model, paid), usage, key))

    def _lock(self, key: str) -> asyncio.Lock:
        lock = self._locks.get(key)
        if lock is None:
            lock = self._locks[key] = asyncio.Lock()
        return lock

    async def _reserve(self, key: str, model: str) -> Response | None:
        """The settled response, or None once the call is ours to make."""
        pause = 0.02
        while True:
            reserving = self._clerk.do(partial(_reserve, key, model, self._clerk.id), key=key)
            found = await asyncio.wrap_future(reserving)
            if isinstance(found, Response):
                self._clerk.do(_nothing, Usage(1, 1))
                return found
            if found == "reserved":
                return None
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))
            pause = min(pause * 1.5, 1.0)

    def _check_budget(self) -> None:
        used = self.usage.prompt_tokens + self.usage.completion_tokens
        if self._token_budget and used >= self._token_budget:
            raise JobError(
                f"the token budget is used up: {used} of {self._token_budget} tokens; submit the job again with a "
                "larger run.token_budget, and it goes on where it stopped"
            )


@dataclass(frozen=True)
class _Task:
    """Work for the clerk on the call `key`, the usage to count with it, and who waits for its result."""

    key: str
    work: Work[Any]
    usage: Usage | None
    future: Future[Any]


class _Clerk:
    """The thread that does a ledger's work in the database: everything that has come in is one transaction."""

    def __init__(self, engine: sa.Engine, job_id: str) -> None:
        self.id = uuid.uuid4().hex
        self._engine, self._job_id = engine, job_id
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._start = threading.Lock()
        self._thread: threading.Thread | None = None
        with engine.begin() as connection:
            self.usage = _usage(connection, job_id)

    def do(self, work: Work[T], usage: Usage | None = None, key: str = "") -> Future[T]:
        """Queues `work` on the call `key`, and `usage` to count with it. A future that is cancelled stops neither."""
        with self._start:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="ledger", daemon=True)
                self._thread.start()
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()
        self._tasks.put(_Task(key, work, usage, future))
        return future

    def stop(self) -> None:
        """Does what is queued and ends the thread."""
        with self._start:
            if self._thread is not None:
                self._tasks.put(None)
                if self._thread is not threading.current_thread():
                    self._thread.join()
                self._thread = None

    def _run(self) -> None:
        going = True
        while going:
            tasks: list[_Task] = []
            with contextlib.suppress(queue.Empty):
                while going and len(tasks) < _BATCH:
                    task = self._tasks.get(timeout=0 if tasks else _RENEW_SECONDS)
                    if task is None:
                        going = False
                    else:
                        tasks.append(task)
            # In one order for all, so that two ledgers that lock the same calls wait and do not embrace.
            self._commit(sorted(tasks, key=lambda task: task.key), going)

    def _commit(self, tasks: list[_Task], going: bool) -> None:
        delta = sum((task.usage for task in tasks if task.usage), Usage())
        try:
            results = patiently(partial(self._transact, tasks, delta, going))
        except Exception as error:  # noqa: BLE001  # whatever it is, those who wait must hear of it
            words = f"the ledger of paid calls cannot be written: {error}"
            failure = DatabaseAway(words) if isinstance(error, DatabaseAway) else JobError(words)
            failure.__cause__ = error
            for task in tasks:
                task.future.set_exception(failure)
            return
        self.usage += delta
        for task, result in zip(tasks, results, strict=True):
            task.future.set_result(result)

    def _transact(self, tasks: list[_Task], delta: Usage, going: bool) -> list[Any]:
        with self._engine.begin() as connection:
            _keep_alive(connection, self.id) if going else _resign(connection, self.id)
            results = [task.work(connection) for task in tasks]
            if delta != Usage():
                _add_usage(connection, self._job_id, delta)
        return results


def _reserve(key: str, model: str, id: str, connection: sa.Connection) -> Response | Literal["reserved", "busy"]:
    row = connection.execute(sa.select(calls).where(calls.c.key == key)).one_or_none()
    values = {"owner": id, "model": model, "time": now(connection.engine)}
    if row is None:
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        new = insert(calls).values(key=key, **values).on_conflict_do_nothing()
        made = connection.execute(new.returning(calls.c.key)).first()  # drivers do not count what an insert made
    elif row.response is not None:
        return _response(row)
    elif row.owner == id:
        return "reserved"
    elif not _is_gone(connection, row.owner):
        return "busy"
    else:
        same = (calls.c.key == key) & (calls.c.owner == row.owner)
        made = connection.execute(sa.update(calls).where(same).values(**values).returning(calls.c.key)).first()
    return "reserved" if made else "busy"


def _release(key: str, id: str, connection: sa.Connection) -> None:
    connection.execute(sa.delete(calls).where((calls.c.key == key) & (calls.c.owner == id)))


def _settle(key: str, model: str, paid: Response, connection: sa.Connection) -> Response:
    """The first to settle wins: whoever paid too, because it was held for dead, gets the same response."""
    values = {
        "model": model, "owner": None, "response": json.dumps(dict(paid.value)), "prompt_tokens": paid.prompt_tokens,
        "completion_tokens": paid.completion_tokens, "cost": paid.cost, "time": now(connection.engine),
    }  # fmt: skip
    open_call = (calls.c.key == key) & calls.c.response.is_(None)
    if connection.execute(sa.update(calls).where(open_call).values(**values)).rowcount:
        return paid
    row = connection.execute(sa.select(calls).where(calls.c.key == key)).one_or_none()
    if row is not None:
        return _response(row)
    connection.execute(sa.insert(calls).values(key=key, **values))
    return paid


def _response(row: sa.Row[Any]) -> Response:
    return Response(json.loads(row.response), row.prompt_tokens, row.completion_tokens, row.cost, cached=True)


def _is_gone(connection: sa.Connection, id: str) -> bool:
    alive = (owners.c.id == id) & (owners.c.expires > now(connection.engine))
    process = connection.execute(sa.select(owners.c.process).where(alive)).scalar_one_or_none()
    return process is None or owner.is_dead(process)


def _keep_alive(connection: sa.Connection, id: str) -> None:
    expires = now(connection.engine) + OWNER_SECONDS
    if not connection.execute(sa.update(owners).where(owners.c.id == id).values(expires=expires)).rowcount:
        connection.execute(sa.delete(owners).where(owners.c.expires < now(connection.engine)))
        connection.execute(sa.insert(owners).values(id=id, process=owner.this_process(), expires=expires))


def _resign(connection: sa.Connection, id: str) -> None:
    connection.execute(sa.delete(calls).where(calls.c.owner == id))
    connection.execute(sa.delete(owners).where(owners.c.id == id))


def _usage(connection: sa.Connection, job_id: str) -> Usage:
    row = connection.execute(sa.select(usages).where(usages.c.job_id == job_id)).one_or_none()
    return Usage(*row[1:]) if row is not None else Usage()


def _add_usage(connection: sa.Connection, job_id: str, delta: Usage) -> None:
    values = {name: usages.c[name] + getattr(delta, name) for name in delta.__dataclass_fields__}
    if not connection.execute(sa.update(usages).where(usages.c.job_id == job_id).values(**values)).rowcount:
        connection.execute(sa.insert(usages).values(job_id=job_id, **vars(delta)))


def _nothing(_: sa.Connection) -> None:
    """Only the usage is to be counted."""
