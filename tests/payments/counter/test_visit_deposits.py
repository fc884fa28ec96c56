"""Money taken for a visit that did not take place, or is on another day."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from portal.auth.roles import Role
from portal.db import new_id
from portal.domain.journal import NOWHERE, LedgerAccount
from portal.domain.payment_channel import MethodKind
from portal.ledger.visit_deposits import deposit_of
from portal.payments.credits.deposits import (
    DepositChange,
    DepositNotAllowedError,
    NothingWaitsError,
    change_deposit,
)
from portal.payments.credits.moving import move_payment
from portal.payments.moves import payment_of
from portal.payments.refunds.bounds import Refundable, refundable_now
from tests.payments.counter.till import Till

A = LedgerAccount
UNTIL = 20


@pytest.fixture
def deposit(till: Till) -> UUID:
    """$100 in cash for a visit in three weeks."""
    till.open()
    return till.take(10_000, MethodKind.CASH, visit_on=till.now.date() + timedelta(days=UNTIL))


def change(till: Till, *, to: date | None = None) -> DepositChange:
    return DepositChange(new_id(), "The patient moved away.", till.now, "test", service_on=to)


def refundable(till: Till, payment_id: UUID) -> Refundable:
    return till.read(
        lambda session: refundable_now(session, payment_of(session, payment_id), now=till.now)
    )


def test_of_a_visit_that_did_not_take_place_the_money_is_credit_that_can_go_back(
    till: Till,
    deposit: UUID,
) -> None:
    before = refundable(till, deposit)
    assert (before.most_cents, before.deposit_cents) == (0, 10_000)
    change_deposit(till.database, till.manager, deposit, change(till))
    assert (till.on(A.PATIENT_DEPOSITS), till.on(A.UNAPPLIED_CREDIT)) == (0, -10_000)
    after = refundable(till, deposit)
    assert (after.most_cents, after.deposit_cents) == (10_000, 0)
    assert [part.target for part in after.parts] == [NOWHERE]
    assert till.allocations(deposit) == {NOWHERE: 10_000}
    assert till.posts() == [("deposit_taken", 10_000), ("deposit_released", 0)]
    assert "unapplied_credit" in till.task_kinds()
    assert till.findings() == []


def test_what_was_released_may_pay_another_visit(till: Till, deposit: UUID) -> None:
    change_deposit(till.database, till.manager, deposit, change(till))
    older = till.owing.older.target
    move_payment(
        till.database,
        till.manager,
        deposit,
        {older: 3_000},
        move_id=new_id(),
        reason="They asked for it.",
        now=till.now,
        request_id="test",
    )
    assert till.allocations(deposit) == {older: 3_000, NOWHERE: 7_000}
    assert till.findings() == []


def test_a_deposit_waits_for_the_other_day_and_pays_the_visit_of_that_day(
    till: Till,
    deposit: UUID,
) -> None:
    other_day = till.now.date() + timedelta(days=UNTIL + 7)
    change_deposit(till.database, till.manager, deposit, change(till, to=other_day))
    waits = till.read(lambda session: deposit_of(session, deposit))
    assert waits is not None
    assert (waits.service_on, waits.left_cents) == (other_day, 10_000)
    assert till.posts() == [("deposit_taken", 10_000)]
    service_on = date(2026, 1, 14)  # the older visit
    change_deposit(till.database, till.manager, deposit, change(till, to=service_on))
    assert till.allocations(deposit)[till.owing.older.target] > 0
    assert till.findings() == []


def test_a_form_sent_twice_is_one_and_nothing_waits_after_it(
    till: Till,
    deposit: UUID,
) -> None:
    said = change(till)
    for _ in range(2):
        change_deposit(till.database, till.manager, deposit, said)
    assert till.on(A.UNAPPLIED_CREDIT) == -10_000
    with pytest.raises(NothingWaitsError):
        change_deposit(till.database, till.manager, deposit, change(till))


def test_a_released_deposit_can_still_be_voided_on_its_day(
    till: Till,
    deposit: UUID,
) -> None:
    change_deposit(till.database, till.manager, deposit, change(till))
    till.void(deposit, by=till.manager)
    assert (till.on(A.UNAPPLIED_CREDIT), till.on(A.DESK_CASH)) == (0, 0)
    assert till.findings() == []


def test_who_may_not_move_payments_says_nothing_of_deposits(
    till: Till,
    deposit: UUID,
) -> None:
    for role in (Role.FRONT_DESK, Role.POSTER):
        with pytest.raises(DepositNotAllowedError):
            change_deposit(till.database, till.staff(role), deposit, change(till))
