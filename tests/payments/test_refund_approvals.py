"""Refunds for two people: asked for, agreed to by another, handed over, or given up."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from portal.auth.roles import Role
from portal.connectors.payment_gateway import GatewayEvent, RefundStatus
from portal.db import Principal, new_id, practice_of
from portal.domain.allocation import Allocation
from portal.domain.journal import NOWHERE, LedgerAccount
from portal.domain.payment_status import RefundState
from portal.ledger.queries import account_sums
from portal.payments.credits.use import CreditChangedError, use_credit
from portal.payments.models import Payment, Refund
from portal.payments.refunds.asking import apply_refund
from portal.payments.refunds.handing import Handed, HandedOnError, NotToHandOverError, hand_over
from portal.payments.refunds.service import (
    PartTooLargeError,
    RefundNotAllowedError,
    RefundTooLargeError,
    SamePersonError,
    approve_refund,
    reject_refund,
    request_refund,
)
from portal.payments.settlement import practice_day
from portal.practice.directory import change_practice, practice_by_id
from tests.contracts.stripe_wire import StripeWire
from tests.payments.owing import change_debt
from tests.payments.paying import Payer, at_once
from tests.payments.settling import Settling
from tests.payments.test_applying import assert_books_are_sound
from tests.payments.test_refunds import Rotated, refunds, waiting_tasks

LIMIT_CENTS = 2_000
A = LedgerAccount


def staff(payer: Payer, role: Role = Role.MANAGER) -> Principal:
    return Principal.staff(payer.owing.practice_id, staff_id=new_id(), role=role.value)


@pytest.fixture(autouse=True)
def limit(payer: Payer) -> None:
    slug = practice_by_id(payer.database, payer.owing.practice_id).slug
    change_practice(payer.database, slug, {"refund_alone_up_to_cents": str(LIMIT_CENTS)})


def ask(
    payer: Payer,
    payment_id: UUID,
    cents: int,
    *,
    who: Principal | None = None,
    taken_from: tuple[Allocation, ...] = (),
) -> tuple[UUID, RefundState]:
    refund_id = new_id()
    state = request_refund(
        payer.database,
        payer.gateway,
        who or staff(payer),
        refund_id=refund_id,
        payment_id=payment_id,
        amount_cents=cents,
        reason="paid_twice",
        taken_from=taken_from,
        now=payer.now,
        request_id="test",
    )
    return refund_id, state


def agree(payer: Payer, refund_id: UUID, who: Principal | None = None) -> RefundState:
    return approve_refund(
        payer.database,
        payer.gateway,
        who or staff(payer),
        refund_id,
        now=payer.now,
        request_id="test",
    )


def refuse(payer: Payer, refund_id: UUID) -> RefundState:
    return reject_refund(
        payer.database,
        staff(payer),
        refund_id,
        reason="It was owed.",
        now=payer.now,
        request_id="test",
    )


def hand(payer: Payer, refund_id: UUID, *, days_later: int = 0) -> None:
    day = payer.read(lambda session: practice_day(session, payer.now))
    handed = Handed(day + timedelta(days=days_later), "1042", "12 Oak St\nPortland, OR 97201")
    hand_over(payer.database, staff(payer), refund_id, handed, now=payer.now, request_id="test")


def paid_with(payer: Payer, kind: str, *, days_ago: int = 0) -> UUID:
    """50.00, as if it had come that way, so long ago."""
    payment_id = payer.pay(5_000)
    payer.read(
        lambda session: session.execute(
            update(Payment)
            .where(Payment.practice_id == practice_of(session), Payment.payment_id == payment_id)
            .values(method_kind=kind, settled_at=payer.now - timedelta(days=days_ago))
        )
    )
    return payment_id


def test_up_to_the_limit_one_person_sends_it_and_above_it_another_agrees(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    payment_id = payer.pay(5_000)
    assert ask(payer, payment_id, 1_500)[1] is RefundState.SUCCEEDED
    refund_id, state = ask(payer, payment_id, 501)
    assert state is RefundState.WAITING
    payer.wait(hours=30)
    payer.sweep()
    assert len(stripe_wire.api("GET", "/v1/refunds")["data"]) == 1
    assert waiting_tasks(payer) == ["refund_to_approve"]
    assert agree(payer, refund_id) is RefundState.SUCCEEDED
    assert waiting_tasks(payer) == []
    assert payer.read(account_sums)[A.CARD_CLEARING] == 5_000 - 2_001
    assert_books_are_sound(payer)


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ADMIN])
def test_nobody_agrees_to_what_they_asked_for(payer: Payer, role: Role) -> None:
    who = staff(payer, role)
    refund_id, state = ask(payer, payer.pay(5_000), 2_001, who=who)
    assert state is RefundState.WAITING
    with pytest.raises(SamePersonError):
        agree(payer, refund_id, who)
    with pytest.raises(RefundNotAllowedError):
        agree(payer, refund_id, staff(payer, Role.COLLECTIONS))
    assert [one.state for one in refunds(payer)] == ["waiting"]


def test_what_waits_is_promised_to_nobody_else(payer: Payer) -> None:
    owing = payer.owing
    payment_id = payer.pay_at_stripe(10_000)
    change_debt(payer.database, owing, owing.newer.target, cents=-4_000, why="insurer paid")
    change_debt(payer.database, owing, owing.unbilled.target, cents=-3_000, why="insurer paid")
    payer.apply(payment_id)  # 60.00 on the older visit, 40.00 of credit
    refund_id, _ = ask(payer, payment_id, 9_000)
    with pytest.raises(RefundTooLargeError) as refused:
        ask(payer, payment_id, 1_001)
    assert refused.value.most_cents == 1_000
    change_debt(payer.database, owing, owing.newer.target, cents=4_000, why="billed again")
    with pytest.raises(CreditChangedError):
        use_credit(
            payer.database,
            staff(payer, Role.COLLECTIONS),
            owing.guarantor_id,
            use_id=new_id(),
            seen_cents=4_000,
            now=payer.now,
            request_id="test",
        )
    assert refuse(payer, refund_id) is RefundState.REJECTED
    assert waiting_tasks(payer) == ["unapplied_credit"]
    assert ask(payer, payment_id, 1_001)[1] is RefundState.SUCCEEDED
    assert_books_are_sound(payer)


def test_agreed_to_by_several_at_once_it_goes_out_once(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    refund_id, _ = ask(payer, payer.pay(5_000), 5_000)
    assert set(at_once(3, lambda: agree(payer, refund_id))) <= {
        RefundState.SUCCEEDED,
        RefundState.REQUESTED,
    }
    assert len(stripe_wire.api("GET", "/v1/refunds")["data"]) == 1
    assert refuse(payer, refund_id) is RefundState.SUCCEEDED
    assert_books_are_sound(payer)


def test_the_lines_it_comes_from_are_those_that_were_chosen(payer: Payer) -> None:
    payment_id, older = payer.pay(10_000), payer.owing.older.target
    ask(payer, payment_id, 1_500, taken_from=(Allocation(older, 1_500),))
    assert payer.allocations(payment_id)[2:] == [(older, -1_500)]
    with pytest.raises(PartTooLargeError) as refused:
        ask(payer, payment_id, 4_501, taken_from=(Allocation(older, 4_501),))
    assert refused.value.most_cents == 4_500
    with pytest.raises(PartTooLargeError):
        ask(payer, payment_id, 100, taken_from=(Allocation(NOWHERE, 100),))
    assert_books_are_sound(payer)


@pytest.mark.parametrize(("kind", "days"), [("cash", 0), ("check", 0), ("us_bank_account", 182)])
def test_what_cannot_go_back_goes_by_check_which_two_people_stand_for(
    payer: Payer, stripe_wire: StripeWire, kind: str, days: int
) -> None:
    payment_id = paid_with(payer, kind, days_ago=days)
    refund_id, state = ask(payer, payment_id, 100)
    assert state is RefundState.WAITING
    with pytest.raises(NotToHandOverError):
        hand(payer, refund_id)
    assert agree(payer, refund_id) is RefundState.REQUESTED
    assert waiting_tasks(payer) == ["refund_to_hand_over"]
    assert A.BANK not in payer.read(account_sums)
    for days_later in (-1, 1):
        with pytest.raises(HandedOnError):
            hand(payer, refund_id, days_later=days_later)
    hand(payer, refund_id)
    hand(payer, refund_id)
    (made,) = refunds(payer)
    assert (made.state, made.way, made.handed_reference) == ("succeeded", "check", "1042")
    assert made.mailed_to.startswith("12 Oak St")
    assert payer.read(account_sums)[A.BANK] == -100
    told = payer.posts()[-1]
    assert (told.kind, told.amount_cents, told.details["method"]) == ("refund_paid", -100, "check")
    assert waiting_tasks(payer) == []
    assert stripe_wire.api("GET", "/v1/refunds")["data"] == []
    assert_books_are_sound(payer)


def test_a_card_machine_takes_its_own_money_back_by_hand(payer: Payer) -> None:
    refund_id, state = ask(payer, paid_with(payer, "terminal"), 1_000)
    assert state is RefundState.REQUESTED
    hand(payer, refund_id)
    assert payer.read(account_sums)[A.TERMINAL_CLEARING] == -1_000
    assert_books_are_sound(payer)


def test_a_check_that_is_not_written_leaves_everything_as_it_was(payer: Payer) -> None:
    refund_id, _ = ask(payer, paid_with(payer, "cash"), 5_000)
    agree(payer, refund_id)
    assert refuse(payer, refund_id) is RefundState.CANCELED
    assert waiting_tasks(payer) == []
    with pytest.raises(NotToHandOverError):
        hand(payer, refund_id)
    assert len(payer.posts()) == 1
    assert_books_are_sound(payer)


def test_a_refund_that_comes_back_from_the_bank_is_credit_and_goes_by_check(payer: Payer) -> None:
    payment_id = payer.pay(5_000)
    stripe = Rotated(payer.gateway)
    payer.gateway = stripe  # type: ignore[assignment]  # the rest of the protocol is passed on
    stripe.status = RefundStatus.SUCCEEDED
    refund_id, state = ask(payer, payment_id, 1_000)
    assert state is RefundState.SUCCEEDED
    fail_later(payer, refund_id, stripe)
    (came_back,) = refunds(payer)
    assert came_back.state == "returned"
    sums = payer.read(account_sums)
    assert (sums[A.CARD_CLEARING], sums[A.UNAPPLIED_CREDIT]) == (5_000, -1_000)
    assert sum(cents for _, cents in payer.allocations(payment_id)) == 5_000
    assert set(waiting_tasks(payer)) == {"refund_failed", "unapplied_credit"}
    assert_books_are_sound(payer)
    _, state = ask(payer, payment_id, 1_000)
    assert (state, refunds(payer)[-1].way) == (RefundState.WAITING, "check")


def fail_later(payer: Payer, refund_id: UUID, stripe: Rotated) -> None:
    """The bank does not take it after all, and Stripe tells us."""
    (refund,) = [one for one in refunds(payer) if one.refund_id == refund_id]
    stripe.status = RefundStatus.FAILED
    tell_again(payer, refund.payment_id, refund.stripe_refund_id or "")


def tell_again(payer: Payer, payment_id: UUID, stripe_refund_id: str) -> None:
    """As a webhook would."""
    event = GatewayEvent(
        id=f"evt_{new_id()}",
        type="refund.failed",
        object_kind="refund",
        object_id=stripe_refund_id,
        account=None,
        livemode=False,
        created_at=payer.now,
        payment_intent_id=payer.row(payment_id).payment_intent_id,
        reference=None,
    )
    apply_refund(
        payer.database,
        payer.gateway,
        payer.owing.practice_id,
        payment_id,
        event.object_id,
        now=payer.now,
        event=event,
    )


def test_a_check_is_not_handed_over_once_the_bank_took_the_money_back(settling: Settling) -> None:
    """The card is closed, so a check was agreed to; then its holder disputes the payment."""
    payer = settling.payer
    payment_id = paid_with(payer, "card")
    close_the_card(payer, payment_id)
    refund_id, _ = ask(payer, payment_id, 5_000)
    assert agree(payer, refund_id) is RefundState.REQUESTED
    dispute_id = settling.dispute(payment_id)["id"]
    settling.learn(dispute_id)
    with pytest.raises(NotToHandOverError):
        hand(payer, refund_id)
    assert [one.state for one in refunds(payer)] == ["failed", "canceled"]
    assert "refund_to_hand_over" not in waiting_tasks(payer)
    settling.decide(dispute_id, "lost")
    settling.learn(dispute_id)
    assert settling.cents_in(A.BANK, A.PAYMENT_SUSPENSE) == 0


def test_a_refund_that_waits_is_given_up_when_the_bank_takes_the_money(settling: Settling) -> None:
    payer = settling.payer
    payment_id = paid_with(payer, "card")
    close_the_card(payer, payment_id)
    ask(payer, payment_id, 5_000)
    settling.learn(settling.dispute(payment_id)["id"])
    assert [one.state for one in refunds(payer)] == ["failed", "rejected"]
    assert "refund_to_approve" not in waiting_tasks(payer)


def close_the_card(payer: Payer, payment_id: UUID) -> None:
    """An earlier refund came back from the bank."""
    payer.read(
        lambda session: session.add(
            Refund(
                practice_id=practice_of(session),
                refund_id=new_id(),
                guarantor_id=payer.owing.guarantor_id,
                payment_id=payment_id,
                amount_cents=5_000,
                state=RefundState.FAILED.value,
                stripe_refund_id="re_closed",
                reason="",
                requested_by="test",
                created_at=payer.now,
                state_at=payer.now,
            )
        )
    )
