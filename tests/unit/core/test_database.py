"""The job database's address, and what becomes of its errors."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from solulu.core.database import DatabaseAway, connect, now, open_database
from solulu.core.errors import InvalidArgument
from solulu.core.jobs import JobTable
from support.postgres import Server


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg", "postgresql+psycopg2"])
def test_every_spelling_of_a_postgresql_url_means_the_same_driver(scheme: str) -> None:
    assert connect(f"{scheme}://solulu@db/jobs").url.drivername == "postgresql+psycopg"


def test_parameters_of_the_url_win_over_ours() -> None:
    query = connect("postgresql://solulu@db/jobs?connect_timeout=60&sslmode=require").url.query
    assert (query["connect_timeout"], query["sslmode"], query["application_name"]) == ("60", "require", "solulu")


@pytest.mark.parametrize("url", ["mysql://solulu:hunter22@db/jobs", "hunter22", "jobs.db"])
def test_an_address_of_no_database_for_jobs_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(InvalidArgument, match="SOLULU_DATABASE") as refused:
        connect(url)
    assert "hunter22" not in str(refused.value)


def test_a_server_that_is_not_there_is_away_and_its_password_is_not_told() -> None:
    with pytest.raises(DatabaseAway, match="the job database does not answer") as away:
        open_database("postgresql://solulu:hunter22@127.0.0.1:1/jobs")
    assert "hunter22" not in str(away.value)


def test_a_file_that_another_process_holds_is_away(tmp_path) -> None:
    url = f"sqlite:///{tmp_path / 'jobs.db'}"
    holding, waiting = open_database(url), open_database(url)

    def impatient(connection, _record) -> None:
        connection.execute("PRAGMA busy_timeout=10")

    sa.event.listen(waiting, "checkout", lambda connection, record, _proxy: impatient(connection, record))
    with holding.begin(), pytest.raises(DatabaseAway, match="locked"):
        JobTable(waiting).claim(["scrape"])


def test_a_server_that_restarts_is_away_and_then_answers_again(postgres_server: Server) -> None:
    with postgres_server.database() as url, open_database(url).connect() as connection:
        postgres_server.stop()
        postgres_server.start()
        with pytest.raises(DatabaseAway):
            connection.execute(sa.select(1))
        connection.rollback()
        assert connection.execute(sa.select(1)).scalar_one() == 1


def test_connections_that_a_restart_broke_are_replaced_before_they_are_used(postgres_server: Server) -> None:
    with postgres_server.database() as url:
        table = JobTable(open_database(url))
        with table.engine.connect(), table.engine.connect():
            assert table.page() == []
        postgres_server.stop()
        postgres_server.start()
        assert [table.page() for _ in range(3)] == [[], [], []]


def test_a_value_that_the_database_cannot_hold_is_the_callers_mistake(postgres_server: Server) -> None:
    with postgres_server.database() as url:
        table = JobTable(open_database(url))
        for labels in ({"team": "x" * 2000}, {"team": "a\0b"}):
            with pytest.raises(InvalidArgument, match="cannot hold"):
                table.submit("scrape", 1, "ab" * 32, {}, [], {"labels": labels}, False)
        assert table.page() == []


def test_time_is_the_databases_and_goes_on_within_a_transaction(database_url: str) -> None:
    engine = open_database(database_url)
    with engine.begin() as connection:
        first = connection.execute(sa.select(now(engine))).scalar_one()
        second = connection.execute(sa.select(now(engine))).scalar_one()
    assert 1.7e9 < first <= second < first + 60
