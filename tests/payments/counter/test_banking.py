"""From the desk to the bank: deposits of closed drawers, the machine's batch, a day's report."""

import pytest

from portal.auth.roles import Role
from portal.db import new_id
from portal.domain.allocation import Allocation
from portal.domain.drawer import DrawerState
from portal.domain.journal import LedgerAccount
from portal.domain.payment_channel import MethodKind
from portal.domain.payment_postings import refund_paid
from portal.ledger.journal import post
from portal.payments.counter.access import CounterNotAllowedError
from portal.payments.counter.bank_pages import (
    DepositNotFoundError,
    day_csv,
    day_page,
    slip_page,
)
from portal.payments.counter.banking import (
    BatchDiffersError,
    MuchIsMissingError,
    NothingToDepositError,
    NotOnTheMachineError,
)
from portal.payments.counter.checks import checks as counter_checks
from portal.payments.counter.machine_pages import batch_page, machine_batch_page
from portal.payments.counter.pages import counter_page
from portal.payments.counter.taking_back import BatchNotFoundError
from portal.practice.directory import change_practice
from tests.payments.counter.till import Till
from tests.payments.paying import at_once

A = LedgerAccount


def test_a_deposit_brings_the_desk_to_nothing(till: Till) -> None:
    other = till.staff(Role.COLLECTIONS)
    mine, theirs = till.open(), till.open(by=other)
    till.take(2_000)
    till.take(3_000, MethodKind.CHECK)
    till.take(4_000, by=other)
    till.count_and_close(mine, 12_000)
    till.close(theirs, till.count(theirs, 13_900, by=other), by=other)
    deposit_id = till.deposit(mine, theirs)
    assert (till.on(A.DESK_CASH), till.on(A.BANK), till.on(A.CASH_OVER_SHORT)) == (0, 8_900, 100)
    assert till.drawer_state(mine) is till.drawer_state(theirs) is DrawerState.DEPOSITED
    slip = slip_page(till.database, till.clerk, deposit_id, now=till.now, request_id="test")
    assert (slip.number, slip.amount_cents, slip.cash_cents) == ("D-2026-00001", 8_900, 5_900)
    assert [(one.check_number, one.amount_cents) for one in slip.checks] == [("1042", 3_000)]
    assert len(slip.drawers) == 2
    assert till.findings() == []


def test_a_missing_check_is_not_on_the_slip(till: Till) -> None:
    drawer_id = till.open()
    there = till.take(3_000, MethodKind.CHECK)
    till.take(1_000, MethodKind.CHECK)
    till.close(drawer_id, till.count(drawer_id, 10_000, checks=[there]), reason="lost")
    deposit_id = till.deposit(drawer_id)
    slip = slip_page(till.database, till.clerk, deposit_id, now=till.now, request_id="test")
    assert [one.payment_id for one in slip.checks] == [there]
    assert slip.amount_cents == 3_000
    assert till.findings() == []


def test_a_drawer_goes_to_the_bank_once(till: Till) -> None:
    drawer_id = till.open()
    till.take(2_000)
    with pytest.raises(NothingToDepositError):
        till.deposit(drawer_id)
    till.count_and_close(drawer_id, 12_000)

    def press() -> bool:
        try:
            till.deposit(drawer_id)
        except NothingToDepositError:
            return False
        return True

    assert sum(at_once(4, press)) == 1
    assert till.on(A.BANK) == 2_000
    assert till.findings() == []


def test_a_float_that_is_not_whole_is_made_up_by_the_next_deposit(till: Till) -> None:
    short, full = till.open(), till.open(by=(other := till.staff(Role.FRONT_DESK)))
    till.take(2_000, by=other)
    till.count_and_close(short, 9_000)
    till.close(full, till.count(full, 12_000, by=other), by=other)
    assert till.on(A.DESK_CASH) == 1_000
    with pytest.raises(NothingToDepositError):
        till.deposit(short)
    till.deposit(short, full)
    assert (till.on(A.DESK_CASH), till.on(A.BANK)) == (0, 1_000)
    assert till.findings() == []


