"""Final notices: which visits each was about.

Revision ID: 0030
Revises: 0029
"""

import sqlalchemy as sa
from alembic import op

from portal.db import SCHEMA
from portal.schema import APP, BACKUP, LOADER, distribute

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_TABLE = "final_notice_visits"


def upgrade() -> None:
    """Of notices sent before nobody wrote it down: they count for no visit, and are given again."""
    op.create_table(
        _TABLE,
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("guarantor_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "notice_id", "claim_id", name=f"{_TABLE}_pk"),
        schema=SCHEMA,
    )
    for column in ("claim", "guarantor"):
        op.create_index(
            f"{_TABLE}_{column}", _TABLE, ["practice_id", f"{column}_id"], schema=SCHEMA
        )
    distribute(op.get_bind(), _TABLE)
    for column, parent in (("guarantor_id", "guarantors"), ("claim_id", "claims")):
        op.create_foreign_key(
            f"{_TABLE}_{column}_fk",
            _TABLE,
            parent,
            ["practice_id", column],
            ["practice_id", column],
            source_schema=SCHEMA,
            referent_schema=SCHEMA,
        )
    _keep_as_written()
    _admit_staff()


def downgrade() -> None:
    op.drop_table(_TABLE, schema=SCHEMA)


def _keep_as_written() -> None:
    op.execute("SET LOCAL citus.enable_unsafe_triggers = on")
    op.execute("SET LOCAL citus.multi_shard_modify_mode = 'sequential'")
    op.execute(f"""
        CREATE TRIGGER {_TABLE}_append_only BEFORE UPDATE OR DELETE ON {SCHEMA}.{_TABLE}
        FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.refuse_change()
    """)
    op.execute(f"""
        CREATE TRIGGER {_TABLE}_no_truncate BEFORE TRUNCATE ON {SCHEMA}.{_TABLE}
        FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_change()
    """)


def _admit_staff() -> None:
    visible = f"practice_id = {SCHEMA}.current_practice() AND {SCHEMA}.sees_everybody()"
    op.execute(f"ALTER TABLE {SCHEMA}.{_TABLE} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {SCHEMA}.{_TABLE} FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY {_TABLE}_all ON {SCHEMA}.{_TABLE} FOR ALL USING ({visible}) "
        f"WITH CHECK ({visible})"
    )
    op.execute(f"GRANT SELECT ON {SCHEMA}.{_TABLE} TO {APP}, {LOADER}, {BACKUP}")
    op.execute(f"GRANT INSERT ON {SCHEMA}.{_TABLE} TO {APP}")
