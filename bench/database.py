"""Empty, migrated databases on a PostgreSQL of the bench's own, and what that server has cost.

The server is started as the tests start it: nothing outlives the run, so nothing is forced to disk.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy import create_engine

from portal.db import Database
from portal.embedded_postgres import EmbeddedPostgres
from portal.practice.directory import PracticeDetails, add_practice
from portal.schema import APP, LOADER, OWNER, prepare_cluster, upgrade

PRACTICE = "riverbend"

_TEMPLATE = "portal_template"
_OPTIONS = "-c fsync=off -c full_page_writes=off"
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server with a template that holds one practice and nobody in it."""

    postgres: EmbeddedPostgres
    home: Path

    def url(self, role: str, name: str) -> str:
        """For SQLAlchemy."""
        return self.postgres.url(role, name)

    def connect(self, role: str, name: str) -> psycopg.Connection:
        """For COPY; commits by itself."""
        url = self.url(role, name).replace("+psycopg", "", 1)
        return psycopg.connect(url, autocommit=True)

    @contextmanager
    def database(self, name: str, *, of: str = _TEMPLATE) -> Iterator[str]:
        """A copy of ``of`` that is gone when the block ends."""
        self.make(name, of=of)
        try:
            yield name
        finally:
            self.drop(name)

    def make(self, name: str, *, of: str = _TEMPLATE) -> None:
        """A copy that stays. Opened and written out once, so that no run pays for its being new."""
        with self.connect("postgres", "postgres") as admin:
            admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{of}" OWNER {OWNER}')
        with self.connect("postgres", name) as admin:
            admin.execute("CHECKPOINT")

    def drop(self, name: str) -> None:
        """If it is there."""
        with self.connect("postgres", "postgres") as admin:
            admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def rename(self, name: str, new_name: str) -> None:
        """Nobody may be connected."""
        with self.connect("postgres", "postgres") as admin:
            admin.execute(f'ALTER DATABASE "{name}" RENAME TO "{new_name}"')

    def has(self, name: str) -> bool:
        """Whether there is such a database."""
        with self.connect("postgres", "postgres") as admin:
            found = admin.execute("SELECT FROM pg_database WHERE datname = %s", (name,))
            return found.fetchone() is not None

    def migrate(self, name: str) -> None:
        """A database that was kept may be of an earlier revision."""
        upgrade(self.url(OWNER, name))

    def cpu_seconds(self) -> float:
        """What all processes of the server have used up to now; nothing where there is no /proc."""
        pid_file = self.home / "postgres" / "postmaster.pid"
        postmaster = int(pid_file.read_text(encoding="ascii").splitlines()[0])
        ticks = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
            except OSError:  # it has just ended
                continue
            if int(stat.parent.name) == postmaster:
                ticks += sum(map(int, fields[11:15]))  # its own, and of its ended children
            elif int(fields[1]) == postmaster:
                ticks += sum(map(int, fields[11:13]))
        return ticks / _TICKS_A_SECOND


@contextmanager
def running_server(home: Path) -> Iterator[Server]:
    """Start the server in a folder, which may hold the databases of an earlier run."""
    postgres = EmbeddedPostgres(home, options=_OPTIONS)
    with postgres.running():
        server = Server(postgres, home)
        if not server.has(_TEMPLATE):
            _make_template(server)
        server.migrate(_TEMPLATE)
        yield server


def _make_template(server: Server) -> None:
    admin = create_engine(server.url("postgres", "postgres"))
    prepare_cluster(admin, database=_TEMPLATE)
    admin.dispose()
    upgrade(server.url(OWNER, _TEMPLATE))
    database = Database(server.url(APP, _TEMPLATE), loader_url=server.url(LOADER, _TEMPLATE))
    add_practice(database, PracticeDetails(slug=PRACTICE, name="Riverbend Family Health"))
    database.close()
