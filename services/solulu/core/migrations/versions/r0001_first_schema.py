"""Jobs with their labels, parts and logs, and the ledger of paid calls."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes the seven tables."""
    op.create_table(
        "jobs",
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
        sa.Column("artifact", sa.String(128), nullable=False),
        sa.Column("progress", sa.Text, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("create_time", sa.Float, nullable=False),
        sa.Column("start_time", sa.Float),
        sa.Column("end_time", sa.Float),
        sa.Column("num_attempts", sa.Integer, nullable=False),
        sa.Column("owner", sa.String(256), nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("lease_expires", sa.Float),
    )
    op.create_table(
        "job_labels",
        sa.Column("job_id", sa.String(32), primary_key=True),
        sa.Column("name", sa.String(256), primary_key=True),
        sa.Column("value", sa.String(1024), nullable=False),
    )
    op.create_table(
        "job_parts",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("unit", sa.String(256), primary_key=True),
        sa.Column("entry", sa.Text, nullable=False),
    )
    op.create_table(
        "job_logs",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("job_id", sa.String(32), nullable=False, index=True),
        sa.Column("time", sa.Float, nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("message", sa.Text, nullable=False),
    )
    op.create_table(
        "ledger_calls",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("model", sa.String(512), nullable=False),
        sa.Column("owner", sa.String(32)),
        sa.Column("response", sa.Text),
        sa.Column("prompt_tokens", sa.BigInteger),
        sa.Column("completion_tokens", sa.BigInteger),
        sa.Column("cost", sa.Float),
        sa.Column("time", sa.Float, nullable=False),
    )
    op.create_table(
        "ledger_owners",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("process", sa.String(256), nullable=False),
        sa.Column("expires", sa.Float, nullable=False),
    )
    op.create_table(
        "ledger_usage",
        sa.Column("job_id", sa.String(64), primary_key=True),
        sa.Column("num_calls", sa.BigInteger, nullable=False),
        sa.Column("num_cached_calls", sa.BigInteger, nullable=False),
        sa.Column("prompt_tokens", sa.BigInteger, nullable=False),
        sa.Column("completion_tokens", sa.BigInteger, nullable=False),
        sa.Column("cost", sa.Float, nullable=False),
    )
