"""A drawer's day: blind, to the cent, closed by its owner, opened again only by a manager."""

from contextlib import suppress
from uuid import UUID

import pytest
from sqlalchemy import select

from portal.auth.roles import Role
from portal.domain.drawer import DrawerState, UnknownDrawerMoveError
from portal.domain.journal import LedgerAccount
from portal.domain.payment_channel import MethodKind
from portal.payments.counter.access import CounterNotAllowedError
from portal.payments.counter.drawers import (
    CountChangedError,
    DrawerInUseError,
    ReasonMissingError,
    result_of,
)
from portal.payments.counter.models import DrawerEvent
from portal.payments.counter.pages import count_page, drawer_page
from tests.payments.counter.till import Till
from tests.payments.paying import at_once

A = LedgerAccount


def test_a_drawer_that_is_right_closes_without_a_word(till: Till) -> None:
    drawer_id = till.open()
    till.take(2_000)
    till.take(3_000, MethodKind.CHECK)
    till.take(4_000, MethodKind.TERMINAL)
    till.close(drawer_id, till.count(drawer_id, 12_000))
    assert till.drawer_state(drawer_id) is DrawerState.CLOSED
    assert till.drawer(drawer_id).bank_cents == 5_000
    assert (till.on(A.DESK_CASH), till.on(A.CASH_OVER_SHORT)) == (5_000, 0)
    assert till.findings() == []


@pytest.mark.parametrize(("found", "over_short"), [(11_900, 100), (12_100, -100), (12_001, -1)])
def test_a_small_difference_is_posted_without_a_reason(
    till: Till, found: int, over_short: int
) -> None:
    drawer_id = till.open()
    till.take(2_000)
    till.close(drawer_id, till.count(drawer_id, found))
    assert till.on(A.CASH_OVER_SHORT) == over_short
    assert till.on(A.DESK_CASH) == found - 10_000
    assert till.findings() == []


def test_a_larger_difference_needs_a_reason(till: Till) -> None:
    drawer_id = till.open()
    till.take(2_000)
    count_id = till.count(drawer_id, 11_899)
    with pytest.raises(ReasonMissingError):
        till.close(drawer_id, count_id)
    till.close(drawer_id, count_id, reason="wrong change")
    moves = till.read(
        lambda session: [
            (row.state, row.reason)
            for row in session.scalars(select(DrawerEvent).order_by(DrawerEvent.event_id))
        ]
    )
    assert moves == [("open", ""), ("counted", ""), ("closed", "wrong change")]


def test_a_missing_check_needs_a_reason_and_does_not_go_to_the_bank(till: Till) -> None:
    drawer_id = till.open()
    there = till.take(3_000, MethodKind.CHECK)
    till.take(50, MethodKind.CHECK)
    count_id = till.count(drawer_id, 10_000, checks=[there])
    with pytest.raises(ReasonMissingError):
        till.close(drawer_id, count_id)
    till.close(drawer_id, count_id, reason="lost")
    assert till.drawer(drawer_id).bank_cents == 3_000
    assert till.on(A.CASH_OVER_SHORT) == 50
    assert till.findings() == []


def test_nobody_reads_what_should_be_there_before_it_is_counted(till: Till) -> None:
    drawer_id = till.open()
    till.take(2_000)
    till.take(3_000, MethodKind.CHECK)
    page = drawer_page(till.database, till.clerk, drawer_id, now=till.now, request_id="test")
    assert (page.result, page.counted_cents) == (None, 0)
    till.count(drawer_id, 12_000)
    page = drawer_page(till.database, till.clerk, drawer_id, now=till.now, request_id="test")
    assert page.result is not None
    assert page.result.difference_cents == 0


def test_counting_again_is_seen(till: Till) -> None:
    drawer_id = till.open()
    first = till.count(drawer_id, 9_000)
    second = till.count(drawer_id, 10_000)
    with pytest.raises(CountChangedError):
        till.close(drawer_id, first)
    till.close(drawer_id, second)
    page = drawer_page(till.database, till.clerk, drawer_id, now=till.now, request_id="test")
    assert page.counts == 2
    counting = count_page(till.database, till.clerk, drawer_id, now=till.now, request_id="test")
    assert counting is None


def test_nothing_is_closed_without_a_count(till: Till) -> None:
    drawer_id = till.open()
    with pytest.raises(UnknownDrawerMoveError):
        till.close(drawer_id, drawer_id)


def test_one_drawer_a_person_however_often_they_press(till: Till) -> None:
    opened: list[UUID] = []

    def press() -> None:
        with suppress(DrawerInUseError):
            opened.append(till.open())

    at_once(5, press)
    assert len(opened) == 1


def test_somebody_elses_drawer_is_nobodys_business_but_a_managers(till: Till) -> None:
    drawer_id = till.open()
    other = till.staff(Role.FRONT_DESK)
    with pytest.raises(CounterNotAllowedError):
        till.count(drawer_id, 10_000, by=other)
    with pytest.raises(CounterNotAllowedError):
        drawer_page(till.database, other, drawer_id, now=till.now, request_id="test")
    count_id = till.count(drawer_id, 10_000, by=till.manager)
    with pytest.raises(CounterNotAllowedError):
        till.close(drawer_id, count_id, by=other)
    till.close(drawer_id, count_id, by=till.manager)


def test_only_a_manager_opens_a_closed_drawer_and_says_why(till: Till) -> None:
    drawer_id = till.open()
    till.take(2_000)
    till.count_and_close(drawer_id, 11_000)
    assert till.on(A.CASH_OVER_SHORT) == 1_000
    with pytest.raises(CounterNotAllowedError):
        till.reopen(drawer_id, by=till.clerk)
    with pytest.raises(ReasonMissingError):
        till.reopen(drawer_id, reason="")
    till.reopen(drawer_id)
    assert (till.on(A.CASH_OVER_SHORT), till.on(A.DESK_CASH)) == (0, 2_000)
    assert till.findings() == []
    till.count_and_close(drawer_id, 12_000)
    assert (till.on(A.CASH_OVER_SHORT), till.on(A.DESK_CASH)) == (0, 2_000)
    assert till.findings() == []


def test_a_drawer_is_not_opened_again_while_its_owner_works_at_another(till: Till) -> None:
    first = till.open()
    till.count_and_close(first, 10_000)
    till.open()
    with pytest.raises(DrawerInUseError):
        till.reopen(first)


def test_money_that_left_for_the_bank_stays_counted(till: Till) -> None:
    drawer_id = till.open()
    till.take(2_000)
    till.count_and_close(drawer_id, 12_000)
    till.deposit(drawer_id)
    with pytest.raises(UnknownDrawerMoveError):
        till.reopen(drawer_id)


def test_nothing_is_taken_or_voided_between_the_count_and_the_closing(till: Till) -> None:
    drawer_id = till.open()
    till.take(2_000)
    till.count(drawer_id, 12_000)
    till.carry_on(drawer_id)
    till.take(1_000)
    till.count(drawer_id, 13_000)
    result = till.read(lambda session: result_of(session, till.drawer(drawer_id)))
    assert result.difference_cents == 0
