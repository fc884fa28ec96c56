"""Money handed over at the desk: drawers, their counts, deposits, and the card machine's batches.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import SchemaItem

from portal.db import SCHEMA
from portal.schema import APP, BACKUP, LOADER, distribute

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLES = (  # parents first
    "desk_deposits",
    "terminal_batches",
    "drawers",
    "drawer_counts",
    "drawer_events",
    "desk_payments",
    "desk_reversals",
)
OF_A_GUARANTOR = ("desk_payments", "desk_reversals")
CHANGED_LATER = {  # and nothing else of it; the other tables are append-only
    "drawers": ("float_cents", "state", "state_at", "count_id", "bank_cents", "desk_deposit_id"),
    "desk_payments": ("terminal_batch_id",),
}


def upgrade() -> None:
    _make_bank_tables()
    _make_drawers()
    _make_payments()
    distribute(op.get_bind(), *TABLES)
    _make_foreign_keys()
    _make_row_level_security()
    _grant()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table, schema=SCHEMA)


def _make_table(name: str, key: str, *columns: SchemaItem) -> None:
    op.create_table(
        name,
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column(key, sa.Uuid(), nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("practice_id", key, name=f"{name}_pk"),
        schema=SCHEMA,
    )


def _index(name: str, table: str, column: str) -> None:
    op.create_index(name, table, ["practice_id", column], schema=SCHEMA)


def _make_bank_tables() -> None:
    _make_table(
        "desk_deposits",
        "desk_deposit_id",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("cash_cents", sa.BigInteger(), nullable=False),
        sa.Column("checks_cents", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.UniqueConstraint("practice_id", "number", name="desk_deposits_number"),
        sa.CheckConstraint("cash_cents + checks_cents > 0", name="desk_deposits_amount"),
    )
    _index("desk_deposits_day", "desk_deposits", "made_on")
    _make_table(
        "terminal_batches",
        "terminal_batch_id",
        sa.Column("arrived_on", sa.Date(), nullable=False),
        sa.Column("taken_cents", sa.BigInteger(), nullable=False),
        sa.Column("refunds_cents", sa.BigInteger(), nullable=False),
        sa.Column("arrived_cents", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "arrived_cents BETWEEN 1 AND taken_cents", name="terminal_batches_arrived"
        ),
    )
    _index("terminal_batches_day", "terminal_batches", "arrived_on")


def _make_drawers() -> None:
    _make_table(
        "drawers",
        "drawer_id",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("float_cents", sa.BigInteger(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count_id", sa.Uuid(), nullable=True),
        sa.Column("bank_cents", sa.BigInteger(), nullable=True),
        sa.Column("desk_deposit_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("float_cents >= 0", name="drawers_float"),
    )
    op.create_index(
        "drawers_in_use",
        "drawers",
        ["practice_id", "staff_id"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("state IN ('open', 'counted')"),
    )
    _index("drawers_day", "drawers", "opened_on")
    _index("drawers_deposit", "drawers", "desk_deposit_id")
    _make_table(
        "drawer_counts",
        "count_id",
        sa.Column("drawer_id", sa.Uuid(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counted_by", sa.Uuid(), nullable=False),
        sa.Column("pieces", postgresql.JSONB(), nullable=False),
        sa.Column("missing_checks", postgresql.JSONB(), nullable=False),
        sa.Column("cash_cents", sa.BigInteger(), nullable=False),
        sa.Column("checks_cents", sa.BigInteger(), nullable=False),
        sa.Column("expected_cash_cents", sa.BigInteger(), nullable=False),
        sa.Column("expected_checks_cents", sa.BigInteger(), nullable=False),
    )
    _index("drawer_counts_drawer", "drawer_counts", "drawer_id")
    _make_table(
        "drawer_events",
        "event_id",
        sa.Column("drawer_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False, server_default=""),
    )
    _index("drawer_events_drawer", "drawer_events", "drawer_id")


def _make_payments() -> None:
    _make_table(
        "desk_payments",
        "payment_id",
        sa.Column("guarantor_id", sa.Uuid(), nullable=False),
        sa.Column("drawer_id", sa.Uuid(), nullable=False),
        sa.Column("taken_by", sa.Uuid(), nullable=False),
        sa.Column("tendered_cents", sa.BigInteger(), nullable=False),
        sa.Column("check_number", sa.Text(), nullable=False),
        sa.Column("approval_code", sa.Text(), nullable=False),
        sa.Column("visit_on", sa.Date(), nullable=True),
        sa.Column("terminal_batch_id", sa.Uuid(), nullable=True),
    )
    _index("desk_payments_drawer", "desk_payments", "drawer_id")
    _index("desk_payments_batch", "desk_payments", "terminal_batch_id")
    _make_table(
        "desk_reversals",
        "payment_id",
        sa.Column("guarantor_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reversed_by", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
    )


def _make_foreign_keys() -> None:
    for child, column, parent in (
        ("desk_deposits", "entry_id", "journal_entries"),
        ("terminal_batches", "entry_id", "journal_entries"),
        ("drawers", "desk_deposit_id", "desk_deposits"),
        ("drawer_counts", "drawer_id", "drawers"),
        ("drawer_events", "drawer_id", "drawers"),
        ("desk_payments", "payment_id", "payments"),
        ("desk_payments", "drawer_id", "drawers"),
        ("desk_payments", "terminal_batch_id", "terminal_batches"),
        ("desk_reversals", "payment_id", "desk_payments"),
        ("desk_reversals", "entry_id", "journal_entries"),
    ):
        op.create_foreign_key(
            f"{child}_{column}_fk",
            child,
            parent,
            ["practice_id", column],
            ["practice_id", column],
            source_schema=SCHEMA,
            referent_schema=SCHEMA,
        )


def _make_row_level_security() -> None:
    here = f"practice_id = {SCHEMA}.current_practice()"
    theirs = f"{here} AND {SCHEMA}.may_see(guarantor_id)"
    staff = f"{here} AND {SCHEMA}.sees_everybody()"
    for table in TABLES:
        visible = theirs if table in OF_A_GUARANTOR else staff
        op.execute(f"ALTER TABLE {SCHEMA}.{table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {SCHEMA}.{table} FORCE ROW LEVEL SECURITY")
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
