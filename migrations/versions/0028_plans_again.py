"""Payment plans: the way to pay a consent is about, days left by a pause, lines of other people.

Revision ID: 0028
Revises: 0027
"""

import sqlalchemy as sa
from alembic import op

from portal.db import SCHEMA
from portal.schema import APP

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_ONE_PLAN = "plan_lines_one_plan"
_LINE = ["claim_id", "charge_id"]
_FEW = (  # of many rows the few that a work list is about
    (
        "plan_installments_failing",
        "plan_installments",
        "plan_id",
        "state IN ('failed', 'retry_scheduled')",
    ),
    ("plan_installments_moved", "plan_installments", "plan_id", "moved_from IS NOT NULL"),
    ("plans_missed", "plans", "plan_id", "misses <> '[]'"),
    ("messages_bounced", "messages", "guarantor_id", "state = 'bounced'"),
)


def upgrade() -> None:
    """Of consents given before, nobody wrote down the way to pay: it stays unsaid."""
    op.add_column(
        "plan_consents",
        sa.Column("way", sa.Text(), nullable=False, server_default=""),
        schema=SCHEMA,
    )
    op.add_column("plan_consents", sa.Column("method_id", sa.Uuid()), schema=SCHEMA)
    op.add_column("plans", sa.Column("cure_days", sa.SmallInteger()), schema=SCHEMA)
    op.execute(f"GRANT UPDATE (cure_days) ON {SCHEMA}.plans TO {APP}")
    _make_one_plan_of(["guarantor_id", *_LINE])
    for name, table, column, where in _FEW:
        op.create_index(
            name,
            table,
            ["practice_id", column],
            schema=SCHEMA,
            postgresql_where=sa.text(where),
        )


def downgrade() -> None:
    """Refused by the database while a moved visit stands on plans of two people."""
    for name, table, _, _ in reversed(_FEW):
        op.drop_index(name, table, schema=SCHEMA)
    _make_one_plan_of(_LINE)
    op.drop_column("plans", "cure_days", schema=SCHEMA)
    op.drop_column("plan_consents", "method_id", schema=SCHEMA)
    op.drop_column("plan_consents", "way", schema=SCHEMA)


def _make_one_plan_of(columns: list[str]) -> None:
    """A line is on one standing plan of whoever owes it."""
    op.drop_index(_ONE_PLAN, "plan_lines", schema=SCHEMA)
    op.create_index(
        _ONE_PLAN,
        "plan_lines",
        ["practice_id", *columns],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("ended_at IS NULL"),
        postgresql_nulls_not_distinct=True,
    )
