"""The first schema: tables, keys, guards, row-level security, grants, in the order a cluster needs.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from portal.db import SCHEMA
from portal.schema import APP, BACKUP, LOADER, distribute

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

OF_THE_PRACTICE = (
    "practices",
    "payers",
)
OF_A_GUARANTOR = (
    "guarantors",
    "patients",
    "coverages",
    "claims",
    "charges",
    "holds",
    "journal_entries",
    "postings",
    "allocations",
    "commitments",
    "ledger_posts",
    "adjudications",
    "adjudicated_lines",
    "adjustments",
    "statements",
    "statement_shares",
    "statement_voids",
    "statement_links",
    "statement_link_events",
    "messages",
    "payments",
    "payment_events",
    "refunds",
)
OF_STAFF = (
    "practice_counters",
    "tasks",
    "ledger_post_events",
    "audit_seals",
    "remittance_files",
    "remittances",
    "quarantined_claims",
    "staff",
    "webhook_events",
    "sync_batches",
)
WRITTEN_BY_ALL_READ_BY_STAFF = ("audit_events",)
LOCAL = (
    "practice_directory",
    "sign_in_directory",
    "sign_in_tries",
    "web_sessions",
    "parked_webhooks",
)
APPEND_ONLY = (
    "journal_entries",
    "postings",
    "allocations",
    "ledger_post_events",
    "audit_events",
    "audit_seals",
    "adjudications",
    "adjudicated_lines",
    "adjustments",
    "statements",
    "statement_shares",
    "statement_voids",
    "statement_link_events",
    "payment_events",
    "webhook_events",
)
DISTRIBUTED = OF_THE_PRACTICE + OF_A_GUARANTOR + OF_STAFF + WRITTEN_BY_ALL_READ_BY_STAFF


def upgrade() -> None:
    _allow_guards_on_a_cluster()
    _make_tables()
    distribute(op.get_bind(), *DISTRIBUTED)
    _make_foreign_keys()
    _make_functions()
    _make_guards()
    _make_row_level_security()
    _grant()


def downgrade() -> None:
    op.drop_constraint("journal_entries_last_leg_fk", "journal_entries", schema=SCHEMA)
    for table in DISTRIBUTED + LOCAL:
        op.execute(f"DROP TABLE {SCHEMA}.{table} CASCADE")
    for function in ("current_practice()", "may_see(uuid)", "sees_everybody()"):
        op.execute(f"DROP FUNCTION {SCHEMA}.{function}")
    for function in ("refuse_change", "refuse_unbalanced"):
        op.execute(f"DROP FUNCTION {SCHEMA}.{function}()")


def _allow_guards_on_a_cluster() -> None:
    """Citus allows triggers only when told to; ours read nothing but the rows they are given."""
    op.execute("SET LOCAL citus.enable_unsafe_triggers = on")
    op.execute("SET LOCAL citus.multi_shard_modify_mode = 'sequential'")


def _make_tables() -> None:  # noqa: PLR0915 — one table after another
    op.create_table(
        "practice_directory",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("stripe_account", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", name="practice_directory_pk"),
        sa.UniqueConstraint("slug", name="practice_directory_slug"),
        schema=SCHEMA,
    )
    op.create_table(
        "practices",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("neutral_sender_name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("phone_hours", sa.Text(), nullable=False),
        sa.Column("phone_hours_es", sa.Text(), nullable=False, server_default=""),
        sa.Column("address_line", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("postal_code", sa.Text(), nullable=False),
        sa.Column("tax_identifier", sa.Text(), nullable=False),
        sa.Column("payee_identifier", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("claim_number_is", sa.Text(), nullable=False, server_default="claim"),
        sa.Column("receipt_prefix", sa.Text(), nullable=False),
        sa.Column("assistance_url", sa.Text(), nullable=False, server_default=""),
        sa.Column("stripe_account", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", name="practices_pk"),
        schema=SCHEMA,
    )
    op.create_table(
        "practice_counters",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("last_value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "name", name="practice_counters_pk"),
        schema=SCHEMA,
    )
    op.create_table(
        "guarantors",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("guarantor_id", sa.Uuid(), nullable=False),
        sa.Column("account_number", sa.Text(), nullable=False),
        sa.Column("first_name", sa.Text(), nullable=False),
        sa.Column("last_name", sa.Text(), nullable=False),
        sa.Column("born_on", sa.Date(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("email_agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("address_line", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("postal_code", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False, server_default="en"),
        sa.PrimaryKeyConstraint("practice_id", "guarantor_id", name="guarantors_pk"),
        sa.UniqueConstraint("practice_id", "account_number", name="guarantors_account_number"),
        schema=SCHEMA,
    )
    op.create_index("guarantors_born_on", "guarantors", ["practice_id", "born_on"], schema=SCHEMA)
    op.create_index(
        "guarantors_name", "guarantors", ["practice_id", "last_name", "first_name"], schema=SCHEMA
    )
    op.create_table(
        "patients",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("guarantor_id", sa.Uuid(), nullable=False),
        sa.Column("first_name", sa.Text(), nullable=False),
        sa.Column("last_name", sa.Text(), nullable=False),
        sa.Column("born_on", sa.Date(), nullable=True),
        sa.Column("member_identifier", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "patient_id", name="patients_pk"),
        schema=SCHEMA,
    )
    op.create_index("patients_born_on", "patients", ["practice_id", "born_on"], schema=SCHEMA)
    op.create_index(
        "patients_guarantor", "patients", ["practice_id", "guarantor_id"], schema=SCHEMA
    )
    op.create_index(
        "patients_member", "patients", ["practice_id", "member_identifier"], schema=SCHEMA
    )
    op.create_index(
        "patients_name", "patients", ["practice_id", "last_name", "first_name"], schema=SCHEMA
    )
    op.create_table(
        "payers",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("payer_id", sa.Uuid(), nullable=False),
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "payer_id", name="payers_pk"),
        sa.UniqueConstraint("practice_id", "identifier", name="payers_identifier"),
        schema=SCHEMA,
    )
    op.create_table(
        "coverages",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("coverage_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("guarantor_id", sa.Uuid(), nullable=False),
        sa.Column("payer_id", sa.Uuid(), nullable=False),
        sa.Column("member_identifier", sa.Text(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "coverage_id", name="coverages_pk"),
        schema=SCHEMA,
    )
    op.create_index(
        "coverages_member", "coverages", ["practice_id", "member_identifier"], schema=SCHEMA
    )
    op.create_index("coverages_patient", "coverages", ["practice_id", "patient_id"], schema=SCHEMA)
    op.create_table(
        "claims",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("guarantor_id", sa.Uuid(), nullable=True),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("claim_number", sa.Text(), nullable=False),
        sa.Column("service_on", sa.Date(), nullable=True),
        sa.Column("provider_name", sa.Text(), nullable=False, server_default=""),
        sa.Column("place_name", sa.Text(), nullable=False, server_default=""),
        sa.Column("charge_cents", sa.BigInteger(), nullable=False),
        sa.Column("denied", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.Column("waiting_credit", postgresql.JSONB(), nullable=True),
        sa.Column("patient_name_on_file", sa.Text(), nullable=False, server_default=""),
        sa.Column("member_identifier_on_file", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("practice_id", "claim_id", name="claims_pk"),
        schema=SCHEMA,
    )
    op.create_index("claims_guarantor", "claims", ["practice_id", "guarantor_id"], schema=SCHEMA)
    op.create_index("claims_number", "claims", ["practice_id", "claim_number"], schema=SCHEMA)
    op.create_table(
        "charges",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("charge_id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("guarantor_id", sa.Uuid(), nullable=True),
        sa.Column("line_number", sa.BigInteger(), nullable=False),
        sa.Column("control_number", sa.Text(), nullable=False),
        sa.Column("procedure_qualifier", sa.Text(), nullable=False),
        sa.Column("procedure_code", sa.Text(), nullable=False),
        sa.Column("modifiers", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("service_on", sa.Date(), nullable=True),
        sa.Column("charge_cents", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "charge_id", name="charges_pk"),
        schema=SCHEMA,
    )
    op.create_index("charges_claim", "charges", ["practice_id", "claim_id"], schema=SCHEMA)
    op.create_table(
        "holds",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("hold_id", sa.Uuid(), nullable=False),
        sa.Column("guarantor_id", sa.Uuid(), nullable=True),
        sa.Column("claim_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("placed_by", sa.Text(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_by", sa.Text(), nullable=True),
        sa.Column("release_reason", sa.Text(), nullable=True),
        sa.Column(
            "waived_ids",
            postgresql.ARRAY(sa.Uuid()),
            nullable=False,
            server_default=sa.text("'{}'"),
        ),
        sa.PrimaryKeyConstraint("practice_id", "hold_id", name="holds_pk"),
        sa.CheckConstraint("(released_at IS NULL) = (released_by IS NULL)", name="holds_release"),
        sa.CheckConstraint(
            "claim_id IS NOT NULL OR guarantor_id IS NOT NULL", name="holds_something"
        ),
        schema=SCHEMA,
    )
    op.create_index(
        "holds_guarantor",
        "holds",
        ["practice_id", "guarantor_id"],
        postgresql_where=sa.text("released_at IS NULL"),
        schema=SCHEMA,
    )
    op.create_index(
        "holds_standing",
        "holds",
        ["practice_id", "claim_id", "kind"],
        unique=True,
        postgresql_where=sa.text("released_at IS NULL AND claim_id IS NOT NULL"),
        schema=SCHEMA,
    )
    op.create_table(
        "tasks",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "task_id", name="tasks_pk"),
        sa.UniqueConstraint("practice_id", "kind", "subject_id", name="tasks_subject"),
        schema=SCHEMA,
    )
    op.create_index(
        "tasks_open",
        "tasks",
        ["practice_id", "created_at"],
        postgresql_where=sa.text("done_at IS NULL"),
        schema=SCHEMA,
    )
    op.create_table(
        "journal_entries",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("guarantor_id", sa.Uuid(), nullable=True),
        sa.Column("business_event", sa.Text(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("posting_count", sa.SmallInteger(), nullable=False),
        sa.Column("reverses_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "entry_id", name="journal_entries_pk"),
        sa.UniqueConstraint(
            "practice_id", "entry_id", "posting_count", name="journal_entries_posting_count"
        ),
        sa.UniqueConstraint(
            "practice_id", "business_event", "source_key", name="journal_entries_source"
        ),
        sa.CheckConstraint("posting_count >= 2", name="journal_entries_two_legs"),
        schema=SCHEMA,
    )
    op.create_index(
        "journal_entries_reverses",
        "journal_entries",
        ["practice_id", "reverses_id"],
        unique=True,
        postgresql_where=sa.text("reverses_id IS NOT NULL"),
        schema=SCHEMA,
    )
    op.create_table(
        "postings",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("leg_no", sa.SmallInteger(), nullable=False),
        sa.Column("posting_count", sa.SmallInteger(), nullable=False),
        sa.Column("guarantor_id", sa.Uuid(), nullable=True),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=True),
        sa.Column("charge_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "entry_id", "leg_no", name="postings_pk"),
        sa.CheckConstraint("amount_cents <> 0", name="postings_amount"),
        sa.CheckConstraint("leg_no BETWEEN 1 AND posting_count", name="postings_leg_no"),
        sa.CheckConstraint("charge_id IS NULL OR claim_id IS NOT NULL", name="postings_target"),
        schema=SCHEMA,
    )
    op.create_index("postings_claim", "postings", ["practice_id", "claim_id"], schema=SCHEMA)
    op.create_index(
        "postings_guarantor",
        "postings",
        ["practice_id", "guarantor_id"],
        postgresql_where=sa.text("account IN ('patient_receivable', 'unapplied_credit')"),
        schema=SCHEMA,
    )
    op.create_table(
        "allocations",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("allocation_id", sa.Uuid(), nullable=False),
        sa.Column("guarantor_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=True),
        sa.Column("charge_id", sa.Uuid(), nullable=True),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "allocation_id", name="allocations_pk"),
        sa.CheckConstraint("amount_cents <> 0", name="allocations_amount"),
        schema=SCHEMA,
    )
    op.create_index("allocations_claim", "allocations", ["practice_id", "claim_id"], schema=SCHEMA)
    op.create_index(
        "allocations_guarantor", "allocations", ["practice_id", "guarantor_id"], schema=SCHEMA
    )
    op.create_index(
        "allocations_payment", "allocations", ["practice_id", "payment_id"], schema=SCHEMA
    )
    op.create_table(
        "commitments",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("commitment_id", sa.Uuid(), nullable=False),
        sa.Column("guarantor_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "commitment_id", name="commitments_pk"),
        sa.UniqueConstraint("practice_id", "subject_id", name="commitments_subject"),
        sa.CheckConstraint("amount_cents > 0", name="commitments_amount"),
        schema=SCHEMA,
    )
    op.create_index(
        "commitments_standing",
        "commitments",
        ["practice_id", "guarantor_id"],
        postgresql_where=sa.text("ended_at IS NULL"),
        schema=SCHEMA,
    )
    op.create_table(
        "ledger_posts",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("guarantor_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("batch_number", sa.BigInteger(), nullable=True),
        sa.Column("reject_reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "post_id", name="ledger_posts_pk"),
        sa.UniqueConstraint("practice_id", "entry_id", name="ledger_posts_entry"),
        schema=SCHEMA,
    )
    op.create_index(
        "ledger_posts_batch", "ledger_posts", ["practice_id", "batch_number"], schema=SCHEMA
    )
    op.create_index("ledger_posts_state", "ledger_posts", ["practice_id", "state"], schema=SCHEMA)
    op.create_index(
        "ledger_posts_subject", "ledger_posts", ["practice_id", "subject_id"], schema=SCHEMA
    )
    op.create_table(
        "ledger_post_events",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("practice_id", "event_id", name="ledger_post_events_pk"),
        schema=SCHEMA,
    )
    op.create_index(
        "ledger_post_events_post", "ledger_post_events", ["practice_id", "post_id"], schema=SCHEMA
    )
    op.create_table(
        "audit_events",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_role", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("guarantor_id", sa.Uuid(), nullable=True),
        sa.Column("object_kind", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "event_id", name="audit_events_pk"),
        schema=SCHEMA,
    )
    op.create_index(
        "audit_events_guarantor", "audit_events", ["practice_id", "guarantor_id"], schema=SCHEMA
    )
    op.create_table(
        "audit_seals",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("seal_number", sa.BigInteger(), nullable=False),
        sa.Column("last_event_id", sa.Uuid(), nullable=False),
        sa.Column("event_count", sa.BigInteger(), nullable=False),
        sa.Column("event_marks", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("chain_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "seal_number", name="audit_seals_pk"),
        schema=SCHEMA,
    )
    op.create_table(
        "remittance_files",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("byte_count", sa.BigInteger(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_by", sa.Text(), nullable=False),
        sa.Column("report", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "file_id", name="remittance_files_pk"),
        sa.UniqueConstraint("practice_id", "sha256", name="remittance_files_sha256"),
        schema=SCHEMA,
    )
    op.create_table(
        "remittances",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("remittance_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("payer_id", sa.Uuid(), nullable=False),
        sa.Column("interchange_control", sa.Text(), nullable=False),
        sa.Column("group_control", sa.Text(), nullable=False),
        sa.Column("transaction_control", sa.Text(), nullable=False),
        sa.Column("trace_number", sa.Text(), nullable=False),
        sa.Column("payment_method", sa.Text(), nullable=False),
        sa.Column("payment_cents", sa.BigInteger(), nullable=False),
        sa.Column(
            "told_before_cents", sa.BigInteger(), nullable=False, server_default=sa.text("0")
        ),
        sa.Column("effective_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "remittance_id", name="remittances_pk"),
        schema=SCHEMA,
    )
    op.create_index(
        "remittances_controls",
        "remittances",
        [
            "practice_id",
            "payer_id",
            "trace_number",
            "interchange_control",
            "group_control",
            "transaction_control",
            "payment_cents",
        ],
        unique=True,
        postgresql_where=sa.text("trace_number <> ''"),
        schema=SCHEMA,
    )
    op.create_index("remittances_file", "remittances", ["practice_id", "file_id"], schema=SCHEMA)
    op.create_table(
        "adjudications",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("adjudication_id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("guarantor_id", sa.Uuid(), nullable=True),
        sa.Column("remittance_id", sa.Uuid(), nullable=False),
        sa.Column("payer_id", sa.Uuid(), nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("payer_control_number", sa.Text(), nullable=False),
        sa.Column("trace_number", sa.Text(), nullable=False),
        sa.Column("charge_cents", sa.BigInteger(), nullable=False),
        sa.Column("paid_cents", sa.BigInteger(), nullable=False),
        sa.Column("responsibility_cents", sa.BigInteger(), nullable=False),
        sa.Column("remarks", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("disposition", sa.Text(), nullable=False),
        sa.Column("voids_id", sa.Uuid(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "adjudication_id", name="adjudications_pk"),
        schema=SCHEMA,
    )
    op.create_index(
        "adjudications_claim", "adjudications", ["practice_id", "claim_id"], schema=SCHEMA
    )
    op.create_index(
        "adjudications_voids",
        "adjudications",
        ["practice_id", "voids_id"],
        unique=True,
        postgresql_where=sa.text("voids_id IS NOT NULL"),
        schema=SCHEMA,
    )
    op.create_table(
        "adjudicated_lines",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("adjudication_id", sa.Uuid(), nullable=False),
        sa.Column("line_number", sa.SmallInteger(), nullable=False),
        sa.Column("guarantor_id", sa.Uuid(), nullable=True),
        sa.Column("charge_id", sa.Uuid(), nullable=True),
        sa.Column("procedure_code", sa.Text(), nullable=False),
        sa.Column("charge_cents", sa.BigInteger(), nullable=False),
        sa.Column("paid_cents", sa.BigInteger(), nullable=False),
        sa.Column("allowed_cents", sa.BigInteger(), nullable=True),
        sa.Column("remarks", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint(
            "practice_id", "adjudication_id", "line_number", name="adjudicated_lines_pk"
        ),
        schema=SCHEMA,
    )
    op.create_index(
        "adjudicated_lines_charge", "adjudicated_lines", ["practice_id", "charge_id"], schema=SCHEMA
    )
    op.create_table(
        "adjustments",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("adjudication_id", sa.Uuid(), nullable=False),
        sa.Column("line_number", sa.SmallInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("guarantor_id", sa.Uuid(), nullable=True),
        sa.Column("group_code", sa.Text(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "practice_id", "adjudication_id", "line_number", "position", name="adjustments_pk"
        ),
        schema=SCHEMA,
    )
    op.create_table(
        "quarantined_claims",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("quarantine_id", sa.Uuid(), nullable=False),
        sa.Column("remittance_id", sa.Uuid(), nullable=False),
        sa.Column("claim_number", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("where", sa.Text(), nullable=False),
        sa.Column("charge_cents", sa.BigInteger(), nullable=False),
        sa.Column("paid_cents", sa.BigInteger(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "quarantine_id", name="quarantined_claims_pk"),
        schema=SCHEMA,
    )
    op.create_index(
        "quarantined_claims_open",
        "quarantined_claims",
        ["practice_id", "quarantine_id"],
        postgresql_where=sa.text("resolved_at IS NULL"),
        schema=SCHEMA,
    )
    op.create_table(
        "statements",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("guarantor_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("amount_due_cents", sa.BigInteger(), nullable=False),
        sa.Column("previous_statement_id", sa.Uuid(), nullable=True),
        sa.Column("document_version", sa.SmallInteger(), nullable=False),
        sa.Column("document", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "statement_id", name="statements_pk"),
        sa.UniqueConstraint("practice_id", "guarantor_id", "as_of", name="statements_as_of"),
        sa.UniqueConstraint("practice_id", "number", name="statements_number"),
        sa.CheckConstraint("amount_due_cents > 0", name="statements_amount_due"),
        schema=SCHEMA,
    )
    op.create_table(
        "statement_shares",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("share_number", sa.SmallInteger(), nullable=False),
        sa.Column("guarantor_id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("charge_id", sa.Uuid(), nullable=True),
        sa.Column("owed_cents", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "practice_id", "statement_id", "share_number", name="statement_shares_pk"
        ),
        schema=SCHEMA,
    )
    op.create_index(
        "statement_shares_claim", "statement_shares", ["practice_id", "claim_id"], schema=SCHEMA
    )
    op.create_table(
        "statement_voids",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("guarantor_id", sa.Uuid(), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("voided_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "statement_id", name="statement_voids_pk"),
        schema=SCHEMA,
    )
    op.create_table(
        "statement_links",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("guarantor_id", sa.Uuid(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("patient_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wrong_tries", sa.SmallInteger(), nullable=False, server_default="0"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "link_id", name="statement_links_pk"),
        sa.UniqueConstraint("practice_id", "token_hash", name="statement_links_token"),
        sa.CheckConstraint("wrong_tries BETWEEN 0 AND 5", name="statement_links_tries"),
        schema=SCHEMA,
    )
    op.create_index(
        "statement_links_statement",
        "statement_links",
        ["practice_id", "statement_id"],
        schema=SCHEMA,
    )
    op.create_table(
        "statement_link_events",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("guarantor_id", sa.Uuid(), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("practice_id", "event_id", name="statement_link_events_pk"),
        schema=SCHEMA,
    )
    op.create_index(
        "statement_link_events_link",
        "statement_link_events",
        ["practice_id", "link_id"],
        schema=SCHEMA,
    )
    op.create_table(
        "staff",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("totp_secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("totp_step_used", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("wrong_tries", sa.SmallInteger(), nullable=False, server_default="0"),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "staff_id", name="staff_pk"),
        sa.UniqueConstraint("practice_id", "email", name="staff_email"),
        schema=SCHEMA,
    )
    op.create_table(
        "sign_in_directory",
        sa.Column("login_hash", sa.LargeBinary(), nullable=False),
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("login_hash", name="sign_in_directory_pk"),
        schema=SCHEMA,
    )
    op.create_table(
        "sign_in_tries",
        sa.Column("door_hash", sa.LargeBinary(), nullable=False),
        sa.Column("wrong_tries", sa.SmallInteger(), nullable=False, server_default="0"),
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("door_hash", name="sign_in_tries_pk"),
        schema=SCHEMA,
    )
    op.create_index(
        "sign_in_tries_last_tried_at", "sign_in_tries", ["last_tried_at"], schema=SCHEMA
    )
    op.create_table(
        "web_sessions",
        sa.Column("session_id_hash", sa.LargeBinary(), nullable=False),
        sa.Column("data", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("session_id_hash", name="web_sessions_pk"),
        schema=SCHEMA,
    )
    op.create_index("web_sessions_expires_at", "web_sessions", ["expires_at"], schema=SCHEMA)
    op.create_table(
        "messages",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("guarantor_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False, server_default=""),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "message_id", name="messages_pk"),
        schema=SCHEMA,
    )
    op.create_index(
        "messages_guarantor", "messages", ["practice_id", "guarantor_id"], schema=SCHEMA
    )
    op.create_table(
        "payments",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("guarantor_id", sa.Uuid(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=True),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("pays_for", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checkout_language", sa.Text(), nullable=True),
        sa.Column("checkout_session_id", sa.Text(), nullable=True),
        sa.Column("checkout_url", sa.Text(), nullable=True),
        sa.Column("payment_intent_id", sa.Text(), nullable=True),
        sa.Column("stripe_account", sa.Text(), nullable=True),
        sa.Column("method_kind", sa.Text(), nullable=True),
        sa.Column("method_brand", sa.Text(), nullable=True),
        sa.Column("method_last4", sa.Text(), nullable=True),
        sa.Column("decline_code", sa.Text(), nullable=True),
        sa.Column("receipt_number", sa.Text(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "payment_id", name="payments_pk"),
        sa.UniqueConstraint("practice_id", "checkout_session_id", name="payments_checkout_session"),
        sa.UniqueConstraint("practice_id", "payment_intent_id", name="payments_payment_intent"),
        sa.UniqueConstraint("practice_id", "receipt_number", name="payments_receipt_number"),
        sa.CheckConstraint("amount_cents >= 50", name="payments_amount"),
        schema=SCHEMA,
    )
    op.create_index(
        "payments_guarantor", "payments", ["practice_id", "guarantor_id"], schema=SCHEMA
    )
    op.create_index(
        "payments_one_open",
        "payments",
        ["practice_id", "guarantor_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('starting', 'open', 'processing')"),
        schema=SCHEMA,
    )
    op.create_index(
        "payments_statement", "payments", ["practice_id", "statement_id"], schema=SCHEMA
    )
    op.create_index(
        "payments_unfinished",
        "payments",
        ["practice_id", "state_at"],
        postgresql_where=sa.text("state IN ('prepared', 'starting', 'open', 'processing')"),
        schema=SCHEMA,
    )
    op.create_table(
        "payment_events",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("guarantor_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("practice_id", "event_id", name="payment_events_pk"),
        schema=SCHEMA,
    )
    op.create_index(
        "payment_events_payment", "payment_events", ["practice_id", "payment_id"], schema=SCHEMA
    )
    op.create_table(
        "refunds",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("refund_id", sa.Uuid(), nullable=False),
        sa.Column("guarantor_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("stripe_refund_id", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "refund_id", name="refunds_pk"),
        sa.UniqueConstraint("practice_id", "stripe_refund_id", name="refunds_stripe_refund"),
        sa.CheckConstraint("amount_cents > 0", name="refunds_amount"),
        schema=SCHEMA,
    )
    op.create_index("refunds_payment", "refunds", ["practice_id", "payment_id"], schema=SCHEMA)
    op.create_table(
        "webhook_events",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("stripe_event_id", sa.Text(), nullable=False),
        sa.Column("event_type", sa.Text(), nullable=False),
        sa.Column("object_kind", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "stripe_event_id", name="webhook_events_pk"),
        schema=SCHEMA,
    )
    op.create_table(
        "parked_webhooks",
        sa.Column("stripe_event_id", sa.Text(), nullable=False),
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False, server_default="0"),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("stripe_event_id", name="parked_webhooks_pk"),
        schema=SCHEMA,
    )
    op.create_table(
        "sync_batches",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("batch_number", sa.BigInteger(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256_hex", sa.Text(), nullable=False),
        sa.Column("post_count", sa.BigInteger(), nullable=False),
        sa.Column("total_cents", sa.BigInteger(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("set_aside_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reply_name", sa.Text(), nullable=True),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("practice_id", "batch_id", name="sync_batches_pk"),
        sa.UniqueConstraint("practice_id", "batch_number", name="sync_batches_number"),
        schema=SCHEMA,
    )


def _make_foreign_keys() -> None:
    op.create_foreign_key(
        "patients_guarantor_id_fk",
        "patients",
        "guarantors",
        ["practice_id", "guarantor_id"],
        ["practice_id", "guarantor_id"],
        source_schema=SCHEMA,
        referent_schema=SCHEMA,
    )
    op.create_foreign_key(
        "coverages_patient_id_fk",
        "coverages",
        "patients",
        ["practice_id", "patient_id"],
        ["practice_id", "patient_id"],
        source_schema=SCHEMA,
        referent_schema=SCHEMA,
    )
    op.create_foreign_key(
        "coverages_payer_id_fk",
        "coverages",
        "payers",
        ["practice_id", "payer_id"],
        ["practice_id", "payer_id"],
        source_schema=SCHEMA,
        referent_schema=SCHEMA,
    )
    op.create_foreign_key(
        "claims_guarantor_id_fk",
        "claims",
        "guarantors",
        ["practice_id", "guarantor_id"],
        ["practice_id", "guarantor_id"],
        source_schema=SCHEMA,
        referent_schema=SCHEMA,
    )
    op.create_foreign_key(
        "claims_patient_id_fk",
        "claims",
        "patients",
        ["practice_id", "patient_id"],
        ["practice_id", "patient_id"],
        source_schema=SCHEMA,
        referent_schema=SCHEMA,
    )
    op.create_foreign_key(
        "charges_claim_id_fk",
        "charges",
        "claims",
        ["practice_id", "claim_id"],
        ["practice_id", "claim_id"],
        source_schema=SCHEMA,
        referent_schema=SCHEMA,
    )
    op.create_foreign_key(
        "holds_claim_id_fk",
        "holds",
        "claims",
        ["practice_id", "claim_id"],
        ["practice_id", "claim_id"],
        source_schema=SCHEMA,
        referent_schema=SCHEMA,
    )
    op.create_foreign_key(
        "holds_guarantor_id_fk",
        "holds",
        "guarantors",
        ["practice_id", "guarantor_id"],
        ["practice_id", "guarantor_id"],
        source_schema=SCHEMA,
        referent_schema=SCHEMA,
    )
    op.create_foreign_key(
        "journal_entries_last_leg_fk",
        "journal_entries",
        "postings",
        ["practice_id", "entry_id", "posting_count"],
        ["practice_id", "entry_id", "leg_no"],
        source_schema=SCHEMA,
        referent_schema=SCHEMA,
        deferrable=True,
        initially="DEFERRED",
    )
    op.create_foreign_key(
        "postings_entry_fk",
        "postings",
        "journal_entries",
        ["practice_id", "entry_id", "posting_count"],
        ["practice_id", "entry_id", "posting_count"],
        source_schema=SCHEMA,
        referent_schema=SCHEMA,
    )
    op.create_foreign_key(
        "allocations_entry_id_fk",
        "allocations",
        "journal_entries",
        ["practice_id", "entry_id"],
        ["practice_id", "entry_id"],
        source_schema=SCHEMA,
        referent_schema=SCHEMA,
    )
    op.create_foreign_key(
        "ledger_posts_entry_id_fk",
        "ledger_posts",
        "journal_entries",
        ["practice_id", "entry_id"],
        ["practice_id", "entry_id"],
        source_schema=SCHEMA,
        referent_schema=SCHEMA,
    )
    op.create_foreign_key(
        "ledger_post_events_post_id_fk",
        "ledger_post_events",
        "ledger_posts",
        ["practice_id", "post_id"],
        ["practice_id", "post_id"],
        source_schema=SCHEMA,
        referent_schema=SCHEMA,
    )
    op.create_foreign_key(
        "remittances_file_id_fk",
        "remittances",
        "remittance_files",
        ["practice_id", "file_id"],
        ["practice_id", "file_id"],
        source_schema=SCHEMA,
        referent_schema=SCHEMA,
    )
    op.create_foreign_key(
        "remittances_payer_id_fk",
        "remittances",
        "payers",
        ["practice_id", "payer_id"],
        ["practice_id", "payer_id"],
        source_schema=SCHEMA,
        referent_schema=SCHEMA,
    )
    op.create_foreign_key(
        "adjudications_claim_id_fk",
        "adjudications",
        "claims",
        ["practice_id", "claim_id"],
        ["practice_id", "claim_id"],
        source_schema=SCHEMA,
        referent_schema=SCHEMA,
    )
    op.create_foreign_key(
        "adjudications_payer_id_fk",
        "adjudications",
        "payers",
        ["practice_id", "payer_id"],
        ["practice_id", "payer_id"],
        source_schema=SCHEMA,
        referent_schema=SCHEMA,
    )
    op.create_foreign_key(
        "adjudications_remittance_id_fk",
        "adjudications",
        "remittances",
        ["practice_id", "remittance_id"],
        ["practice_id", "remittance_id"],
        source_schema=SCHEMA,
        referent_schema=SCHEMA,
    )
    op.create_foreign_key(
        "adjudicated_lines_adjudication_id_fk",
        "adjudicated_lines",
        "adjudications",
        ["practice_id", "adjudication_id"],
        ["practice_id", "adjudication_id"],
        source_schema=SCHEMA,
        referent_schema=SCHEMA,
    )
    op.create_foreign_key(
        "adjustments_line_fk",
        "adjustments",
        "adjudicated_lines",
        ["practice_id", "adjudication_id", "line_number"],
        ["practice_id", "adjudication_id", "line_number"],
        source_schema=SCHEMA,
        referent_schema=SCHEMA,
    )
    op.create_foreign_key(
        "quarantined_claims_remittance_id_fk",
        "quarantined_claims",
        "remittances",
        ["practice_id", "remittance_id"],
        ["practice_id", "remittance_id"],
        source_schema=SCHEMA,
        referent_schema=SCHEMA,
    )
    op.create_foreign_key(
        "statements_guarantor_id_fk",
        "statements",
        "guarantors",
        ["practice_id", "guarantor_id"],
        ["practice_id", "guarantor_id"],
        source_schema=SCHEMA,
        referent_schema=SCHEMA,
    )
    op.create_foreign_key(
        "statement_shares_statement_id_fk",
        "statement_shares",
        "statements",
        ["practice_id", "statement_id"],
        ["practice_id", "statement_id"],
        source_schema=SCHEMA,
        referent_schema=SCHEMA,
    )
    op.create_foreign_key(
        "statement_voids_statement_id_fk",
        "statement_voids",
        "statements",
        ["practice_id", "statement_id"],
        ["practice_id", "statement_id"],
        source_schema=SCHEMA,
        referent_schema=SCHEMA,
    )
    op.create_foreign_key(
        "statement_links_statement_id_fk",
        "statement_links",
        "statements",
        ["practice_id", "statement_id"],
        ["practice_id", "statement_id"],
        source_schema=SCHEMA,
        referent_schema=SCHEMA,
    )
    op.create_foreign_key(
        "statement_link_events_link_id_fk",
        "statement_link_events",
        "statement_links",
        ["practice_id", "link_id"],
        ["practice_id", "link_id"],
        source_schema=SCHEMA,
        referent_schema=SCHEMA,
    )
    op.create_foreign_key(
        "messages_guarantor_id_fk",
        "messages",
        "guarantors",
        ["practice_id", "guarantor_id"],
        ["practice_id", "guarantor_id"],
        source_schema=SCHEMA,
        referent_schema=SCHEMA,
    )
    op.create_foreign_key(
        "payments_guarantor_id_fk",
        "payments",
        "guarantors",
        ["practice_id", "guarantor_id"],
        ["practice_id", "guarantor_id"],
        source_schema=SCHEMA,
        referent_schema=SCHEMA,
    )
    op.create_foreign_key(
        "payments_statement_id_fk",
        "payments",
        "statements",
        ["practice_id", "statement_id"],
        ["practice_id", "statement_id"],
        source_schema=SCHEMA,
        referent_schema=SCHEMA,
    )
    op.create_foreign_key(
        "payment_events_payment_id_fk",
        "payment_events",
        "payments",
        ["practice_id", "payment_id"],
        ["practice_id", "payment_id"],
        source_schema=SCHEMA,
        referent_schema=SCHEMA,
    )
    op.create_foreign_key(
        "refunds_payment_id_fk",
        "refunds",
        "payments",
        ["practice_id", "payment_id"],
        ["practice_id", "payment_id"],
        source_schema=SCHEMA,
        referent_schema=SCHEMA,
    )


def _make_functions() -> None:
    """Settings are told by transaction(principal) in portal/db.py; nothing told means no rows."""
    op.execute(f"""
        CREATE FUNCTION {SCHEMA}.current_practice() RETURNS uuid LANGUAGE sql STABLE
        RETURN nullif(current_setting('app.practice', true), '')::uuid
    """)
    op.execute(f"""
        CREATE FUNCTION {SCHEMA}.sees_everybody() RETURNS boolean LANGUAGE sql STABLE
        RETURN coalesce(current_setting('app.guarantor', true), '') = '*'
    """)
    op.execute(f"""
        CREATE FUNCTION {SCHEMA}.may_see(guarantor uuid) RETURNS boolean LANGUAGE sql STABLE
        RETURN coalesce(current_setting('app.guarantor', true), '') = '*'
            OR guarantor
                = nullif(nullif(current_setting('app.guarantor', true), ''), '*')::uuid
    """)
    op.execute(f"""
        CREATE FUNCTION {SCHEMA}.refuse_change() RETURNS trigger LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
        END $$
    """)
    op.execute(f"""
        CREATE FUNCTION {SCHEMA}.refuse_unbalanced() RETURNS trigger LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp AS $$
        DECLARE wrong uuid;
        BEGIN
            SELECT entry_id INTO wrong FROM new_postings GROUP BY practice_id, entry_id
            HAVING sum(amount_cents) <> 0 OR count(*) <> min(posting_count) LIMIT 1;
            IF FOUND THEN
                RAISE EXCEPTION 'entry % does not balance or lacks legs', wrong
                USING ERRCODE = 'check_violation';
            END IF;
            RETURN NULL;
        END $$
    """)


def _make_guards() -> None:
    op.execute(f"""
        CREATE TRIGGER postings_balance AFTER INSERT ON {SCHEMA}.postings
        REFERENCING NEW TABLE AS new_postings
        FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_unbalanced()
    """)
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
    for table in DISTRIBUTED:
        op.execute(f"ALTER TABLE {SCHEMA}.{table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {SCHEMA}.{table} FORCE ROW LEVEL SECURITY")
    for table in OF_THE_PRACTICE:
        _policy(table, "FOR SELECT", using=here)
        _policy(table, "FOR INSERT", check=staff)
        _policy(table, "FOR UPDATE", using=staff, check=staff)
    for table in OF_A_GUARANTOR:
        _policy(table, "FOR ALL", using=theirs, check=theirs)
    for table in OF_STAFF:
        _policy(table, "FOR ALL", using=staff, check=staff)
    for table in WRITTEN_BY_ALL_READ_BY_STAFF:
        _policy(table, "FOR SELECT", using=staff)
        _policy(table, "FOR INSERT", check=here)


def _policy(table: str, command: str, *, using: str = "", check: str = "") -> None:
    name = f"{table}_{command.removeprefix('FOR ').lower()}"
    clauses = (f" USING ({using})" if using else "") + (f" WITH CHECK ({check})" if check else "")
    op.execute(f"CREATE POLICY {name} ON {SCHEMA}.{table} {command}{clauses}")


def _grant() -> None:
    """The app reads and adds; it changes what may change, and deletes ended sessions and old tries only."""
    for role in (APP, LOADER, BACKUP):
        op.execute(f"GRANT USAGE ON SCHEMA {SCHEMA} TO {role}")
        op.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {SCHEMA} TO {role}")
    for table in DISTRIBUTED + LOCAL:
        rights = "INSERT" if table in APPEND_ONLY else "INSERT, UPDATE"
        op.execute(f"GRANT {rights} ON {SCHEMA}.{table} TO {APP}")
        op.execute(f"GRANT {rights} ON {SCHEMA}.{table} TO {LOADER}")
    for table in ("web_sessions", "sign_in_tries"):
        op.execute(f"GRANT DELETE ON {SCHEMA}.{table} TO {APP}")