def test_the_machines_batch_brings_its_account_to_nothing(till: Till) -> None:
    till.open()
    first, second = (till.take(cents, MethodKind.TERMINAL) for cents in (2_000, 3_000))
    till.batch(4_870, first, second)
    assert (till.on(A.TERMINAL_CLEARING), till.on(A.BANK)) == (0, 4_870)
    assert till.on(A.PROCESSOR_FEES) == 130
    page = batch_page(till.database, till.clerk, now=till.now, request_id="test")
    assert page.waiting == ()
    assert till.findings() == []


def test_what_was_given_back_on_the_machine_is_taken_off_a_batch_once(till: Till) -> None:
    till.open()
    first, second = (till.take(cents, MethodKind.TERMINAL) for cents in (2_000, 3_000))
    given_back = refund_paid(
        new_id(),
        [Allocation(till.owing.unbilled.target, 500)],
        guarantor_id=till.owing.guarantor_id,
        effective_on=till.now.date(),
        left_from=A.TERMINAL_CLEARING,
    )
    with till.database.transaction(till.job) as session:
        post(session, given_back, now=till.now)
    page = batch_page(till.database, till.clerk, now=till.now, request_id="test")
    assert (page.refunds_cents, page.waiting_cents) == (500, 5_000)
    till.batch(1_480, first, less_refunds=True)
    assert (till.on(A.BANK), till.on(A.PROCESSOR_FEES)) == (1_480, 20)
    till.batch(3_000, second, less_refunds=True)
    assert (till.on(A.TERMINAL_CLEARING), till.on(A.BANK)) == (0, 4_480)
    assert till.read(lambda session: list(counter_checks(session))) == []


def test_more_than_was_taken_on_the_machine_cannot_arrive(till: Till) -> None:
    till.open()
    payment_id = till.take(2_000, MethodKind.TERMINAL)
    for cents in (2_001, 0):
        with pytest.raises(BatchDiffersError):
            till.batch(cents, payment_id)


def test_more_than_a_fee_is_missing_only_with_a_manager_and_a_reason(till: Till) -> None:
    till.open()
    payment_id = till.take(10_000, MethodKind.TERMINAL)
    for who, reason in ((till.clerk, ""), (till.clerk, "no idea"), (till.manager, "")):
        with pytest.raises(MuchIsMissingError) as refusal:
            till.batch(9_499, payment_id, by=who, reason=reason)
        assert refusal.value.most_cents == 500
    till.batch(9_499, payment_id, by=till.manager, reason="The machine kept its monthly fee.")
    assert (till.on(A.PROCESSOR_FEES), till.on(A.TERMINAL_CLEARING)) == (501, 0)


def test_a_practice_sets_how_much_of_a_batch_may_be_missing(till: Till) -> None:
    change_practice(till.database, "riverbend", {"machine_keeps_basis_points": "300"})
    till.open()
    payment_id = till.take(10_000, MethodKind.TERMINAL)
    with pytest.raises(MuchIsMissingError):
        till.batch(9_699, payment_id)
    till.batch(9_700, payment_id)


def test_a_batch_that_a_manager_takes_back_can_be_settled_anew(till: Till) -> None:
    till.open()
    first, second = (till.take(cents, MethodKind.TERMINAL) for cents in (2_000, 3_000))
    batch_id = till.batch(4_870, first, second)
    with pytest.raises(CounterNotAllowedError):
        till.take_batch_back(batch_id, by=till.clerk)
    at_once(3, lambda: till.take_batch_back(batch_id))
    assert (till.on(A.TERMINAL_CLEARING), till.on(A.BANK), till.on(A.PROCESSOR_FEES)) == (
        5_000,
        0,
        0,
    )
    assert till.findings() == []
    page = machine_batch_page(
        till.database, till.manager, batch_id, now=till.now, request_id="test"
    )
    assert page.taken_back is not None
    assert {one.payment_id for one in page.taken} == {first, second}
    till.batch(4_900, first, second)
    assert (till.on(A.TERMINAL_CLEARING), till.on(A.BANK)) == (0, 4_900)
    assert till.findings() == []
    with pytest.raises(BatchNotFoundError):
        till.take_batch_back(new_id())


