"""What one process runs on: settings, and a database that is up and at the right revision."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import create_engine

from portal.config import Settings, SettingsError
from portal.db import Database
from portal.embedded_postgres import EmbeddedPostgres
from portal.schema import APP, BACKUP, LOADER, OWNER, prepare_cluster, require_current, upgrade

_EMBEDDED_DATABASE = "portal"


@dataclass(frozen=True, slots=True)
class Runtime:
    """Settings whose database URLs are known, and the database itself."""

    settings: Settings
    database: Database


@contextmanager
def running(settings: Settings) -> Iterator[Runtime]:
    """Use DATABASE_URL as it is, or start and migrate the embedded server for this block.

    Raises SchemaBehindError when a database that is not ours to migrate is behind.
    """
    if settings.database_url:
        with _opened(settings) as runtime:
            yield runtime
        return
    server = EmbeddedPostgres(settings.home)
    with server.running(), _opened(_with_embedded(settings, server)) as runtime:
        yield runtime


def open_configured(settings: Settings, *, loads_files: bool = False) -> tuple[Settings, Database]:
    """For a server process that lives as long as its database is needed: DATABASE_URL must be set.

    ``loads_files``: for the worker. The web never gets the role that passes row-level security.
    Raises SettingsError without it, SchemaBehindError when it is behind.
    """
    if not settings.database_url:
        raise SettingsError(
            "DATABASE_URL is missing: web and worker need a PostgreSQL that both reach, such as "
            "postgresql://portal_app:password@host:5432/portal (docs/operations.md). "
            "`make demo` starts both on a database of its own."
        )
    loader_url = settings.database_loader_url if loads_files else None
    database = Database(settings.database_url, loader_url=loader_url)
    require_current(database.engine)
    return settings, database


def migrate(settings: Settings) -> None:
    """Bring the database to this code's revision, as its owner.

    Raises SettingsError when DATABASE_URL is set but its owner's URL is not.
    """
    if settings.database_url is None:
        with running(settings):
            return
    if not settings.database_owner_url:
        raise SettingsError("DATABASE_OWNER_URL is missing: only the owner may migrate.")
    upgrade(settings.database_owner_url)


def back_up(settings: Settings, file: Path) -> None:
    """Dump the embedded database into one file, in PostgreSQL's custom format.

    Raises SettingsError for a database of the practice's own: its operator dumps it.
    """
    if settings.database_url:
        raise SettingsError("Back up your own PostgreSQL with pg_dump; see docs/operations.md.")
    unfinished = file.absolute().with_name(f"{file.name}.unfinished")
    try:
        with running(settings):
            EmbeddedPostgres(settings.home).run_client(
                "pg_dump",
                "-U",
                BACKUP,
                "--format=custom",
                f"--file={unfinished}",
                _EMBEDDED_DATABASE,
            )
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)


def _with_embedded(settings: Settings, server: EmbeddedPostgres) -> Settings:
    """Prepare the embedded database; it is ours, so it is migrated at every start."""
    admin = create_engine(server.url("postgres", "postgres"))
    prepare_cluster(admin, database=_EMBEDDED_DATABASE)
    admin.dispose()
    owner_url = server.url(OWNER, _EMBEDDED_DATABASE)
    upgrade(owner_url)
    return replace(
        settings,
        database_url=server.url(APP, _EMBEDDED_DATABASE),
        database_owner_url=owner_url,
        database_loader_url=server.url(LOADER, _EMBEDDED_DATABASE),
    )


@contextmanager
def _opened(settings: Settings) -> Iterator[Runtime]:
    database = Database(settings.database_url or "", loader_url=settings.database_loader_url)
    try:
        require_current(database.engine)
        yield Runtime(settings, database)
    finally:
        database.close()
