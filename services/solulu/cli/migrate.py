"""`solulu migrate`: the one command that changes the schema of a shared job database."""

from __future__ import annotations

from solulu.cli.output import Json, emit


def migrate(json: Json = None) -> None:
    """Bring the job database that the settings name up to date: before services start, and before they are upgraded.

    Needed for PostgreSQL alone; SQLite is brought up to date by whoever opens it. Doing it again changes nothing.
    """
    from solulu.core import migrations
    from solulu.core.database import connect, patiently
    from solulu.core.settings import load

    engine = connect(load().database_url)
    before, after = patiently(lambda: migrations.upgrade(engine))
    engine.dispose()
    words = f"has schema {after} already" if before == after else f"has schema {after} now; before {before or 'none'}"
    emit({"before": before, "after": after}, json, f"the job database {words}")
