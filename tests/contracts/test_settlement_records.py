"""Stripe's own books over the wire: movements with what they are about, payouts, disputes."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from portal.connectors.payment_gateway import GatewayRefused, GatewayUnavailable, UnknownObject
from portal.connectors.settlement_records import PayoutStatus
from portal.connectors.stripe_gateway import StripeGateway
from portal.connectors.stripe_settlement_records import StripeSettlementRecords
from portal.domain.dispute_status import DisputeState
from portal.domain.gateway_movements import MovementKind
from tests.contracts.stripe_wire import StripeWire

REFERENCE = "01a20067-4024-771c-af0f-e7bdbe4ca73f"
DAY = 24 * 60 * 60


@pytest.fixture
def records(gateway: StripeGateway) -> StripeSettlementRecords:
    return StripeSettlementRecords(gateway.connection)


def paid(wire: StripeWire, *, method: str = "pm_card_visa", cents: int = 2_000) -> str:
    """The charge."""
    form = (
        f"amount={cents}&currency=usd&payment_method={method}&confirm=true"
        f"&metadata[payment_id]={REFERENCE}"
    )
    return str(wire.api("POST", "/v1/payment_intents", form)["latest_charge"])


def test_a_payout_says_what_it_carried_and_for_whom(
    records: StripeSettlementRecords, stripe_wire: StripeWire
) -> None:
    charge = paid(stripe_wire)
    stripe_wire.api("POST", "/v1/refunds", f"charge={charge}&amount=300")
    stripe_wire.control.advance_clock(seconds=2 * DAY)
    made = stripe_wire.control.post("payouts", {})["payout"]
    pending = records.payout(made["id"], stripe_account=None)
    assert (pending.status, pending.is_itemised) == (PayoutStatus.PENDING, False)
    stripe_wire.control.advance_clock(seconds=8 * DAY)
    payout = records.payout(made["id"], stripe_account=None)
    assert (payout.status, payout.is_itemised, payout.amount_cents) == (
        PayoutStatus.PAID,
        True,
        1_612,
    )
    carried = {one.kind: one for one in records.movements_of(made["id"], stripe_account=None)}
    assert {kind: one.net_cents for kind, one in carried.items()} == {
        MovementKind.CHARGE: 1_912,
        MovementKind.REFUND: -300,
        MovementKind.PAYOUT: -1_612,
    }
    assert carried[MovementKind.CHARGE].reference == REFERENCE
    intents = {carried[kind].payment_intent_id for kind in carried if kind.value != "payout"}
    assert len(intents) == 1
    assert records.balance_cents(stripe_account=None) == 0


def test_more_than_a_page_is_read_whole(
    records: StripeSettlementRecords, stripe_wire: StripeWire
) -> None:
    for _ in range(101):
        paid(stripe_wire)
    assert len(records.movements_since(None, stripe_account=None)) == 101
    soon = datetime.now(UTC) + timedelta(days=1)
    assert records.movements_since(soon, stripe_account=None) == ()


def test_a_dispute_and_how_it_ends(
    records: StripeSettlementRecords, stripe_wire: StripeWire
) -> None:
    made = stripe_wire.control.dispute(paid(stripe_wire))
    seen = records.dispute(made["id"], stripe_account=None)
    assert (seen.state, seen.is_refundable) == (DisputeState.NEEDS_RESPONSE, False)
    (taken,) = seen.movements
    assert (taken.kind, taken.amount_cents, taken.fee_cents) == (
        MovementKind.DISPUTE,
        -2_000,
        1_500,
    )
    assert [one.id for one in records.disputes_since(None, stripe_account=None)] == [seen.id]
    answered = records.submit_evidence(
        seen.id, submission_id=uuid4(), text="The payer agreed to it.", stripe_account=None
    )
    assert (answered.state, answered.evidence_given) == (DisputeState.UNDER_REVIEW, True)
    given_in = records.accept_dispute(seen.id, acceptance_id=uuid4(), stripe_account=None)
    assert given_in.state is DisputeState.LOST


def test_what_is_not_there_and_what_does_not_answer(
    records: StripeSettlementRecords, stripe_wire: StripeWire
) -> None:
    with pytest.raises(UnknownObject):
        records.payout("po_nobody", stripe_account=None)
    stripe_wire.control.fail_next("500", operation="GET /v1/balance")
    with pytest.raises(GatewayUnavailable):
        records.balance_cents(stripe_account=None)
    dispute = stripe_wire.control.dispute(paid(stripe_wire))
    records.accept_dispute(dispute["id"], acceptance_id=uuid4(), stripe_account=None)
    with pytest.raises(GatewayRefused):
        records.accept_dispute(dispute["id"], acceptance_id=uuid4(), stripe_account=None)
