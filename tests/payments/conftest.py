"""Somebody who owes, and a Stripe over the wire to pay at."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from portal.connectors.stripe_connection import StripeConnection
from portal.connectors.stripe_gateway import StripeGateway
from portal.connectors.stripe_saved_methods import StripeSavedMethods
from portal.connectors.stripe_settlement_records import StripeSettlementRecords
from portal.db import Database
from portal.payments.event_handlers import event_handlers
from tests.contracts.stripe_wire import SECRET_KEY, WEBHOOK_SECRET, StripeWire
from tests.payments.keeping import Keeper
from tests.payments.owing import Owing, make_owing
from tests.payments.paying import Payer
from tests.payments.settling import Settling


@pytest.fixture
def gateway(stripe_wire: StripeWire) -> Iterator[StripeGateway]:
    """Does not try again by itself, so that a lost answer is lost."""
    gateway = StripeGateway(
        StripeConnection(
            secret_key=SECRET_KEY,
            api_base=stripe_wire.api_base,
            answer_within=timedelta(seconds=10),
            retries=0,
        ),
        webhook_secret=WEBHOOK_SECRET,
    )
    yield gateway
    gateway.connection.close()


@pytest.fixture
def ana(database: Database, practice_id: UUID) -> Owing:
    return make_owing(database, practice_id)


@pytest.fixture
def keeper(payer: Payer, stripe_wire: StripeWire, gateway: StripeGateway) -> Keeper:
    """Ana, who may keep ways to pay; it is noon where her practice is."""
    keeper = Keeper(payer, stripe_wire, StripeSavedMethods(gateway.connection))
    keeper.pass_days(1)
    return keeper


@pytest.fixture
def payer(database: Database, gateway: StripeGateway, ana: Owing) -> Payer:
    """Ana with a card. Stripe's clock is the machine's, so hers is too."""
    return Payer(database, gateway, ana, now=datetime.now(UTC))


@pytest.fixture
def settling(payer: Payer, gateway: StripeGateway, stripe_wire: StripeWire) -> Settling:
    """What becomes of her payments at Stripe, and what we read of it."""
    records = StripeSettlementRecords(gateway.connection)
    handlers = event_handlers(records, StripeSavedMethods(gateway.connection))
    return Settling(payer, stripe_wire, records, handlers)
