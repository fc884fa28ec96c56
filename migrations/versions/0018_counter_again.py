"""Second looks at the desk: cash voids, machine batches taken back, checks found or never cashed.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import SchemaItem

from portal.db import SCHEMA
from portal.schema import APP, BACKUP, LOADER, distribute

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TABLES = ("terminal_reversals", "void_requests", "found_checks", "refund_check_stops")
CHANGED_LATER = {  # and nothing else of it; the other tables are append-only
    "void_requests": ("answer", "answered_by", "answered_at"),
    "refund_check_stops": ("answer", "answered_by", "answered_at"),
}


def upgrade() -> None:
    op.add_column(
        "practices",
        sa.Column(
            "machine_keeps_basis_points", sa.BigInteger(), nullable=False, server_default="500"
        ),
        schema=SCHEMA,
    )
    op.add_column(
        "terminal_batches",
        sa.Column("reason", sa.Text(), nullable=False, server_default=""),
        schema=SCHEMA,
    )
    op.add_column("refunds", sa.Column("cashed_on", sa.Date(), nullable=True), schema=SCHEMA)
    op.add_column("refunds", sa.Column("cashed_noted_by", sa.Uuid(), nullable=True), schema=SCHEMA)
    op.create_index(
        "refunds_checks_out",
        "refunds",
        ["practice_id", "handed_on"],
        schema=SCHEMA,
        postgresql_where=sa.text("way = 'check' AND state = 'succeeded' AND cashed_on IS NULL"),
    )
    _make_tables()
    distribute(op.get_bind(), *TABLES)
    _make_foreign_keys()
    _protect()


def downgrade() -> None:
    """Refused while the journal has a found check, an event that what is older cannot read.

    A batch that was taken back has its refunds no more: what is older would take them off twice.
    """
    for table in ("journal_entries", "terminal_batches", "terminal_reversals"):
        op.execute(f"ALTER TABLE {SCHEMA}.{table} NO FORCE ROW LEVEL SECURITY")
    found = op.get_bind().scalar(
        sa.text(
            f"SELECT count(*) FROM {SCHEMA}.journal_entries WHERE business_event = 'check_found'"
        )
    )
    if found:
        raise RuntimeError(f"Older code cannot read {found} entries of checks that were found.")
    op.execute(
        f"UPDATE {SCHEMA}.terminal_batches b SET refunds_cents = 0 "
        f"FROM {SCHEMA}.terminal_reversals r "
        "WHERE r.practice_id = b.practice_id AND r.terminal_batch_id = b.terminal_batch_id"
    )
    for table in ("journal_entries", "terminal_batches"):
        op.execute(f"ALTER TABLE {SCHEMA}.{table} FORCE ROW LEVEL SECURITY")
    for table in reversed(TABLES):
        op.drop_table(table, schema=SCHEMA)
    op.drop_index("refunds_checks_out", "refunds", schema=SCHEMA)
    op.drop_column("refunds", "cashed_noted_by", schema=SCHEMA)
    op.drop_column("refunds", "cashed_on", schema=SCHEMA)
    op.drop_column("terminal_batches", "reason", schema=SCHEMA)
    op.drop_column("practices", "machine_keeps_basis_points", schema=SCHEMA)


def _make_table(name: str, key: str, *columns: SchemaItem) -> None:
    op.create_table(
        name,
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column(key, sa.Uuid(), nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("practice_id", key, name=f"{name}_pk"),
        schema=SCHEMA,
    )


def _make_tables() -> None:
    _make_table(
        "terminal_reversals",
        "terminal_batch_id",
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reversed_by", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("payment_ids", postgresql.JSONB(), nullable=False),
    )
    _make_table(
        "void_requests",
        "request_id",
        sa.Column("guarantor_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
    )
    _index_waiting("void_requests", "payment_id")
    _make_table(
        "found_checks",
        "payment_id",
        sa.Column("guarantor_id", sa.Uuid(), nullable=False),
        sa.Column("desk_deposit_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("found_by", sa.Uuid(), nullable=False),
    )
    op.create_index(
        "found_checks_deposit", "found_checks", ["practice_id", "desk_deposit_id"], schema=SCHEMA
    )
    _make_table(
        "refund_check_stops",
        "stop_id",
        sa.Column("guarantor_id", sa.Uuid(), nullable=False),
        sa.Column("refund_id", sa.Uuid(), nullable=False),
        sa.Column("new_refund_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("bank_reference", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
    )
    _index_waiting("refund_check_stops", "refund_id")


def _index_waiting(table: str, column: str) -> None:
    """One that waits, of each."""
    op.create_index(
        f"{table}_waiting",
        table,
        ["practice_id", column],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("answer = 'waiting'"),
    )
    op.create_index(f"{table}_of", table, ["practice_id", column], schema=SCHEMA)


def _make_foreign_keys() -> None:
    for child, column, parent in (
        ("terminal_reversals", "terminal_batch_id", "terminal_batches"),
        ("terminal_reversals", "entry_id", "journal_entries"),
        ("void_requests", "payment_id", "desk_payments"),
        ("found_checks", "payment_id", "desk_payments"),
        ("found_checks", "desk_deposit_id", "desk_deposits"),
        ("refund_check_stops", "refund_id", "refunds"),
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


def _protect() -> None:
    """For staff and jobs."""
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
    for table, columns in CHANGED_LATER.items():
        op.execute(f"GRANT UPDATE ({', '.join(columns)}) ON {SCHEMA}.{table} TO {APP}")
