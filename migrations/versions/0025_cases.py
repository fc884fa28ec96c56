"""Cases: what people tell us is wrong, and help with paying.

Revision ID: 0025
Revises: 0024
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from portal.db import SCHEMA
from portal.schema import APP, BACKUP, LOADER, distribute

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

TABLES = (
    "cases",
    "case_visits",
    "case_words",
    "case_notes",
    "case_events",
    "case_files",
    "assistance_policies",
    "assistance_applications",
)
OF_THE_PRACTICE = ("assistance_policies",)
OF_STAFF = ("case_notes",)
APPEND_ONLY = ("case_words", "case_notes", "case_events", "assistance_policies")
CHANGED_LATER = {  # and nothing else of it
    "cases": (
        "state",
        "state_at",
        "answers",
        "is_holding",
        "opened_at",
        "due_on",
        "assigned_to",
        "outcome",
        "closed_at",
    ),
    "assistance_applications": (
        "people",
        "income_cents",
        "period",
        "income_words",
        "attested_at",
        "state",
        "state_at",
        "policy_version",
        "percent_of_guideline",
        "off_percent",
        "good_from",
        "good_until",
        "proposed_by",
        "decided_by",
        "agreed_by",
        "decided_at",
        "words",
    ),
}
REMOVED_FROM_DRAFTS = ("case_files", "case_visits")


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
        "cases",
        _id("case_id"),
        _id("guarantor_id"),
        _text("number"),
        _text("kind"),
        _text("state"),
        _time("state_at"),
        _json("answers"),
        _text("language"),
        _id("statement_id", null=True),
        _time("created_at"),
        _id("opened_by"),
        _text("person_kind"),
        _id("person_id"),
        _flag("is_by_staff"),
        _flag("is_holding", on=True),
        _time("opened_at", null=True),
        _day("due_on", null=True),
        _id("assigned_to", null=True),
        _text("outcome", null=True),
        _time("closed_at", null=True),
        sa.UniqueConstraint("practice_id", "number", name="cases_number"),
    )
    _table(
        "case_visits",
        _id("case_visit_id"),
        _id("case_id"),
        _id("guarantor_id"),
        _id("claim_id"),
        _id("charge_id", null=True),
    )
    _table(
        "case_words",
        _id("word_id"),
        _id("case_id"),
        _id("guarantor_id"),
        _text("words"),
        sa.Column("is_by_staff", sa.Boolean(), nullable=False),
        _id("written_by"),
        _time("written_at"),
    )
    _table(
        "case_notes",
        _id("note_id"),
        _id("case_id"),
        _text("words"),
        _id("written_by"),
        _time("written_at"),
    )
    _table(
        "case_events",
        _id("event_id"),
        _id("case_id"),
        _id("guarantor_id"),
        _text("state"),
        _time("occurred_at"),
        _text("actor"),
        _text("detail", empty=True),
    )
    _table(
        "case_files",
        _id("case_file_id"),
        _id("case_id"),
        _id("guarantor_id"),
        _text("media_type"),
        _whole("byte_count"),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        _time("added_at"),
        _flag("is_by_staff"),
        sa.CheckConstraint("byte_count > 0", name="case_files_size"),
    )
    _table(
        "assistance_policies",
        _whole("version"),
        _day("in_force_on"),
        _json("document"),
        _time("set_at"),
        _id("set_by"),
    )
    _table(
        "assistance_applications",
        _id("application_id"),
        _id("case_id"),
        _id("guarantor_id"),
        _small("people"),
        _whole("income_cents"),
        _text("period"),
        _text("income_words"),
        _time("attested_at", null=True),
        _text("state"),
        _time("state_at"),
        _whole("policy_version"),
        _whole("percent_of_guideline"),
        _small("off_percent", null=True),
        _day("good_from", null=True),
        _day("good_until", null=True),
        _id("proposed_by", null=True),
        _id("decided_by", null=True),
        _id("agreed_by", null=True),
        _time("decided_at", null=True),
        _text("words", empty=True),
        sa.UniqueConstraint("practice_id", "case_id", name="assistance_applications_case"),
        sa.CheckConstraint("people > 0", name="assistance_applications_people"),
        sa.CheckConstraint("income_cents >= 0", name="assistance_applications_income"),
        sa.CheckConstraint("off_percent BETWEEN 1 AND 100", name="assistance_applications_percent"),
    )
    _index("cases_guarantor", "cases", "guarantor_id")
    _index("cases_state", "cases", "state", "due_on")
    _index("case_visits_case", "case_visits", "case_id")
    _index("case_visits_claim", "case_visits", "claim_id")
    for table in ("case_words", "case_notes", "case_events", "case_files"):
        _index(f"{table}_case", table, "case_id")
    _index("assistance_applications_guarantor", "assistance_applications", "guarantor_id")
    _index(
        "assistance_applications_good",
        "assistance_applications",
        "good_until",
        where="good_until IS NOT NULL",
    )
    _index(
        "assistance_applications_one_waits",
        "assistance_applications",
        "guarantor_id",
        where="state IN ('asked', 'proposed')",
        unique=True,
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
    name: str, table: str, *columns: str, where: str | None = None, unique: bool = False
) -> None:
    op.create_index(
        name,
        table,
        ["practice_id", *columns],
        schema=SCHEMA,
        unique=unique,
        postgresql_where=sa.text(where) if where else None,
    )


def _id(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid(), nullable=null)


def _text(name: str, *, null: bool = False, empty: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=null, server_default="" if empty else None)


def _time(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def _day(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Date(), nullable=null)


def _whole(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _small(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.SmallInteger(), nullable=null)


def _flag(name: str, *, on: bool = False) -> sa.Column[Any]:
    default = sa.true() if on else sa.false()
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=default)


def _json(name: str) -> sa.Column[Any]:
    return sa.Column(name, postgresql.JSONB(), nullable=False)


def _make_foreign_keys() -> None:
    for child, column, parent in (
        ("cases", "guarantor_id", "guarantors"),
        ("case_visits", "case_id", "cases"),
        ("case_visits", "claim_id", "claims"),
        ("case_words", "case_id", "cases"),
        ("case_notes", "case_id", "cases"),
        ("case_events", "case_id", "cases"),
        ("case_files", "case_id", "cases"),
        ("assistance_applications", "case_id", "cases"),
        ("assistance_applications", "guarantor_id", "guarantors"),
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
        visible = theirs
        if table in OF_THE_PRACTICE:
            visible = here
        if table in OF_STAFF:
            visible = staff
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
    for table in REMOVED_FROM_DRAFTS:
        op.execute(f"GRANT DELETE ON {SCHEMA}.{table} TO {APP}")
