"""What the practice sent (837): transmissions, claims, their contents; who said what was billed.

Lines of a claim that no payer has decided may be deleted by the loader, since a replacement or a
void takes their place; what was sent first stays in sent_claim_contents.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from portal.db import SCHEMA
from portal.schema import APP, BACKUP, LOADER, distribute

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

OF_A_GUARANTOR = ("sent_claims",)
OF_STAFF = ("claim_transmissions", "sent_claim_contents")
TABLES = ("claim_transmissions", "sent_claims", "sent_claim_contents")  # parents first


def upgrade() -> None:
    op.add_column(
        "claims",
        sa.Column("charge_source", sa.Text(), nullable=False, server_default="remittance"),
        schema=SCHEMA,
    )
    op.add_column(
        "coverages",
        sa.Column("filing_indicator", sa.Text(), nullable=False, server_default=""),
        schema=SCHEMA,
    )
    _make_tables()
    distribute(op.get_bind(), *TABLES)
    _make_foreign_keys()
    _make_row_level_security()
    _grant()


def downgrade() -> None:
    op.execute(f"REVOKE DELETE ON {SCHEMA}.charges FROM {LOADER}")
    for table in reversed(TABLES):
        op.drop_table(table, schema=SCHEMA)
    op.drop_column("coverages", "filing_indicator", schema=SCHEMA)
    op.drop_column("claims", "charge_source", schema=SCHEMA)


def _make_tables() -> None:
    op.create_table(
        "claim_transmissions",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("transmission_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("submitter_identifier", sa.Text(), nullable=False),
        sa.Column("interchange_control", sa.Text(), nullable=False),
        sa.Column("group_control", sa.Text(), nullable=False),
        sa.Column("transaction_control", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("created_on", sa.Date(), nullable=True),
        sa.Column("created_time", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "transmission_id", name="claim_transmissions_pk"),
        schema=SCHEMA,
    )
    op.create_index(
        "claim_transmissions_numbers",
        "claim_transmissions",
        ["practice_id", "interchange_control", "group_control", "transaction_control"],
        schema=SCHEMA,
    )
    op.create_index(
        "claim_transmissions_file",
        "claim_transmissions",
        ["practice_id", "file_id"],
        schema=SCHEMA,
    )
    op.create_table(
        "sent_claims",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("sent_claim_id", sa.Uuid(), nullable=False),
        sa.Column("transmission_id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=True),
        sa.Column("guarantor_id", sa.Uuid(), nullable=True),
        sa.Column("payer_id", sa.Uuid(), nullable=True),
        sa.Column("rank", sa.SmallInteger(), nullable=True),
        sa.Column("claim_number", sa.Text(), nullable=False),
        sa.Column("frequency", sa.Text(), nullable=False),
        sa.Column("charge_cents", sa.BigInteger(), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "sent_claim_id", name="sent_claims_pk"),
        schema=SCHEMA,
    )
    op.create_index("sent_claims_claim", "sent_claims", ["practice_id", "claim_id"], schema=SCHEMA)
    op.create_index(
        "sent_claims_transmission",
        "sent_claims",
        ["practice_id", "transmission_id"],
        schema=SCHEMA,
    )
    op.create_table(
        "sent_claim_contents",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("sent_claim_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("where", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "sent_claim_id", name="sent_claim_contents_pk"),
        schema=SCHEMA,
    )


def _make_foreign_keys() -> None:
    for child, column, parent in (
        ("claim_transmissions", "file_id", "remittance_files"),
        ("sent_claims", "transmission_id", "claim_transmissions"),
        ("sent_claims", "claim_id", "claims"),
        ("sent_claims", "payer_id", "payers"),
        ("sent_claims", "guarantor_id", "guarantors"),
        ("sent_claim_contents", "sent_claim_id", "sent_claims"),
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
    here = f"practice_id = {SCHEMA}.current_practice()"
    theirs = f"{here} AND {SCHEMA}.may_see(guarantor_id)"
    staff = f"{here} AND {SCHEMA}.sees_everybody()"
    for table in TABLES:
        op.execute(f"ALTER TABLE {SCHEMA}.{table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {SCHEMA}.{table} FORCE ROW LEVEL SECURITY")
    for table in OF_A_GUARANTOR:
        _policy(table, theirs)
    for table in OF_STAFF:
        _policy(table, staff)


def _policy(table: str, visible: str) -> None:
    op.execute(
        f"CREATE POLICY {table}_all ON {SCHEMA}.{table} FOR ALL USING ({visible}) "
        f"WITH CHECK ({visible})"
    )


def _grant() -> None:
    for table in TABLES:
        op.execute(f"GRANT SELECT ON {SCHEMA}.{table} TO {APP}, {LOADER}, {BACKUP}")
        op.execute(f"GRANT INSERT, UPDATE ON {SCHEMA}.{table} TO {APP}")
        op.execute(f"GRANT INSERT, UPDATE ON {SCHEMA}.{table} TO {LOADER}")
    op.execute(f"GRANT DELETE ON {SCHEMA}.charges TO {LOADER}")
