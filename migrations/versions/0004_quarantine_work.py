"""What posters decided about claims that were set aside.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

from portal.db import SCHEMA
from portal.schema import APP, BACKUP, LOADER, distribute

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLE = "quarantine_decisions"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("quarantine_id", sa.Uuid(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("adjudication_id", sa.Uuid(), nullable=True),
        sa.Column("disposition", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "quarantine_id", name=f"{TABLE}_pk"),
        schema=SCHEMA,
    )
    op.create_index(
        "quarantined_claims_remittance",
        "quarantined_claims",
        ["practice_id", "remittance_id"],
        schema=SCHEMA,
    )
    distribute(op.get_bind(), TABLE)
    for column, parent in (
        ("quarantine_id", "quarantined_claims"),
        ("adjudication_id", "adjudications"),
    ):
        op.create_foreign_key(
            f"{TABLE}_{column}_fk",
            TABLE,
            parent,
            ["practice_id", column],
            ["practice_id", column],
            source_schema=SCHEMA,
            referent_schema=SCHEMA,
        )
    _keep_as_written()
    visible = f"practice_id = {SCHEMA}.current_practice() AND {SCHEMA}.sees_everybody()"
    op.execute(f"ALTER TABLE {SCHEMA}.{TABLE} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {SCHEMA}.{TABLE} FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY {TABLE}_all ON {SCHEMA}.{TABLE} FOR ALL USING ({visible}) "
        f"WITH CHECK ({visible})"
    )
    op.execute(f"GRANT SELECT ON {SCHEMA}.{TABLE} TO {APP}, {LOADER}, {BACKUP}")
    op.execute(f"GRANT INSERT ON {SCHEMA}.{TABLE} TO {APP}")
    op.execute(f"GRANT INSERT ON {SCHEMA}.{TABLE} TO {LOADER}")


def _keep_as_written() -> None:
    """Citus allows triggers only when told to; this one reads nothing."""
    op.execute("SET LOCAL citus.enable_unsafe_triggers = on")
    for name, moment, of_what in (
        ("append_only", "UPDATE OR DELETE", "ROW"),
        ("no_truncate", "TRUNCATE", "STATEMENT"),
    ):
        op.execute(
            f"CREATE TRIGGER {TABLE}_{name} BEFORE {moment} ON {SCHEMA}.{TABLE} "
            f"FOR EACH {of_what} EXECUTE FUNCTION {SCHEMA}.refuse_change()"
        )


def downgrade() -> None:
    op.drop_table(TABLE, schema=SCHEMA)
    op.drop_index("quarantined_claims_remittance", "quarantined_claims", schema=SCHEMA)
