"""Payments that no link began, and those of the desk: without a statement, of any amount.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

from portal.db import SCHEMA

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "payments",
        sa.Column("channel", sa.Text(), nullable=False, server_default="link"),
        schema=SCHEMA,
    )
    op.alter_column("payments", "statement_id", nullable=True, schema=SCHEMA)
    op.drop_constraint("payments_amount", "payments", schema=SCHEMA)
    op.create_check_constraint("payments_amount", "payments", "amount_cents > 0", schema=SCHEMA)


def downgrade() -> None:
    """Refused by the database while there are payments without a statement, or below 50 cents."""
    op.drop_constraint("payments_amount", "payments", schema=SCHEMA)
    op.create_check_constraint("payments_amount", "payments", "amount_cents >= 50", schema=SCHEMA)
    op.alter_column("payments", "statement_id", nullable=False, schema=SCHEMA)
    op.drop_column("payments", "channel", schema=SCHEMA)
