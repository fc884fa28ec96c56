"""The ways in which paying online has failed elsewhere, each by its number in our list of them.

Whole suites look at most of them more closely; here is the list, complete and in one place.
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle
from typing import Any, Final
from uuid import UUID

import pytest
from sqlalchemy import func, select

from portal.connectors.stripe_gateway import StripeGateway
from portal.connectors.stripe_settlement_records import StripeSettlementRecords
from portal.db import practice_of
from portal.domain.journal import BusinessEvent, LedgerAccount
from portal.domain.payment_status import PaymentState
from portal.ledger.models import PostingRow
from portal.ledger.queries import on_its_way_cents, receivable_cents, unapplied_credit_cents
from portal.messages.models import Message
from portal.payments.event_handlers import event_handlers
from portal.payments.refunds.service import RefundNotAllowedError, RefundTooLargeError
from portal.practice.models import Task
from tests.contracts.account_holder import AccountHolder
from tests.contracts.hosted_page import Cardholder
from tests.contracts.stripe_wire import StripeWire
from tests.payments.owing import change_debt
from tests.payments.paying import DECLINED_CARD, GOOD_CARD, Payer, at_once
from tests.payments.test_refunds import refund
from tests.proofs.test_webhook_orders import booked, deliver, told

PAID_ONCE: Final = {BusinessEvent.PAYMENT_SETTLED.value: 1}
ASKS_BANK: Final = "4000 0000 0000 3220"
RETURNED_ACCOUNT: Final = "000222222227"
DAY_SECONDS: Final = 24 * 60 * 60
START: Final = "POST /v1/checkout/sessions"
PAID: Final = "payment_intent.succeeded"


def newest(stripe_wire: StripeWire, kind: str) -> dict[str, Any]:
    """Stripe's newest event of a kind."""
    event: dict[str, Any] = stripe_wire.api("GET", f"/v1/events?limit=1&type={kind}")["data"][0]
    return event


def intents(stripe_wire: StripeWire, *, status: str = "succeeded") -> list[dict[str, Any]]:
    page = stripe_wire.api("GET", "/v1/payment_intents?limit=100")
    return [intent for intent in page["data"] if intent["status"] == status]


def confirmed(payer: Payer, payment_id: UUID, *, due_seen_cents: int = 10_000) -> Cardholder:
    """At Stripe's page."""
    address = payer.confirm(payment_id, due_seen_cents=due_seen_cents)
    assert address is not None
    return Cardholder(address)


def account_cents(payer: Payer, account: LedgerAccount) -> int:
    """Of this person's entries."""
    return payer.read(
        lambda session: int(
            session.scalar(
                select(func.coalesce(func.sum(PostingRow.amount_cents), 0)).where(
                    PostingRow.practice_id == practice_of(session),
                    PostingRow.guarantor_id == payer.owing.guarantor_id,
                    PostingRow.account == account.value,
                )
            )
            or 0
        )
    )


def owed_cents(payer: Payer) -> int:
    """Of the statement's 100.00; another 30.00 wait for the next one."""
    return payer.read(lambda s: receivable_cents(s, payer.owing.guarantor_id)) - 3_000


def credit_cents(payer: Payer) -> int:
    return payer.read(lambda s: unapplied_credit_cents(s, payer.owing.guarantor_id))


def mails(payer: Payer) -> int:
    return payer.read(
        lambda session: (
            session.scalar(
                select(func.count())
                .select_from(Message)
                .where(
                    Message.practice_id == practice_of(session),
                    Message.guarantor_id == payer.owing.guarantor_id,
                )
            )
            or 0
        )
    )


def tasks_about(payer: Payer, subject_id: UUID) -> list[str]:
    return payer.read(
        lambda session: list(
            session.scalars(
                select(Task.kind).where(
                    Task.practice_id == practice_of(session), Task.subject_id == subject_id
                )
            )
        )
    )


