"""Fixtures for every test: one real PostgreSQL a run, one clone of a migrated template a test."""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import hypothesis
import pytest
from sqlalchemy import create_engine, text

from portal.db import Database, Principal
from portal.embedded_postgres import EmbeddedPostgres
from portal.schema import APP, LOADER, OWNER, prepare_cluster, upgrade
from tests.builders import make_practice
from tests.contracts.stripe_wire import (  # noqa: F401 — fixtures for every folder
    openapi_checker,
    shared_stripe_wire,
    stripe_wire,
)

NOW = datetime(2026, 3, 9, 17, 0, tzinfo=UTC)
_TEMPLATE = "portal_template"
_ERA_CORPUS_DEFAULT = Path(__file__).parent.parent.parent / "shared" / "era"

hypothesis.settings.register_profile("portal", derandomize=True, deadline=None, print_blob=True)
hypothesis.settings.load_profile("portal")


@pytest.fixture(scope="session")
def era_corpus() -> Path:
    """Real 835, 837 and FHIR files, kept outside the repository."""
    folder = Path(os.environ.get("PORTAL_ERA_CORPUS", _ERA_CORPUS_DEFAULT))
    if folder.is_dir():
        return folder
    reason = f"PORTAL_ERA_CORPUS: no remittance files at {folder.name}/; this test needs them."
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@dataclass(frozen=True, slots=True)
class DatabaseUrls:
    """One database under its four roles' names."""

    app: str
    owner: str
    loader: str
    superuser: str


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """The run's server. Nothing here outlives the run, so nothing is forced to disk."""
    with tempfile.TemporaryDirectory(prefix="portal-test-") as folder:
        server = EmbeddedPostgres(Path(folder), options="-c fsync=off -c full_page_writes=off")
        with server.running():
            admin = create_engine(server.url("postgres", "postgres"))
            prepare_cluster(admin, database=_TEMPLATE)
            admin.dispose()
            upgrade(server.url(OWNER, _TEMPLATE))
            yield server


@pytest.fixture
def database_urls(
    postgres: EmbeddedPostgres, request: pytest.FixtureRequest
) -> Iterator[DatabaseUrls]:
    """A fresh, migrated, empty database: append-only tables cannot be cleaned."""
    name = f"test_{os.getpid()}_{abs(hash(request.node.nodeid)):x}"
    admin = create_engine(
        postgres.url("postgres", "postgres"), isolation_level="AUTOCOMMIT", pool_size=1
    )
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE {_TEMPLATE} OWNER {OWNER}'))
    yield DatabaseUrls(
        app=postgres.url(APP, name),
        owner=postgres.url(OWNER, name),
        loader=postgres.url(LOADER, name),
        superuser=postgres.url("postgres", name),
    )
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    admin.dispose()


@pytest.fixture
def database(database_urls: DatabaseUrls) -> Iterator[Database]:
    """The app's own view of the test's database."""
    database = Database(database_urls.app, loader_url=database_urls.loader)
    yield database
    database.close()


@pytest.fixture
def practice_id(database: Database) -> UUID:
    """A practice named Riverbend Family Health, with nobody in it yet."""
    return make_practice(database)


@pytest.fixture
def job(practice_id: UUID) -> Principal:
    """The portal itself at work in the test's practice."""
    return Principal.job(practice_id, role="test")
