"""What the practice's own system says: its balances, receipts, refunds and adjustments.

The index of guarantors' postings is made anew, with their deposits in it.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from portal.db import SCHEMA
from portal.schema import APP, BACKUP, LOADER, distribute

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

OF_A_GUARANTOR = ("visit_deposits",)
OF_STAFF = ("feed_imports", "feed_rows")
TABLES = ("visit_deposits", "feed_imports", "feed_rows")  # parents first
CHANGING = {
    "visit_deposits": ("left_cents",),
    "feed_imports": ("report", "finished_at"),
    "feed_rows": (  # what a row becomes that was refused; then only returned_cents
        "import_id",
        "line_number",
        "kind",
        "guarantor_id",
        "amount_cents",
        "returned_cents",
        "content",
        "outcome",
        "reason",
        "entry_id",
        "post_id",
        "refers_to_id",
        "taken_at",
        "settled_at",
        "settled_reason",
    ),
}
ACCOUNTS_BEFORE = "'patient_receivable', 'unapplied_credit'"


def upgrade() -> None:
    for column, default in (("desk_receipts_in", "practice"), ("feed_expected", "auto")):
        op.add_column(
            "practices",
            sa.Column(column, sa.Text(), nullable=False, server_default=default),
            schema=SCHEMA,
        )
    _index_postings(f"{ACCOUNTS_BEFORE}, 'patient_deposits'")
    _make_tables()
    distribute(op.get_bind(), *TABLES)
    _make_foreign_keys()
    _make_row_level_security()
    _make_guards()
    for table in TABLES:
        op.execute(f"GRANT SELECT ON {SCHEMA}.{table} TO {APP}, {LOADER}, {BACKUP}")
        op.execute(f"GRANT INSERT ON {SCHEMA}.{table} TO {APP}")
        op.execute(f"GRANT UPDATE ({', '.join(CHANGING[table])}) ON {SCHEMA}.{table} TO {APP}")
    op.execute(f"GRANT UPDATE (left_cents) ON {SCHEMA}.visit_deposits TO {LOADER}")


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table, schema=SCHEMA)
    _index_postings(ACCOUNTS_BEFORE)
    op.drop_column("practices", "feed_expected", schema=SCHEMA)
    op.drop_column("practices", "desk_receipts_in", schema=SCHEMA)


def _index_postings(accounts: str) -> None:
    op.drop_index("postings_guarantor", "postings", schema=SCHEMA)
    op.create_index(
        "postings_guarantor",
        "postings",
        ["practice_id", "guarantor_id"],
        schema=SCHEMA,
        postgresql_where=sa.text(f"account IN ({accounts})"),
    )


def _make_tables() -> None:
    op.create_table(
        "visit_deposits",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("receipt_id", sa.Uuid(), nullable=False),
        sa.Column("guarantor_id", sa.Uuid(), nullable=False),
        sa.Column("claim_number", sa.Text(), nullable=False),
        sa.Column("service_on", sa.Date(), nullable=True),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column("left_cents", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("left_cents >= 0", name="visit_deposits_left"),
        sa.CheckConstraint(
            "claim_number <> '' OR service_on IS NOT NULL", name="visit_deposits_names_a_visit"
        ),
        sa.PrimaryKeyConstraint("practice_id", "receipt_id", name="visit_deposits_pk"),
        schema=SCHEMA,
    )
    op.create_index(
        "visit_deposits_waiting",
        "visit_deposits",
        ["practice_id", "guarantor_id"],
        schema=SCHEMA,
        postgresql_where=sa.text("left_cents > 0"),
    )
    op.create_table(
        "feed_imports",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256_hex", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_by", sa.Text(), nullable=False),
        sa.Column("report", postgresql.JSONB(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "import_id", name="feed_imports_pk"),
        schema=SCHEMA,
    )
    op.create_index(
        "feed_imports_created", "feed_imports", ["practice_id", "created_at"], schema=SCHEMA
    )
    op.create_table(
        "feed_rows",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("row_key", sa.Text(), nullable=False),
        sa.Column("line_number", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("guarantor_id", sa.Uuid(), nullable=True),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("returned_cents", sa.BigInteger(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=True),
        sa.Column("post_id", sa.Uuid(), nullable=True),
        sa.Column("refers_to_id", sa.Uuid(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("returned_cents BETWEEN 0 AND amount_cents", name="feed_rows_returned"),
        sa.PrimaryKeyConstraint("practice_id", "row_id", name="feed_rows_pk"),
        sa.UniqueConstraint("practice_id", "row_key", name="feed_rows_key"),
        schema=SCHEMA,
    )
    op.create_index(
        "feed_rows_refused",
        "feed_rows",
        ["practice_id", "taken_at"],
        schema=SCHEMA,
        postgresql_where=sa.text("outcome = 'refused' AND settled_at IS NULL"),
    )
    op.create_index("feed_rows_post", "feed_rows", ["practice_id", "post_id"], schema=SCHEMA)


def _make_foreign_keys() -> None:
    for child, column, parent, key in (
        ("visit_deposits", "guarantor_id", "guarantors", "guarantor_id"),
        ("feed_rows", "import_id", "feed_imports", "import_id"),
        ("feed_rows", "guarantor_id", "guarantors", "guarantor_id"),
        ("feed_rows", "entry_id", "journal_entries", "entry_id"),
        ("feed_rows", "post_id", "ledger_posts", "post_id"),
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
    """A file that is done stays so; of a row that was posted only what was given back changes."""
    op.execute("SET LOCAL citus.enable_unsafe_triggers = on")
    op.execute("SET LOCAL citus.multi_shard_modify_mode = 'sequential'")
    before, after = (f"to_jsonb({row}.*) - 'returned_cents'" for row in ("OLD", "NEW"))
    changes = f"OLD.outcome <> 'refused' AND {before} IS DISTINCT FROM {after}"
    final = {"feed_imports": "OLD.finished_at IS NOT NULL", "feed_rows": changes}
    for table, is_final in final.items():
        op.execute(f"""
            CREATE TRIGGER {table}_final BEFORE UPDATE ON {SCHEMA}.{table}
            FOR EACH ROW WHEN ({is_final}) EXECUTE FUNCTION {SCHEMA}.refuse_change()
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
