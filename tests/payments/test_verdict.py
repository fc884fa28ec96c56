"""What Stripe's answers mean, as a table."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from portal.connectors.payment_gateway import (
    CheckoutSession,
    CheckoutState,
    CheckoutStatus,
    IntentState,
    IntentStatus,
)
from portal.domain.payment_status import PaymentState
from portal.payments.verdict import judge

PAYMENT_ID = UUID(int=7)
AT = datetime(2026, 3, 9, 17, 0, tzinfo=UTC)
INTENT = IntentState(
    id="pi_1",
    status=IntentStatus.SUCCEEDED,
    amount_cents=5_000,
    amount_received_cents=5_000,
    currency="usd",
    reference=str(PAYMENT_ID),
    created_at=AT,
    charge_id="ch_1",
    method=None,
    decline_code=None,
    amount_refunded_cents=0,
    disputed=False,
)
Status = CheckoutStatus
Intent = IntentStatus
State = PaymentState


def seen(session: CheckoutStatus, intent: IntentState | None) -> CheckoutState:
    return CheckoutState(
        session=CheckoutSession("cs_1", session, None, intent.id if intent else None, AT),
        reference=str(PAYMENT_ID),
        amount_cents=5_000,
        currency="usd",
        created_at=AT,
        paid=False,
        intent=intent,
    )


@pytest.mark.parametrize(
    ("session", "intent", "state"),
    [
        (Status.OPEN, None, State.OPEN),
        (Status.OPEN, Intent.REQUIRES_PAYMENT_METHOD, State.OPEN),  # a declined card
        (Status.OPEN, Intent.REQUIRES_ACTION, State.OPEN),
        (Status.OPEN, Intent.REQUIRES_CONFIRMATION, State.OPEN),
        (Status.OPEN, Intent.SUCCEEDED, State.SUCCEEDED),
        (Status.COMPLETE, Intent.SUCCEEDED, State.SUCCEEDED),
        (Status.COMPLETE, Intent.PROCESSING, State.PROCESSING),
        (Status.COMPLETE, Intent.REQUIRES_CAPTURE, State.PROCESSING),
        (Status.COMPLETE, Intent.REQUIRES_PAYMENT_METHOD, State.FAILED),  # a debit came back
        (Status.COMPLETE, Intent.REQUIRES_ACTION, State.PROCESSING),  # an account to confirm
        (Status.COMPLETE, Intent.CANCELED, State.CANCELED),
        (Status.EXPIRED, None, State.EXPIRED),
        (Status.EXPIRED, Intent.CANCELED, State.EXPIRED),
        (Status.EXPIRED, Intent.PROCESSING, State.PROCESSING),
        (Status.EXPIRED, Intent.SUCCEEDED, State.SUCCEEDED),
    ],
)
def test_only_an_intent_that_succeeded_is_money(
    session: CheckoutStatus, intent: IntentStatus | None, state: PaymentState
) -> None:
    found = seen(session, replace(INTENT, status=intent) if intent else None)
    assert judge(PAYMENT_ID, 5_000, found).state is state


@pytest.mark.parametrize(
    ("intent", "differences"),
    [
        (replace(INTENT, amount_cents=5_001, amount_received_cents=5_001), ("amount",)),
        (replace(INTENT, amount_received_cents=4_999), ("amount",)),
        (replace(INTENT, currency="eur"), ("currency",)),
        (replace(INTENT, reference=None), ("reference",)),
        (replace(INTENT, reference=str(UUID(int=8)), currency="mxn"), ("reference", "currency")),
    ],
)
def test_money_that_differs_from_what_we_asked_for_settles_nothing(
    intent: IntentState, differences: tuple[str, ...]
) -> None:
    verdict = judge(PAYMENT_ID, 5_000, seen(Status.COMPLETE, intent))
    assert (verdict.state, verdict.differences) == (State.SUSPENDED, differences)
