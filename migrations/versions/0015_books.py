"""Payouts, their movements, and disputes.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from portal.db import SCHEMA
from portal.schema import APP, BACKUP, LOADER, distribute

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLES = (  # parents first
    "payouts",
    "gateway_movements",
    "gateway_balances",
    "disputes",
    "dispute_events",
    "dispute_answers",
)
OF_A_GUARANTOR = ("disputes",)
APPEND_ONLY = ("gateway_balances", "dispute_events")
CHANGED_LATER = {  # and nothing else of it
    "payouts": (
        "status",
        "is_itemised",
        "arrives_on",
        "failure_code",
        "settled_entry_id",
        "returned_entry_id",
        "read_at",
    ),
    "gateway_movements": ("payout_id",),
    "disputes": (
        "amount_cents",
        "reason",
        "state",
        "is_refundable",
        "state_at",
        "due_at",
        "closed_at",
        "taken_cents",
        "fee_cents",
        "lost_entry_id",
    ),
    "dispute_answers": ("sent_at", "refused_at", "refusal"),
}


def upgrade() -> None:
    _make_payouts()
    _make_movements()
    _make_disputes()
    _make_answers()
    distribute(op.get_bind(), *TABLES)
    _make_foreign_keys()
    _make_guards()
    _make_row_level_security()
    _grant()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table, schema=SCHEMA)


def _make_payouts() -> None:
    op.create_table(
        "payouts",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("payout_id", sa.Uuid(), nullable=False),
        sa.Column("stripe_payout_id", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("is_automatic", sa.Boolean(), nullable=False),
        sa.Column("is_itemised", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("arrives_on", sa.Date(), nullable=False),
        sa.Column("failure_code", sa.Text(), nullable=True),
        sa.Column("settled_entry_id", sa.Uuid(), nullable=True),
        sa.Column("returned_entry_id", sa.Uuid(), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "payout_id", name="payouts_pk"),
        sa.UniqueConstraint("practice_id", "stripe_payout_id", name="payouts_stripe_payout"),
        schema=SCHEMA,
    )
    op.create_index("payouts_arrival", "payouts", ["practice_id", "arrives_on"], schema=SCHEMA)


def _make_movements() -> None:
    op.create_table(
        "gateway_movements",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("movement_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("fee_cents", sa.BigInteger(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=True),
        sa.Column("payment_intent_id", sa.Text(), nullable=True),
        sa.Column("reference", sa.Uuid(), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("available_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payout_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "movement_id", name="gateway_movements_pk"),
        schema=SCHEMA,
    )
    for name, column in (
        ("payout", "payout_id"),
        ("created", "created_at"),
        ("intent", "payment_intent_id"),
    ):
        columns = ["practice_id", column]
        op.create_index(f"gateway_movements_{name}", "gateway_movements", columns, schema=SCHEMA)
    op.create_table(
        "gateway_balances",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("balance_cents", sa.BigInteger(), nullable=False),
        sa.Column("movements_cents", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "read_at", name="gateway_balances_pk"),
        schema=SCHEMA,
    )


def _make_disputes() -> None:
    op.create_table(
        "disputes",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("dispute_id", sa.Uuid(), nullable=False),
        sa.Column("stripe_dispute_id", sa.Text(), nullable=False),
        sa.Column("guarantor_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("is_refundable", sa.Boolean(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_cents", sa.BigInteger(), nullable=False),
        sa.Column("fee_cents", sa.BigInteger(), nullable=False),
        sa.Column("lost_entry_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "dispute_id", name="disputes_pk"),
        sa.UniqueConstraint("practice_id", "stripe_dispute_id", name="disputes_stripe_dispute"),
        sa.CheckConstraint("amount_cents > 0", name="disputes_amount"),
        schema=SCHEMA,
    )
    op.create_index("disputes_payment", "disputes", ["practice_id", "payment_id"], schema=SCHEMA)
    op.create_index(
        "disputes_guarantor", "disputes", ["practice_id", "guarantor_id"], schema=SCHEMA
    )
    op.create_index(
        "disputes_open",
        "disputes",
        ["practice_id", "due_at"],
        schema=SCHEMA,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "dispute_events",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("dispute_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False, server_default=""),
        sa.Column("detail", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("practice_id", "event_id", name="dispute_events_pk"),
        schema=SCHEMA,
    )
    op.create_index(
        "dispute_events_dispute", "dispute_events", ["practice_id", "dispute_id"], schema=SCHEMA
    )


def _make_answers() -> None:
    op.create_table(
        "dispute_answers",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("answer_id", sa.Uuid(), nullable=False),
        sa.Column("dispute_id", sa.Uuid(), nullable=False),
        sa.Column("is_inquiry", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("items", postgresql.JSONB(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refusal", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("practice_id", "answer_id", name="dispute_answers_pk"),
        schema=SCHEMA,
    )
    op.create_index(
        "dispute_answers_one",
        "dispute_answers",
        ["practice_id", "dispute_id", "is_inquiry"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("refused_at IS NULL"),
    )


def _make_foreign_keys() -> None:
    for child, column, parent, key in (
        ("payouts", "settled_entry_id", "journal_entries", "entry_id"),
        ("payouts", "returned_entry_id", "journal_entries", "entry_id"),
        ("gateway_movements", "payout_id", "payouts", "payout_id"),
        ("disputes", "payment_id", "payments", "payment_id"),
        ("disputes", "guarantor_id", "guarantors", "guarantor_id"),
        ("disputes", "lost_entry_id", "journal_entries", "entry_id"),
        ("dispute_events", "dispute_id", "disputes", "dispute_id"),
        ("dispute_answers", "dispute_id", "disputes", "dispute_id"),
    ):
        op.create_foreign_key(
            f"{child}_{column}_fk",
            child,
            parent,
            ["practice_id", column],
            ["practice_id", key],
            source_schema=SCHEMA,
            referent_schema=SCHEMA,
        )


def _make_guards() -> None:
    op.execute("SET LOCAL citus.enable_unsafe_triggers = on")
    op.execute("SET LOCAL citus.multi_shard_modify_mode = 'sequential'")
    for table in APPEND_ONLY:
        op.execute(f"""
            CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {SCHEMA}.{table}
            FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.refuse_change()
        """)
        op.execute(f"""
            CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {SCHEMA}.{table}
            FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_change()
        """)


def _make_row_level_security() -> None:
    here = f"practice_id = {SCHEMA}.current_practice()"
    theirs = f"{here} AND {SCHEMA}.may_see(guarantor_id)"
    staff = f"{here} AND {SCHEMA}.sees_everybody()"
    for table in TABLES:
        op.execute(f"ALTER TABLE {SCHEMA}.{table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {SCHEMA}.{table} FORCE ROW LEVEL SECURITY")
        visible = theirs if table in OF_A_GUARANTOR else staff
        op.execute(
            f"CREATE POLICY {table}_all ON {SCHEMA}.{table} FOR ALL USING ({visible}) "
            f"WITH CHECK ({visible})"
        )


def _grant() -> None:
    for table in TABLES:
        op.execute(f"GRANT SELECT ON {SCHEMA}.{table} TO {APP}, {LOADER}, {BACKUP}")
        op.execute(f"GRANT INSERT ON {SCHEMA}.{table} TO {APP}")
    for table, columns in CHANGED_LATER.items():
        op.execute(f"GRANT UPDATE ({', '.join(columns)}) ON {SCHEMA}.{table} TO {APP}")
