"""Webhooks: who may be believed, and what is read out of one."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from portal.connectors.payment_gateway import GatewayEvent, InvalidSignatureError
from portal.connectors.stripe_connection import StripeConnection
from portal.connectors.stripe_gateway import StripeGateway
from tests.contracts.checkouts import PAYS, start_with
from tests.contracts.hosted_page import Cardholder
from tests.contracts.stripe_wire import StripeWire
from tests.contracts.webhook_receiver import Received, WebhookReceiver

SECRET = "whsec_unit"
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
BODY = (
    b'{"id": "evt_1", "object": "event", "type": "charge.refunded", "livemode": false,'
    b' "created": 1772625600, "account": "acct_1", "data": {"object": {"id": "ch_1",'
    b' "object": "charge", "payment_intent": "pi_1", "metadata": {"payment_id": "p-1"}}}}'
)


def signed(body: bytes, *, at: datetime, secret: str = SECRET) -> str:
    seconds = int(at.timestamp())
    digest = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"


@pytest.fixture
def reader() -> StripeGateway:
    return StripeGateway(StripeConnection(secret_key="sk_test_unit"), webhook_secret=SECRET)


def test_a_signed_event_says_what_it_is_about(reader: StripeGateway) -> None:
    assert reader.read_event(BODY, signed(BODY, at=NOW), now=NOW) == GatewayEvent(
        id="evt_1",
        type="charge.refunded",
        object_kind="charge",
        object_id="ch_1",
        account="acct_1",
        livemode=False,
        created_at=NOW,
        payment_intent_id="pi_1",
        reference="p-1",
    )


def test_while_a_secret_is_replaced_one_right_signature_of_two_is_enough(
    reader: StripeGateway,
) -> None:
    header = signed(BODY, at=NOW) + ",v1=" + "0" * 64
    assert reader.read_event(BODY, header, now=NOW).id == "evt_1"


@pytest.mark.parametrize(
    ("body", "header"),
    [
        pytest.param(BODY, signed(BODY, at=NOW, secret="whsec_other"), id="another secret"),
        pytest.param(BODY + b" ", signed(BODY, at=NOW), id="altered body"),
        pytest.param(BODY, signed(BODY, at=NOW).replace("t=", "t=1"), id="altered time"),
        pytest.param(BODY, signed(BODY, at=NOW).replace("v1=", "v0="), id="another scheme"),
        pytest.param(BODY, "", id="no signature"),
        pytest.param(BODY, "t=,v1=", id="empty parts"),
        pytest.param(BODY, "t=soon,v1=abc", id="no time"),
        pytest.param(b"\xff\xfe", "t=1,v1=abc", id="not text"),
    ],
)
def test_a_webhook_we_cannot_trust_is_not_read(
    reader: StripeGateway, body: bytes, header: str
) -> None:
    with pytest.raises(InvalidSignatureError):
        reader.read_event(body, header, now=NOW)


def test_a_webhook_is_good_for_five_minutes(reader: StripeGateway) -> None:
    header = signed(BODY, at=NOW)
    assert reader.read_event(BODY, header, now=NOW + timedelta(minutes=5)).id == "evt_1"
    with pytest.raises(InvalidSignatureError):
        reader.read_event(BODY, header, now=NOW + timedelta(minutes=5, seconds=1))


def test_the_events_of_a_payment_find_it_even_if_our_answer_got_lost(
    stripe_wire: StripeWire, gateway: StripeGateway, webhooks: WebhookReceiver
) -> None:
    payment_id = uuid4()
    session = start_with(gateway)(payment_id)
    Cardholder(session.url or "").pay(PAYS)
    stripe_wire.control.wait_for_webhooks()

    def read(received: Received) -> GatewayEvent:
        header = received.headers["Stripe-Signature"]
        return gateway.read_event(received.body, header, now=datetime.now(UTC))

    events = {event.type: event for event in map(read, webhooks.received)}
    assert events.keys() == {
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    }
    assert events["checkout.session.completed"].object_id == session.id
    assert {event.reference for event in events.values()} == {str(payment_id)}
    assert len({event.payment_intent_id for event in events.values()}) == 1
    assert not any(event.livemode for event in events.values())
