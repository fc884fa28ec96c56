"""Voids and checks that come back: the money leaves from where it stands, once, and is told."""

from datetime import date
from typing import Any, Final, cast
from uuid import UUID

import pytest
from sqlalchemy import insert, select

from portal.auth.roles import Role
from portal.connectors.payment_gateway import PaymentGateway
from portal.db import new_id, practice_of
from portal.domain.allocation import Allocation
from portal.domain.hold_kinds import HoldKind
from portal.domain.journal import LedgerAccount
from portal.domain.payment_channel import MethodKind
from portal.domain.payment_postings import refund_paid
from portal.domain.payment_status import PaymentState, RefundState
from portal.ledger.checks import checks as ledger_checks
from portal.ledger.journal import post
from portal.ledger.models import VisitDeposit
from portal.payments.counter.access import (
    CounterNotAllowedError,
    DeskPaymentNotFoundError,
    DrawerNotOpenError,
    DrawerOfAnotherDayError,
)
from portal.payments.counter.models import DeskReversal
from portal.payments.counter.undoing import NotUndoableError
from portal.payments.credits.use import use_credit
from portal.payments.models import Refund
from portal.payments.moves import BooksBusyError, payment_of
from portal.payments.refunds.handing import Handed, NotToHandOverError, hand_over
from portal.payments.refunds.service import approve_refund, request_refund
from portal.payments.settlement import keep_allocations
from portal.practice.import_lock import announce_import
from portal.practice.models import Hold, Task
from tests.payments.counter.till import Till
from tests.payments.owing import change_debt
from tests.payments.paying import at_once

A = LedgerAccount
NO_GATEWAY: Final = cast("PaymentGateway", None)
"""A check is refunded without asking Stripe anything."""


@pytest.mark.parametrize("method", [MethodKind.CASH, MethodKind.CHECK, MethodKind.TERMINAL])
def test_a_voided_payment_leaves_nothing_in_the_books(till: Till, method: MethodKind) -> None:
    till.open()
    before = dict(till.sums())
    payment_id = till.take(13_500, method, may_exceed=True)
    till.void(payment_id, by=till.manager)
    assert {account: cents for account, cents in till.sums().items() if cents} == before
    assert till.state(payment_id) is PaymentState.VOIDED
    assert till.allocations(payment_id) == {}
    assert till.due() == 13_000
    assert till.posts() == [("payment_settled", 13_500), ("payment_voided", -13_500)]
    assert till.task_kinds() == []
    assert till.findings() == []


def test_a_void_keeps_who_and_why(till: Till) -> None:
    till.open()
    payment_id = till.take(1_000)
    till.void(payment_id, by=till.manager)
    kept = till.read(lambda session: session.scalars(select(DeskReversal)).one())
    assert (kept.state, kept.reason) == ("voided", "wrong_amount")
    assert kept.reversed_by == till.manager.actor_id


def test_voided_twice_is_voided_once(till: Till) -> None:
    till.open()
    payment_id = till.take(1_000)
    at_once(4, lambda: till.void(payment_id))
    assert till.on(A.DESK_CASH) == 0
    assert till.findings() == []


def test_only_its_taker_or_a_manager_voids(till: Till) -> None:
    till.open()
    payment_id = till.take(1_000, MethodKind.CHECK)
    for role in (Role.FRONT_DESK, Role.COLLECTIONS, Role.POSTER):
        with pytest.raises(CounterNotAllowedError):
            till.void(payment_id, by=till.staff(role))
    assert till.state(payment_id) is PaymentState.SUCCEEDED
    till.void(payment_id, by=till.clerk)
    assert till.state(payment_id) is PaymentState.VOIDED


def test_nothing_is_voided_once_the_drawer_is_counted_or_the_day_is_over(till: Till) -> None:
    drawer_id = till.open()
    payment_id = till.take(1_000)
    count_id = till.count(drawer_id, 11_000)
    with pytest.raises(DrawerNotOpenError):
        till.void(payment_id)
    till.close(drawer_id, count_id)
    with pytest.raises(DrawerNotOpenError):
        till.void(payment_id, by=till.manager)
    till.reopen(drawer_id)
    till.wait(days=1)
    with pytest.raises(DrawerOfAnotherDayError):
        till.void(payment_id)
    assert till.findings() == []


