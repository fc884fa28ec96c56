"""Papers: what envelopes a practice uses, how people want their papers, runs of printed letters.

Revision ID: 0026
Revises: 0025
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from portal.db import SCHEMA
from portal.schema import APP, BACKUP, LOADER, distribute

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

TABLES = ("paper_settings", "delivery_events", "print_runs", "print_run_letters")
OF_THE_PRACTICE = ("paper_settings",)
OF_A_GUARANTOR = ("delivery_events",)
APPEND_ONLY = ("delivery_events",)
UNDER_WAY = "state IN ('queued', 'printed', 'sent', 'mailed')"
CHANGED_LATER = {  # and nothing else of it
    "paper_settings": ("sender_window", "recipient_window", "is_duplex", "remit_to"),
    "print_runs": ("state", "state_at", "detail"),
    "print_run_letters": (
        "state",
        "state_at",
        "detail",
        "pages",
        "sheets",
        "batch",
        "first_page",
        "asked_cents",
        "address_lines",
        "postal_code",
        "content_sha256",
    ),
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
    op.create_table(
        "paper_settings",
        _id("practice_id"),
        _window("sender_window"),
        _window("recipient_window"),
        sa.Column("is_duplex", sa.Boolean(), nullable=False),
        sa.Column("remit_to", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", name="paper_settings_pk"),
        schema=SCHEMA,
    )
    op.create_table(
        "delivery_events",
        _id("practice_id"),
        _id("event_id"),
        _id("guarantor_id"),
        _text("kind"),
        _time("at"),
        _text("done_by"),
        sa.Column("text_version", sa.SmallInteger()),
        _text("language", default=""),
        sa.Column("sentences", postgresql.ARRAY(sa.Text()), nullable=False, server_default="{}"),
        sa.PrimaryKeyConstraint("practice_id", "event_id", name="delivery_events_pk"),
        schema=SCHEMA,
    )
    op.create_table(
        "print_runs",
        _id("practice_id"),
        _id("run_id"),
        sa.Column("number", sa.BigInteger(), nullable=False),
        _time("started_at"),
        _id("started_by"),
        sa.Column("is_duplex", sa.Boolean(), nullable=False),
        _text("state"),
        _time("state_at"),
        _text("detail", default=""),
        sa.PrimaryKeyConstraint("practice_id", "run_id", name="print_runs_pk"),
        schema=SCHEMA,
    )
    op.create_table(
        "print_run_letters",
        _id("practice_id"),
        _id("run_id"),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        _id("guarantor_id"),
        _id("statement_id"),
        sa.Column("for_patient_id", sa.Uuid()),
        _text("why"),
        _text("language"),
        sa.Column("is_large", sa.Boolean(), nullable=False),
        _text("state"),
        _time("state_at"),
        _text("detail", default=""),
        sa.Column("pages", sa.SmallInteger()),
        sa.Column("sheets", sa.SmallInteger()),
        _text("batch", default=""),
        sa.Column("first_page", sa.BigInteger()),
        sa.Column("asked_cents", sa.BigInteger()),
        sa.Column(
            "address_lines", postgresql.ARRAY(sa.Text()), nullable=False, server_default="{}"
        ),
        _text("postal_code", default=""),
        _text("content_sha256", default=""),
        sa.PrimaryKeyConstraint("practice_id", "run_id", "sequence", name="print_run_letters_pk"),
        schema=SCHEMA,
    )
    op.create_index(
        "delivery_events_guarantor",
        "delivery_events",
        ["practice_id", "guarantor_id"],
        schema=SCHEMA,
    )
    op.create_index(
        "print_run_letters_guarantor",
        "print_run_letters",
        ["practice_id", "guarantor_id"],
        schema=SCHEMA,
    )
    op.create_index(
        "print_run_letters_once",
        "print_run_letters",
        ["practice_id", "statement_id"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text(f"for_patient_id IS NULL AND {UNDER_WAY}"),
    )
    op.create_index(
        "print_run_letters_once_apart",
        "print_run_letters",
        ["practice_id", "statement_id", "for_patient_id"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text(UNDER_WAY),
    )


def _id(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid(), nullable=False)


def _text(name: str, *, default: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=default)


def _time(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _window(name: str) -> sa.Column[Any]:
    return sa.Column(name, postgresql.ARRAY(sa.BigInteger()), nullable=False)


def _make_foreign_keys() -> None:
    for child, column, parent in (
        ("delivery_events", "guarantor_id", "guarantors"),
        ("print_run_letters", "run_id", "print_runs"),
        ("print_run_letters", "statement_id", "statements"),
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
