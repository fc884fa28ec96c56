"""The code of a statement, with which a guest may pay, and what guests were answered.

Statements that were issued before have no code. Both tables are append-only.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

from portal.db import SCHEMA
from portal.schema import APP, BACKUP, LOADER, distribute

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = ("statement_codes", "guest_answers")


def upgrade() -> None:
    op.create_table(
        "statement_codes",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("guarantor_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "statement_id", name="statement_codes_pk"),
        sa.UniqueConstraint("practice_id", "code", name="statement_codes_code"),
        schema=SCHEMA,
    )
    op.create_table(
        "guest_answers",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "practice_id", "statement_id", "amount_cents", name="guest_answers_pk"
        ),
        schema=SCHEMA,
    )
    distribute(op.get_bind(), *TABLES)
    for table in TABLES:
        op.create_foreign_key(
            f"{table}_statement_id_fk",
            table,
            "statements",
            ["practice_id", "statement_id"],
            ["practice_id", "statement_id"],
            source_schema=SCHEMA,
            referent_schema=SCHEMA,
        )
    _make_row_level_security()
    for table in TABLES:
        op.execute(f"GRANT SELECT ON {SCHEMA}.{table} TO {APP}, {LOADER}, {BACKUP}")
        op.execute(f"GRANT INSERT ON {SCHEMA}.{table} TO {APP}")


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table, schema=SCHEMA)


def _make_row_level_security() -> None:
    here = f"practice_id = {SCHEMA}.current_practice()"
    seen_by = {
        "statement_codes": f"{here} AND {SCHEMA}.may_see(guarantor_id)",
        "guest_answers": f"{here} AND {SCHEMA}.sees_everybody()",
    }
    for table in TABLES:
        op.execute(f"ALTER TABLE {SCHEMA}.{table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {SCHEMA}.{table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY {table}_all ON {SCHEMA}.{table} FOR ALL USING ({seen_by[table]}) "
            f"WITH CHECK ({seen_by[table]})"
        )
