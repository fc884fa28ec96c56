"""Strays that were refunded, disputed or paid out at Stripe before anybody knew whose they were."""

import random
from datetime import timedelta
from uuid import UUID

import pytest

from portal.auth.roles import Role
from portal.connectors.payment_gateway import GatewayEvent
from portal.db import new_id
from portal.domain.journal import LedgerAccount
from portal.domain.payment_postings import payment_suspended
from portal.ledger.journal import post
from portal.payments.books.payouts import UNEXPLAINED_TASK
from portal.payments.books.standing import standing
from portal.payments.suspense.decisions import (
    MoneyChangedError,
    NotInSuspenseError,
    SuspenseNotAllowedError,
)
from portal.payments.suspense.items import OpenItem, SuspenseAct, SuspenseKind
from portal.payments.suspense.naming import name_carried
from portal.payments.suspense.service import attach_carried, attach_found, send_back_found
from tests.conftest import DatabaseUrls
from tests.payments.settling import Settling
from tests.payments.test_checks import spoil
from tests.payments.test_refund_approvals import staff
from tests.payments.test_refunds import waiting_tasks
from tests.payments.test_suspense import (
    _attach,
    assert_all_is_sound,
    decision,
    page,
    stray,
    told,
)

A = LedgerAccount
CLEARING = (A.CARD_CLEARING, A.BANK_CLEARING)


def items(settling: Settling) -> list[tuple[SuspenseKind, int]]:
    return [(row.item.kind, row.item.amount_cents) for row in page(settling.payer).rows]


def only(settling: Settling) -> OpenItem:
    (row,) = page(settling.payer).rows
    return row.item


def found(settling: Settling, cents: int = 4_000) -> tuple[UUID, GatewayEvent]:
    """A stray beside a payment of 50.00 that it names."""
    event = stray(settling.payer, settling.wire, settling.pay(5_000), cents)
    told(settling.payer, event)
    return UUID(only(settling).subject), event


def refund_at_stripe(settling: Settling, event: GatewayEvent, cents: int) -> None:
    form = f"payment_intent={event.payment_intent_id}&amount={cents}"
    settling.wire.api("POST", "/v1/refunds", form)


def hear(settling: Settling) -> None:
    settling.hear_everything(random.Random(1))  # noqa: S311 - any order


def pay_out_everything(settling: Settling) -> None:
    settling.pass_days(10)
    settling.pay_out_if_any()
    settling.pass_days(10)
    hear(settling)


def assert_clear(settling: Settling) -> None:
    """Nothing stands in clearing or suspense, and every check agrees."""
    assert items(settling) == []
    assert settling.cents_in(*CLEARING) == 0
    assert settling.cents_in(A.PAYMENT_SUSPENSE) == 0
    assert settling.payer.read(standing).unexplained_cents == 0
    assert settling.problems() == []
    assert_all_is_sound(settling.payer)


def test_a_stray_that_was_partly_refunded_at_stripe_settles_with_what_is_left(
    settling: Settling,
) -> None:
    entry_id, event = found(settling)
    refund_at_stripe(settling, event, 1_000)
    hear(settling)
    assert items(settling) == [(SuspenseKind.FOUND, 3_000)]
    assert "payment_suspended" in waiting_tasks(settling.payer)  # some of it waits still
    payer = settling.payer
    payment_id = attach_found(
        payer.database, payer.gateway, staff(payer), entry_id, decision(payer)
    )
    assert (payer.row(payment_id).amount_cents, payer.state(payment_id)) == (4_000, "succeeded")
    assert sum(cents for _, cents in payer.allocations(payment_id)) == 3_000
    told_practice = [post.amount_cents for post in payer.posts()]
    assert told_practice == [5_000, 4_000, -1_000]
    assert settling.cents_in(A.UNAPPLIED_CREDIT) == 0
    assert waiting_tasks(payer) == []
    pay_out_everything(settling)
    assert_clear(settling)


def test_a_stray_whose_refund_nobody_told_us_of_is_looked_at_again_before_it_settles(
    settling: Settling,
) -> None:
    entry_id, event = found(settling)
    refund_at_stripe(settling, event, 1_000)
    payer = settling.payer
    with pytest.raises(MoneyChangedError):
        attach_found(payer.database, payer.gateway, staff(payer), entry_id, decision(payer))
    assert items(settling) == [(SuspenseKind.FOUND, 3_000)]
    attach_found(payer.database, payer.gateway, staff(payer), entry_id, decision(payer))
    hear(settling)
    pay_out_everything(settling)
    assert_clear(settling)


def test_what_is_left_of_a_stray_goes_back(settling: Settling) -> None:
    entry_id, event = found(settling)
    refund_at_stripe(settling, event, 1_000)
    hear(settling)
    payer = settling.payer
    send_back_found(payer.database, payer.gateway, staff(payer), entry_id, decision(payer))
    refunds = settling.wire.api("GET", "/v1/refunds")["data"]
    assert sorted(one["amount"] for one in refunds) == [1_000, 3_000]
    assert waiting_tasks(payer) == []
    pay_out_everything(settling)
    assert_clear(settling)


