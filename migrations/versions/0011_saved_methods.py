"""Saved methods, agreements to charge them, and charges to come.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from portal.db import SCHEMA
from portal.schema import APP, BACKUP, LOADER, distribute

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = (  # parents first
    "payment_consents",
    "stripe_customers",
    "method_setups",
    "saved_methods",
    "agreement_events",
    "autopay_agreements",
    "scheduled_payments",
    "scheduled_tries",
)
APPEND_ONLY = ("payment_consents", "agreement_events")


def upgrade() -> None:
    op.add_column("payments", sa.Column("customer_id", sa.Text(), nullable=True), schema=SCHEMA)
    _make_consents()
    _make_setups()
    _make_methods()
    _make_agreements()
    _make_charges()
    distribute(op.get_bind(), *TABLES)
    _make_foreign_keys()
    _make_guards()
    _make_row_level_security()
    _grant()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table, schema=SCHEMA)
    op.drop_column("payments", "customer_id", schema=SCHEMA)


def _make_consents() -> None:
    op.create_table(
        "payment_consents",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=False),
        sa.Column("guarantor_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text_version", sa.SmallInteger(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("sentences", postgresql.JSONB(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by", sa.Uuid(), nullable=True),
        sa.Column("address_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "consent_id", name="payment_consents_pk"),
        schema=SCHEMA,
    )
    _index("payment_consents_guarantor", "payment_consents", "guarantor_id")
    op.create_table(
        "stripe_customers",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("guarantor_id", sa.Uuid(), nullable=False),
        sa.Column("customer_key", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("stripe_account", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "guarantor_id", name="stripe_customers_pk"),
        sa.UniqueConstraint("practice_id", "customer_id", name="stripe_customers_customer"),
        schema=SCHEMA,
    )


def _make_setups() -> None:
    op.create_table(
        "method_setups",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("setup_id", sa.Uuid(), nullable=False),
        sa.Column("guarantor_id", sa.Uuid(), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=True),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column("method_kind", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checkout_session_id", sa.Text(), nullable=True),
        sa.Column("checkout_url", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "setup_id", name="method_setups_pk"),
        sa.UniqueConstraint("practice_id", "checkout_session_id", name="method_setups_session"),
        sa.UniqueConstraint("practice_id", "payment_id", name="method_setups_payment"),
        schema=SCHEMA,
    )
    _index("method_setups_guarantor", "method_setups", "guarantor_id")
    _index(
        "method_setups_unfinished",
        "method_setups",
        "state_at",
        where="state IN ('starting', 'open')",
    )


def _make_methods() -> None:
    op.create_table(
        "saved_methods",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("method_id", sa.Uuid(), nullable=False),
        sa.Column("guarantor_id", sa.Uuid(), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=False),
        sa.Column("payment_method_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=True),
        sa.Column("last4", sa.Text(), nullable=True),
        sa.Column("exp_month", sa.SmallInteger(), nullable=True),
        sa.Column("exp_year", sa.SmallInteger(), nullable=True),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("renewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_expiring_on", sa.Date(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("detached_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "method_id", name="saved_methods_pk"),
        sa.UniqueConstraint(
            "practice_id", "payment_method_id", name="saved_methods_payment_method"
        ),
        sa.UniqueConstraint("practice_id", "consent_id", name="saved_methods_consent"),
        schema=SCHEMA,
    )
    _index("saved_methods_guarantor", "saved_methods", "guarantor_id")
    _index(
        "saved_methods_one_default",
        "saved_methods",
        "guarantor_id",
        unique=True,
        where="is_default AND removed_at IS NULL",
    )
    op.create_table(
        "agreement_events",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("guarantor_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("practice_id", "event_id", name="agreement_events_pk"),
        schema=SCHEMA,
    )
    _index("agreement_events_subject", "agreement_events", "subject_id")


def _make_agreements() -> None:
    op.create_table(
        "autopay_agreements",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("guarantor_id", sa.Uuid(), nullable=False),
        sa.Column("method_id", sa.Uuid(), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=False),
        sa.Column("cap_cents", sa.BigInteger(), nullable=False),
        sa.Column("days_after", sa.SmallInteger(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("practice_id", "agreement_id", name="autopay_agreements_pk"),
        sa.CheckConstraint("cap_cents > 0", name="autopay_agreements_cap"),
        schema=SCHEMA,
    )
    _index(
        "autopay_agreements_standing",
        "autopay_agreements",
        "guarantor_id",
        unique=True,
        where="ended_at IS NULL",
    )


def _make_charges() -> None:
    op.create_table(
        "scheduled_payments",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("scheduled_id", sa.Uuid(), nullable=False),
        sa.Column("guarantor_id", sa.Uuid(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=True),
        sa.Column("method_id", sa.Uuid(), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=True),
        sa.Column("agreed_cents", sa.BigInteger(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("charge_on", sa.Date(), nullable=False),
        sa.Column("next_try_on", sa.Date(), nullable=False),
        sa.Column("notice_on", sa.Date(), nullable=True),
        sa.Column("notified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False, server_default=""),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "scheduled_id", name="scheduled_payments_pk"),
        sa.CheckConstraint("agreed_cents > 0", name="scheduled_payments_amount"),
        schema=SCHEMA,
    )
    table = "scheduled_payments"
    _index("scheduled_payments_guarantor", table, "guarantor_id")
    _index(
        "scheduled_payments_one_standing",
        table,
        "statement_id",
        unique=True,
        where="state IN ('planned', 'charging', 'waiting', 'retrying')",
    )
    _index(
        "scheduled_payments_one_autopay",
        table,
        "statement_id",
        unique=True,
        where="origin = 'autopay'",
    )
    _index(
        "scheduled_payments_to_come", table, "next_try_on", where="state IN ('planned', 'retrying')"
    )
    op.create_table(
        "scheduled_tries",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("guarantor_id", sa.Uuid(), nullable=False),
        sa.Column("scheduled_id", sa.Uuid(), nullable=False),
        sa.Column("try_number", sa.SmallInteger(), nullable=False),
        sa.Column("tried_on", sa.Date(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("payment_method_id", sa.Text(), nullable=False),
        sa.Column("method_kind", sa.Text(), nullable=False),
        sa.Column("advice_code", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "payment_id", name="scheduled_tries_pk"),
        sa.UniqueConstraint(
            "practice_id", "scheduled_id", "tried_on", name="scheduled_tries_one_a_day"
        ),
        sa.UniqueConstraint(
            "practice_id", "scheduled_id", "try_number", name="scheduled_tries_number"
        ),
        sa.CheckConstraint("try_number BETWEEN 1 AND 4", name="scheduled_tries_most"),
        schema=SCHEMA,
    )


def _index(name: str, table: str, column: str, *, unique: bool = False, where: str = "") -> None:
    op.create_index(
        name,
        table,
        ["practice_id", column],
        unique=unique,
        schema=SCHEMA,
        postgresql_where=sa.text(where) if where else None,
    )


def _make_foreign_keys() -> None:
    for child, column, parent in (
        *((table, "guarantor_id", "guarantors") for table in TABLES if table != "scheduled_tries"),
        ("method_setups", "consent_id", "payment_consents"),
        ("method_setups", "statement_id", "statements"),
        ("method_setups", "payment_id", "payments"),
        ("saved_methods", "consent_id", "payment_consents"),
        ("autopay_agreements", "method_id", "saved_methods"),
        ("autopay_agreements", "consent_id", "payment_consents"),
        ("scheduled_payments", "statement_id", "statements"),
        ("scheduled_payments", "method_id", "saved_methods"),
        ("scheduled_payments", "consent_id", "payment_consents"),
        ("scheduled_payments", "agreement_id", "autopay_agreements"),
        ("scheduled_tries", "payment_id", "payments"),
        ("scheduled_tries", "scheduled_id", "scheduled_payments"),
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
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {SCHEMA}.{table} "
            f"FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {SCHEMA}.{table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_change()"
        )


def _make_row_level_security() -> None:
    theirs = f"practice_id = {SCHEMA}.current_practice() AND {SCHEMA}.may_see(guarantor_id)"
    for table in TABLES:
        op.execute(f"ALTER TABLE {SCHEMA}.{table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {SCHEMA}.{table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY {table}_all ON {SCHEMA}.{table} FOR ALL USING ({theirs}) "
            f"WITH CHECK ({theirs})"
        )


def _grant() -> None:
    for table in TABLES:
        rights = "INSERT" if table in APPEND_ONLY else "INSERT, UPDATE"
        op.execute(f"GRANT SELECT ON {SCHEMA}.{table} TO {APP}, {LOADER}, {BACKUP}")
        op.execute(f"GRANT {rights} ON {SCHEMA}.{table} TO {APP}")