def test_a_payment_the_bank_has_is_not_voided(till: Till) -> None:
    till.open()
    payment_id = till.take(1_000, MethodKind.TERMINAL)
    till.batch(1_000, payment_id)
    with pytest.raises(NotUndoableError):
        till.void(payment_id)


def test_a_void_waits_for_an_import(till: Till) -> None:
    till.open()
    payment_id = till.take(1_000)
    with till.database.transaction(till.job) as session:
        announce_import(session.connection(), till.owing.practice_id)
        with pytest.raises(BooksBusyError):
            till.void(payment_id)


def test_credit_that_was_used_since_goes_back_with_its_lines(till: Till) -> None:
    """More was paid than owed, a bill came, the credit paid it: the void opens that bill again."""
    till.open()
    payment_id = till.take(13_500, may_exceed=True)
    change_debt(till.database, till.owing, till.owing.newer.target, cents=400, why="more")
    use_credit(
        till.database,
        till.staff(Role.COLLECTIONS),
        till.owing.guarantor_id,
        use_id=new_id(),
        seen_cents=400,
        now=till.now,
        request_id="test",
    )
    till.void(payment_id)
    assert till.due() == 13_400
    assert till.findings() == []


def test_a_voided_copay_waits_no_more(till: Till) -> None:
    till.open()
    payment_id = till.take(2_500, visit_on=date(2026, 3, 12))
    till.void(payment_id)
    waits = till.read(lambda session: session.scalars(select(VisitDeposit)).one())
    assert waits.left_cents == 0
    assert (till.on(A.PATIENT_DEPOSITS), till.on(A.DESK_CASH)) == (0, 0)
    assert till.posts() == [("deposit_taken", 2_500), ("payment_voided", -2_500)]
    assert till.findings() == []


def test_a_voided_copay_leaves_the_share_it_met(till: Till) -> None:
    till.open()
    till.take(2_500, visit_on=date(2026, 2, 10))
    payment_id = till.take(4_500, visit_on=date(2026, 2, 10))
    assert till.due() == 9_000
    till.void(payment_id)
    assert till.due() == 10_500
    assert till.on(A.PATIENT_DEPOSITS) == 0
    assert till.findings() == []


def test_an_online_payment_is_not_the_desks(till: Till) -> None:
    with pytest.raises(DeskPaymentNotFoundError):
        till.void(new_id())


def deposited_check(till: Till, cents: int) -> UUID:
    drawer_id = till.open()
    payment_id = till.take(cents, MethodKind.CHECK)
    till.count_and_close(drawer_id, 10_000)
    till.deposit(drawer_id)
    till.wait(days=4)
    return payment_id


def test_a_check_that_comes_back_is_owed_again_and_never_charged_a_fee(till: Till) -> None:
    payment_id = deposited_check(till, 7_000)
    assert (till.on(A.BANK), till.due()) == (7_000, 6_000)
    till.send_back(payment_id)
    assert (till.on(A.BANK), till.on(A.DESK_CASH), till.due()) == (0, 0, 13_000)
    assert till.state(payment_id) is PaymentState.RETURNED
    assert till.task_kinds() == ["check_returned"]
    assert till.posts() == [("payment_settled", 7_000), ("payment_returned", -7_000)]
    till.send_back(payment_id)
    assert till.on(A.BANK) == 0
    assert till.findings() == []


def test_only_a_manager_says_that_a_check_came_back(till: Till) -> None:
    payment_id = deposited_check(till, 7_000)
    with pytest.raises(CounterNotAllowedError):
        till.send_back(payment_id, by=till.clerk)


def test_what_never_was_at_the_bank_cannot_come_back(till: Till) -> None:
    till.open()
    cash, check = till.take(1_000), till.take(1_000, MethodKind.CHECK)
    for payment_id in (cash, check):
        with pytest.raises(NotUndoableError):
            till.send_back(payment_id)