def test_a_stray_that_was_wholly_refunded_at_stripe_is_closed_by_itself(
    settling: Settling,
) -> None:
    entry_id, event = found(settling)
    refund_at_stripe(settling, event, 4_000)
    hear(settling)
    assert items(settling) == []
    payer = settling.payer
    with pytest.raises(NotInSuspenseError):
        attach_found(payer.database, payer.gateway, staff(payer), entry_id, decision(payer))
    assert waiting_tasks(payer) == []
    pay_out_everything(settling)
    assert_clear(settling)


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_a_disputed_stray_waits_for_the_bank_and_then_can_be_closed(
    settling: Settling, outcome: str
) -> None:
    entry_id, event = found(settling)
    intent = settling.wire.api("GET", f"/v1/payment_intents/{event.payment_intent_id}")
    given = {"charge": intent["latest_charge"]}
    dispute = settling.wire.control.post("disputes", given)
    hear(settling)
    assert only(settling).is_disputed
    payer = settling.payer
    for act in (attach_found, send_back_found):
        with pytest.raises(MoneyChangedError):
            act(payer.database, payer.gateway, staff(payer), entry_id, decision(payer))
    settling.decide(dispute["id"], outcome)
    hear(settling)
    if outcome == "won":
        assert items(settling) == [(SuspenseKind.FOUND, 4_000)]
        attach_found(payer.database, payer.gateway, staff(payer), entry_id, decision(payer))
    assert "payment_suspended" not in waiting_tasks(payer)
    assert "dispute_unexplained" not in waiting_tasks(payer)
    pay_out_everything(settling)
    assert_clear(settling)


def test_a_stray_that_lost_all_that_a_refund_had_left_is_closed(settling: Settling) -> None:
    _, event = found(settling)
    refund_at_stripe(settling, event, 1_500)
    intent = settling.wire.api("GET", f"/v1/payment_intents/{event.payment_intent_id}")
    dispute = settling.wire.control.post("disputes", {"charge": intent["latest_charge"]})
    hear(settling)
    assert items(settling) == [(SuspenseKind.FOUND, 2_500)]
    settling.decide(dispute["id"], "lost")
    hear(settling)
    pay_out_everything(settling)
    assert_clear(settling)


def carried_stranger(settling: Settling, cents: int = 3_000) -> GatewayEvent:
    """Money of nobody we know, in a payout that is in the books."""
    event = stray(settling.payer, settling.wire, new_id(), cents)
    told(settling.payer, event)
    pay_out_everything(settling)
    assert items(settling) == [(SuspenseKind.PAYOUT, cents)]
    return event


def test_money_attached_after_its_payout_leaves_clearing_and_suspense_at_zero(
    settling: Settling,
) -> None:
    carried_stranger(settling)
    payer = settling.payer
    assert UNEXPLAINED_TASK in waiting_tasks(payer)
    (parked,) = page(payer).parked
    payment_id = _attach(payer, staff(payer), parked.stripe_event_id, "A-20411")
    assert payer.state(payment_id) == "succeeded"
    assert settling.entries("movement_placed") == [
        {"card_clearing": -3_000, "payment_suspense": 3_000}
    ]
    assert UNEXPLAINED_TASK not in waiting_tasks(payer)
    hear(settling)
    assert_clear(settling)


def test_money_of_a_payout_is_attached_though_no_event_is_left_of_it(settling: Settling) -> None:
    carried_stranger(settling)
    payer = settling.payer
    item = only(settling)
    attach_carried(
        payer.database,
        payer.gateway,
        staff(payer),
        item.subject,
        account_number="A-20411",
        decision=decision(payer),
    )
    assert page(payer).parked == ()
    with pytest.raises(NotInSuspenseError):
        attach_carried(
            payer.database,
            payer.gateway,
            staff(payer),
            item.subject,
            account_number="A-20411",
            decision=decision(payer),
        )
    assert_clear(settling)


def test_a_stranger_refunded_and_paid_out_before_he_is_known_settles_with_the_rest(
    settling: Settling,
) -> None:
    event = stray(settling.payer, settling.wire, new_id(), 3_000)
    told(settling.payer, event)
    refund_at_stripe(settling, event, 1_000)
    settling.pay_by_stranger(9_000)
    pay_out_everything(settling)
    payer = settling.payer
    mine = next(row.item for row in page(payer).rows if row.item.amount_cents == 3_000)
    payment_id = attach_carried(
        payer.database,
        payer.gateway,
        staff(payer),
        mine.subject,
        account_number="A-20411",
        decision=decision(payer),
    )
    assert sum(cents for _, cents in payer.allocations(payment_id)) == 2_000
    assert items(settling) == [(SuspenseKind.PAYOUT, 9_000)]
    hear(settling)
    assert settling.cents_in(*CLEARING) == 0
    assert settling.problems() == []


