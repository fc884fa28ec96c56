"""What the gateway reads of money that changes days later: debits, refunds that fail, disputes."""

from urllib.parse import urlencode
from uuid import uuid4

import pytest

from portal.connectors.payment_gateway import IntentStatus, MethodUsed, RefundStatus
from portal.connectors.stripe_gateway import StripeGateway
from tests.contracts.account_holder import AccountHolder
from tests.contracts.checkouts import BACK_TO, RETURN_TO, Start
from tests.contracts.hosted_page import Cardholder
from tests.contracts.stripe_wire import StripeWire

DAYS = 8 * 24 * 60 * 60
REFUND_FAILS = "4000 0000 0000 5126"


def start_debit(stripe_wire: StripeWire, account: str) -> str:
    """A session that somebody has paid from an account, as the gateway does not start any yet."""
    form = {
        "mode": "payment",
        "success_url": RETURN_TO,
        "cancel_url": BACK_TO,
        "payment_method_types[0]": "us_bank_account",
        "line_items[0][quantity]": 1,
        "line_items[0][price_data][currency]": "usd",
        "line_items[0][price_data][unit_amount]": 9_000,
        "line_items[0][price_data][product_data][name]": "Account balance",
    }
    session = stripe_wire.api("POST", "/v1/checkout/sessions", urlencode(form))
    AccountHolder(session["url"]).debit(account)
    identifier: str = session["id"]
    return identifier


def test_a_debit_is_processing_until_it_is_settled(
    stripe_wire: StripeWire, gateway: StripeGateway
) -> None:
    session_id = start_debit(stripe_wire, "000123456789")
    waiting = gateway.look_up_checkout(session_id, stripe_account=None)
    assert waiting.intent is not None
    assert (waiting.paid, waiting.intent.status) == (False, IntentStatus.PROCESSING)
    assert waiting.intent.amount_received_cents == 0
    assert waiting.intent.method == MethodUsed("us_bank_account", "STRIPE TEST BANK", "6789")
    stripe_wire.control.advance_clock(seconds=DAYS)
    settled = gateway.look_up_checkout(session_id, stripe_account=None)
    assert settled.intent is not None
    assert (settled.paid, settled.intent.status) == (True, IntentStatus.SUCCEEDED)
    assert settled.intent.amount_received_cents == 9_000


@pytest.mark.parametrize(
    ("account", "reason"),
    [("000222222227", "insufficient_funds"), ("000111111113", "account_closed")],
)
def test_a_debit_that_was_returned_says_why(
    stripe_wire: StripeWire, gateway: StripeGateway, account: str, reason: str
) -> None:
    session_id = start_debit(stripe_wire, account)
    stripe_wire.control.advance_clock(seconds=DAYS)
    returned = gateway.look_up_checkout(session_id, stripe_account=None)
    assert returned.intent is not None
    assert (returned.paid, returned.intent.decline_code) == (False, reason)
    assert returned.intent.status is IntentStatus.REQUIRES_PAYMENT_METHOD


def test_a_debit_that_comes_back_after_it_was_settled_is_disputed(
    stripe_wire: StripeWire, gateway: StripeGateway
) -> None:
    session_id = start_debit(stripe_wire, "000555555559")
    stripe_wire.control.advance_clock(seconds=2 * DAYS)
    state = gateway.look_up_checkout(session_id, stripe_account=None)
    assert state.intent is not None
    assert (state.intent.status, state.intent.disputed) == (IntentStatus.SUCCEEDED, True)


def test_a_refund_that_fails_later_says_why_and_is_taken_off_again(
    stripe_wire: StripeWire, gateway: StripeGateway, start: Start
) -> None:
    session = start(uuid4(), amount_cents=9_000)
    Cardholder(session.url or "").pay(REFUND_FAILS)
    intent = gateway.look_up_checkout(session.id, stripe_account=None).intent
    assert intent is not None
    refund = gateway.refund(
        refund_id=uuid4(),
        payment_intent_id=intent.id,
        amount_cents=2_000,
        stripe_account=None,
    )
    assert (refund.status, refund.failure_reason) == (RefundStatus.SUCCEEDED, None)
    stripe_wire.control.advance_clock(seconds=DAYS)
    failed = gateway.look_up_refund(refund.id, stripe_account=None)
    assert (failed.status, failed.failure_reason) == (
        RefundStatus.FAILED,
        "expired_or_canceled_card",
    )
    after = gateway.look_up_payment_intent(intent.id, stripe_account=None)
    assert after.amount_refunded_cents == 0
