"""What the portal relies on from its card processor, asked over the wire of the real library.

The gateway comes from one fixture, so that the same questions can be put to another Stripe.
"""

from uuid import uuid4

import pytest

from portal.connectors.payment_gateway import (
    CheckoutStatus,
    GatewayRefused,
    IntentStatus,
    MethodUsed,
    UnknownObject,
)
from portal.connectors.stripe_connection import StripeConnection
from portal.connectors.stripe_gateway import StripeGateway
from tests.contracts.checkouts import BACK_TO, PAYS, RETURN_TO, Start
from tests.contracts.hosted_page import Cardholder
from tests.contracts.stripe_wire import StripeWire

DECLINED = "4000 0000 0000 9995"
OF_BANK = "payment_method_options[us_bank_account]"
ASKS_BANK = "4000 0027 6000 3184"


def test_a_new_checkout_is_open_and_has_a_page_and_no_payment_yet(
    gateway: StripeGateway, start: Start
) -> None:
    payment_id = uuid4()
    session = start(payment_id)
    assert session.status is CheckoutStatus.OPEN
    assert session.url is not None
    state = gateway.look_up_checkout(session.id, stripe_account=None)
    assert state.session == session
    assert (state.paid, state.intent) == (False, None)
    assert (state.amount_cents, state.currency) == (12_345, "usd")
    assert state.reference == str(payment_id)


def test_a_card_that_pays_leads_back_and_the_look_up_says_how_much_and_how(
    gateway: StripeGateway, start: Start
) -> None:
    payment_id = uuid4()
    session = start(payment_id)
    page = Cardholder(session.url or "").pay(PAYS)
    assert (page.status, page.leads_to) == (303, RETURN_TO)
    state = gateway.look_up_checkout(session.id, stripe_account=None)
    assert state.session.status is CheckoutStatus.COMPLETE
    assert state.session.url is None
    assert state.paid
    intent = state.intent
    assert intent is not None
    assert intent.status is IntentStatus.SUCCEEDED
    assert (intent.amount_cents, intent.amount_received_cents) == (12_345, 12_345)
    assert intent.reference == str(payment_id)
    assert intent.method == MethodUsed(kind="card", brand="visa", last4="4242")
    assert intent.decline_code is None
    assert gateway.look_up_payment_intent(intent.id, stripe_account=None) == intent


def test_a_declined_card_leaves_the_page_open_for_another_card(
    gateway: StripeGateway, start: Start
) -> None:
    session = start(uuid4())
    cardholder = Cardholder(session.url or "")
    page = cardholder.pay(DECLINED)
    assert page.status == 402
    assert "not enough money" in page.alert
    declined = gateway.look_up_checkout(session.id, stripe_account=None)
    assert declined.session.status is CheckoutStatus.OPEN
    assert declined.intent is not None
    assert declined.intent.status is IntentStatus.REQUIRES_PAYMENT_METHOD
    assert declined.intent.decline_code == "insufficient_funds"
    assert declined.intent.amount_received_cents == 0

    cardholder.pay(PAYS)
    paid = gateway.look_up_checkout(session.id, stripe_account=None)
    assert paid.paid
    assert paid.intent is not None
    assert paid.intent.id == declined.intent.id
    assert paid.intent.decline_code is None


def test_a_card_whose_bank_asks_pays_only_after_the_answer(
    gateway: StripeGateway, start: Start
) -> None:
    session = start(uuid4())
    cardholder = Cardholder(session.url or "")
    cardholder.pay(ASKS_BANK)
    waiting = gateway.look_up_checkout(session.id, stripe_account=None)
    assert waiting.intent is not None
    assert waiting.intent.status is IntentStatus.REQUIRES_ACTION
    assert not waiting.paid
    assert cardholder.answer_bank(confirm=True).leads_to == RETURN_TO
    assert gateway.look_up_checkout(session.id, stripe_account=None).paid


def test_the_same_payment_with_another_amount_is_refused(start: Start) -> None:
    payment_id = uuid4()
    start(payment_id)
    with pytest.raises(GatewayRefused) as refusal:
        start(payment_id, amount_cents=99)
    assert refusal.value.code == "idempotency_error"


def test_less_than_stripes_least_is_refused_with_its_code(start: Start) -> None:
    with pytest.raises(GatewayRefused) as refusal:
        start(uuid4(), amount_cents=49)
    assert refusal.value.code == "amount_too_small"


def test_what_is_not_there_is_unknown(gateway: StripeGateway) -> None:
    with pytest.raises(UnknownObject):
        gateway.look_up_checkout("cs_test_nobody", stripe_account=None)
    with pytest.raises(UnknownObject):
        gateway.expire_checkout("cs_test_nobody", stripe_account=None)
    with pytest.raises(UnknownObject):
        gateway.look_up_payment_intent("pi_nobody", stripe_account=None)