def test_refunds_of_a_batch_that_was_taken_back_are_taken_off_the_next(till: Till) -> None:
    till.open()
    payment_id = till.take(5_000, MethodKind.TERMINAL)
    given_back = refund_paid(
        new_id(),
        [Allocation(till.owing.unbilled.target, 500)],
        guarantor_id=till.owing.guarantor_id,
        effective_on=till.now.date(),
        left_from=A.TERMINAL_CLEARING,
    )
    with till.database.transaction(till.job) as session:
        post(session, given_back, now=till.now)
    till.take_batch_back(till.batch(4_500, payment_id, less_refunds=True))
    page = batch_page(till.database, till.clerk, now=till.now, request_id="test")
    assert (page.refunds_cents, page.waiting_cents) == (500, 5_000)
    till.batch(4_500, payment_id, less_refunds=True)
    assert till.on(A.TERMINAL_CLEARING) == 0
    assert till.read(lambda session: list(counter_checks(session))) == []


def test_a_payment_is_in_one_batch(till: Till) -> None:
    till.open()
    payment_id, cash = till.take(2_000, MethodKind.TERMINAL), till.take(1_000)
    voided = till.take(500, MethodKind.TERMINAL)
    till.void(voided)
    till.batch(2_000, payment_id)
    for wrong in ((payment_id,), (cash,), (voided,), (new_id(),), ()):
        with pytest.raises(NotOnTheMachineError):
            till.batch(100, *wrong)
    assert till.findings() == []


def test_posters_are_not_at_the_desk(till: Till) -> None:
    poster = till.staff(Role.POSTER)
    till.clerk = poster
    with pytest.raises(CounterNotAllowedError):
        till.deposit()
    with pytest.raises(CounterNotAllowedError):
        till.batch(1)


def test_a_slip_that_is_none_is_not_found(till: Till) -> None:
    with pytest.raises(DepositNotFoundError):
        slip_page(till.database, till.clerk, new_id(), now=till.now, request_id="test")


def test_a_days_report_adds_up_without_what_was_voided(till: Till) -> None:
    other = till.staff(Role.COLLECTIONS)
    till.open()
    till.open(by=other)
    till.take(2_000)
    till.void(till.take(700))
    till.take(3_000, MethodKind.CHECK)
    till.take(4_000, by=other)
    page = day_page(till.database, till.manager, None, now=till.now, request_id="test")
    by_person = [{one.method: one.amount_cents for one in person.sums} for person in page.staff]
    assert by_person == [{"cash": 2_000, "check": 3_000}, {"cash": 4_000}]
    assert {one.method: one.amount_cents for one in page.sums} == {"cash": 6_000, "check": 3_000}
    assert page.amount_cents == till.on(A.DESK_CASH)
    assert len(page.drawers) == 2
    rows = day_csv(till.database, till.manager, None, now=till.now, request_id="test")
    lines = rows.decode("utf-8-sig").splitlines()
    assert len(lines) == 5
    assert "voided" in lines[2]
    assert b"Reyes" not in rows


def test_a_day_without_money_has_nothing(till: Till) -> None:
    page = day_page(
        till.database,
        till.manager,
        till.now.date().replace(year=2020),
        now=till.now,
        request_id="t",
    )
    assert (page.staff, page.amount_cents) == ((), 0)


def test_the_desks_page_says_what_is_open(till: Till) -> None:
    drawer_id = till.open()
    till.take(2_000)
    till.take(1_000, MethodKind.TERMINAL)
    till.wait(days=1)
    page = counter_page(till.database, till.manager, now=till.now, request_id="test")
    assert [(one.drawer_id, one.is_old) for one in page.others] == [(drawer_id, True)]
    assert (page.mine, page.may_take, page.machine_cents) == (None, False, 1_000)
    till.count_and_close(drawer_id, 12_000)
    page = counter_page(till.database, till.clerk, now=till.now, request_id="test")
    assert page.to_bank_cents == 2_000
    till.deposit(drawer_id)
    page = counter_page(till.database, till.clerk, now=till.now, request_id="test")
    assert (page.to_bank, [one.amount_cents for one in page.deposits]) == ((), [2_000])
