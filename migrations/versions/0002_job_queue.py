"""The job queue: procrastinate's own tables, as the pinned release ships them.

A newer release brings SQL of its own for what changed; that becomes a migration here, and this one
keeps asking for the release it was written against.

Revision ID: 0002
Revises: 0001
"""

from importlib.metadata import version

from alembic import op
from procrastinate.schema import SchemaManager

from portal.schema import APP, BACKUP, LOADER

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

RELEASE = "3.10.0"


def upgrade() -> None:
    if version("procrastinate") != RELEASE:
        raise RuntimeError(f"Migration 0002 installs the tables of procrastinate {RELEASE}.")
    op.get_bind().exec_driver_sql(SchemaManager.get_schema().replace("%", "%%"))
    for role in (APP, LOADER):
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}")
        op.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}")
    op.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {BACKUP}")
    op.execute(f"GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {BACKUP}")


def downgrade() -> None:
    op.execute("""
        DO $$ DECLARE thing record;
        BEGIN
            FOR thing IN SELECT tablename FROM pg_tables
                WHERE schemaname = 'public' AND tablename LIKE 'procrastinate%' LOOP
                EXECUTE format('DROP TABLE public.%I CASCADE', thing.tablename);
            END LOOP;
            FOR thing IN SELECT oid::regprocedure AS signature FROM pg_proc
                WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'procrastinate%' LOOP
                EXECUTE format('DROP FUNCTION %s CASCADE', thing.signature);
            END LOOP;
            FOR thing IN SELECT typname FROM pg_type
                WHERE typnamespace = 'public'::regnamespace AND typname LIKE 'procrastinate%'
                AND typtype IN ('e', 'c') LOOP
                EXECUTE format('DROP TYPE public.%I CASCADE', thing.typname);
            END LOOP;
        END $$
    """)