def test_an_account_that_is_not_ours_is_refused_and_not_taken_for_an_outage(start: Start) -> None:
    with pytest.raises(GatewayRefused) as refusal:
        start(uuid4(), stripe_account="nobody")
    assert refusal.value.code == "account_invalid"


def test_a_live_key_goes_to_stripe_and_nowhere_else() -> None:
    with pytest.raises(ValueError, match="Only a test key"):
        StripeConnection(secret_key="sk_live_made_up", api_base="http://127.0.0.1:1")
    for api_base in (None, "https://api.stripe.com"):
        StripeConnection(secret_key="sk_live_made_up", api_base=api_base).close()


def test_an_expired_checkout_cannot_be_paid_any_more(gateway: StripeGateway, start: Start) -> None:
    session = start(uuid4())
    cardholder = Cardholder(session.url or "")
    state = gateway.expire_checkout(session.id, stripe_account=None)
    assert state.session.status is CheckoutStatus.EXPIRED
    page = cardholder.pay(PAYS)
    assert page.status == 410
    assert BACK_TO in page.links
    assert not gateway.look_up_checkout(session.id, stripe_account=None).paid


def test_a_checkout_expires_by_itself_when_its_time_is_over(
    stripe_wire: StripeWire, gateway: StripeGateway, start: Start
) -> None:
    session = start(uuid4())
    stripe_wire.control.advance_clock(seconds=3601)
    state = gateway.look_up_checkout(session.id, stripe_account=None)
    assert state.session.status is CheckoutStatus.EXPIRED


def test_expiring_what_was_just_paid_says_that_it_was_paid(
    gateway: StripeGateway, start: Start
) -> None:
    session = start(uuid4())
    Cardholder(session.url or "").pay(PAYS)
    state = gateway.expire_checkout(session.id, stripe_account=None)
    assert state.paid
    assert state.intent is not None
    assert state.intent.status is IntentStatus.SUCCEEDED


def test_one_practice_does_not_see_the_checkouts_of_another(
    gateway: StripeGateway, start: Start
) -> None:
    session = start(uuid4(), stripe_account="acct_one")
    assert gateway.look_up_checkout(session.id, stripe_account="acct_one").session == session
    for other in ("acct_two", None):
        with pytest.raises(UnknownObject):
            gateway.look_up_checkout(session.id, stripe_account=other)


def test_everything_that_leaves_for_stripe_is_on_this_list(
    stripe_wire: StripeWire, gateway: StripeGateway, start: Start
) -> None:
    payment_id, refund_id = uuid4(), uuid4()
    session = start(payment_id, locale="es")
    Cardholder(session.url or "").pay(PAYS)
    intent = gateway.look_up_checkout(session.id, stripe_account=None).intent
    assert intent is not None
    gateway.refund(
        refund_id=refund_id, payment_intent_id=intent.id, amount_cents=50, stripe_account=None
    )
    created, _, refunded = (
        exchange for exchange in stripe_wire.exchanges if exchange.path.startswith("/v1/")
    )
    fields = dict(field.split("=", 1) for field in created.body.split("&"))
    assert fields.pop("expires_at").isdecimal()
    assert fields == {
        "adaptive_pricing[enabled]": "false",
        "cancel_url": "https%3A%2F%2Fportal.test%2Fpayments%2Fmade-up%2Fcheck",
        "client_reference_id": str(payment_id),
        "line_items[0][price_data][currency]": "usd",
        "line_items[0][price_data][product_data][name]": "Account+balance",
        "line_items[0][price_data][unit_amount]": "12345",
        "line_items[0][quantity]": "1",
        "locale": "es",
        "metadata[payment_id]": str(payment_id),
        "mode": "payment",
        "payment_intent_data[metadata][payment_id]": str(payment_id),
        f"{OF_BANK}[financial_connections][permissions][0]": "payment_method",
        f"{OF_BANK}[verification_method]": "automatic",
        "payment_method_types[0]": "card",
        "payment_method_types[1]": "us_bank_account",
        "success_url": "https%3A%2F%2Fportal.test%2Fpayments%2Fmade-up%2Freturn",
    }
    assert created.headers["Idempotency-Key"] == str(payment_id)
    assert sorted(refunded.body.split("&")) == [
        "amount=50",
        f"metadata[refund_id]={refund_id}",
        f"payment_intent={intent.id}",
    ]
    assert refunded.headers["Idempotency-Key"] == str(refund_id)
    for exchange in (created, refunded):
        assert "X-Stripe-Client-Telemetry" not in exchange.headers
        assert exchange.headers["Stripe-Version"] == "2026-05-27.dahlia"
