"""What our gateway relies on, at the simulator and (`make stripe-live`) at Stripe itself."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import pytest

from portal.connectors.payment_gateway import (
    CheckoutSession,
    CheckoutStatus,
    GatewayRefused,
    IntentStatus,
    RefundStatus,
    UnknownObject,
)
from portal.connectors.stripe_gateway import StripeGateway
from tests.contracts.checkouts import Start, start_with
from tests.contracts.live.conftest import IS_LIVE, StripeAccount, why_not_live

CENTS: Final = 12_345
VISA: Final = "pm_card_visa"
DECLINED: Final = "pm_card_visa_chargeDeclined"
_LATEST_SECONDS: Final = 20


@pytest.fixture
def start(gateway: StripeGateway) -> Start:
    return start_with(gateway)


def paid(account: StripeAccount, start: Start, *, method: str = VISA) -> tuple[UUID, str]:
    """A payment that arrived: our id and Stripe's of its page."""
    payment_id = uuid4()
    session = start(payment_id, amount_cents=CENTS)
    assert account.pay_page(session.id, method, CENTS).status == 200
    return payment_id, session.id


def intent_of(gateway: StripeGateway, session_id: str) -> str:
    found = gateway.look_up_checkout(session_id, stripe_account=None)
    assert found.intent is not None
    return found.intent.id


def test_the_same_start_is_the_same_page_and_another_amount_is_refused(start: Start) -> None:
    payment_id = uuid4()
    first = start(payment_id, amount_cents=CENTS)
    assert isinstance(first, CheckoutSession)
    assert first.status is CheckoutStatus.OPEN
    assert start(payment_id, amount_cents=CENTS) == first
    with pytest.raises(GatewayRefused) as refused:
        start(payment_id, amount_cents=CENTS + 1)
    assert refused.value.code == "idempotency_error"


def test_a_page_that_was_paid_says_how_much_and_how(
    account: StripeAccount, gateway: StripeGateway, start: Start
) -> None:
    payment_id, session_id = paid(account, start)
    seen = gateway.look_up_checkout(session_id, stripe_account=None)
    assert (seen.paid, seen.reference, seen.amount_cents) == (True, str(payment_id), CENTS)
    assert seen.intent is not None
    assert seen.intent.status is IntentStatus.SUCCEEDED
    assert (seen.intent.amount_received_cents, seen.intent.currency) == (CENTS, "usd")
    assert seen.intent.method is not None
    assert (seen.intent.method.kind, seen.intent.method.last4) == ("card", "4242")
    assert gateway.find_by_intent(seen.intent.id, stripe_account=None) == seen
    assert gateway.expire_checkout(session_id, stripe_account=None).paid


def test_a_page_is_found_by_our_own_reference(
    account: StripeAccount, gateway: StripeGateway, start: Start
) -> None:
    payment_id, session_id = paid(account, start)
    now = datetime.now(UTC)
    (found,) = gateway.find_by_reference(
        payment_id,
        created_from=now - timedelta(minutes=5),
        created_until=now + timedelta(minutes=5),
        stripe_account=None,
    )
    assert found.session.id == session_id


def test_a_declined_card_leaves_the_page_open(
    account: StripeAccount, gateway: StripeGateway, start: Start
) -> None:
    session = start(uuid4(), amount_cents=CENTS)
    assert account.pay_page(session.id, DECLINED, CENTS).status == 402
    seen = gateway.look_up_checkout(session.id, stripe_account=None)
    assert (seen.paid, seen.session.status) == (False, CheckoutStatus.OPEN)
    assert account.pay_page(session.id, VISA, CENTS).status == 200
    assert gateway.look_up_checkout(session.id, stripe_account=None).paid


def test_a_closed_page_cannot_be_paid(
    account: StripeAccount, gateway: StripeGateway, start: Start
) -> None:
    session = start(uuid4(), amount_cents=CENTS)
    closed = gateway.expire_checkout(session.id, stripe_account=None)
    assert closed.session.status is CheckoutStatus.EXPIRED
    assert account.pay_page(session.id, VISA, CENTS).status in {400, 404}


