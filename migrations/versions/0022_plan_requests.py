"""What staff do about plans: what waits for a manager, and who wrote a spoken yes down.

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from portal.db import SCHEMA
from portal.schema import APP, BACKUP, LOADER, distribute

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

TABLE = "plan_requests"
CHANGED_LATER = ("decision", "decided_at", "decided_by", "decided_why", "used_at")


def upgrade() -> None:
    op.add_column(
        "plan_consents",
        sa.Column("recorded_by", sa.Text(), nullable=False, server_default=""),
        schema=SCHEMA,
    )
    op.create_table(
        TABLE,
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("guarantor_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("document", postgresql.JSONB(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False, server_default="waiting"),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("decided_by", sa.Uuid()),
        sa.Column("decided_why", sa.Text(), nullable=False, server_default=""),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("practice_id", "request_id", name=f"{TABLE}_pk"),
        sa.CheckConstraint("decided_by <> asked_by", name="plan_requests_two_people"),
        schema=SCHEMA,
    )
    op.create_index(
        "plan_requests_one_waiting",
        TABLE,
        ["practice_id", "plan_id", "kind"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("decision = 'waiting'"),
    )
    distribute(op.get_bind(), TABLE)
    op.create_foreign_key(
        "plan_requests_plan_id_fk",
        TABLE,
        "plans",
        ["practice_id", "plan_id"],
        ["practice_id", "plan_id"],
        source_schema=SCHEMA,
        referent_schema=SCHEMA,
    )
    _guard()


def downgrade() -> None:
    op.drop_table(TABLE, schema=SCHEMA)
    op.drop_column("plan_consents", "recorded_by", schema=SCHEMA)


def _guard() -> None:
    """Staff's own: a patient sees what came of it, not who was asked."""
    visible = f"practice_id = {SCHEMA}.current_practice() AND {SCHEMA}.sees_everybody()"
    op.execute(f"ALTER TABLE {SCHEMA}.{TABLE} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {SCHEMA}.{TABLE} FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY {TABLE}_all ON {SCHEMA}.{TABLE} FOR ALL USING ({visible}) "
        f"WITH CHECK ({visible})"
    )
    op.execute(f"GRANT SELECT ON {SCHEMA}.{TABLE} TO {APP}, {LOADER}, {BACKUP}")
    op.execute(f"GRANT INSERT ON {SCHEMA}.{TABLE} TO {APP}")
    op.execute(f"GRANT UPDATE ({', '.join(CHANGED_LATER)}) ON {SCHEMA}.{TABLE} TO {APP}")