def test_a_share_of_a_held_claim_is_not_billed_again(till: Till) -> None:
    payment_id = deposited_check(till, 13_000)
    claim_id = till.owing.older.target.claim_id
    with till.database.transaction(till.job) as session:
        session.execute(
            insert(Hold).values(
                practice_id=practice_of(session),
                hold_id=new_id(),
                guarantor_id=till.owing.guarantor_id,
                claim_id=claim_id,
                kind=HoldKind.STAFF.value,
                reason="",
                placed_at=till.now,
                placed_by="test",
                waived_ids=[],
            )
        )
    till.send_back(payment_id)
    assert till.due() == 7_000
    assert till.on(A.PATIENT_PENDING) == -13_000 + 6_000
    assert till.findings() == []


def test_what_of_a_returned_check_was_given_back_before_waits_in_suspense(till: Till) -> None:
    """The bank takes all of it, and part of it had left for the patient already."""
    payment_id = deposited_check(till, 7_000)
    refund = [Allocation(till.owing.unbilled.target, 2_000)]
    with till.database.transaction(till.job) as session:
        entry = refund_paid(
            new_id(),
            refund,
            guarantor_id=till.owing.guarantor_id,
            effective_on=till.now.date(),
            left_from=A.BANK,
        )
        entry_id = post(session, entry, now=till.now)
        payment = payment_of(session, payment_id)
        given_back = [Allocation(part.target, -part.amount_cents) for part in refund]
        keep_allocations(session, payment, entry_id, given_back)
    till.send_back(payment_id)
    assert (till.on(A.BANK), till.on(A.PAYMENT_SUSPENSE), till.due()) == (-2_000, 2_000, 13_000)
    assert till.read(lambda session: list(ledger_checks(session))) == []
    message = till.read(lambda session: session.scalars(select(Task.message)).one())
    assert "$20.00 of it had been used for something else" in message


def test_a_payment_that_was_given_back_in_part_is_not_voided(till: Till) -> None:
    till.open()
    payment_id = till.take(7_000)
    with till.database.transaction(till.job) as session:
        session.add(
            Refund(
                practice_id=till.owing.practice_id,
                refund_id=new_id(),
                guarantor_id=till.owing.guarantor_id,
                payment_id=payment_id,
                amount_cents=1_000,
                state=RefundState.REQUESTED.value,
                reason="other",
                requested_by="test",
                created_at=till.now,
                state_at=till.now,
            )
        )
    with pytest.raises(NotUndoableError):
        till.void(payment_id)


def test_a_check_that_came_back_is_not_refunded_as_well(till: Till) -> None:
    """Another check was agreed to, and not in the mail yet."""
    payment_id = deposited_check(till, 7_000)
    till.wait(days=6)
    refund_id = new_id()
    about: dict[str, Any] = {"now": till.now, "request_id": "test"}
    request_refund(
        till.database,
        NO_GATEWAY,
        till.manager,
        refund_id=refund_id,
        payment_id=payment_id,
        amount_cents=7_000,
        reason="moved",
        **about,
    )
    second = till.staff(Role.MANAGER)
    agreed = approve_refund(till.database, NO_GATEWAY, second, refund_id, **about)
    assert agreed is RefundState.REQUESTED
    till.send_back(payment_id)
    assert till.task_kinds() == ["check_returned"]
    handed = Handed(till.now.date(), "77")
    with pytest.raises(NotToHandOverError):
        hand_over(till.database, till.manager, refund_id, handed, **about)
    assert (till.on(A.BANK), till.on(A.PAYMENT_SUSPENSE)) == (0, 0)


def test_what_was_counted_is_not_voided_though_the_drawer_is_open_again(till: Till) -> None:
    drawer_id = till.open()
    counted = till.take(1_000)
    till.count(drawer_id, 10_000)
    till.carry_on(drawer_id)
    with pytest.raises(DrawerNotOpenError):
        till.void(counted)
    till.wait(minutes=1)
    till.void(till.take(500))
    assert till.state(counted) is PaymentState.SUCCEEDED
