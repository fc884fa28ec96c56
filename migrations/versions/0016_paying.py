"""What a payer chose to pay for, with which wallet, and what their bank still waits for.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

from portal.db import SCHEMA

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_ONE_OPEN = "payments_one_open"
_IN_THE_PAYERS_HANDS = "state IN ('starting', 'open')"
_AT_THE_PROCESSOR = "state IN ('starting', 'open', 'processing')"


def upgrade() -> None:
    """A debit that a bank is at work on no longer keeps anybody from paying the rest."""
    op.add_column(
        "payments",
        sa.Column("choice", sa.Text(), nullable=False, server_default="all"),
        schema=SCHEMA,
    )
    for name in ("method_wallet", "mandate_id", "action_needed"):
        op.add_column("payments", sa.Column(name, sa.Text(), nullable=True), schema=SCHEMA)
    op.create_check_constraint(
        "payments_choice", "payments", "choice IN ('all', 'part', 'visits')", schema=SCHEMA
    )
    _one_open_while(_IN_THE_PAYERS_HANDS)


def downgrade() -> None:
    """Refused by the database while somebody pays beside a debit that is on its way."""
    _one_open_while(_AT_THE_PROCESSOR)
    op.drop_constraint("payments_choice", "payments", schema=SCHEMA)
    for name in ("action_needed", "mandate_id", "method_wallet", "choice"):
        op.drop_column("payments", name, schema=SCHEMA)


def _one_open_while(condition: str) -> None:
    op.drop_index(_ONE_OPEN, "payments", schema=SCHEMA)
    op.create_index(
        _ONE_OPEN,
        "payments",
        ["practice_id", "guarantor_id"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text(condition),
    )
