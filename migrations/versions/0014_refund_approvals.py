"""Refunds that a second person approves or the practice hands over; moves of payments; suspense.

Of a refund is kept which way it goes, the lines staff chose, who agreed, and who handed it over.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from portal.db import SCHEMA
from portal.schema import APP, BACKUP, LOADER, distribute

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TABLES = ("payment_moves", "suspense_decisions")
NEW_OF_A_REFUND = (
    "way",
    "taken_from",
    "decided_by",
    "decided_at",
    "decision_reason",
    "handed_by",
    "handed_on",
    "handed_reference",
    "mailed_to",
)


def upgrade() -> None:
    op.add_column(
        "practices",
        sa.Column(
            "refund_alone_up_to_cents", sa.BigInteger(), nullable=False, server_default="50000"
        ),
        schema=SCHEMA,
    )
    for column in (
        sa.Column("way", sa.Text(), nullable=False, server_default="original"),
        sa.Column("taken_from", postgresql.JSONB(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=False, server_default=""),
        sa.Column("handed_by", sa.Uuid(), nullable=True),
        sa.Column("handed_on", sa.Date(), nullable=True),
        sa.Column("handed_reference", sa.Text(), nullable=False, server_default=""),
        sa.Column("mailed_to", sa.Text(), nullable=False, server_default=""),
    ):
        op.add_column("refunds", column, schema=SCHEMA)
    op.create_index(
        "refunds_promised",
        "refunds",
        ["practice_id", "created_at"],
        schema=SCHEMA,
        postgresql_where=sa.text("state IN ('waiting', 'requested', 'pending')"),
    )
    _make_tables()
    distribute(op.get_bind(), *TABLES)
    _make_foreign_keys()
    _protect()


def downgrade() -> None:
    """What is older would send a refund that waits, or that is to be handed over: given up.

    The owner sees no row as long as the policies hold for it too.
    """
    op.execute(f"ALTER TABLE {SCHEMA}.refunds NO FORCE ROW LEVEL SECURITY")
    op.execute(
        f"UPDATE {SCHEMA}.refunds SET state = 'canceled' "
        "WHERE state IN ('waiting', 'rejected', 'returned') "
        "OR (state = 'requested' AND way <> 'original')"
    )
    op.execute(f"ALTER TABLE {SCHEMA}.refunds FORCE ROW LEVEL SECURITY")
    for table in reversed(TABLES):
        op.drop_table(table, schema=SCHEMA)
    op.drop_index("refunds_promised", "refunds", schema=SCHEMA)
    for name in reversed(NEW_OF_A_REFUND):
        op.drop_column("refunds", name, schema=SCHEMA)
    op.drop_column("practices", "refund_alone_up_to_cents", schema=SCHEMA)


def _make_tables() -> None:
    op.create_table(
        "payment_moves",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("move_id", sa.Uuid(), nullable=False),
        sa.Column("guarantor_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("moved_by", sa.Uuid(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "move_id", name="payment_moves_pk"),
        schema=SCHEMA,
    )
    op.create_index(
        "payment_moves_payment", "payment_moves", ["practice_id", "payment_id"], schema=SCHEMA
    )
    op.create_table(
        "suspense_decisions",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("guarantor_id", sa.Uuid(), nullable=True),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "decision_id", name="suspense_decisions_pk"),
        schema=SCHEMA,
    )
    op.create_index(
        "suspense_decisions_subject",
        "suspense_decisions",
        ["practice_id", "subject"],
        schema=SCHEMA,
    )


def _make_foreign_keys() -> None:
    for column, parent in (("payment_id", "payments"), ("entry_id", "journal_entries")):
        op.create_foreign_key(
            f"payment_moves_{column}_fk",
            "payment_moves",
            parent,
            ["practice_id", column],
            ["practice_id", column],
            source_schema=SCHEMA,
            referent_schema=SCHEMA,
        )


def _protect() -> None:
    """For staff and jobs; written once, never changed."""
    staff = f"practice_id = {SCHEMA}.current_practice() AND {SCHEMA}.sees_everybody()"
    for table in TABLES:
        op.execute(f"ALTER TABLE {SCHEMA}.{table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {SCHEMA}.{table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY {table}_all ON {SCHEMA}.{table} FOR ALL USING ({staff}) "
            f"WITH CHECK ({staff})"
        )
        op.execute(f"GRANT SELECT ON {SCHEMA}.{table} TO {APP}, {LOADER}, {BACKUP}")
        op.execute(f"GRANT INSERT ON {SCHEMA}.{table} TO {APP}")
