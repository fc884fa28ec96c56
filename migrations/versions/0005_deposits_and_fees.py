"""What posters hand to a worker, deposits beside remittances, and the fees that payers agreed to.

A worker imports files that were uploaded and takes in payments that were withheld. Blocks of an
upload are deleted once its file is imported or dropped; nothing else here is. How many
units a payer decided on, and what it moved outside claims (PLB), is kept from now on.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from portal.db import SCHEMA
from portal.schema import APP, BACKUP, LOADER, distribute

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = (  # parents first
    "uploads",
    "upload_blocks",
    "payment_take_ins",
    "deposits",
    "deposit_parts",
    "fee_schedules",
    "fees",
)
CHANGED_LATER = {  # and nothing else of it
    "uploads": ("state", "message", "report", "ended_at", "file_id"),
    "payment_take_ins": ("ended_at", "still_withheld"),
    "deposits": (
        "set_aside_at",
        "set_aside_reason",
        "undone_at",
        "undone_by",
        "undo_reason",
    ),
    "deposit_parts": ("undone_at", "undone_by", "undo_reason"),
}


def upgrade() -> None:
    op.add_column(
        "remittances",
        sa.Column(
            "provider_adjustments",
            postgresql.JSONB(),
            nullable=False,
            server_default=sa.text("'[]'::jsonb"),
        ),
        schema=SCHEMA,
    )
    op.add_column(
        "adjudicated_lines", sa.Column("units", sa.BigInteger(), nullable=True), schema=SCHEMA
    )
    _make_uploads()
    _make_take_ins()
    _make_deposits()
    _make_fees()
    distribute(op.get_bind(), *TABLES)
    _make_foreign_keys()
    _make_row_level_security()
    _grant()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table, schema=SCHEMA)
    op.drop_column("adjudicated_lines", "units", schema=SCHEMA)
    op.drop_column("remittances", "provider_adjustments", schema=SCHEMA)


def _make_uploads() -> None:
    op.create_table(
        "uploads",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("upload_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("byte_count", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("contents", postgresql.JSONB(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("report", postgresql.JSONB(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uploaded_by", sa.Uuid(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "upload_id", name="uploads_pk"),
        schema=SCHEMA,
    )
    op.create_index(
        "uploads_open",
        "uploads",
        ["practice_id", "sha256"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "upload_blocks",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("upload_id", sa.Uuid(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint(
            "practice_id", "upload_id", "block_number", name="upload_blocks_pk"
        ),
        schema=SCHEMA,
    )


def _make_take_ins() -> None:
    op.create_table(
        "payment_take_ins",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("take_in_id", sa.Uuid(), nullable=False),
        sa.Column("quarantine_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("still_withheld", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("practice_id", "take_in_id", name="payment_take_ins_pk"),
        schema=SCHEMA,
    )
    columns = ["practice_id", "quarantine_id"]
    op.create_index("payment_take_ins_payment", "payment_take_ins", columns, schema=SCHEMA)
    op.create_index(
        "payment_take_ins_waiting",
        "payment_take_ins",
        columns,
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _make_deposits() -> None:
    op.create_table(
        "deposits",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("deposit_id", sa.Uuid(), nullable=False),
        sa.Column("deposited_on", sa.Date(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("bank_line", sa.Text(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("set_aside_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("set_aside_reason", sa.Text(), nullable=False, server_default=""),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Uuid(), nullable=True),
        sa.Column("undo_reason", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("practice_id", "deposit_id", name="deposits_pk"),
        sa.UniqueConstraint("practice_id", "bank_line", name="deposits_bank_line"),
        sa.CheckConstraint("amount_cents > 0", name="deposits_amount"),
        schema=SCHEMA,
    )
    op.create_index("deposits_day", "deposits", ["practice_id", "deposited_on"], schema=SCHEMA)
    op.create_table(
        "deposit_parts",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("part_id", sa.Uuid(), nullable=False),
        sa.Column("deposit_id", sa.Uuid(), nullable=False),
        sa.Column("remittance_id", sa.Uuid(), nullable=True),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("matched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("matched_by", sa.Uuid(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Uuid(), nullable=True),
        sa.Column("undo_reason", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("practice_id", "part_id", name="deposit_parts_pk"),
        schema=SCHEMA,
    )
    op.create_index(
        "deposit_parts_deposit", "deposit_parts", ["practice_id", "deposit_id"], schema=SCHEMA
    )
    op.create_index(
        "deposit_parts_standing",
        "deposit_parts",
        ["practice_id", "remittance_id"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("undone_at IS NULL AND remittance_id IS NOT NULL"),
    )


def _make_fees() -> None:
    op.create_table(
        "fee_schedules",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("schedule_id", sa.Uuid(), nullable=False),
        sa.Column("payer_id", sa.Uuid(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("fee_count", sa.BigInteger(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("loaded_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "schedule_id", name="fee_schedules_pk"),
        schema=SCHEMA,
    )
    op.create_index(
        "fee_schedules_payer", "fee_schedules", ["practice_id", "payer_id"], schema=SCHEMA
    )
    op.create_table(
        "fees",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("schedule_id", sa.Uuid(), nullable=False),
        sa.Column("line_number", sa.BigInteger(), nullable=False),
        sa.Column("procedure_code", sa.Text(), nullable=False),
        sa.Column("modifier", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "schedule_id", "line_number", name="fees_pk"),
        schema=SCHEMA,
    )


def _make_foreign_keys() -> None:
    for child, column, parent in (
        ("uploads", "file_id", "remittance_files"),
        ("upload_blocks", "upload_id", "uploads"),
        ("payment_take_ins", "quarantine_id", "quarantined_claims"),
        ("deposit_parts", "deposit_id", "deposits"),
        ("deposit_parts", "remittance_id", "remittances"),
        ("deposit_parts", "entry_id", "journal_entries"),
        ("fee_schedules", "payer_id", "payers"),
        ("fees", "schedule_id", "fee_schedules"),
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
    staff = f"practice_id = {SCHEMA}.current_practice() AND {SCHEMA}.sees_everybody()"
    for table in TABLES:
        op.execute(f"ALTER TABLE {SCHEMA}.{table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {SCHEMA}.{table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY {table}_all ON {SCHEMA}.{table} FOR ALL USING ({staff}) "
            f"WITH CHECK ({staff})"
        )


def _grant() -> None:
    for table in TABLES:
        op.execute(f"GRANT SELECT ON {SCHEMA}.{table} TO {APP}, {LOADER}, {BACKUP}")
        op.execute(f"GRANT INSERT ON {SCHEMA}.{table} TO {APP}")
    for table, columns in CHANGED_LATER.items():
        op.execute(f"GRANT UPDATE ({', '.join(columns)}) ON {SCHEMA}.{table} TO {APP}")
    take_in = ", ".join(CHANGED_LATER["payment_take_ins"])
    op.execute(f"GRANT UPDATE ({take_in}) ON {SCHEMA}.payment_take_ins TO {LOADER}")
    op.execute(f"GRANT DELETE ON {SCHEMA}.upload_blocks TO {APP}")
