"""The schema: migrations make what the code declares, keep what was there, and nobody works on another version."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from solulu.core import migrations
from solulu.core.database import connect, metadata, open_database, open_when_ready
from solulu.core.errors import Conflict
from solulu.core.jobs import JobTable
from solulu.core.ledger import calls
from support.commands import solulu
from support.postgres import Server


@pytest.fixture
def empty_postgres(postgres_server: Server) -> Iterator[str]:
    """The URL of a PostgreSQL database without tables."""
    with postgres_server.database(template="template0") as url:
        yield url


def differences(engine: sa.Engine) -> list[object]:
    with engine.begin() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))


def submit(engine: sa.Engine) -> str:
    return JobTable(engine).submit("scrape", 1, "ab" * 32, {}, [], {}, False).id


def test_the_migrations_make_the_tables_that_the_code_declares(database_url: str) -> None:
    engine = open_database(database_url)
    assert calls.metadata is metadata
    assert differences(engine) == []
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE jobs ADD COLUMN forgotten INTEGER")
    assert differences(engine) != []


def test_a_database_from_before_there_were_versions_keeps_its_jobs(new_database: Callable[[], str]) -> None:
    url = new_database()
    engine = connect(url)
    metadata.create_all(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS alembic_version")
    id = submit(engine)

    migrations.upgrade(engine)

    assert JobTable(open_database(url)).get(id).state == "QUEUED"
    assert differences(engine) == []


def test_a_service_refuses_a_postgresql_without_tables_and_changes_nothing(empty_postgres: str) -> None:
    with pytest.raises(Conflict, match=r"has no tables yet.*run `solulu migrate` first"):
        open_database(empty_postgres)
    assert sa.inspect(connect(empty_postgres)).get_table_names() == []


def test_a_service_that_starts_beside_the_migration_waits_for_it(empty_postgres: str) -> None:
    migration = threading.Timer(1, lambda: migrations.upgrade(connect(empty_postgres)))
    migration.start()

    id = submit(open_when_ready(empty_postgres))

    migration.join()
    assert JobTable(open_database(empty_postgres)).get(id).state == "QUEUED"


def test_a_service_waits_in_vain_only_so_long(empty_postgres: str) -> None:
    with pytest.raises(Conflict, match="has no tables yet"):
        open_when_ready(empty_postgres, patience_seconds=0.1)


def test_solulu_migrate_makes_a_postgresql_ready_and_may_be_run_again(
    empty_postgres: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SOLULU_DATABASE", empty_postgres)

    assert solulu("migrate") == 0
    id = submit(open_database(empty_postgres))
    assert solulu("migrate") == 0

    assert JobTable(open_database(empty_postgres)).get(id).state == "QUEUED"
    first, second = capsys.readouterr().out.splitlines()
    assert "before none" in first
    assert "already" in second


def test_many_that_migrate_at_once_wait_for_each_other(new_database: Callable[[], str]) -> None:
    url = new_database()
    engine = connect(url)
    with engine.begin() as connection:
        metadata.drop_all(connection)
        connection.exec_driver_sql("DROP TABLE IF EXISTS alembic_version")
    done: list[tuple[str, str]] = []
    threads = [threading.Thread(target=lambda: done.append(migrations.upgrade(connect(url)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    newest = done[0][1]
    assert sorted(done) == [("", newest), *[(newest, newest)] * 3]
    assert differences(engine) == []


def test_a_database_of_a_later_version_is_refused_with_words(database_url: str) -> None:
    engine = open_database(database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(Conflict, match="has schema 9999"):
        open_database(database_url)
    with pytest.raises(Conflict, match="has schema 9999"):
        migrations.upgrade(engine)
