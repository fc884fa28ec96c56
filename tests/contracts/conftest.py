"""A gateway that talks to the simulated Stripe over the wire."""

from collections.abc import Iterator

import pytest

from portal.connectors.stripe_connection import StripeConnection
from portal.connectors.stripe_gateway import StripeGateway
from tests.contracts.checkouts import Start, start_with
from tests.contracts.stripe_wire import (
    SECRET_KEY,
    WEBHOOK_SECRET,
    StripeWire,
    openapi_checker,
    shared_stripe_wire,
    stripe_wire,
)
from tests.contracts.webhook_receiver import WebhookReceiver, receiving_webhooks

__all__ = ["openapi_checker", "shared_stripe_wire", "stripe_wire"]


@pytest.fixture
def gateway(stripe_wire: StripeWire) -> Iterator[StripeGateway]:
    """Does not try again by itself, so that a test sees the first answer."""
    gateway = StripeGateway(
        StripeConnection(secret_key=SECRET_KEY, api_base=stripe_wire.api_base, retries=0),
        webhook_secret=WEBHOOK_SECRET,
    )
    yield gateway
    gateway.connection.close()


@pytest.fixture
def webhooks(stripe_wire: StripeWire) -> Iterator[WebhookReceiver]:
    """Where this Stripe sends its events."""
    with receiving_webhooks() as receiver:
        stripe_wire.control.send_webhooks_to(receiver.url)
        yield receiver


@pytest.fixture
def start(gateway: StripeGateway) -> Start:
    return start_with(gateway)
