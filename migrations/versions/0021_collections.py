"""Collections: promises to pay, notes, saved views of the work list, lines placed with an agency.

Revision ID: 0021
Revises: 0020
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from portal.db import SCHEMA
from portal.schema import APP, BACKUP, LOADER, distribute

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

TABLES = ("promises", "account_notes", "saved_views", "agency_placements", "placed_lines")
OF_THE_PRACTICE = ("agency_placements",)
OF_A_GUARANTOR = ("placed_lines",)
APPEND_ONLY = ("account_notes",)
CHANGED_LATER = {  # and nothing else of it
    "promises": ("outcome", "outcome_at", "outcome_by"),
    "saved_views": ("choice",),
    "placed_lines": ("recalled_at", "recalled_by", "recall_reason"),
}


def upgrade() -> None:
    _make_tables()
    distribute(op.get_bind(), *TABLES)
    _make_foreign_keys()
    _make_guards()
    _make_row_level_security()
    _grant()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table, schema=SCHEMA)


def _make_tables() -> None:
    _table(
        "promises",
        _id("promise_id"),
        _id("guarantor_id"),
        _day("promised_for"),
        _cents("amount_cents"),
        _time("made_at"),
        _id("made_by"),
        _text("outcome"),
        _time("outcome_at", null=True),
        _id("outcome_by", null=True),
        sa.CheckConstraint("amount_cents > 0", name="promises_amount"),
    )
    _table(
        "account_notes",
        _id("note_id"),
        _id("guarantor_id"),
        _text("words"),
        _time("written_at"),
        _id("written_by"),
    )
    _table(
        "saved_views",
        _id("view_id"),
        _id("staff_id"),
        _text("name"),
        sa.Column("choice", postgresql.JSONB(), nullable=False),
        sa.UniqueConstraint("practice_id", "staff_id", "name", name="saved_views_name"),
    )
    _table(
        "agency_placements",
        _id("placement_id"),
        _text("agency_name"),
        _time("placed_at"),
        _id("placed_by"),
    )
    _table(
        "placed_lines",
        _id("placed_line_id"),
        _id("placement_id"),
        _id("guarantor_id"),
        _id("claim_id"),
        _id("charge_id", null=True),
        _cents("amount_cents"),
        _day("first_statement_on"),
        _id("entry_id"),
        _time("recalled_at", null=True),
        _id("recalled_by", null=True),
        _text("recall_reason", empty=True),
        sa.CheckConstraint("amount_cents > 0", name="placed_lines_amount"),
    )
    _index("promises_guarantor", "promises", "guarantor_id")
    _index("promises_one_open", "promises", "guarantor_id", unique=True, where="outcome = 'open'")
    _index("account_notes_guarantor", "account_notes", "guarantor_id")
    _index("placed_lines_placement", "placed_lines", "placement_id")
    _index("placed_lines_guarantor", "placed_lines", "guarantor_id")
    op.create_index(
        "placed_lines_one_agency",
        "placed_lines",
        ["practice_id", "claim_id", "charge_id"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("recalled_at IS NULL"),
        postgresql_nulls_not_distinct=True,
    )


def _table(name: str, key: sa.Column[Any], *columns: Any) -> None:
    op.create_table(
        name,
        _id("practice_id"),
        key,
        *columns,
        sa.PrimaryKeyConstraint("practice_id", key.name, name=f"{name}_pk"),
        schema=SCHEMA,
    )


def _index(
    name: str, table: str, column: str, *, unique: bool = False, where: str | None = None
) -> None:
    op.create_index(
        name,
        table,
        ["practice_id", column],
        unique=unique,
        schema=SCHEMA,
        postgresql_where=sa.text(where) if where else None,
    )


def _id(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid(), nullable=null)


def _text(name: str, *, empty: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False, server_default="" if empty else None)


def _time(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def _day(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Date(), nullable=False)


def _cents(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _make_foreign_keys() -> None:
    for child, column, parent in (
        ("promises", "guarantor_id", "guarantors"),
        ("account_notes", "guarantor_id", "guarantors"),
        ("placed_lines", "placement_id", "agency_placements"),
        ("placed_lines", "claim_id", "claims"),
        ("placed_lines", "entry_id", "journal_entries"),
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
        visible = here if table in OF_THE_PRACTICE else staff
        if table in OF_A_GUARANTOR:
            visible = theirs
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
    op.execute(f"GRANT DELETE ON {SCHEMA}.saved_views TO {APP}")