def test_refunds_are_made_once_each_and_never_for_more_than_is_left(
    account: StripeAccount, gateway: StripeGateway, start: Start
) -> None:
    _, session_id = paid(account, start)
    intent_id, refund_id = intent_of(gateway, session_id), uuid4()

    def give_back(one: UUID, cents: int) -> Any:
        return gateway.refund(
            refund_id=one, payment_intent_id=intent_id, amount_cents=cents, stripe_account=None
        )

    made = give_back(refund_id, 2_345)
    assert made.status in {RefundStatus.SUCCEEDED, RefundStatus.PENDING}
    assert give_back(refund_id, 2_345).id == made.id
    with pytest.raises(GatewayRefused):
        give_back(uuid4(), 10_001)
    found = gateway.find_refund(refund_id, payment_intent_id=intent_id, stripe_account=None)
    assert found is not None
    assert found.id == made.id
    give_back(uuid4(), 10_000)
    with pytest.raises(GatewayRefused) as refused:
        give_back(uuid4(), 1)
    assert refused.value.code == "charge_already_refunded"


def test_a_disputed_payment_is_not_refunded(
    account: StripeAccount, gateway: StripeGateway, start: Start
) -> None:
    _, session_id = paid(account, start, method="pm_card_createDispute")
    intent_id = intent_of(gateway, session_id)
    deadline = time.monotonic() + _LATEST_SECONDS  # at Stripe it takes a moment
    while not gateway.look_up_payment_intent(intent_id, stripe_account=None).disputed:
        assert time.monotonic() < deadline
    with pytest.raises(GatewayRefused) as refused:
        gateway.refund(
            refund_id=uuid4(), payment_intent_id=intent_id, amount_cents=1, stripe_account=None
        )
    assert refused.value.code == "charge_disputed"


def test_what_is_too_little_or_not_there_is_refused_by_its_name(
    gateway: StripeGateway, start: Start
) -> None:
    with pytest.raises(GatewayRefused) as refused:
        start(uuid4(), amount_cents=49)
    assert refused.value.code == "amount_too_small"
    with pytest.raises(UnknownObject):
        gateway.look_up_checkout("cs_test_nothing", stripe_account=None)


def test_a_saved_card_that_wants_its_holder_is_refused_while_nobody_is_there(
    account: StripeAccount,
) -> None:
    customer = account.post("/v1/customers").body["id"]
    method = account.post(
        "/v1/payment_methods/pm_card_authenticationRequired/attach", customer=customer
    ).body["id"]
    told = account.post(
        "/v1/payment_intents",
        **{
            "amount": CENTS,
            "currency": "usd",
            "customer": customer,
            "payment_method": method,
            "payment_method_types[0]": "card",
            "off_session": "true",
            "confirm": "true",
        },
    )
    assert told.status == 402
    assert told.body["error"]["code"] == "authentication_required"


def test_a_payment_is_a_movement_of_the_balance_less_its_fee(
    account: StripeAccount, gateway: StripeGateway, start: Start
) -> None:
    _, session_id = paid(account, start)
    intent = account.get(f"/v1/payment_intents/{intent_of(gateway, session_id)}")
    charge = account.get(f"/v1/charges/{intent['latest_charge']}")
    movement = account.get(f"/v1/balance_transactions/{charge['balance_transaction']}")
    assert (movement["type"], movement["amount"]) == ("charge", CENTS)
    assert 0 < movement["fee"] < CENTS
    assert movement["net"] == CENTS - movement["fee"]


def test_events_tell_what_happened_in_the_shape_of_the_document(
    account: StripeAccount, gateway: StripeGateway, start: Start
) -> None:
    _, session_id = paid(account, start)
    page = account.get("/v1/events?limit=20")
    kinds = {
        event["type"]
        for event in page["data"]
        if event["data"]["object"]["id"] in {session_id, intent_of(gateway, session_id)}
    }
    assert {"checkout.session.completed", "payment_intent.succeeded"} <= kinds
    for event in page["data"]:
        assert account.checker.object_problems(event["data"]["object"]) == []


@pytest.mark.skipif(IS_LIVE, reason="about when it may not be live")
@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({}, "Give the key of a sandbox"),
        ({"STRIPE_SECRET_KEY": "sk_live_no"}, "Give the key of a sandbox"),
        ({"STRIPE_SECRET_KEY": "sk_test_yes", "CI": "true"}, "never called from continuous"),
    ],
)
def test_a_live_key_or_none_and_continuous_integration_are_refused(
    environ: dict[str, str], words: str
) -> None:
    assert words in (why_not_live(environ) or "")
    assert why_not_live({"STRIPE_SECRET_KEY": "sk_test_yes"}) is None
