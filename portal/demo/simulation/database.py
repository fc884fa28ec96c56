"""A PostgreSQL of the simulation's own, with every migration and nobody in it; then it is gone."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import create_engine

from portal.db import Database
from portal.embedded_postgres import EmbeddedPostgres
from portal.schema import APP, LOADER, OWNER, prepare_cluster, upgrade

_NAME: Final = "simulation"
_OPTIONS: Final = "-c fsync=off -c full_page_writes=off"  # nothing here outlives the block


@dataclass(frozen=True, slots=True)
class OwnDatabase:
    """The database, and a folder for files, which is gone with it."""

    database: Database
    home: Path


@contextmanager
def own_database() -> Iterator[OwnDatabase]:
    """Until the block ends. Raises EmbeddedPostgresError."""
    with tempfile.TemporaryDirectory(prefix="portal-simulation-") as folder:
        home = Path(folder)
        server = EmbeddedPostgres(home, options=_OPTIONS)
        with server.running():
            admin = create_engine(server.url("postgres", "postgres"))
            prepare_cluster(admin, database=_NAME)
            admin.dispose()
            upgrade(server.url(OWNER, _NAME))
            database = Database(server.url(APP, _NAME), loader_url=server.url(LOADER, _NAME))
            try:
                yield OwnDatabase(database, home)
            finally:
                database.close()
