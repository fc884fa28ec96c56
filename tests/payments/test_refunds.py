"""Giving money back: by staff, never more than came, once, and in the books when it is out."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import select

from portal.connectors import payment_gateway
from portal.connectors.payment_gateway import (
    GatewayEvent,
    GatewayRefused,
    PaymentGateway,
    RefundStatus,
    UnknownObject,
)
from portal.db import Principal, new_id, practice_of
from portal.domain.journal import NOWHERE, LedgerAccount
from portal.domain.payment_status import PaymentState, RefundState
from portal.ledger.queries import account_sums
from portal.payments.models import Refund
from portal.payments.refunds.service import (
    RefundNotAllowedError,
    RefundTooLargeError,
    request_refund,
)
from portal.payments.webhooks import WebhookOutcome, act_on
from portal.practice.models import Task
from portal.statements.queries import statement_due
from tests.contracts.stripe_wire import StripeWire
from tests.payments.owing import change_debt
from tests.payments.paying import Payer, at_once
from tests.payments.test_applying import assert_books_are_sound

REFUND = "POST /v1/refunds"


def refund(
    payer: Payer,
    payment_id: UUID,
    cents: int,
    *,
    refund_id: UUID | None = None,
    principal: Principal | None = None,
) -> RefundState:
    staff = Principal.staff(payer.owing.practice_id, staff_id=new_id(), role="manager")
    return request_refund(
        payer.database,
        payer.gateway,
        principal or staff,
        refund_id=refund_id or new_id(),
        payment_id=payment_id,
        amount_cents=cents,
        reason="paid twice",
        now=payer.now,
        request_id="test",
    )


def refunds(payer: Payer) -> Sequence[Refund]:
    return payer.read(
        lambda session: session.scalars(
            select(Refund).where(Refund.practice_id == practice_of(session))
        ).all()
    )


def event_of(stripe_wire: StripeWire, kind: str) -> GatewayEvent:
    """The newest of its kind, as the gateway reads it."""
    body = next(event for event in reversed(stripe_wire.events()) if event["type"] == kind)
    subject = body["data"]["object"]
    return GatewayEvent(
        id=body["id"],
        type=kind,
        object_kind=subject["object"],
        object_id=subject["id"],
        account=None,
        livemode=False,
        created_at=datetime.fromtimestamp(body["created"], UTC),
        payment_intent_id=subject.get("payment_intent", subject["id"]),
        reference=subject["metadata"].get("payment_id"),
    )


def test_a_refund_is_owed_again_newest_visit_first_and_told_to_the_practice(
    payer: Payer,
) -> None:
    payment_id = payer.pay(7_770)
    assert refund(payer, payment_id, 2_000) is RefundState.SUCCEEDED
    owing = payer.owing
    assert payer.allocations(payment_id)[2:] == [
        (owing.newer.target, -1_770),
        (owing.older.target, -230),
    ]
    due = payer.read(lambda session: statement_due(session, owing.statement_id))
    assert due is not None
    assert due.due_now_cents == 10_000 - 7_770 + 2_000
    post = payer.posts()[-1]
    assert (post.kind, post.amount_cents) == ("refund_paid", -2_000)
    assert [part["amount_cents"] for part in post.details["allocations"]] == [-1_770, -230]
    assert payer.read(account_sums)[LedgerAccount.CARD_CLEARING] == 5_770
    assert_books_are_sound(payer)


def test_credit_that_nobody_used_is_given_back_first(payer: Payer) -> None:
    payment_id = payer.pay_at_stripe(10_000)
    owing = payer.owing
    change_debt(payer.database, owing, owing.newer.target, cents=-4_000, why="insurer paid")
    change_debt(payer.database, owing, owing.unbilled.target, cents=-3_000, why="insurer paid")
    payer.apply(payment_id)
    refund(payer, payment_id, 5_000)
    assert payer.allocations(payment_id)[2:] == [
        (NOWHERE, -4_000),
        (owing.older.target, -1_000),
    ]
    assert_books_are_sound(payer)


@pytest.mark.parametrize("cents", [-1, 0, 5_001])
def test_more_than_came_or_nothing_is_refused(payer: Payer, cents: int) -> None:
    payment_id = payer.pay(5_000)
    with pytest.raises(RefundTooLargeError) as refused:
        refund(payer, payment_id, cents)
    assert refused.value.most_cents == 5_000


def test_several_refunds_together_are_never_more_than_came(payer: Payer) -> None:
    payment_id = payer.pay(5_000)
    refund(payer, payment_id, 3_000)
    with pytest.raises(RefundTooLargeError) as refused:
        refund(payer, payment_id, 2_001)
    assert refused.value.most_cents == 2_000


def test_the_same_form_sent_twice_is_one_refund(payer: Payer, stripe_wire: StripeWire) -> None:
    payment_id, refund_id = payer.pay(5_000), new_id()
    at_once(3, lambda: refund(payer, payment_id, 2_000, refund_id=refund_id))
    payer.wait(minutes=5)
    payer.sweep()
    assert [one.state for one in refunds(payer)] == ["succeeded"]
    assert len(stripe_wire.api("GET", "/v1/refunds")["data"]) == 1
    assert_books_are_sound(payer)


def test_whoever_paid_cannot_refund_themselves(payer: Payer) -> None:
    payment_id = payer.pay(5_000)
    with pytest.raises(RefundNotAllowedError):
        refund(payer, payment_id, 5_000, principal=payer.owing.principal)


def test_only_a_payment_that_came_can_be_given_back(payer: Payer) -> None:
    payment_id, _ = payer.open_page(5_000)
    with pytest.raises(RefundNotAllowedError):
        refund(payer, payment_id, 5_000)


@pytest.mark.parametrize("fault", ["503", "answer_lost", "500_after_success"])
def test_a_refund_without_an_answer_is_asked_for_again_and_made_once(
    payer: Payer, stripe_wire: StripeWire, fault: str
) -> None:
    payment_id = payer.pay(5_000)
    stripe_wire.control.fail_next(fault, operation=REFUND)
    assert refund(payer, payment_id, 5_000) is RefundState.REQUESTED
    payer.wait(minutes=5)
    payer.sweep()
    made = stripe_wire.api("GET", "/v1/refunds")["data"]
    assert len(made) == 1
    if fault != "500_after_success":  # Stripe repeats that answer for a day
        assert [one.state for one in refunds(payer)] == ["succeeded"]
    assert_books_are_sound(payer)


def test_what_cannot_be_asked_again_safely_is_left_to_somebody(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    payment_id = payer.pay(5_000)
    stripe_wire.control.fail_next("503", operation=REFUND)
    refund(payer, payment_id, 5_000)
    payer.wait(hours=21)
    payer.sweep()
    assert [one.state for one in refunds(payer)] == ["failed"]
    assert payer.task_kinds() == ["refund_failed"]
    assert stripe_wire.api("GET", "/v1/refunds")["data"] == []


class Rotated:
    """Stripe, while our key is not good there (``refusal``); its refunds take days."""

    def __init__(self, stripe: PaymentGateway) -> None:
        self._stripe = stripe
        self.refusal: GatewayRefused | None = None
        self.status = RefundStatus.PENDING

    def refund(
        self,
        *,
        refund_id: UUID,
        payment_intent_id: str,
        amount_cents: int,
        stripe_account: str | None,
    ) -> payment_gateway.RefundState:
        self._require_key()
        made = self._stripe.refund(
            refund_id=refund_id,
            payment_intent_id=payment_intent_id,
            amount_cents=amount_cents,
            stripe_account=stripe_account,
        )
        return replace(made, status=self.status)

    def look_up_refund(
        self, gateway_refund_id: str, *, stripe_account: str | None
    ) -> payment_gateway.RefundState:
        self._require_key()
        seen = self._stripe.look_up_refund(gateway_refund_id, stripe_account=stripe_account)
        return replace(seen, status=self.status)

    def find_refund(
        self, refund_id: UUID, *, payment_intent_id: str, stripe_account: str | None
    ) -> payment_gateway.RefundState | None:
        self._require_key()
        return self._stripe.find_refund(
            refund_id, payment_intent_id=payment_intent_id, stripe_account=stripe_account
        )

    def _require_key(self) -> None:
        if self.refusal is not None:
            raise self.refusal

    def __getattr__(self, name: str) -> object:
        return getattr(self._stripe, name)


REFUSALS = (
    GatewayRefused("Expired API key provided", code="api_key_expired"),
    GatewayRefused("This key has no access to the account.", code="account_invalid"),
    GatewayRefused("Invalid API key provided", code="invalid_request_error"),
    UnknownObject("No such payment_intent", code="resource_missing", parameter="payment_intent"),
)


@pytest.fixture
def rotated(payer: Payer) -> Rotated:
    rotated = Rotated(payer.gateway)
    payer.gateway = rotated  # type: ignore[assignment]  # the rest of the protocol is passed on
    return rotated


def waiting_tasks(payer: Payer) -> list[str]:
    """What staff still have to look at."""
    return payer.read(
        lambda session: list(
            session.scalars(
                select(Task.kind).where(
                    Task.practice_id == practice_of(session), Task.done_at.is_(None)
                )
            )
        )
    )


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.code)
def test_a_refund_on_its_way_is_not_given_up_because_its_look_up_is_refused(
    payer: Payer, rotated: Rotated, refusal: GatewayRefused, stripe_wire: StripeWire
) -> None:
    payment_id = payer.pay(5_000)
    assert refund(payer, payment_id, 5_000) is RefundState.PENDING
    rotated.refusal = refusal
    for _ in range(2):
        payer.wait(hours=21)
        payer.sweep()
        assert [one.state for one in refunds(payer)] == ["pending"]
    assert waiting_tasks(payer) == ["refund_unknown"]
    with pytest.raises(RefundTooLargeError):
        refund(payer, payment_id, 5_000)
    rotated.refusal, rotated.status = None, RefundStatus.SUCCEEDED
    payer.sweep()
    assert [one.state for one in refunds(payer)] == ["succeeded"]
    assert waiting_tasks(payer) == []
    assert len(stripe_wire.api("GET", "/v1/refunds")["data"]) == 1
    assert_books_are_sound(payer)


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.code)
def test_a_refund_that_our_key_may_not_ask_for_is_asked_for_again_under_the_same_id(
    payer: Payer, rotated: Rotated, refusal: GatewayRefused, stripe_wire: StripeWire
) -> None:
    payment_id, rotated.refusal = payer.pay(5_000), refusal
    assert refund(payer, payment_id, 5_000) is RefundState.REQUESTED
    assert waiting_tasks(payer) == ["refund_unknown"]
    rotated.refusal, rotated.status = None, RefundStatus.SUCCEEDED
    payer.wait(minutes=5)
    payer.sweep()
    (made,) = refunds(payer)
    assert made.state == "succeeded"
    assert waiting_tasks(payer) == []
    (at_stripe,) = stripe_wire.api("GET", "/v1/refunds")["data"]
    assert at_stripe["metadata"] == {"refund_id": str(made.refund_id)}


def test_what_was_asked_for_too_long_ago_is_looked_for_at_stripe_and_kept_when_it_is_there(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    payment_id = payer.pay(5_000)
    refund(payer, payment_id, 1_000)  # another one of the same payment
    stripe_wire.control.fail_next("answer_lost", operation=REFUND)
    assert refund(payer, payment_id, 2_000) is RefundState.REQUESTED
    payer.wait(hours=21)
    payer.sweep()
    assert [one.state for one in refunds(payer)] == ["succeeded", "succeeded"]
    assert payer.task_kinds() == []
    assert len(stripe_wire.api("GET", "/v1/refunds")["data"]) == 2
    assert_books_are_sound(payer)


def test_what_was_asked_for_too_long_ago_is_not_given_up_while_nobody_may_look(
    payer: Payer, rotated: Rotated, stripe_wire: StripeWire
) -> None:
    payment_id, rotated.refusal = payer.pay(5_000), REFUSALS[0]
    refund(payer, payment_id, 5_000)
    payer.wait(hours=21)
    payer.sweep()
    assert [one.state for one in refunds(payer)] == ["requested"]
    rotated.refusal = None
    payer.sweep()
    assert [one.state for one in refunds(payer)] == ["failed"]
    assert waiting_tasks(payer) == ["refund_failed"]
    assert stripe_wire.api("GET", "/v1/refunds")["data"] == []


def test_a_disputed_payment_is_not_given_back_as_well(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    payment_id = payer.pay(5_000)
    (charge,) = stripe_wire.api("GET", "/v1/charges")["data"]
    stripe_wire.control.dispute(charge["id"])
    assert refund(payer, payment_id, 5_000) is RefundState.FAILED
    assert payer.task_kinds() == ["refund_failed"]
    assert_books_are_sound(payer)


def test_a_refund_made_at_stripe_itself_is_taken_over_once(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    payment_id = payer.pay(5_000)
    intent = payer.row(payment_id).payment_intent_id
    stripe_wire.api("POST", "/v1/refunds", f"payment_intent={intent}&amount=1500")
    event = event_of(stripe_wire, "refund.created")
    practice_id = payer.owing.practice_id

    def act() -> WebhookOutcome:
        return act_on(payer.database, payer.gateway, practice_id, event, now=payer.now)

    assert set(at_once(4, act)) == {WebhookOutcome.APPLIED}
    (taken_over,) = refunds(payer)
    assert (taken_over.state, taken_over.amount_cents) == ("succeeded", 1_500)
    assert taken_over.requested_by == "stripe"
    assert_books_are_sound(payer)


def test_the_event_of_our_own_refund_changes_nothing(payer: Payer, stripe_wire: StripeWire) -> None:
    payment_id = payer.pay(5_000)
    refund(payer, payment_id, 1_500)
    event = event_of(stripe_wire, "refund.created")
    act_on(payer.database, payer.gateway, payer.owing.practice_id, event, now=payer.now)
    assert len(refunds(payer)) == 1
    assert len(payer.posts()) == 2


def test_the_event_of_our_own_refund_whose_answer_was_lost_completes_it(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    payment_id = payer.pay(5_000)
    stripe_wire.control.fail_next("answer_lost", operation=REFUND)
    assert refund(payer, payment_id, 1_500) is RefundState.REQUESTED
    event = event_of(stripe_wire, "refund.created")
    act_on(payer.database, payer.gateway, payer.owing.practice_id, event, now=payer.now)
    assert [one.state for one in refunds(payer)] == ["succeeded"]
    assert_books_are_sound(payer)


def test_the_payment_itself_stays_as_it_was(payer: Payer) -> None:
    payment_id = payer.pay(5_000)
    refund(payer, payment_id, 5_000)
    assert payer.apply(payment_id) is PaymentState.SUCCEEDED
    assert len(payer.posts()) == 2