def test_failure_mode_1_return_page_and_webhook_at_once_book_it_once_with_one_mail(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    payment_id = payer.pay_at_stripe()
    event = newest(stripe_wire, PAID)
    acts: Iterator[Callable[[], object]] = cycle(
        [partial(payer.apply, payment_id), partial(deliver, payer, event)]
    )
    at_once(8, lambda: next(acts)())  # noqa: PLW0108 - the next in each thread
    assert booked(payer) == told(payer) == PAID_ONCE
    assert mails(payer) == 1


def test_failure_mode_2_one_webhook_three_times_in_parallel_settles_once(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    payer.pay_at_stripe()
    event = newest(stripe_wire, PAID)
    assert set(at_once(3, lambda: deliver(payer, event))) <= {"applied", "seen_before"}
    assert booked(payer) == PAID_ONCE


def test_failure_mode_3_what_stripe_tells_of_before_we_know_it_is_kept_not_lost(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    payment_id = payer.prepare()
    stripe_wire.control.fail_next("503", operation=START)
    payer.confirm(payment_id)
    assert payer.state(payment_id) is PaymentState.STARTING  # written down before Stripe heard
    stripe_wire.api(
        "POST",
        "/v1/payment_intents",
        "amount=700&currency=usd&confirm=true&payment_method=pm_card_visa"
        "&payment_method_types[]=card",
    )
    event = newest(stripe_wire, PAID)
    assert [deliver(payer, event) for _ in range(2)] == ["parked", "parked"]
    assert payer.sweep().webhooks_parked == 1


def test_failure_mode_4_a_retry_after_a_lost_answer_is_the_same_payment(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    payment_id = payer.prepare()
    stripe_wire.control.fail_next("answer_lost", operation=START)
    assert payer.confirm(payment_id) is None
    confirmed(payer, payment_id).pay(GOOD_CARD)
    payer.sweep(everything=True)
    assert len(intents(stripe_wire)) == 1
    assert booked(payer) == PAID_ONCE


def test_failure_mode_5_a_decline_locks_nobody_out(payer: Payer, stripe_wire: StripeWire) -> None:
    first = payer.prepare()
    confirmed(payer, first).pay(DECLINED_CARD)
    payer.apply(first)
    second = payer.prepare(9_000)
    confirmed(payer, second).pay(GOOD_CARD)
    assert payer.apply(second) is PaymentState.SUCCEEDED
    keys = [
        exchange.headers["Idempotency-Key"]
        for exchange in stripe_wire.exchanges
        if f"{exchange.method} {exchange.path}" == START
    ]
    assert keys == [str(first), str(second)]  # of the attempt, not of the day or the amount


def test_failure_mode_6_of_two_tabs_at_the_banks_question_one_pays(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    first, second = payer.prepare(10_000), payer.prepare(9_900)
    tabs = [confirmed(payer, first)]
    tabs[0].pay(ASKS_BANK)
    tabs.append(confirmed(payer, second))
    tabs[1].pay(ASKS_BANK)
    for tab in tabs:
        tab.answer_bank(confirm=True)
    payer.sweep(everything=True)
    assert [intent["amount_received"] for intent in intents(stripe_wire)] == [9_900]
    assert booked(payer) == PAID_ONCE


@pytest.mark.parametrize(
    "differs", ["amount=9999&currency=usd", "amount=10000&currency=usd&description=reused"]
)
def test_failure_mode_7_money_that_is_not_the_attempts_own_waits_in_suspense(
    payer: Payer, stripe_wire: StripeWire, differs: str
) -> None:
    payment_id = payer.pay()
    stripe_wire.api(
        "POST",
        "/v1/payment_intents",
        f"{differs}&confirm=true&payment_method=pm_card_visa"
        f"&payment_method_types[]=card&metadata[payment_id]={payment_id}",
    )
    assert deliver(payer, newest(stripe_wire, PAID)) == "applied"
    assert booked(payer) == {**PAID_ONCE, BusinessEvent.PAYMENT_SUSPENDED.value: 1}
    assert owed_cents(payer) == 0
    assert credit_cents(payer) == 0  # nothing is given away on the strength of a stranger's money


def test_failure_mode_8_an_abandoned_bank_question_cannot_pay_after_another_way_did(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    abandoned = payer.prepare(10_000)
    old_tab = confirmed(payer, abandoned)
    old_tab.pay(ASKS_BANK)
    other = payer.prepare(9_900)
    confirmed(payer, other).pay(GOOD_CARD)
    payer.apply(other)
    old_tab.answer_bank(confirm=True)
    payer.sweep(everything=True)
    assert payer.state(abandoned) is PaymentState.EXPIRED
    assert len(intents(stripe_wire)) == 1


def test_failure_mode_8_money_for_what_was_paid_another_way_is_credit_and_a_task(
    payer: Payer,
) -> None:
    payment_id, cardholder = payer.open_page()
    for owed in (payer.owing.older, payer.owing.newer):
        change_debt(payer.database, payer.owing, owed.target, cents=-owed.cents, why="paid")
    cardholder.pay(GOOD_CARD)
    assert payer.apply(payment_id) is PaymentState.SUCCEEDED
    assert credit_cents(payer) == 7_000  # 30.00 went to what no statement had asked for yet
    assert tasks_about(payer, payment_id) == ["unapplied_credit"]


def test_failure_mode_9_a_bank_debit_is_not_paid_at_once_and_does_not_stay_pending(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    payment_id = payer.prepare()
    address = payer.confirm(payment_id)
    AccountHolder(address or "").debit()
    assert payer.apply(payment_id) is PaymentState.PROCESSING
    assert booked(payer) == {}
    guarantor_id = payer.owing.guarantor_id
    assert payer.read(lambda s: on_its_way_cents(s, guarantor_id)) == 10_000
    stripe_wire.control.advance_clock(seconds=8 * DAY_SECONDS)
    payer.wait(days=8)
    payer.sweep()
    assert payer.state(payment_id) is PaymentState.SUCCEEDED
    assert booked(payer) == PAID_ONCE
    assert account_cents(payer, LedgerAccount.BANK_CLEARING) == 10_000


def test_failure_mode_10_only_an_intent_that_succeeded_is_a_success(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    payment_id = payer.prepare()
    AccountHolder(payer.confirm(payment_id) or "").debit(RETURNED_ACCOUNT)
    payer.apply(payment_id)
    stripe_wire.control.advance_clock(seconds=8 * DAY_SECONDS)
    payer.wait(days=8)
    stripe_wire.control.fail_next("500")
    payer.sweep()  # an error of Stripe's is no success
    assert booked(payer) == {}
    payer.sweep()
    assert payer.state(payment_id) is PaymentState.FAILED
    assert (booked(payer), owed_cents(payer)) == ({}, 10_000)


def test_failure_mode_11_giving_one_payment_back_leaves_the_other(payer: Payer) -> None:
    first, second = payer.pay(4_000), payer.prepare(6_000)
    confirmed(payer, second, due_seen_cents=6_000).pay(GOOD_CARD)
    payer.apply(second)
    refund(payer, first, 4_000)
    payer.sweep(everything=True)
    assert payer.state(second) is PaymentState.SUCCEEDED
    assert owed_cents(payer) == 4_000
    with pytest.raises(RefundTooLargeError):
        refund(payer, first, 1)


def test_failure_mode_12_an_attempt_that_ended_at_stripe_ends_here_and_another_may_begin(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    payment_id = payer.prepare()
    payer.confirm(payment_id)
    session_id = payer.row(payment_id).checkout_session_id
    stripe_wire.api("POST", f"/v1/checkout/sessions/{session_id}/expire", "")
    payer.wait(minutes=10)
    payer.sweep()  # no webhook came
    assert payer.state(payment_id) is PaymentState.EXPIRED
    assert payer.pay(10_000) != payment_id


def test_failure_mode_13_an_unknown_outcome_is_never_called_a_failure(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    payment_id = payer.pay_at_stripe()
    stripe_wire.control.fail_next("503", "429", "answer_lost")
    for _ in range(3):
        payer.sweep(everything=True)
        assert payer.state(payment_id) is PaymentState.OPEN
    payer.sweep(everything=True)
    assert payer.state(payment_id) is PaymentState.SUCCEEDED


def test_failure_mode_14_a_dispute_is_in_the_books_before_anybody_misses_the_money(
    payer: Payer, gateway: StripeGateway, stripe_wire: StripeWire
) -> None:
    payment_id = payer.pay()
    intent_id = payer.row(payment_id).payment_intent_id
    stripe_wire.control.post("disputes", {"payment_intent": intent_id})
    handlers = event_handlers(StripeSettlementRecords(gateway.connection))
    event = newest(stripe_wire, "charge.dispute.created")
    assert deliver(payer, event, handlers=handlers) == "applied"
    assert deliver(payer, event, handlers=handlers) == "seen_before"
    assert account_cents(payer, LedgerAccount.DISPUTES_RECEIVABLE) == 10_000
    assert "dispute" in payer.task_kinds()
    with pytest.raises(RefundNotAllowedError):
        refund(payer, payment_id, 100)


def test_failure_mode_15_no_name_and_no_service_leaves_for_stripe(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    refund(payer, payer.pay(), 500)
    said = " ".join(f"{one.path}?{one.query} {one.body}" for one in stripe_wire.exchanges)
    for secret in (
        "Reyes",
        "Mateo",
        "99213",
        "example.com",
        "2026-01-14",
        payer.owing.statement_id,
    ):
        assert str(secret) not in said


def test_failure_mode_16_a_return_page_and_a_webhook_never_make_a_second_intent(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    payment_id = payer.prepare()
    stripe_wire.control.fail_next("answer_lost", operation=START)
    payer.confirm(payment_id)
    acts: Iterator[Callable[[], object]] = cycle(
        [partial(payer.confirm, payment_id), partial(payer.apply, payment_id)]
    )
    at_once(6, lambda: next(acts)())  # noqa: PLW0108 - the next in each thread
    sessions = stripe_wire.api("GET", "/v1/checkout/sessions")["data"]
    assert [one["client_reference_id"] for one in sessions] == [str(payment_id)]