def test_a_stranger_disputed_and_paid_out_before_he_is_known_is_a_dispute_of_the_payment(
    settling: Settling,
) -> None:
    event = stray(settling.payer, settling.wire, new_id(), 3_000)
    told(settling.payer, event)
    intent = settling.wire.api("GET", f"/v1/payment_intents/{event.payment_intent_id}")
    settling.wire.control.post("disputes", {"charge": intent["latest_charge"]})
    settling.pay_by_stranger(9_000)
    pay_out_everything(settling)
    payer = settling.payer
    mine = next(row.item for row in page(payer).rows if row.item.amount_cents == 3_000)
    attach_carried(
        payer.database,
        payer.gateway,
        staff(payer),
        mine.subject,
        account_number="A-20411",
        decision=decision(payer),
    )
    hear(settling)
    hear(settling)  # what was parked is tried again
    (lost,) = settling.entries("dispute_lost")  # nobody answered it in time
    assert lost["disputes_receivable"] == -3_000
    assert settling.cents_in(*CLEARING) == 0
    assert settling.problems() == []
    assert items(settling) == [(SuspenseKind.PAYOUT, 9_000)]


def test_a_manager_says_what_each_line_of_a_payout_is(settling: Settling) -> None:
    payer, wanted = settling.payer, {}
    for act, cents in (
        (SuspenseAct.FEE, 100),
        (SuspenseAct.RESERVE, 200),
        (SuspenseAct.OTHER, 300),
    ):
        told(payer, stray(payer, settling.wire, new_id(), cents))
        wanted[cents] = act
    pay_out_everything(settling)
    fees = settling.cents_in(A.PROCESSOR_FEES)
    clerk = staff(payer, Role.COLLECTIONS)
    for item in [row.item for row in page(payer).rows]:
        named = (item.subject, wanted[item.amount_cents], decision(payer))
        with pytest.raises(SuspenseNotAllowedError):
            name_carried(payer.database, clerk, *named)
        assert UNEXPLAINED_TASK in waiting_tasks(payer)
        name_carried(payer.database, staff(payer), *named)
        with pytest.raises(NotInSuspenseError):
            name_carried(payer.database, staff(payer), *named)
    assert UNEXPLAINED_TASK not in waiting_tasks(payer)
    assert settling.cents_in(A.PROCESSOR_FEES) == fees - 100
    assert settling.cents_in(A.PROCESSOR_RESERVE) == -200
    assert settling.cents_in(A.OTHER_BUSINESS) == -300
    for parked in page(payer).parked:  # it is named: it cannot be a payment as well
        with pytest.raises(NotInSuspenseError):
            _attach(payer, staff(payer), parked.stripe_event_id, "A-20411")
    hear(settling)
    assert_clear(settling)


def test_the_check_finds_what_the_books_have_and_a_payout_had_in_suspense(
    settling: Settling, database_urls: DatabaseUrls
) -> None:
    """As it was before anybody followed what a payout had carried."""
    carried_stranger(settling)
    payer = settling.payer
    (parked,) = page(payer).parked
    payment_id = _attach(payer, staff(payer), parked.stripe_event_id, "A-20411")
    spoil(
        database_urls,
        "UPDATE portal.journal_entries SET source_key = 'txn_other'"
        " WHERE business_event = 'movement_placed'",
    )
    (finding,) = settling.problems()
    assert finding == (
        f"The processor paid out 0 cents of payment:{payment_id} from card_clearing; "
        "the books have 3000."
    )


def test_the_check_finds_a_payout_that_was_posted_from_another_account(
    settling: Settling, database_urls: DatabaseUrls
) -> None:
    settling.pay(6_000)
    settling.pass_days()
    payout = settling.take_in(settling.pay_out())
    spoil(
        database_urls,
        "UPDATE portal.postings SET account = 'bank_clearing' WHERE account = 'card_clearing'"
        " AND amount_cents < 0",
    )
    found = settling.problems()
    assert (
        f"The payout {payout.stripe_payout_id} carried 6000 cents of card_clearing; "
        "its entry has 0."
    ) in found


def test_the_check_finds_clearing_money_that_nothing_explains(settling: Settling) -> None:
    settling.pay(6_000)
    settling.read_books()
    assert settling.problems() == []
    with settling.payer.database.transaction(settling.payer.job) as session:
        entry = payment_suspended(
            "pi_made_up",
            amount_cents=700,
            guarantor_id=settling.payer.owing.guarantor_id,
            effective_on=settling.payer.now.date(),
        )
        post(session, entry, now=settling.payer.now)
    settling.payer.now += timedelta(hours=1)
    settling.read_books()
    (finding,) = settling.problems()
    assert finding == "Of what stands in clearing, nothing explains 700 cents."


def test_a_refund_that_no_event_told_of_is_found_in_the_processors_books(
    settling: Settling,
) -> None:
    _, event = found(settling)
    payment_id = settling.pay(2_000)
    refund_at_stripe(settling, event, 1_000)
    settling.refund(payment_id, 500)
    settling.read_books()
    assert items(settling) == [(SuspenseKind.FOUND, 4_000)]
    payer = settling.payer
    for _ in range(2):
        payer.sweep()
    assert items(settling) == [(SuspenseKind.FOUND, 3_000)]
    assert sum(cents for _, cents in payer.allocations(payment_id)) == 1_500
    assert settling.cents_in(*CLEARING) == 9_500
    assert_all_is_sound(payer)
