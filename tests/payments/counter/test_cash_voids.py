"""Cash is voided by two people; the payer is told, and the day's report says who and why."""

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from portal.auth.roles import Role
from portal.db import practice_of
from portal.domain.drawer import VoidAnswer
from portal.domain.journal import LedgerAccount
from portal.domain.payment_channel import MethodKind
from portal.domain.payment_status import PaymentState
from portal.messages.models import Message
from portal.payments.counter.access import CounterNotAllowedError, DrawerNotOpenError
from portal.payments.counter.bank_pages import day_csv, day_page
from portal.payments.counter.cash_voids import NotCashError
from portal.payments.counter.models import VoidRequest
from portal.payments.counter.payment_pages import desk_receipt_page
from portal.payments.counter.undoing import SecondPersonError
from portal.practice.models import Guarantor
from tests.payments.counter.till import Till
from tests.payments.paying import at_once

A = LedgerAccount


def answers(till: Till) -> list[tuple[str, object]]:
    return till.read(
        lambda session: [
            (one.answer, one.answered_by)
            for one in session.scalars(select(VoidRequest).order_by(VoidRequest.request_id))
        ]
    )


def mails(till: Till) -> list[str]:
    return till.read(
        lambda session: list(
            session.scalars(
                select(Message.template)
                .where(Message.practice_id == practice_of(session))
                .order_by(Message.message_id)
            )
        )
    )


def test_whoever_took_cash_does_not_void_it(till: Till) -> None:
    till.open()
    payment_id = till.take(1_000)
    for who in (till.clerk, till.staff(Role.FRONT_DESK), till.staff(Role.COLLECTIONS)):
        with pytest.raises(SecondPersonError):
            till.void(payment_id, by=who)
    assert till.state(payment_id) is PaymentState.SUCCEEDED


def test_a_clerk_asks_and_a_manager_agrees(till: Till) -> None:
    till.open()
    payment_id = till.take(1_000)
    at_once(3, lambda: till.ask_for_void(payment_id))
    assert answers(till) == [(VoidAnswer.WAITING, None)]
    assert till.task_kinds() == ["cash_void_to_approve"]
    assert till.on(A.DESK_CASH) == 1_000
    till.void(payment_id)
    assert answers(till) == [(VoidAnswer.AGREED, till.manager.actor_id)]
    assert till.task_kinds() == []
    assert till.on(A.DESK_CASH) == 0
    assert till.findings() == []


def test_a_manager_who_took_it_as_a_clerk_is_no_second_person(till: Till) -> None:
    till.open()
    payment_id = till.take(1_000)
    promoted = replace(till.clerk, role=Role.MANAGER.value)
    with pytest.raises(SecondPersonError):
        till.void(payment_id, by=promoted)


def test_a_manager_who_does_not_agree_leaves_the_payment(till: Till) -> None:
    till.open()
    payment_id = till.take(1_000)
    till.ask_for_void(payment_id)
    with pytest.raises(CounterNotAllowedError):
        till.refuse_void(payment_id, by=till.staff(Role.FRONT_DESK))
    till.refuse_void(payment_id)
    till.refuse_void(payment_id)
    assert answers(till) == [(VoidAnswer.REFUSED, till.manager.actor_id)]
    assert (till.state(payment_id), till.task_kinds()) == (PaymentState.SUCCEEDED, [])
    till.ask_for_void(payment_id)
    till.refuse_void(payment_id, by=till.clerk)
    assert [answer for answer, _by in answers(till)] == [VoidAnswer.REFUSED] * 2


def test_only_its_taker_asks_and_only_about_cash(till: Till) -> None:
    till.open()
    cash, check = till.take(1_000), till.take(500, MethodKind.CHECK)
    with pytest.raises(CounterNotAllowedError):
        till.ask_for_void(cash, by=till.staff(Role.FRONT_DESK))
    with pytest.raises(NotCashError):
        till.ask_for_void(check)
    till.void(cash)
    with pytest.raises(NotCashError):
        till.ask_for_void(cash)


def test_a_wish_that_nobody_answered_lapses_when_the_drawer_is_counted(till: Till) -> None:
    drawer_id = till.open()
    payment_id = till.take(1_000)
    till.ask_for_void(payment_id)
    till.count(drawer_id, 11_000)
    assert answers(till) == [(VoidAnswer.LAPSED, till.clerk.actor_id)]
    assert till.task_kinds() == []
    with pytest.raises(DrawerNotOpenError):
        till.void(payment_id)
    with pytest.raises(DrawerNotOpenError):
        till.ask_for_void(payment_id)


def test_the_payer_is_told_of_a_void(till: Till) -> None:
    till.read(
        lambda session: session.execute(
            update(Guarantor)
            .where(Guarantor.guarantor_id == till.owing.guarantor_id)
            .values(email="ana@example.com", email_agreed_at=till.now)
        )
    )
    till.open()
    till.void(till.take(1_000))
    assert mails(till) == ["payment_receipt", "payment_voided"]


def test_the_days_report_says_who_asked_who_agreed_and_why(till: Till) -> None:
    till.open()
    voided, kept = till.take(1_000), till.take(2_000)
    till.ask_for_void(voided)
    till.wait(minutes=5)
    till.void(voided)
    page = day_page(till.database, till.manager, None, now=till.now, request_id="test")
    (void,) = page.voids
    assert (void.payment_id, void.amount_cents, void.reason) == (voided, 1_000, "wrong_amount")
    assert void.was_asked
    assert page.voided_cents == 1_000
    assert kept not in {one.payment_id for one in page.voids}
    rows = day_csv(till.database, till.manager, None, now=till.now, request_id="test")
    header, first, *_rest = rows.decode("utf-8-sig").splitlines()
    assert header.endswith("state,void_reason,voided_by,voided_at")
    assert "wrong_amount" in first


def test_a_receipt_says_what_may_still_be_done(till: Till) -> None:
    drawer_id = till.open()
    payment_id = till.take(1_000)

    def page(who: object) -> tuple[bool, bool, bool]:
        shown = desk_receipt_page(
            till.database,
            till.clerk if who == "clerk" else till.manager,
            payment_id,
            now=till.now,
            request_id="test",
        )
        return shown.may_void, shown.may_ask_for_void, shown.asked is not None

    assert page("clerk") == (False, True, False)
    assert page("manager") == (True, False, False)
    till.ask_for_void(payment_id)
    assert page("clerk") == (False, False, True)
    assert page("manager") == (True, False, True)
    till.count(drawer_id, 11_000)
    till.carry_on(drawer_id)
    assert page("clerk") == page("manager") == (False, False, False)
