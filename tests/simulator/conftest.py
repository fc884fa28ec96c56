"""The simulator over HTTP: every answer is checked against Stripe's document as it comes."""

from collections.abc import Iterator

import pytest

from tests.contracts.openapi import OpenApiChecker
from tests.contracts.stripe_wire import (
    StripeWire,
    openapi_checker,
    shared_stripe_wire,
    stripe_wire,
)
from tests.contracts.webhook_receiver import WebhookReceiver, receiving_webhooks
from tests.simulator.api_caller import ApiCaller

__all__ = ["openapi_checker", "shared_stripe_wire", "stripe_wire"]


@pytest.fixture
def api(stripe_wire: StripeWire, openapi_checker: OpenApiChecker) -> ApiCaller:
    return ApiCaller(stripe_wire.direct_base, openapi_checker)


@pytest.fixture
def webhooks(stripe_wire: StripeWire) -> Iterator[WebhookReceiver]:
    with receiving_webhooks() as receiver:
        stripe_wire.control.send_webhooks_to(receiver.url)
        yield receiver
