"""Accounts: who signs in, with what, from where, and for whom they may act.

Revision ID: 0023
Revises: 0022
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from portal.db import SCHEMA
from portal.schema import APP, BACKUP, LOADER, distribute

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

TABLES = (
    "accounts",
    "account_passkeys",
    "account_recovery_codes",
    "account_access",
    "account_email_checks",
    "account_devices",
    "account_mails",
)
OF_A_GUARANTOR = ("account_access", "account_email_checks")
WRITTEN_BY_ALL_READ_BY_STAFF = ("account_mails",)
LOCAL = "kept_forms"
CHANGED_LATER = {  # and nothing else of it
    "accounts": (
        "email",
        "language",
        "password_hash",
        "password_stands_alone",
        "totp_secret_sealed",
        "totp_step_used",
        "wrong_codes",
        "codes_paused_until",
        "credentials_version",
        "ended_at",
        "ended_by",
    ),
    "account_passkeys": ("sign_count", "last_used_at", "removed_at"),
    "account_recovery_codes": ("used_at",),
    "account_access": ("account_id", "state", "state_at"),
    "account_email_checks": ("wrong_tries", "passed_at", "used_at"),
    "account_mails": ("state", "state_at", "detail"),
}


def upgrade() -> None:
    for column in (sa.Column("account_id", sa.Uuid()), _text("device", empty=True)):
        op.add_column("web_sessions", column, schema=SCHEMA)
    op.create_index("web_sessions_account", "web_sessions", ["account_id"], schema=SCHEMA)
    _make_tables()
    distribute(op.get_bind(), *TABLES)
    _make_foreign_keys()
    _make_row_level_security()
    _grant()


def downgrade() -> None:
    op.drop_table(LOCAL, schema=SCHEMA)
    for table in reversed(TABLES):
        op.drop_table(table, schema=SCHEMA)
    op.drop_index("web_sessions_account", "web_sessions", schema=SCHEMA)
    for column in ("device", "account_id"):
        op.drop_column("web_sessions", column, schema=SCHEMA)


def _make_tables() -> None:
    _make_accounts()
    _make_access()
    op.create_table(
        LOCAL,
        _bytes("form_hash"),
        _bytes("sealed"),
        _time("kept_at"),
        sa.PrimaryKeyConstraint("form_hash", name="kept_forms_pk"),
        schema=SCHEMA,
    )
    op.create_index("kept_forms_kept_at", LOCAL, ["kept_at"], schema=SCHEMA)


def _make_accounts() -> None:
    _table(
        "accounts",
        _id("account_id"),
        _text("email"),
        _text("language"),
        sa.Column("password_hash", sa.Text()),
        sa.Column("password_stands_alone", sa.Boolean(), nullable=False),
        _bytes("totp_secret_sealed", null=True),
        sa.Column("totp_step_used", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("wrong_codes", sa.SmallInteger(), nullable=False, server_default="0"),
        _time("codes_paused_until", null=True),
        sa.Column("credentials_version", sa.BigInteger(), nullable=False, server_default="1"),
        _time("made_at"),
        _time("ended_at", null=True),
        _id("ended_by", null=True),
    )
    _table(
        "account_passkeys",
        _id("passkey_id"),
        _id("account_id"),
        _bytes("credential_id"),
        _bytes("public_key"),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        _text("device"),
        _time("made_at"),
        _time("last_used_at", null=True),
        _time("removed_at", null=True),
        sa.UniqueConstraint("practice_id", "credential_id", name="account_passkeys_credential"),
    )
    _table(
        "account_recovery_codes",
        _id("code_id"),
        _id("account_id"),
        _bytes("code_hash"),
        _time("made_at"),
        _time("used_at", null=True),
    )
    _table(
        "account_devices",
        _id("device_id"),
        _id("account_id"),
        _bytes("device_hash"),
        _text("device"),
        _time("first_seen_at"),
        sa.UniqueConstraint(
            "practice_id", "account_id", "device_hash", name="account_devices_once"
        ),
    )
    _index("accounts_email", "accounts", "email", only="ended_at IS NULL")
    _index("account_passkeys_account", "account_passkeys", "account_id")
    _index("account_recovery_codes_account", "account_recovery_codes", "account_id")


def _make_access() -> None:
    _table(
        "account_access",
        _id("access_id"),
        _id("guarantor_id"),
        _id("account_id", null=True),
        _text("kind"),
        _text("state"),
        _text("email"),
        _time("made_at"),
        _id("made_by", null=True),
        _time("state_at"),
    )
    _table(
        "account_email_checks",
        _id("check_id"),
        _id("guarantor_id"),
        _text("email"),
        sa.Column("wrong_tries", sa.SmallInteger(), nullable=False, server_default="0"),
        _time("made_at"),
        _time("passed_at", null=True),
        _time("used_at", null=True),
    )
    _table(
        "account_mails",
        _id("mail_id"),
        _text("template"),
        _id("subject_id"),
        _text("to_address"),
        _text("language"),
        _text("state"),
        _time("made_at"),
        _time("state_at"),
        _text("detail", empty=True),
    )
    _index("account_access_account", "account_access", "account_id")
    _index(
        "account_access_one_holder",
        "account_access",
        "guarantor_id",
        only="kind = 'holder' AND state = 'active'",
    )
    _index(
        "account_access_once",
        "account_access",
        "guarantor_id",
        "account_id",
        only="state = 'active'",
    )
    _index("account_email_checks_guarantor", "account_email_checks", "guarantor_id")
    _index("account_mails_subject", "account_mails", "subject_id", "made_at")


def _table(name: str, key: sa.Column[Any], *columns: Any) -> None:
    op.create_table(
        name,
        _id("practice_id"),
        key,
        *columns,
        sa.PrimaryKeyConstraint("practice_id", key.name, name=f"{name}_pk"),
        schema=SCHEMA,
    )


def _index(name: str, table: str, *columns: str, only: str = "") -> None:
    """``only`` makes it unique among the rows of which that is true."""
    op.create_index(
        name,
        table,
        ["practice_id", *columns],
        unique=bool(only),
        schema=SCHEMA,
        postgresql_where=sa.text(only) if only else None,
    )


def _id(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid(), nullable=null)


def _text(name: str, *, empty: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False, server_default="" if empty else None)


def _bytes(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.LargeBinary(), nullable=null)


def _time(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def _make_foreign_keys() -> None:
    for child, column, parent in (
        ("account_passkeys", "account_id", "accounts"),
        ("account_recovery_codes", "account_id", "accounts"),
        ("account_devices", "account_id", "accounts"),
        ("account_access", "guarantor_id", "guarantors"),
        ("account_access", "account_id", "accounts"),
        ("account_email_checks", "guarantor_id", "guarantors"),
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
        visible = theirs if table in OF_A_GUARANTOR else staff
        op.execute(f"ALTER TABLE {SCHEMA}.{table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {SCHEMA}.{table} FORCE ROW LEVEL SECURITY")
        if table in WRITTEN_BY_ALL_READ_BY_STAFF:
            op.execute(
                f"CREATE POLICY {table}_write ON {SCHEMA}.{table} FOR INSERT WITH CHECK ({here})"
            )
            op.execute(
                f"CREATE POLICY {table}_read ON {SCHEMA}.{table} FOR SELECT USING ({visible})"
            )
            op.execute(
                f"CREATE POLICY {table}_move ON {SCHEMA}.{table} FOR UPDATE USING ({visible})"
            )
            continue
        op.execute(
            f"CREATE POLICY {table}_all ON {SCHEMA}.{table} FOR ALL USING ({visible}) "
            f"WITH CHECK ({visible})"
        )


def _grant() -> None:
    for table in (*TABLES, LOCAL):
        op.execute(f"GRANT SELECT ON {SCHEMA}.{table} TO {APP}, {LOADER}, {BACKUP}")
        op.execute(f"GRANT INSERT ON {SCHEMA}.{table} TO {APP}")
    for table, columns in CHANGED_LATER.items():
        op.execute(f"GRANT UPDATE ({', '.join(columns)}) ON {SCHEMA}.{table} TO {APP}")
    op.execute(f"GRANT DELETE ON {SCHEMA}.{LOCAL} TO {APP}")
