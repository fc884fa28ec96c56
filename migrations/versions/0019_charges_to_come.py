"""Installments of a plan as charges to come, the notice of each, and fingerprints of cards.

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

from portal.db import SCHEMA
from portal.schema import APP

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_CHARGES = "scheduled_payments"
_ONE_STANDING = "scheduled_payments_one_installment"
_ONE_ORIGIN = "scheduled_payments_one_origin"
_STANDS = "state IN ('planned', 'charging', 'waiting', 'retrying')"

CHANGED_LATER = {  # and nothing else of it
    "stripe_customers": ("customer_key", "customer_id"),
    "method_setups": ("state", "state_at", "checkout_session_id", "checkout_url"),
    "saved_methods": (
        "brand",
        "last4",
        "exp_month",
        "exp_year",
        "fingerprint",
        "is_default",
        "renewed_at",
        "told_expiring_on",
        "removed_at",
        "detached_at",
        "replaced_by",
    ),
    "autopay_agreements": ("method_id", "ended_at", "end_reason"),
    _CHARGES: (
        "agreement_id",
        "method_id",
        "consent_id",
        "charge_on",
        "next_try_on",
        "notice_on",
        "notified_at",
        "notice_message_id",
        "state",
        "reason",
        "state_at",
    ),
    "scheduled_tries": ("advice_code",),
}


def upgrade() -> None:
    """The plans' tables come later, and with them the foreign keys to them."""
    for name, kind in (
        ("installment_id", sa.Uuid()),
        ("plan_id", sa.Uuid()),
        ("notice_days", sa.SmallInteger()),
        ("notice_message_id", sa.Uuid()),
    ):
        op.add_column(_CHARGES, sa.Column(name, kind, nullable=True), schema=SCHEMA)
    op.alter_column(_CHARGES, "statement_id", nullable=True, schema=SCHEMA)
    op.create_check_constraint(
        _ONE_ORIGIN,
        _CHARGES,
        "(statement_id IS NULL) <> (installment_id IS NULL)"
        " AND (installment_id IS NULL) = (plan_id IS NULL)",
        schema=SCHEMA,
    )
    op.create_index(
        _ONE_STANDING,
        _CHARGES,
        ["practice_id", "installment_id"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text(_STANDS),
    )
    for name in ("plan", "installment"):
        keys = ["practice_id", f"{name}_id"]
        op.create_index(f"scheduled_payments_{name}", _CHARGES, keys, schema=SCHEMA)
    op.add_column("saved_methods", sa.Column("fingerprint", sa.Text()), schema=SCHEMA)
    op.add_column("saved_methods", sa.Column("replaced_by", sa.Uuid()), schema=SCHEMA)
    for table, columns in CHANGED_LATER.items():
        op.execute(f"REVOKE UPDATE ON {SCHEMA}.{table} FROM {APP}")
        op.execute(f"GRANT UPDATE ({', '.join(columns)}) ON {SCHEMA}.{table} TO {APP}")


def downgrade() -> None:
    """Refused by the database while an installment has a charge."""
    for table, columns in CHANGED_LATER.items():
        op.execute(f"REVOKE UPDATE ({', '.join(columns)}) ON {SCHEMA}.{table} FROM {APP}")
        op.execute(f"GRANT UPDATE ON {SCHEMA}.{table} TO {APP}")
    op.drop_column("saved_methods", "replaced_by", schema=SCHEMA)
    op.drop_column("saved_methods", "fingerprint", schema=SCHEMA)
    for name in ("installment", "plan"):
        op.drop_index(f"scheduled_payments_{name}", _CHARGES, schema=SCHEMA)
    op.drop_index(_ONE_STANDING, _CHARGES, schema=SCHEMA)
    op.drop_constraint(_ONE_ORIGIN, _CHARGES, schema=SCHEMA)
    op.alter_column(_CHARGES, "statement_id", nullable=False, schema=SCHEMA)
    for name in ("notice_message_id", "notice_days", "plan_id", "installment_id"):
        op.drop_column(_CHARGES, name, schema=SCHEMA)
