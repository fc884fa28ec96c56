"""Who may see what was done at a visit, and who is reached apart from who pays.

Revision ID: 0024
Revises: 0023
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from portal.db import SCHEMA
from portal.schema import APP, BACKUP, LOADER, distribute

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

OF_STAFF = ("visit_flag_changes", "patient_contacts")
TABLES = ("viewing_grants", *OF_STAFF)
FLAGS = (
    ("claims", "is_sensitive"),
    ("claims", "is_part2"),
    ("patients", "is_reached_apart"),
)


def upgrade() -> None:
    for table, flag in FLAGS:
        op.add_column(
            table,
            sa.Column(flag, sa.Boolean(), nullable=False, server_default=sa.text("false")),
            schema=SCHEMA,
        )
    op.add_column(
        "statement_links", sa.Column("for_patient_id", sa.Uuid(), nullable=True), schema=SCHEMA
    )
    _make_tables()
    distribute(op.get_bind(), *TABLES)
    _make_foreign_keys()
    for table in TABLES:
        _guard(table)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table, schema=SCHEMA)
    op.drop_column("statement_links", "for_patient_id", schema=SCHEMA)
    for table, flag in reversed(FLAGS):
        op.drop_column(table, flag, schema=SCHEMA)


def _make_tables() -> None:
    _table(
        "viewing_grants",
        _id("grant_id"),
        _id("guarantor_id"),
        _id("patient_id"),
        _flag("is_granted"),
        _text("how"),
        _time("recorded_at"),
        _text("recorded_by"),
    )
    _table(
        "visit_flag_changes",
        _id("change_id"),
        _id("claim_id"),
        _flag("is_sensitive"),
        _flag("is_part2"),
        _text("reason"),
        _time("changed_at"),
        _id("changed_by"),
    )
    _table(
        "patient_contacts",
        _id("contact_id"),
        _id("patient_id"),
        _text("email"),
        _text("address_line"),
        _text("city"),
        _text("state"),
        _text("postal_code"),
        _text("reason"),
        _time("set_at"),
        _id("set_by"),
    )
    for table, column in (
        ("viewing_grants", "patient_id"),
        ("visit_flag_changes", "claim_id"),
        ("patient_contacts", "patient_id"),
    ):
        name = f"{table}_{column.removesuffix('_id')}"
        op.create_index(name, table, ["practice_id", column], schema=SCHEMA)


def _table(name: str, key: sa.Column[Any], *columns: Any) -> None:
    op.create_table(
        name,
        _id("practice_id"),
        key,
        *columns,
        sa.PrimaryKeyConstraint("practice_id", key.name, name=f"{name}_pk"),
        schema=SCHEMA,
    )


def _id(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid(), nullable=False)


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False)


def _flag(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _time(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _make_foreign_keys() -> None:
    for child, column, parent in (
        ("viewing_grants", "guarantor_id", "guarantors"),
        ("viewing_grants", "patient_id", "patients"),
        ("visit_flag_changes", "claim_id", "claims"),
        ("patient_contacts", "patient_id", "patients"),
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


def _guard(table: str) -> None:
    """History: added to and never changed. An address kept from the payer is staff's alone."""
    op.execute("SET LOCAL citus.enable_unsafe_triggers = on")
    op.execute("SET LOCAL citus.multi_shard_modify_mode = 'sequential'")
    op.execute(f"""
        CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {SCHEMA}.{table}
        FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.refuse_change()
    """)
    op.execute(f"""
        CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {SCHEMA}.{table}
        FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_change()
    """)
    who = "sees_everybody()" if table in OF_STAFF else "may_see(guarantor_id)"
    visible = f"practice_id = {SCHEMA}.current_practice() AND {SCHEMA}.{who}"
    op.execute(f"ALTER TABLE {SCHEMA}.{table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {SCHEMA}.{table} FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY {table}_all ON {SCHEMA}.{table} FOR ALL USING ({visible}) "
        f"WITH CHECK ({visible})"
    )
    op.execute(f"GRANT SELECT ON {SCHEMA}.{table} TO {APP}, {LOADER}, {BACKUP}")
    op.execute(f"GRANT INSERT ON {SCHEMA}.{table} TO {APP}")
