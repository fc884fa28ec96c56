"""Money that nobody can place: it is this person's, it goes back, or their credit pays for it."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from portal.auth.roles import Role
from portal.connectors.payment_gateway import GatewayEvent
from portal.db import Principal, new_id, practice_of
from portal.domain.journal import NOWHERE, LedgerAccount
from portal.domain.payment_status import PaymentState, RefundState
from portal.ledger.queries import account_sums
from portal.payments.models import ParkedWebhook, Payment
from portal.payments.receipts.history import HistoryFilter, history_page
from portal.payments.refunds.service import approve_refund
from portal.payments.suspense import checks as suspense_checks
from portal.payments.suspense.clearing import take_from_credit
from portal.payments.suspense.decisions import (
    CreditTooSmallError,
    Decision,
    MoneyChangedError,
    NotInSuspenseError,
    SuspenseNotAllowedError,
    UnknownAccountError,
)
from portal.payments.suspense.queries import SuspensePage, suspense_page
from portal.payments.suspense.service import (
    attach_found,
    attach_parked,
    dismiss_parked,
    send_back_found,
)
from portal.payments.webhooks import WebhookOutcome, act_on
from portal.practice.directory import change_practice, practice_by_id
from portal.sync import checks as sync_checks
from tests.contracts.stripe_wire import StripeWire
from tests.payments.paying import Payer
from tests.payments.test_applying import assert_books_are_sound
from tests.payments.test_moving_payments import move
from tests.payments.test_refund_approvals import staff
from tests.payments.test_refund_sources import (
    pay_what_nobody_owes_any_more,
    refund_at_stripe,
)
from tests.payments.test_refund_sources import (
    use_credit as use_credit_elsewhere,
)
from tests.payments.test_refunds import event_of, waiting_tasks

A = LedgerAccount


def decision(payer: Payer) -> Decision:
    return Decision(new_id(), "The bank statement says so.", payer.now, "test")


def page(payer: Payer) -> SuspensePage:
    return suspense_page(payer.database, staff(payer), now=payer.now, request_id="test")


def assert_all_is_sound(payer: Payer) -> None:
    assert_books_are_sound(payer)
    assert payer.read(lambda session: list(sync_checks.checks(session))) == []
    assert payer.read(lambda session: list(suspense_checks.checks(session))) == []


def stray(payer: Payer, stripe_wire: StripeWire, reference: object, cents: int) -> GatewayEvent:
    """Money that names a payment of ours and was made elsewhere; the event that tells of it."""
    stripe_wire.api(
        "POST",
        "/v1/payment_intents",
        f"amount={cents}&currency=usd&confirm=true&payment_method=pm_card_visa"
        f"&payment_method_types[]=card&metadata[payment_id]={reference}",
    )
    return event_of(stripe_wire, "payment_intent.succeeded")


def told(payer: Payer, event: GatewayEvent) -> WebhookOutcome:
    return act_on(payer.database, payer.gateway, payer.owing.practice_id, event, now=payer.now)


def found_entry(payer: Payer, stripe_wire: StripeWire, cents: int = 4_000) -> UUID:
    """A stray beside a payment of 10.00."""
    event = stray(payer, stripe_wire, payer.pay(1_000), cents)
    told(payer, event)
    (row,) = page(payer).rows
    assert (row.item.amount_cents, row.account is not None) == (cents, True)
    return UUID(row.item.subject)


def test_money_that_is_theirs_settles_with_a_receipt_and_suspense_is_empty(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    entry_id = found_entry(payer, stripe_wire)
    payment_id = attach_found(
        payer.database, payer.gateway, staff(payer), entry_id, decision(payer)
    )
    payment = payer.row(payment_id)
    assert (payment.state, payment.channel, payment.amount_cents) == ("succeeded", "found", 4_000)
    assert payment.receipt_number
    assert payer.allocations(payment_id)[0] == (payer.owing.unbilled.target, 3_000)
    assert page(payer).rows == ()
    assert payer.read(account_sums)[A.PAYMENT_SUSPENSE] == 0
    assert waiting_tasks(payer) == []
    with pytest.raises(NotInSuspenseError):
        attach_found(payer.database, payer.gateway, staff(payer), entry_id, decision(payer))
    assert_all_is_sound(payer)


def test_a_payment_of_another_amount_than_was_asked_settles_as_it_came(payer: Payer) -> None:
    payment_id = payer.pay_at_stripe(5_000)
    payer.read(
        lambda session: session.execute(
            update(Payment)
            .where(Payment.practice_id == practice_of(session))
            .values(amount_cents=7_000)
        )
    )
    assert payer.apply(payment_id) is PaymentState.SUSPENDED
    (row,) = page(payer).rows
    subject = UUID(row.item.subject)
    assert (
        attach_found(payer.database, payer.gateway, staff(payer), subject, decision(payer))
        == payment_id
    )
    assert (payer.state(payment_id), payer.row(payment_id).amount_cents) == ("succeeded", 5_000)
    assert_all_is_sound(payer)


def test_what_goes_back_leaves_suspense_empty(payer: Payer, stripe_wire: StripeWire) -> None:
    entry_id = found_entry(payer, stripe_wire)
    state = send_back_found(payer.database, payer.gateway, staff(payer), entry_id, decision(payer))
    assert state is RefundState.SUCCEEDED
    (made,) = stripe_wire.api("GET", "/v1/refunds")["data"]
    assert made["amount"] == 4_000
    sums = payer.read(account_sums)
    assert (sums[A.PAYMENT_SUSPENSE], sums[A.CARD_CLEARING]) == (0, 1_000)
    assert len(payer.posts()) == 1  # the practice never knew of it
    assert (page(payer).rows, waiting_tasks(payer)) == ((), [])
    assert_all_is_sound(payer)


def test_above_the_limit_money_in_suspense_goes_back_when_two_agree(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    slug = practice_by_id(payer.database, payer.owing.practice_id).slug
    change_practice(payer.database, slug, {"refund_alone_up_to_cents": "3999"})
    entry_id, one = found_entry(payer, stripe_wire), decision(payer)
    state = send_back_found(payer.database, payer.gateway, staff(payer), entry_id, one)
    assert state is RefundState.WAITING
    (row,) = page(payer).rows
    assert row.item.is_going_back
    with pytest.raises(MoneyChangedError):
        attach_found(payer.database, payer.gateway, staff(payer), entry_id, decision(payer))
    agreed = approve_refund(
        payer.database,
        payer.gateway,
        staff(payer),
        one.decision_id,
        now=payer.now,
        request_id="test",
    )
    assert agreed is RefundState.SUCCEEDED
    assert page(payer).rows == ()
    assert_all_is_sound(payer)


def test_what_went_back_at_stripe_meanwhile_is_not_put_to_anybody(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    entry_id = found_entry(payer, stripe_wire)
    (row,) = page(payer).rows
    stripe_wire.api("POST", "/v1/refunds", f"payment_intent={row.item.gateway_id}&amount=4000")
    with pytest.raises(MoneyChangedError):
        attach_found(payer.database, payer.gateway, staff(payer), entry_id, decision(payer))
    assert page(payer).rows == ()
    with pytest.raises(NotInSuspenseError):
        send_back_found(payer.database, payer.gateway, staff(payer), entry_id, decision(payer))
    assert_all_is_sound(payer)


def test_a_refund_that_took_too_much_is_paid_by_the_persons_credit(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    first = payer.pay(6_000)
    payment_id = pay_what_nobody_owes_any_more(payer)
    use_credit_elsewhere(payer, 1_500)
    refund_at_stripe(payer, stripe_wire, payment_id, 4_000)
    (row,) = page(payer).rows
    subject = UUID(row.item.subject)
    assert (row.item.amount_cents, row.credit_cents) == (-1_500, 0)
    with pytest.raises(CreditTooSmallError) as refused:
        take_from_credit(payer.database, staff(payer), subject, decision(payer))
    assert refused.value.free_cents == 0
    move(payer, first, {payer.owing.older.target: 4_500})
    take_from_credit(payer.database, staff(payer), subject, decision(payer))
    assert page(payer).rows == ()
    assert payer.read(account_sums)[A.PAYMENT_SUSPENSE] == 0
    assert sum(cents for target, cents in payer.allocations(payment_id) if target == NOWHERE) == 0
    assert payer.allocations(first)[-1] == (NOWHERE, 1_500)
    assert "refund_unexplained" not in waiting_tasks(payer)
    assert_all_is_sound(payer)


def test_money_of_an_event_that_is_none_of_ours_is_put_to_an_account(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    event = stray(payer, stripe_wire, new_id(), 3_000)
    assert told(payer, event) is WebhookOutcome.PARKED
    (parked,) = page(payer).parked
    who, one = staff(payer), decision(payer)
    with pytest.raises(UnknownAccountError):
        _attach(payer, who, parked.stripe_event_id, "A-99999")
    payment_id = _attach(payer, who, parked.stripe_event_id, "A-20411")
    assert payer.state(payment_id) is PaymentState.SUCCEEDED
    assert page(payer).parked == ()
    with pytest.raises(NotInSuspenseError):
        dismiss_parked(payer.database, who, parked.stripe_event_id, one)
    told(payer, event)
    count = select(func.count()).select_from(Payment)
    assert payer.read(lambda session: session.scalar(count)) == 1
    assert_all_is_sound(payer)


def test_other_business_of_the_practice_goes_off_the_list_with_a_reason(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    told(payer, stray(payer, stripe_wire, new_id(), 3_000))
    (parked,) = page(payer).parked
    dismiss_parked(payer.database, staff(payer), parked.stripe_event_id, decision(payer))
    assert page(payer).parked == ()
    assert payer.sweep().webhooks_parked == 0
    resolved = payer.read(lambda session: session.scalar(select(ParkedWebhook.resolved_at)))
    assert resolved == payer.now


def test_only_some_of_the_staff_place_money(payer: Payer, stripe_wire: StripeWire) -> None:
    entry_id = found_entry(payer, stripe_wire)
    clerk = staff(payer, Role.COLLECTIONS)
    acts: list[Callable[[], object]] = [
        lambda: attach_found(payer.database, payer.gateway, clerk, entry_id, decision(payer)),
        lambda: send_back_found(payer.database, payer.gateway, clerk, entry_id, decision(payer)),
        lambda: take_from_credit(payer.database, clerk, entry_id, decision(payer)),
        lambda: dismiss_parked(payer.database, clerk, "evt_1", decision(payer)),
    ]
    for act in acts:
        with pytest.raises(SuspenseNotAllowedError):
            act()


def _attach(payer: Payer, who: Principal, event_id: str, account_number: str) -> UUID:
    return attach_parked(
        payer.database,
        payer.gateway,
        who,
        event_id,
        account_number=account_number,
        decision=decision(payer),
    )


def test_money_that_was_attached_is_not_asked_about_again(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    """Stripe tells of it a second time, with another event."""
    older = payer.pay(1_000)
    event = stray(payer, stripe_wire, older, 4_000)
    told(payer, event)
    (row,) = page(payer).rows
    subject = UUID(row.item.subject)
    attach_found(payer.database, payer.gateway, staff(payer), subject, decision(payer))
    told(payer, replace(event, id="evt_again"))
    assert waiting_tasks(payer) == []
    assert_all_is_sound(payer)


def test_money_that_staff_still_look_into_is_in_no_patients_history(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    found_entry(payer, stripe_wire)
    shown = history_page(
        payer.database,
        payer.owing.principal,
        HistoryFilter(),
        statement_id=payer.owing.statement_id,
        now=payer.now,
        request_id="test",
    )
    assert [row.amount_cents for row in shown.rows] == [1_000]
