"""Taking money at the desk: once, into one's own drawer, to the right visits, and told."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from portal.auth.roles import Role
from portal.db import Database, new_id, practice_of
from portal.domain.journal import NOWHERE, LedgerAccount
from portal.domain.payment_channel import MethodKind
from portal.domain.payment_status import PaymentState
from portal.ledger.models import VisitDeposit
from portal.messages.models import Message
from portal.payments.counter.access import (
    CounterNotAllowedError,
    DeskElsewhereError,
    DeskPaymentNotFoundError,
    DrawerNotOpenError,
    DrawerOfAnotherDayError,
    NoDrawerError,
)
from portal.payments.counter.models import DeskPayment
from portal.payments.counter.taking import (
    DueChangedError,
    OverNotAgreedError,
    TooLittleCashError,
)
from portal.payments.moves import BooksBusyError, PaymentNotFoundError
from portal.practice.directory import change_practice
from portal.practice.import_lock import announce_import
from tests.payments.counter.till import Till
from tests.payments.owing import change_debt, make_owing
from tests.payments.paying import at_once

A = LedgerAccount


@pytest.mark.parametrize(
    ("method", "account"),
    [
        (MethodKind.CASH, A.DESK_CASH),
        (MethodKind.CHECK, A.DESK_CASH),
        (MethodKind.TERMINAL, A.TERMINAL_CLEARING),
    ],
)
def test_what_is_handed_over_is_in_the_books_at_once(
    till: Till, method: MethodKind, account: LedgerAccount
) -> None:
    drawer_id = till.open()
    payment_id = till.take(7_000, method)
    payment = till.payment(payment_id)
    assert till.state(payment_id) is PaymentState.SUCCEEDED
    assert (payment.channel, payment.statement_id) == ("desk", None)
    assert payment.receipt_number == "RB-2026-000001"
    assert till.on(account) == 7_000
    assert till.due() == 13_000 - 7_000
    assert till.posts() == [("payment_settled", 7_000)]
    desk = till.read(lambda session: session.scalars(select(DeskPayment)).one())
    assert (desk.drawer_id, desk.taken_by) == (drawer_id, till.clerk.actor_id)
    assert till.findings() == []


def test_the_oldest_visit_is_paid_first(till: Till) -> None:
    till.open()
    put = till.allocations(till.take(7_000))
    owing = till.owing
    assert put == {owing.unbilled.target: 3_000, owing.older.target: 4_000}


def test_chosen_visits_are_paid_before_others(till: Till) -> None:
    till.open()
    newer = till.owing.newer.target
    assert newer.claim_id is not None
    assert till.allocations(till.take(3_000, visits=(newer.claim_id,))) == {newer: 3_000}
    more = till.allocations(till.take(1_500, visits=(newer.claim_id,)))
    assert more == {newer: 1_000, till.owing.unbilled.target: 500}


def test_a_form_sent_twice_is_one_payment(till: Till) -> None:
    till.open()
    payment_id = new_id()
    till.take(2_000, payment_id=payment_id)
    till.take(2_000, payment_id=payment_id, seen=13_000)
    assert till.on(A.DESK_CASH) == 2_000
    assert len(till.posts()) == 1


def test_a_form_sent_by_many_at_once_is_one_payment(till: Till) -> None:
    till.open()
    payment_id = new_id()
    at_once(6, lambda: till.take(2_000, payment_id=payment_id, seen=13_000))
    assert till.on(A.DESK_CASH) == 2_000
    assert till.findings() == []


def test_the_id_of_another_payment_opens_nothing(till: Till, database: Database) -> None:
    till.open()
    payment_id = till.take(2_000)
    rosa = make_owing(database, till.owing.practice_id, account_number="A-2", number="2")
    with pytest.raises(DeskPaymentNotFoundError):
        till.take(2_000, payment_id=payment_id, guarantor_id=rosa.guarantor_id)
    assert till.on(A.DESK_CASH) == 2_000


def test_more_than_is_owed_is_taken_only_when_it_is_meant(till: Till) -> None:
    till.open()
    with pytest.raises(OverNotAgreedError):
        till.take(13_001)
    assert till.posts() == []
    payment_id = till.take(13_500, may_exceed=True)
    assert till.allocations(payment_id)[NOWHERE] == 500
    assert till.task_kinds() == ["unapplied_credit"]
    assert till.findings() == []


def test_a_balance_that_changed_is_said_before_anything_is_written(till: Till) -> None:
    till.open()
    change_debt(till.database, till.owing, till.owing.newer.target, cents=-4_000, why="plan paid")
    with pytest.raises(DueChangedError):
        till.take(13_000, seen=13_000)
    assert till.on(A.DESK_CASH) == 0


def test_less_cash_than_the_amount_is_no_payment(till: Till) -> None:
    till.open()
    with pytest.raises(TooLittleCashError):
        till.take(2_000, tendered=1_999)


def test_change_is_not_money_taken(till: Till) -> None:
    till.open()
    till.take(1_850, tendered=2_000)
    assert till.on(A.DESK_CASH) == 1_850


def test_whoever_has_no_open_drawer_of_today_takes_nothing(till: Till) -> None:
    with pytest.raises(NoDrawerError):
        till.take(1_000)
    drawer_id = till.open()
    till.count(drawer_id, 10_000)
    with pytest.raises(DrawerNotOpenError):
        till.take(1_000)
    till.carry_on(drawer_id)
    till.wait(days=1)
    with pytest.raises(DrawerOfAnotherDayError):
        till.take(1_000)
    assert till.posts() == []


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ADMIN, Role.POSTER])
def test_whoever_may_write_off_takes_no_money(till: Till, role: Role) -> None:
    somebody = till.staff(role)
    with pytest.raises(CounterNotAllowedError):
        till.open(by=somebody)
    with pytest.raises(CounterNotAllowedError):
        till.take(1_000, by=somebody)


def test_patients_and_jobs_are_not_at_the_desk(till: Till) -> None:
    for principal in (till.owing.principal, till.job):
        with pytest.raises(CounterNotAllowedError):
            till.take(1_000, by=principal)


def test_nothing_is_taken_where_the_practices_system_books_the_desk(till: Till) -> None:
    till.open()
    change_practice(till.database, "riverbend", {"desk_receipts_in": "practice"})
    with pytest.raises(DeskElsewhereError):
        till.take(1_000)
    with pytest.raises(DeskElsewhereError):
        till.open(by=till.staff(Role.COLLECTIONS))
    assert till.posts() == []


def test_nothing_is_taken_while_a_remittance_is_read_in(till: Till) -> None:
    till.open()
    with till.database.transaction(till.job) as session:
        announce_import(session.connection(), till.owing.practice_id)
        with pytest.raises(BooksBusyError):
            till.take(1_000)
    till.take(1_000)


def test_nobodys_account_takes_nothing(till: Till) -> None:
    till.open()
    with pytest.raises(PaymentNotFoundError):
        till.take(1_000, guarantor_id=new_id())


def test_word_of_it_goes_to_whoever_agreed_to_email(till: Till, database: Database) -> None:
    till.open()
    payment_id = till.take(1_000)
    silent = make_owing(
        database, till.owing.practice_id, account_number="A-2", number="2", email=None
    )
    till.take(1_000, guarantor_id=silent.guarantor_id)
    sent = till.read(
        lambda session: [
            (row.template, row.subject_id)
            for row in session.scalars(
                select(Message).where(Message.practice_id == practice_of(session))
            )
        ]
    )
    assert sent == [("payment_receipt", payment_id)]


def test_a_copay_waits_for_its_visit_and_pays_no_other(till: Till) -> None:
    till.open()
    payment_id = till.take(2_500, visit_on=date(2026, 3, 12))
    assert till.due() == 13_000
    assert till.on(A.PATIENT_DEPOSITS) == -2_500
    assert (till.on(A.DESK_CASH), till.allocations(payment_id)) == (2_500, {})
    waits = till.read(lambda session: session.scalars(select(VisitDeposit)).one())
    assert (waits.receipt_id, waits.service_on) == (payment_id, date(2026, 3, 12))
    assert waits.left_cents == 2_500
    assert till.posts() == [("deposit_taken", 2_500)]
    assert till.payment(payment_id).receipt_number == "RB-2026-000001"
    assert till.findings() == []


def test_a_copay_meets_the_share_of_its_visit_at_once_when_that_is_there(till: Till) -> None:
    till.open()
    owing = till.owing
    payment_id = till.take(2_500, visit_on=date(2026, 2, 10))
    assert till.allocations(payment_id) == {owing.newer.target: 2_500}
    assert till.on(A.PATIENT_DEPOSITS) == 0
    assert till.due() == 10_500
    assert till.findings() == []


def test_two_clerks_have_two_drawers(till: Till) -> None:
    other = till.staff(Role.COLLECTIONS)
    mine, theirs = till.open(), till.open(by=other)
    till.take(1_000)
    till.take(2_000, by=other)
    rows = till.read(
        lambda session: dict(
            session.execute(select(DeskPayment.drawer_id, DeskPayment.tendered_cents)).all()
        )
    )
    assert rows == {mine: 1_000, theirs: 2_000}


def test_the_day_is_the_practices(till: Till) -> None:
    """At 5 UTC it is still the evening before where the practice is."""
    till.wait(hours=9)
    drawer_id = till.open()
    assert till.drawer(drawer_id).opened_on == date(2026, 3, 9)
    till.now += timedelta(minutes=30)
    assert till.payment(till.take(1_000)).amount_cents == 1_000
