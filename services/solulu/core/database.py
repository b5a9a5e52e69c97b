"""The job database: one SQLAlchemy metadata, one way to open it, and its clock.

Every table of Solulu hangs on `metadata`; SQLite serves one host and PostgreSQL many, with the same statements. On
SQLite every transaction is a short immediate one, so writers queue instead of failing. What a database may do next
time is a DatabaseAway, whoever asked. Time is always the database's, because replicas' clocks differ.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
import tenacity

from solulu.core import migrations
from solulu.core.errors import InvalidArgument, Transient

PATIENCE_SECONDS = 15.0
START_SECONDS = 300.0
"""How long a service waits for a database that is being installed with it."""
_DRIVER = "postgresql+psycopg"
_DEFAULTS = {
    "application_name": "solulu",
    "connect_timeout": "5",
    "keepalives_idle": "5",
    "keepalives_interval": "5",
    "keepalives_count": "2",
    "tcp_user_timeout": "15000",
}
"""A server that vanished without a word is noticed before a lease ends; parameters in the URL win over these."""

T = TypeVar("T")

log = logging.getLogger(__name__)

metadata = sa.MetaData()


class DatabaseAway(Transient):
    """The database cannot do it now, and may next time: it restarts, is out of reach, or broke a deadlock."""


class Words(sa.types.TypeDecorator[str]):
    """Text that anybody may have written: what PostgreSQL cannot hold (NUL, half a surrogate pair) as its escape."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        """The text that is stored, and compared with."""
        return value and value.replace("\0", "\\x00").encode("utf-8", "backslashreplace").decode()


def open_database(url: str) -> sa.Engine:
    """Opens the database at a URL, with the current schema: SQLite is brought up to date, for PostgreSQL see
    `migrations.check`. Raises Conflict where the schema is another one, DatabaseAway, and as `connect` does."""
    engine = connect(url)
    if engine.dialect.name == "sqlite":
        migrations.upgrade(engine)
    else:
        migrations.check(engine)
    return engine


def open_when_ready(url: str, patience_seconds: float = START_SECONDS) -> sa.Engine:
    """As `open_database`, but waits while the server is away, or `solulu migrate` has still to be run."""
    return tenacity.Retrying(
        retry=tenacity.retry_if_exception_type((DatabaseAway, migrations.Unmigrated)),
        stop=tenacity.stop_after_delay(patience_seconds),
        wait=tenacity.wait_random_exponential(multiplier=0.5, max=5),
        before_sleep=lambda state: log.warning("waiting: %s", state.outcome and state.outcome.exception()),
        reraise=True,
    )(lambda: open_database(url))


def connect(url: str) -> sa.Engine:
    """The database at `sqlite:///path` or `postgresql://user@host/name`, whatever its schema. Raises InvalidArgument
    for any other URL, and where psycopg is not installed."""
    place = _place(url)
    if place.get_backend_name() == "sqlite" and place.database:
        Path(place.database).parent.mkdir(parents=True, exist_ok=True)
    try:
        engine = sa.create_engine(place, pool_pre_ping=True)
    except ImportError as error:
        raise InvalidArgument(f"PostgreSQL needs psycopg ({error}); pip install 'solulu[cluster]'") from error
    sa.event.listen(engine, "handle_error", _error_of_ours)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin_immediate)
    else:
        sa.event.listen(engine, "connect", _prepare_postgresql)
    return engine


def patiently(work: Callable[[], T]) -> T:
    """What `work` returns, tried again for as long as a lease lasts while the database is away, or another process
    inserts the same row. For transactions that may be done twice: an answer can be lost after the commit."""
    return tenacity.Retrying(
        retry=tenacity.retry_if_exception_type((DatabaseAway, sa.exc.IntegrityError)),
        stop=tenacity.stop_after_delay(PATIENCE_SECONDS),
        wait=tenacity.wait_random_exponential(multiplier=0.1, max=2),
        reraise=True,
    )(work)


def now(engine: sa.Engine) -> sa.ColumnElement[float]:
    """Seconds since the epoch on the database's clock, as an expression."""
    if engine.dialect.name == "sqlite":
        return (sa.func.julianday("now") - 2440587.5) * 86400.0
    return sa.cast(sa.extract("epoch", sa.func.clock_timestamp()), sa.Float)


def _place(url: str) -> sa.URL:
    try:
        place = sa.make_url(url)
    except sa.exc.ArgumentError:
        place = sa.make_url("unknown://")
    if place.get_backend_name() in ("postgresql", "postgres"):
        return place.set(drivername=_DRIVER, query={**_DEFAULTS, **place.query})
    if place.get_backend_name() != "sqlite":
        raise InvalidArgument(
            "SOLULU_DATABASE is the URL of no database that holds jobs; give sqlite:///path or "
            "postgresql://user:password@host/name"
        )
    return place


def _error_of_ours(context: sa.engine.ExceptionContext) -> Transient | InvalidArgument | None:
    error = context.original_exception
    if context.is_pre_ping:  # the pool makes a new connection by itself
        return None
    if isinstance(error, sqlite3.Error):
        may_pass = getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY")
    else:
        may_pass = context.is_disconnect or isinstance(context.sqlalchemy_exception, sa.exc.OperationalError)
    reason = (str(error).strip() or type(error).__name__).splitlines()[0]
    if may_pass:
        return DatabaseAway(f"the job database does not answer: {reason}")
    if isinstance(context.sqlalchemy_exception, sa.exc.DataError):
        return InvalidArgument(f"the job database cannot hold this: {reason}")
    return None


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions are begun below, so that two writers queue instead of failing
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=60000", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _prepare_postgresql(connection: Any, _record: object) -> None:
    # A host that dies within a transaction must not hold its rows until TCP notices, two hours later.
    connection.execute("SET idle_in_transaction_session_timeout = '60s'")
    connection.commit()
