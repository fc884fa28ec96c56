"""Refunds: to the card that paid, never more than it paid, never twice."""

from uuid import UUID, uuid4

import pytest

from portal.connectors.payment_gateway import (
    GatewayRefused,
    GatewayUnavailable,
    IntentState,
    IntentStatus,
    RefundState,
    RefundStatus,
)
from portal.connectors.stripe_gateway import StripeGateway
from tests.contracts.checkouts import PAYS, Start
from tests.contracts.hosted_page import Cardholder
from tests.contracts.stripe_wire import StripeWire

DISPUTED = "4000 0000 0000 0259"


def paid_intent(gateway: StripeGateway, start: Start, *, number: str = PAYS) -> IntentState:
    session = start(uuid4(), amount_cents=10_000)
    Cardholder(session.url or "").pay(number)
    intent = gateway.look_up_checkout(session.id, stripe_account=None).intent
    assert intent is not None
    assert intent.status is IntentStatus.SUCCEEDED
    return intent


def test_refunds_give_back_parts_until_nothing_is_left(
    gateway: StripeGateway, start: Start
) -> None:
    intent = paid_intent(gateway, start)

    def refund(cents: int, refund_id: UUID | None = None) -> str:
        state = gateway.refund(
            refund_id=refund_id or uuid4(),
            payment_intent_id=intent.id,
            amount_cents=cents,
            stripe_account=None,
        )
        assert (state.status, state.amount_cents) == (RefundStatus.SUCCEEDED, cents)
        assert state.payment_intent_id == intent.id
        assert gateway.look_up_refund(state.id, stripe_account=None) == state
        return state.id

    same = uuid4()
    assert refund(4_000, same) == refund(4_000, same)
    with pytest.raises(GatewayRefused) as too_much:
        refund(6_001)
    assert too_much.value.parameter == "amount"
    refund(6_000)
    with pytest.raises(GatewayRefused) as nothing_left:
        refund(1)
    assert nothing_left.value.code == "charge_already_refunded"
    state = gateway.look_up_payment_intent(intent.id, stripe_account=None)
    assert state.amount_refunded_cents == 10_000


def test_a_refund_whose_answer_got_lost_is_not_made_twice(
    stripe_wire: StripeWire, gateway: StripeGateway, start: Start
) -> None:
    intent, refund_id = paid_intent(gateway, start), uuid4()
    stripe_wire.control.fail_next("answer_lost", operation="POST /v1/refunds")
    outcomes = []
    for _ in range(2):
        try:
            gateway.refund(
                refund_id=refund_id,
                payment_intent_id=intent.id,
                amount_cents=2_500,
                stripe_account=None,
            )
            outcomes.append("answered")
        except GatewayUnavailable:
            outcomes.append("unknown")
    assert outcomes == ["unknown", "answered"]
    state = gateway.look_up_payment_intent(intent.id, stripe_account=None)
    assert state.amount_refunded_cents == 2_500


def test_a_disputed_payment_is_not_refunded(gateway: StripeGateway, start: Start) -> None:
    intent = paid_intent(gateway, start, number=DISPUTED)
    assert gateway.look_up_payment_intent(intent.id, stripe_account=None).disputed
    with pytest.raises(GatewayRefused) as refusal:
        gateway.refund(
            refund_id=uuid4(),
            payment_intent_id=intent.id,
            amount_cents=100,
            stripe_account=None,
        )
    assert refusal.value.code == "charge_disputed"


def test_a_refund_is_found_by_our_id_among_those_of_its_payment(
    gateway: StripeGateway, start: Start
) -> None:
    intent, ours = paid_intent(gateway, start), uuid4()
    for refund_id in (uuid4(), ours):
        made = gateway.refund(
            refund_id=refund_id,
            payment_intent_id=intent.id,
            amount_cents=2_500,
            stripe_account=None,
        )

    def found(refund_id: UUID) -> RefundState | None:
        return gateway.find_refund(refund_id, payment_intent_id=intent.id, stripe_account=None)

    assert found(ours) == made
    assert found(uuid4()) is None
