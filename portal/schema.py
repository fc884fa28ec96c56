"""Roles, migrations and how tables are spread: what the owner of the database does, not the app."""

from pathlib import Path

import alembic.command
import sqlalchemy
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from portal.db import SCHEMA

_MIGRATIONS = Path(__file__).parent.parent / "migrations"

OWNER, APP, LOADER, BACKUP = "portal_owner", "portal_app", "portal_loader", "portal_backup"
_ROLES = {
    OWNER: "NOBYPASSRLS",
    APP: "NOBYPASSRLS",
    LOADER: "BYPASSRLS",  # COPY is refused under row-level security
    BACKUP: "BYPASSRLS",  # pg_dump as the owner fails under FORCE
}


class SchemaBehindError(RuntimeError):
    """The database is not at the revision this code needs."""


def prepare_cluster(admin: Engine, *, database: str) -> None:
    """Make roles and database where missing. ``admin`` is the embedded server's superuser."""
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        existing = set(connection.scalars(text("SELECT rolname FROM pg_roles")))
        for role, bypass in _ROLES.items():
            if role not in existing:
                connection.execute(text(f"CREATE ROLE {role} LOGIN {bypass}"))
        databases = set(connection.scalars(text("SELECT datname FROM pg_database")))
        if database not in databases:
            connection.execute(text(f'CREATE DATABASE "{database}" OWNER {OWNER}'))


def configuration(url: str) -> Config:
    """Alembic's, for this checkout's migrations and the owner's URL."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def upgrade(owner_url: str, *, revision: str = "head") -> None:
    """Bring the database to a revision, as its owner."""
    alembic.command.upgrade(configuration(owner_url), revision)


def require_current(engine: Engine) -> None:
    """Raise SchemaBehindError unless the database is at the newest revision."""
    newest = ScriptDirectory.from_config(configuration("postgresql://")).get_current_head()
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table_schema": SCHEMA})
        try:
            present = context.get_current_revision()
        except sqlalchemy.exc.ProgrammingError:
            present = None
    if present != newest:
        raise SchemaBehindError(
            f"The database is at revision {present or 'none'}, this code needs {newest}. "
            "Run `portal db migrate` as the owner (DATABASE_OWNER_URL)."
        )


def distribute(bind: Connection, *tables: str) -> None:
    """Spread tables by practice where Citus is installed; nothing on one PostgreSQL."""
    has_citus = bind.scalar(text("SELECT count(*) FROM pg_extension WHERE extname = 'citus'"))
    for table in tables if has_citus else ():
        bind.execute(text(f"SELECT create_distributed_table('{SCHEMA}.{table}', 'practice_id')"))
