"""Answers of 200 that say nothing we know: the outcome is unknown, not an error of ours."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from uuid import UUID

import pytest

from portal.connectors.payment_gateway import GatewayUnavailable
from portal.connectors.stripe_connection import StripeConnection
from portal.connectors.stripe_gateway import StripeGateway
from tests.contracts.stripe_wire import SECRET_KEY, WEBHOOK_SECRET

REFUND = {
    "id": "re_1",
    "object": "refund",
    "status": "succeeded",
    "amount": 100,
    "currency": "usd",
    "payment_intent": "pi_1",
    "charge": None,
    "created": 1,
}
INTENT = {
    "id": "pi_1",
    "object": "payment_intent",
    "status": "succeeded",
    "amount": 100,
    "amount_received": 100,
    "currency": "usd",
    "metadata": {},
    "created": 1,
    "latest_charge": None,
    "last_payment_error": None,
}
SESSION = {
    "id": "cs_1",
    "object": "checkout.session",
    "status": "open",
    "url": None,
    "payment_intent": None,
    "payment_status": "unpaid",
    "expires_at": 1,
    "client_reference_id": None,
    "amount_total": 100,
    "currency": "usd",
    "created": 1,
}


@contextmanager
def stripe_that_says(said: object) -> Iterator[StripeGateway]:
    """One answer to whatever is asked."""
    body = json.dumps(said).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - the library's

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    gateway = StripeGateway(
        StripeConnection(
            secret_key=SECRET_KEY, api_base=f"http://127.0.0.1:{server.server_port}", retries=0
        ),
        webhook_secret=WEBHOOK_SECRET,
    )
    try:
        yield gateway
    finally:
        gateway.connection.close()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("change", [{"status": None}, {"status": "thinking"}, {"amount": None}])
def test_a_refund_we_cannot_read_is_an_unknown_outcome(change: dict[str, object]) -> None:
    with stripe_that_says(REFUND | change) as gateway:
        with pytest.raises(GatewayUnavailable):
            gateway.look_up_refund("re_1", stripe_account=None)
        with pytest.raises(GatewayUnavailable):
            gateway.refund(
                refund_id=UUID(int=1),
                payment_intent_id="pi_1",
                amount_cents=100,
                stripe_account=None,
            )


@pytest.mark.parametrize("change", [{"status": None}, {"status": "new"}, {"amount_received": None}])
def test_an_intent_we_cannot_read_is_an_unknown_outcome(change: dict[str, object]) -> None:
    with stripe_that_says(INTENT | change) as gateway, pytest.raises(GatewayUnavailable):
        gateway.look_up_payment_intent("pi_1", stripe_account=None)


@pytest.mark.parametrize("change", [{"status": None}, {"status": "new"}, {"amount_total": None}])
def test_a_checkout_we_cannot_read_is_an_unknown_outcome(change: dict[str, object]) -> None:
    with stripe_that_says(SESSION | change) as gateway, pytest.raises(GatewayUnavailable):
        gateway.look_up_checkout("cs_1", stripe_account=None)


def test_what_is_whole_is_read() -> None:
    with stripe_that_says(REFUND) as gateway:
        assert gateway.look_up_refund("re_1", stripe_account=None).amount_cents == 100
    with stripe_that_says(INTENT) as gateway:
        assert gateway.look_up_payment_intent("pi_1", stripe_account=None).id == "pi_1"
    with stripe_that_says(SESSION) as gateway:
        assert gateway.look_up_checkout("cs_1", stripe_account=None).amount_cents == 100
