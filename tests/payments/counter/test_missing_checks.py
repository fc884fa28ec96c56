"""A check its drawer was short of: found, or lost for good; and a check that is not sure yet."""

from typing import Final, cast
from uuid import UUID

import pytest

from portal.auth.roles import Role
from portal.connectors.payment_gateway import PaymentGateway
from portal.db import new_id
from portal.domain.journal import LedgerAccount
from portal.domain.payment_channel import MethodKind
from portal.domain.payment_status import PaymentState, RefundState
from portal.payments.counter.access import CounterNotAllowedError
from portal.payments.counter.bank_pages import slip_page
from portal.payments.counter.missing_checks import NotMissingError
from portal.payments.counter.pages import counter_page
from portal.payments.counter.undoing import NotUndoableError, ReturnReason
from portal.payments.refunds.handing import Handed, NotToHandOverError, hand_over
from portal.payments.refunds.service import approve_refund, request_refund
from portal.payments.refunds.taken_checks import CheckNotSureError
from tests.payments.counter.till import Till
from tests.payments.paying import at_once

A = LedgerAccount
NO_GATEWAY: Final = cast("PaymentGateway", None)
"""A check is refunded without asking Stripe anything."""


def missing_check(till: Till) -> UUID:
    """2,000 of it; another check of 1,000 went to the bank without it."""
    drawer_id = till.open()
    there, missing = till.take(1_000, MethodKind.CHECK), till.take(2_000, MethodKind.CHECK)
    till.close(drawer_id, till.count(drawer_id, 10_000, checks=[there]), reason="lost")
    till.deposit(drawer_id)
    return missing


def test_a_check_that_was_not_in_its_drawer_cannot_come_back(till: Till) -> None:
    missing = missing_check(till)
    with pytest.raises(NotUndoableError):
        till.send_back(missing)
    assert (till.on(A.BANK), till.on(A.CASH_OVER_SHORT)) == (1_000, 2_000)


def test_a_check_that_is_found_makes_good_what_its_drawer_was_short(till: Till) -> None:
    missing = missing_check(till)
    till.wait(days=1)
    at_once(3, lambda: till.find(missing))
    assert (till.on(A.BANK), till.on(A.CASH_OVER_SHORT)) == (3_000, 0)
    deposits = counter_page(till.database, till.manager, now=till.now, request_id="test").deposits
    assert [(one.number, one.amount_cents) for one in deposits] == [
        ("D-2026-00002", 2_000),
        ("D-2026-00001", 1_000),
    ]
    newest = deposits[0].desk_deposit_id
    slip = slip_page(till.database, till.manager, newest, now=till.now, request_id="test")
    assert [one.payment_id for one in slip.checks] == [missing]
    assert slip.drawers == ()
    assert till.findings() == []


def test_a_check_that_was_found_and_deposited_can_come_back(till: Till) -> None:
    missing = missing_check(till)
    till.find(missing)
    till.send_back(missing)
    assert (till.on(A.BANK), till.on(A.CASH_OVER_SHORT), till.due()) == (1_000, 0, 12_000)
    assert till.findings() == []


def test_a_check_that_is_lost_for_good_is_owed_again_and_its_drawer_is_right(till: Till) -> None:
    missing = missing_check(till)
    till.send_back(missing, reason=ReturnReason.LOST)
    assert (till.on(A.BANK), till.on(A.CASH_OVER_SHORT), till.due()) == (1_000, 0, 12_000)
    assert till.state(missing) is PaymentState.RETURNED
    with pytest.raises(NotMissingError):
        till.find(missing)
    assert till.findings() == []


def test_only_a_missing_check_is_found_or_lost_and_only_by_a_manager(till: Till) -> None:
    missing = missing_check(till)
    drawer_id = till.open()
    still_there, cash = till.take(1_000, MethodKind.CHECK), till.take(500)
    for payment_id in (still_there, cash):
        with pytest.raises(NotMissingError):
            till.find(payment_id)
        with pytest.raises(NotUndoableError):
            till.send_back(payment_id, reason=ReturnReason.LOST)
    with pytest.raises(CounterNotAllowedError):
        till.find(missing, by=till.clerk)
    till.count_and_close(drawer_id, 10_500)
    with pytest.raises(NotMissingError):
        till.find(still_there)


def ask_for_refund(till: Till, payment_id: UUID) -> UUID:
    refund_id = new_id()
    request_refund(
        till.database,
        NO_GATEWAY,
        till.manager,
        refund_id=refund_id,
        payment_id=payment_id,
        amount_cents=1_000,
        reason="paid_twice",
        now=till.now,
        request_id="test",
    )
    return refund_id


def test_a_check_is_not_refunded_before_it_was_at_the_bank_for_ten_days(till: Till) -> None:
    drawer_id = till.open()
    payment_id = till.take(7_000, MethodKind.CHECK)
    with pytest.raises(CheckNotSureError) as refusal:
        ask_for_refund(till, payment_id)
    assert refusal.value.sure_on is None
    till.count_and_close(drawer_id, 10_000)
    till.wait(days=3)
    till.deposit(drawer_id)
    deposited_on = till.now.date()
    till.wait(days=9)
    with pytest.raises(CheckNotSureError) as refusal:
        ask_for_refund(till, payment_id)
    assert (refusal.value.sure_on or deposited_on) > till.now.date()
    till.wait(days=1)
    assert refusal.value.sure_on == till.now.date()
    ask_for_refund(till, payment_id)
    assert till.task_kinds() == ["refund_to_approve"]


def test_a_missing_check_is_not_refunded_until_it_was_found_and_is_sure(till: Till) -> None:
    missing = missing_check(till)
    till.wait(days=30)
    with pytest.raises(CheckNotSureError):
        ask_for_refund(till, missing)
    till.find(missing)
    with pytest.raises(CheckNotSureError):
        ask_for_refund(till, missing)
    till.wait(days=10)
    refund_id = ask_for_refund(till, missing)
    second = till.staff(Role.MANAGER)
    agreed = approve_refund(
        till.database, NO_GATEWAY, second, refund_id, now=till.now, request_id="test"
    )
    assert agreed is RefundState.REQUESTED


def test_what_was_promised_before_the_check_is_sure_is_not_handed_over(till: Till) -> None:
    """Written down by an older version, or by one that counted fewer days."""
    drawer_id = till.open()
    payment_id = till.take(7_000, MethodKind.CHECK)
    till.count_and_close(drawer_id, 10_000)
    till.deposit(drawer_id)
    till.wait(days=10)
    refund_id = ask_for_refund(till, payment_id)
    till.wait(days=-5)
    with pytest.raises(CheckNotSureError):
        approve_refund(
            till.database,
            NO_GATEWAY,
            till.staff(Role.MANAGER),
            refund_id,
            now=till.now,
            request_id="test",
        )
    till.wait(days=5)
    second = till.staff(Role.MANAGER)
    approve_refund(till.database, NO_GATEWAY, second, refund_id, now=till.now, request_id="test")
    till.wait(days=-5)
    handed = Handed(till.now.date(), "77")
    with pytest.raises(NotToHandOverError):
        hand_over(till.database, till.manager, refund_id, handed, now=till.now, request_id="test")
