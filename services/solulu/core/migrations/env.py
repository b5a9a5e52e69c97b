"""What alembic runs: one migration after the other, in the transaction that `solulu.core.migrations` has begun."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
