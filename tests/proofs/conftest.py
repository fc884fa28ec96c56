"""What proofs share: how large they are, somebody who pays, and counts said at the end."""

import random
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from portal.connectors.stripe_connection import StripeConnection
from portal.connectors.stripe_gateway import StripeGateway
from portal.db import Database, Principal
from portal.embedded_postgres import EmbeddedPostgres
from portal.ledger.checks import checks as ledger_checks
from portal.payments.checks import checks as payment_checks
from tests.builders import make_practice
from tests.conftest import DatabaseUrls, fresh_database
from tests.contracts.stripe_wire import (
    SECRET_KEY,
    WEBHOOK_SECRET,
    StripeWire,
    openapi_checker,
    shared_stripe_wire,
    stripe_wire,
)
from tests.payments.conftest import ana, gateway, payer
from tests.payments.owing import make_owing
from tests.payments.paying import Payer
from tests.proofs.remembering import Counts, recall, remember

__all__ = ["ana", "gateway", "openapi_checker", "payer", "shared_stripe_wire", "stripe_wire"]

_COUNTS: Counts = {}
_COUNTED = pytest.StashKey[Counts]()


def chance_of(seed: object) -> random.Random:
    """The same for the same seed; a failing proof names it."""
    return random.Random(str(seed))  # noqa: S311 - chance, not secrecy


@dataclass(frozen=True, slots=True)
class Size:
    """`make test` takes a sample, `make proof` everything."""

    is_full: bool
    counts: Counts

    def choose(self, small: int, full: int) -> int:
        return full if self.is_full else small

    def add(self, what: str, number: int) -> None:
        """Said at the end of the run."""
        self.counts[what] = self.counts.get(what, 0) + number


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A proof is cut into PIECES, so that it can be interrupted; `make test` takes the first."""
    if "piece" in metafunc.fixturenames:
        is_full = metafunc.config.getoption("--proof")
        pieces = metafunc.module.PIECES if is_full else metafunc.module.PIECES_IN_SMALL
        metafunc.parametrize("piece", range(pieces))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """In full size: a piece that this very code has passed is not proven again."""
    if not item.config.getoption("--proof") or "size" not in getattr(item, "fixturenames", ()):
        return
    counts = recall(item.config, item.nodeid)
    if counts is not None:
        _add_up(counts)
        pytest.skip("proven before, of this very code")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    counts = item.stash.get(_COUNTED, None)
    if call.when == "call" and report.passed and counts is not None:
        _add_up(counts)
        if item.config.getoption("--proof"):
            remember(item.config, item.nodeid, counts)
    return report


def _add_up(counts: Counts) -> None:
    for what, number in counts.items():
        _COUNTS[what] = _COUNTS.get(what, 0) + number


@pytest.fixture
def size(request: pytest.FixtureRequest) -> Size:
    counts = request.node.stash.setdefault(_COUNTED, {})
    return Size(is_full=request.config.getoption("--proof"), counts=counts)


@dataclass(frozen=True, slots=True)
class ProofBooks:
    """A database of a whole module; each trace is somebody else's."""

    urls: DatabaseUrls
    database: Database
    practice_id: UUID

    def somebody(self, gateway: StripeGateway, *, number: int) -> Payer:
        """One more person who owes 100.00; the number is theirs alone."""
        owing = make_owing(
            self.database,
            self.practice_id,
            account_number=f"A-{number}",
            number=str(number),
            email=f"somebody{number}@example.com",
        )
        return Payer(self.database, gateway, owing, now=datetime.now(UTC))

    def findings(self) -> list[str]:
        """What the checks of payments and ledger find."""
        job = Principal.job(self.practice_id, role="test")
        with self.database.transaction(job) as session:
            found = (*ledger_checks(session), *payment_checks(session))
            return [finding.message for finding in found]


@pytest.fixture(scope="module")
def books(postgres: EmbeddedPostgres, request: pytest.FixtureRequest) -> Iterator[ProofBooks]:
    with fresh_database(postgres, of=request.node.nodeid) as urls:
        database = Database(urls.app, loader_url=urls.loader, pool_size=20)
        yield ProofBooks(urls, database, make_practice(database))
        database.close()


@pytest.fixture
def direct_gateway(stripe_wire: StripeWire) -> Iterator[StripeGateway]:
    """Past the recorder, which would keep what thousands of traces say."""
    connection = StripeConnection(
        secret_key=SECRET_KEY,
        api_base=stripe_wire.direct_base,
        answer_within=timedelta(seconds=20),
        retries=0,
    )
    yield StripeGateway(connection, webhook_secret=WEBHOOK_SECRET)
    connection.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How much was proven."""
    if _COUNTS:
        terminalreporter.section("proofs")
        for what, number in _COUNTS.items():
            terminalreporter.line(f"{number:>9,} {what}")
