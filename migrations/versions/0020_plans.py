"""Payment plans: rules, agreements, versions, the lines they cover and their installments.

Revision ID: 0020
Revises: 0019
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from portal.db import SCHEMA
from portal.schema import APP, BACKUP, LOADER, distribute

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TABLES = (  # parents first
    "plan_policies",
    "plans",
    "plan_consents",
    "plan_versions",
    "plan_events",
    "plan_lines",
    "plan_installments",
)
OF_THE_PRACTICE = ("plan_policies",)
APPEND_ONLY = ("plan_policies", "plan_consents", "plan_versions", "plan_events")
CHANGED_LATER = {  # and nothing else of it
    "plans": (
        "state",
        "state_at",
        "version",
        "consented_on",
        "principal_cents",
        "method_id",
        "consent_id",
        "activated_at",
        "past_due_since",
        "cure_until",
        "grace_from",
        "misses",
        "paused_reason",
        "paused_until",
        "ended_at",
        "end_reason",
        "seen_changed_cents",
        "seen_paid_cents",
        "seen_received_cents",
        "seen_postings",
    ),
    "plan_lines": ("covered_cents", "ended_at"),
    "plan_installments": (
        "kind",
        "due_on",
        "amount_cents",
        "waived_cents",
        "moved_from",
        "reminded_of",
        "state",
        "state_at",
    ),
}
_STANDING = "ended_at IS NULL"


def upgrade() -> None:
    _make_agreements()
    _make_commitments()
    _name_plans_of_payments()
    distribute(op.get_bind(), *TABLES)
    _make_foreign_keys()
    _make_guards()
    _make_row_level_security()
    _grant()


def downgrade() -> None:
    op.drop_index("payments_of_plans", "payments", schema=SCHEMA)
    op.drop_index("payments_plan", "payments", schema=SCHEMA)
    op.drop_column("commitments", "plan_id", schema=SCHEMA)
    op.drop_column("payments", "plan_id", schema=SCHEMA)
    for table in reversed(TABLES):
        op.drop_table(table, schema=SCHEMA)


def _make_agreements() -> None:
    _table(
        "plan_policies",
        ["policy_id"],
        _id("policy_id"),
        _small("version"),
        _day("in_force_on"),
        _json("document"),
        _time("made_at"),
        _text("made_by"),
        _text("reason"),
        sa.UniqueConstraint("practice_id", "version", name="plan_policies_version"),
    )
    _table(
        "plans",
        ["plan_id"],
        _id("plan_id"),
        _id("guarantor_id"),
        _text("number"),
        _text("state"),
        _time("state_at"),
        _time("created_at"),
        _text("created_by"),
        sa.Column("is_by_staff", sa.Boolean(), nullable=False),
        _small("version"),
        _day("consented_on", null=True),
        _cents("principal_cents"),
        _id("method_id", null=True),
        _id("consent_id", null=True),
        _time("activated_at", null=True),
        _day("past_due_since", null=True),
        _day("cure_until", null=True),
        _day("grace_from", null=True),
        sa.Column("misses", postgresql.JSONB(), nullable=False, server_default="[]"),
        _text("paused_reason", empty=True),
        _day("paused_until", null=True),
        _time("ended_at", null=True),
        _text("end_reason", empty=True),
        _cents("seen_changed_cents", null=True),
        _cents("seen_paid_cents", null=True),
        _cents("seen_received_cents", null=True),
        _cents("seen_postings", null=True),
        sa.UniqueConstraint("practice_id", "number", name="plans_number"),
        sa.CheckConstraint("principal_cents >= 0", name="plans_principal"),
    )
    _table(
        "plan_consents",
        ["consent_id"],
        _id("consent_id"),
        _id("plan_id"),
        _id("guarantor_id"),
        _text("kind"),
        _small("text_version"),
        _text("language"),
        _json("sentences"),
        _json("disclosure", null=True),
        _text("schedule_hash"),
        _time("given_at"),
        _text("given_by"),
        sa.Column("address_hash", sa.LargeBinary(), nullable=False),
        _text("note", empty=True),
    )
    _table(
        "plan_versions",
        ["plan_id", "version"],
        _id("plan_id"),
        _small("version"),
        _id("guarantor_id"),
        _time("made_at"),
        _text("made_by"),
        _text("change"),
        _text("detail", empty=True),
        _cents("principal_cents"),
        _json("schedule"),
        _json("covers"),
        _text("schedule_hash"),
        _id("consent_id", null=True),
    )
    _table(
        "plan_events",
        ["event_id"],
        _id("event_id"),
        _id("plan_id"),
        _id("guarantor_id"),
        _small("installment_number", null=True),
        _text("state"),
        _time("occurred_at"),
        _text("actor"),
        _text("detail", empty=True),
    )
    _index("plans_guarantor", "plans", "guarantor_id")
    _index("plans_state", "plans", "state")
    _index("plan_consents_plan", "plan_consents", "plan_id")
    _index("plan_events_plan", "plan_events", "plan_id")


def _make_commitments() -> None:
    _table(
        "plan_lines",
        ["plan_line_id"],
        _id("plan_line_id"),
        _id("plan_id"),
        _id("guarantor_id"),
        _id("claim_id"),
        _id("charge_id", null=True),
        _cents("covered_cents"),
        _cents("apart_cents"),
        _cents("open_before_cents"),
        _cents("paid_before_cents"),
        _time("ended_at", null=True),
        sa.CheckConstraint("covered_cents >= 0 AND apart_cents >= 0", name="plan_lines_amounts"),
    )
    _table(
        "plan_installments",
        ["installment_id"],
        _id("installment_id"),
        _id("plan_id"),
        _id("guarantor_id"),
        _small("number"),
        _text("kind"),
        _day("due_on"),
        _cents("amount_cents"),
        _cents("waived_cents"),
        _day("moved_from", null=True),
        _day("reminded_of", null=True),
        _text("state"),
        _time("state_at"),
        sa.UniqueConstraint("practice_id", "plan_id", "number", name="plan_installments_number"),
        sa.CheckConstraint(
            "amount_cents >= 0 AND waived_cents BETWEEN 0 AND amount_cents",
            name="plan_installments_amount",
        ),
    )
    _index("plan_lines_plan", "plan_lines", "plan_id")
    _index("plan_lines_standing", "plan_lines", "guarantor_id", where=_STANDING)
    op.create_index(
        "plan_lines_one_plan",
        "plan_lines",
        ["practice_id", "claim_id", "charge_id"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text(_STANDING),
        postgresql_nulls_not_distinct=True,
    )
    _index(
        "plan_installments_due",
        "plan_installments",
        "due_on",
        where="state NOT IN ('paid', 'skipped', 'waived', 'superseded')",
    )


def _name_plans_of_payments() -> None:
    """A payment knows the plan it was made for by id only: `portal ledger check` holds it to it."""
    op.add_column("payments", _id("plan_id", null=True), schema=SCHEMA)
    op.add_column("commitments", _id("plan_id", null=True), schema=SCHEMA)
    _index("payments_plan", "payments", "plan_id", where="plan_id IS NOT NULL")
    _index("payments_of_plans", "payments", "state_at", where="plan_id IS NOT NULL")


def _table(name: str, key: Sequence[str], *columns: Any) -> None:
    op.create_table(
        name,
        _id("practice_id"),
        *columns,
        sa.PrimaryKeyConstraint("practice_id", *key, name=f"{name}_pk"),
        schema=SCHEMA,
    )


def _index(name: str, table: str, column: str, *, where: str | None = None) -> None:
    op.create_index(
        name,
        table,
        ["practice_id", column],
        schema=SCHEMA,
        postgresql_where=sa.text(where) if where else None,
    )


def _id(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid(), nullable=null)


def _text(name: str, *, empty: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False, server_default="" if empty else None)


def _time(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def _day(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Date(), nullable=null)


def _small(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.SmallInteger(), nullable=null)


def _cents(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=null)


def _json(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, postgresql.JSONB(), nullable=null)


def _make_foreign_keys() -> None:
    for child, column, parent in (
        ("plans", "guarantor_id", "guarantors"),
        ("plan_consents", "plan_id", "plans"),
        ("plan_versions", "plan_id", "plans"),
        ("plan_events", "plan_id", "plans"),
        ("plan_lines", "plan_id", "plans"),
        ("plan_lines", "claim_id", "claims"),
        ("plan_installments", "plan_id", "plans"),
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
    for table in TABLES:
        op.execute(f"ALTER TABLE {SCHEMA}.{table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {SCHEMA}.{table} FORCE ROW LEVEL SECURITY")
        visible = here if table in OF_THE_PRACTICE else theirs
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
