"""Somebody who owes, and a Stripe over the wire to pay at."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from portal.connectors.stripe_gateway import StripeGateway
from portal.db import Database
from tests.contracts.stripe_wire import SECRET_KEY, WEBHOOK_SECRET, StripeWire
from tests.payments.owing import Owing, make_owing
from tests.payments.paying import Payer


@pytest.fixture
def gateway(stripe_wire: StripeWire) -> Iterator[StripeGateway]:
    """Does not try again by itself, so that a lost answer is lost."""
    gateway = StripeGateway(
        secret_key=SECRET_KEY,
        webhook_secret=WEBHOOK_SECRET,
        api_base=stripe_wire.api_base,
        answer_within=timedelta(seconds=10),
        retries=0,
    )
    yield gateway
    gateway.close()


@pytest.fixture
def ana(database: Database, practice_id: UUID) -> Owing:
    return make_owing(database, practice_id)


@pytest.fixture
def payer(database: Database, gateway: StripeGateway, ana: Owing) -> Payer:
    """Ana with a card. Stripe's clock is the machine's, so hers is too."""
    return Payer(database, gateway, ana, now=datetime.now(UTC))
