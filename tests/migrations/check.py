"""`alembic check` on a database made from nothing: models and migrations say the same."""

import tempfile
from pathlib import Path

import alembic.command
from sqlalchemy import create_engine

from portal.embedded_postgres import EmbeddedPostgres
from portal.schema import OWNER, configuration, prepare_cluster, upgrade


def main() -> None:
    """Raise, and so exit with 1, when a model differs from the migrated schema."""
    with tempfile.TemporaryDirectory(prefix="portal-check-") as folder:
        server = EmbeddedPostgres(Path(folder), options="-c fsync=off")
        with server.running():
            admin = create_engine(server.url("postgres", "postgres"))
            prepare_cluster(admin, database="check")
            admin.dispose()
            upgrade(server.url(OWNER, "check"))
            alembic.command.check(configuration(server.url(OWNER, "check")))


if __name__ == "__main__":
    main()
