"""Fixtures for every test: one real PostgreSQL a run, one clone of a migrated template a test."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import hypothesis
import pytest
from playwright.sync_api import Browser, sync_playwright
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
_CHROMIUM_ARGUMENTS = (
    "--no-sandbox",  # as root there is no other way
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


_TEMPLATE = "portal_template"
# What the server's log says before each line: tests/browser/sql_log.py reads it.
LOG_LINE_PREFIX = "%u %d %p|"
_ERA_CORPUS_DEFAULT = Path(__file__).parent.parent.parent / "shared" / "era"

hypothesis.settings.register_profile(  # the same cases each time
    "small", derandomize=True, deadline=None, print_blob=True
)
hypothesis.settings.register_profile(  # new cases each time; a failure prints how to repeat it
    "proof", max_examples=5_000, deadline=None, print_blob=True
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`make proof` runs the laws in full size."""
    parser.addoption("--proof", action="store_true", help="run every law on 5,000 new cases")


def pytest_configure(config: pytest.Config) -> None:
    """How many cases each law is tried on."""
    hypothesis.settings.load_profile("proof" if config.getoption("--proof") else "small")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests go last: Playwright keeps an event loop running that others cannot share.

    Side by side (`-n`), a file's tests stay together, for they share what is costly to start.
    """
    for item in items:
        in_browser = "chromium" in getattr(item, "fixturenames", ())
        if in_browser:
            item.add_marker(pytest.mark.browser)
        kind = "browser" if in_browser else "plain"
        file = item.nodeid.partition("::")[0]
        item.add_marker(pytest.mark.xdist_group(f"{kind}:{file}"))
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; `make test` finds or installs it."""
    path = os.environ.get("PORTAL_CHROMIUM") or shutil.which("chromium")
    if path is None:
        pytest.fail("No Chromium: set PORTAL_CHROMIUM, or install it (apt-get install chromium).")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_CHROMIUM_ARGUMENTS))
        yield browser
        browser.close()


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
def postgres_home() -> Iterator[Path]:
    """Where the run's server lives."""
    with tempfile.TemporaryDirectory(prefix="portal-test-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def postgres(postgres_home: Path) -> Iterator[EmbeddedPostgres]:
    """The run's server. Nothing here outlives the run, so nothing is forced to disk."""
    options = f"-c fsync=off -c full_page_writes=off -c log_line_prefix='{LOG_LINE_PREFIX}'"
    server = EmbeddedPostgres(postgres_home, options=options)
    with server.running():
        admin = create_engine(server.url("postgres", "postgres"))
        prepare_cluster(admin, database=_TEMPLATE)
        admin.dispose()
        upgrade(server.url(OWNER, _TEMPLATE))
        yield server


@pytest.fixture(scope="session")
def postgres_log(postgres: EmbeddedPostgres, postgres_home: Path) -> Path:
    """What the run's server writes down."""
    return postgres_home / "postgres" / "server.log"


@contextmanager
def fresh_database(postgres: EmbeddedPostgres, *, of: str) -> Iterator[DatabaseUrls]:
    """A migrated, empty database of a test's or module's own; dropped when the block ends."""
    name = f"test_{os.getpid()}_{abs(hash(of)):x}"
    admin = create_engine(
        postgres.url("postgres", "postgres"), isolation_level="AUTOCOMMIT", pool_size=1
    )
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE {_TEMPLATE} OWNER {OWNER}'))
    try:
        yield DatabaseUrls(
            app=postgres.url(APP, name),
            owner=postgres.url(OWNER, name),
            loader=postgres.url(LOADER, name),
            superuser=postgres.url("postgres", name),
        )
    finally:
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
        admin.dispose()


@pytest.fixture
def database_urls(
    postgres: EmbeddedPostgres, request: pytest.FixtureRequest
) -> Iterator[DatabaseUrls]:
    """A fresh, migrated, empty database: append-only tables cannot be cleaned."""
    with fresh_database(postgres, of=request.node.nodeid) as urls:
        yield urls


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
