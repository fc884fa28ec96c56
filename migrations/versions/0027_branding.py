"""How a practice looks and what its pages say: every version of it, and its logos.

Revision ID: 0027
Revises: 0026
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from portal.db import SCHEMA
from portal.schema import APP, BACKUP, LOADER, distribute

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

TABLES = ("practice_logos", "practice_versions")


def upgrade() -> None:
    op.create_table(
        "practice_logos",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("logo_id", sa.Uuid(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "logo_id", name="practice_logos_pk"),
        sa.CheckConstraint("octet_length(body) <= 102400", name="practice_logos_size"),
        schema=SCHEMA,
    )
    op.create_table(
        "practice_versions",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("document", postgresql.JSONB(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "version", name="practice_versions_pk"),
        schema=SCHEMA,
    )
    op.add_column(
        "practices",
        sa.Column("look_version", sa.BigInteger(), nullable=False, server_default="0"),
        schema=SCHEMA,
    )
    op.add_column("practices", sa.Column("logo_id", sa.Uuid()), schema=SCHEMA)
    distribute(op.get_bind(), *TABLES)
    _guard()


def downgrade() -> None:
    op.drop_column("practices", "logo_id", schema=SCHEMA)
    op.drop_column("practices", "look_version", schema=SCHEMA)
    for table in reversed(TABLES):
        op.drop_table(table, schema=SCHEMA)


def _guard() -> None:
    """Whoever opens a page of the practice sees its look; nobody changes what was."""
    op.execute("SET LOCAL citus.enable_unsafe_triggers = on")
    op.execute("SET LOCAL citus.multi_shard_modify_mode = 'sequential'")
    here = f"practice_id = {SCHEMA}.current_practice()"
    for table in TABLES:
        op.execute(f"""
            CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {SCHEMA}.{table}
            FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.refuse_change()
        """)
        op.execute(f"""
            CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {SCHEMA}.{table}
            FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_change()
        """)
        op.execute(f"ALTER TABLE {SCHEMA}.{table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {SCHEMA}.{table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY {table}_all ON {SCHEMA}.{table} FOR ALL USING ({here}) "
            f"WITH CHECK ({here})"
        )
        op.execute(f"GRANT SELECT ON {SCHEMA}.{table} TO {APP}, {LOADER}, {BACKUP}")
        op.execute(f"GRANT INSERT ON {SCHEMA}.{table} TO {APP}")
