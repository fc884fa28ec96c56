"""What the gateway reads of money that changes days later: debits, refunds that fail, disputes."""

from uuid import uuid4

import pytest

from portal.connectors.payment_gateway import IntentStatus, MethodUsed, NeededAction, RefundStatus
from portal.connectors.stripe_gateway import StripeGateway
from tests.contracts.account_holder import AccountHolder
from tests.contracts.checkouts import Start
from tests.contracts.hosted_page import Cardholder
from tests.contracts.stripe_wire import StripeWire

DAYS = 8 * 24 * 60 * 60
ASKS_BANK = "4000 0027 6000 3184"
REFUND_FAILS = "4000 0000 0000 5126"


def debited(start: Start, account: str) -> str:
    """A session that somebody has paid from an account."""
    session = start(uuid4(), amount_cents=9_000)
    AccountHolder(session.url or "").debit(account)
    return session.id


def test_a_debit_is_processing_until_it_is_settled_and_names_its_mandate(
    stripe_wire: StripeWire, gateway: StripeGateway, start: Start
) -> None:
    session_id = debited(start, "000123456789")
    waiting = gateway.look_up_checkout(session_id, stripe_account=None)
    assert waiting.intent is not None
    assert (waiting.paid, waiting.intent.status) == (False, IntentStatus.PROCESSING)
    assert waiting.intent.amount_received_cents == 0
    method = waiting.intent.method
    assert method is not None
    assert (method.kind, method.brand, method.last4) == (
        "us_bank_account",
        "STRIPE TEST BANK",
        "6789",
    )
    mandate = stripe_wire.api("GET", f"/v1/mandates/{method.mandate_id}")
    assert mandate["type"] == "single_use"
    stripe_wire.control.advance_clock(seconds=DAYS)
    settled = gateway.look_up_checkout(session_id, stripe_account=None)
    assert settled.intent is not None
    assert (settled.paid, settled.intent.status) == (True, IntentStatus.SUCCEEDED)
    assert settled.intent.amount_received_cents == 9_000


@pytest.mark.parametrize("wallet", ["apple_pay", "google_pay"])
def test_a_card_in_a_wallet_is_a_card_that_says_which(
    gateway: StripeGateway, start: Start, wallet: str
) -> None:
    session = start(uuid4())
    AccountHolder(session.url or "").press(wallet=wallet)
    intent = gateway.look_up_checkout(session.id, stripe_account=None).intent
    assert intent is not None
    assert intent.method == MethodUsed("card", "visa", "4242", wallet=wallet)


def test_a_bank_that_waits_for_its_cardholder_is_something_they_have_to_do(
    gateway: StripeGateway, start: Start
) -> None:
    session = start(uuid4())
    Cardholder(session.url or "").pay(ASKS_BANK)
    intent = gateway.look_up_checkout(session.id, stripe_account=None).intent
    assert intent is not None
    assert (intent.status, intent.action) == (IntentStatus.REQUIRES_ACTION, NeededAction.CONFIRM)


@pytest.mark.parametrize(
    ("account", "reason"),
    [("000222222227", "insufficient_funds"), ("000111111113", "account_closed")],
)
def test_a_debit_that_was_returned_says_why(
    stripe_wire: StripeWire, gateway: StripeGateway, start: Start, account: str, reason: str
) -> None:
    session_id = debited(start, account)
    stripe_wire.control.advance_clock(seconds=DAYS)
    returned = gateway.look_up_checkout(session_id, stripe_account=None)
    assert returned.intent is not None
    assert (returned.paid, returned.intent.decline_code) == (False, reason)
    assert returned.intent.status is IntentStatus.REQUIRES_PAYMENT_METHOD


def test_a_debit_that_comes_back_after_it_was_settled_is_disputed(
    stripe_wire: StripeWire, gateway: StripeGateway, start: Start
) -> None:
    session_id = debited(start, "000555555559")
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
