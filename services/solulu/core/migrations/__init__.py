"""The versions of the job database's schema, and who may change it.

SQLite is one installation's own file, so opening it brings it up to date. PostgreSQL is shared, perhaps by replicas of
several versions: only `solulu migrate` changes it, and a service refuses a schema that it was not made for. A change
of a table is a new file in versions/, with the number after the last one, and never a change of an old file.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from solulu.core.errors import Conflict

FIRST = "0001"
_LOCK = 2606_03130
"""The advisory lock under which PostgreSQL's schema is changed."""


class Unmigrated(Conflict):
    """The schema is older than this version of Solulu, or not there yet: `solulu migrate` heals it."""


def upgrade(engine: sa.Engine) -> tuple[str, str]:
    """Brings the schema up to date, whole or not at all; its versions before (empty: no schema) and after.

    Several at once wait for each other. Raises Conflict where a later Solulu has changed the schema."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        config.attributes["connection"] = connection
        before, newest = _version(connection), _newest()
        if before == newest:
            return before, newest
        if not before and sa.inspect(connection).has_table("jobs"):  # made before there were versions
            command.stamp(config, FIRST)
            before = FIRST
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise _conflict(before) from error
    return before, newest


def check(engine: sa.Engine) -> None:
    """Raises Conflict where the schema is not the one that this version of Solulu works with: Unmigrated where it is
    older, or not there."""
    with engine.begin() as connection:
        version = _version(connection)
    if version != _newest():
        raise _conflict(version)


def _version(connection: sa.Connection) -> str:
    return MigrationContext.configure(connection).get_current_revision() or ""


def _newest() -> str:
    return ScriptDirectory(str(Path(__file__).parent)).get_current_head() or ""


def _conflict(version: str) -> Conflict:
    """Why a schema is not the one to work with: a later Solulu's, or one to migrate."""
    known = {script.revision for script in ScriptDirectory(str(Path(__file__).parent)).walk_revisions()}
    if version and version not in known:
        return Conflict(
            f"the job database has schema {version}, and this Solulu knows none after {_newest()}; use the version of "
            "Solulu that changed it, or a later one"
        )
    found = f"has schema {version}" if version else "has no tables yet"
    return Unmigrated(
        f"the job database {found}, and this Solulu works with schema {_newest()}; run `solulu migrate` first"
    )
