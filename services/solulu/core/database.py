"""The job database: one SQLAlchemy metadata, one way to open it, and its clock.

Every table of Solulu hangs on `metadata`. On SQLite every transaction is a short immediate one, so
writers queue instead of failing. Time is always the database's, because replicas' clocks differ.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

metadata = sa.MetaData()


def open_database(url: str) -> sa.Engine:
    """Opens the database at a SQLAlchemy URL and makes the tables that are missing."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(url, pool_pre_ping=True)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin_immediate)
    metadata.create_all(engine)
    return engine


def now(engine: sa.Engine) -> sa.ColumnElement[float]:
    """Seconds since the epoch on the database's clock, as an expression."""
    if engine.dialect.name == "sqlite":
        return (sa.func.julianday("now") - 2440587.5) * 86400.0
    return sa.cast(sa.func.extract("epoch", sa.func.clock_timestamp()), sa.Float)


def _prepare_sqlite(connection, _record) -> None:  # type: ignore[no-untyped-def]  # DBAPI objects have no types
    connection.isolation_level = None  # transactions are begun below, so that two writers queue instead of failing
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=60000", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
