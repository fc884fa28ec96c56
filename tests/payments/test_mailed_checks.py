"""Refund checks in the mail: cashed, stopped by one person or two, sent anew, grown old."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from portal.auth.roles import Role
from portal.db import Principal
from portal.domain.journal import LedgerAccount
from portal.domain.payment_status import RefundState
from portal.domain.refund_checks import StopAnswer, StopReason
from portal.ledger.queries import account_sums
from portal.payments.refunds.check_pages import checks_page
from portal.payments.refunds.mailed_checks import (
    CashedOnError,
    NotInTheMailError,
    StopWish,
    agree_to_stop,
    note_cashed,
    note_not_cashed,
    refuse_to_stop,
    stop_check,
)
from portal.payments.refunds.service import RefundNotAllowedError, SamePersonError
from portal.payments.settlement import practice_day
from portal.practice.directory import change_practice, practice_by_id
from tests.payments.paying import Payer, at_once
from tests.payments.test_applying import assert_books_are_sound
from tests.payments.test_bank_debits import mails
from tests.payments.test_refund_approvals import agree, ask, hand, paid_with, staff
from tests.payments.test_refunds import refunds, waiting_tasks

A = LedgerAccount


@pytest.fixture(autouse=True)
def limit(payer: Payer) -> None:
    slug = practice_by_id(payer.database, payer.owing.practice_id).slug
    change_practice(payer.database, slug, {"refund_alone_up_to_cents": "2000"})


def mailed(payer: Payer, cents: int, payment_id: UUID | None = None) -> UUID:
    """A refund by check that is out."""
    refund_id, _state = ask(payer, payment_id or paid_with(payer, "cash"), cents)
    agree(payer, refund_id)
    hand(payer, refund_id)
    return refund_id


def about(payer: Payer) -> dict[str, Any]:
    return {"now": payer.now, "request_id": "test"}


def stop(
    payer: Payer, refund_id: UUID, *, who: Principal | None = None, send_again: bool = False
) -> StopAnswer:
    wish = StopWish(StopReason.LOST, "stop 4411", send_again=send_again)
    return stop_check(payer.database, who or staff(payer), refund_id, wish, **about(payer))


def cash(payer: Payer, *refund_ids: UUID, days_later: int = 0) -> None:
    day = payer.read(lambda session: practice_day(session, payer.now)) + timedelta(days=days_later)
    note_cashed(payer.database, staff(payer), refund_ids, cashed_on=day, **about(payer))


def out(payer: Payer) -> list[tuple[UUID, int]]:
    page = checks_page(payer.database, staff(payer), **about(payer))
    return [(row.refund.refund_id, row.standing.days) for row in page.rows]


def test_a_check_that_nobody_cashed_is_credit_again_once_it_is_stopped(payer: Payer) -> None:
    refund_id = mailed(payer, 2_000)
    assert out(payer) == [(refund_id, 0)]
    assert payer.read(account_sums)[A.BANK] == -2_000
    assert set(at_once(3, lambda: stopped_once(payer, refund_id))) == {True, False}
    (made,) = refunds(payer)
    assert made.state == RefundState.RETURNED
    sums = payer.read(account_sums)
    assert (sums.get(A.BANK, 0), sums[A.UNAPPLIED_CREDIT]) == (0, -2_000)
    told = payer.posts()[-1]
    assert (told.kind, told.amount_cents) == ("refund_returned", 2_000)
    assert waiting_tasks(payer) == ["unapplied_credit"]
    assert mails(payer)[-1] == "refund_stopped"
    assert out(payer) == []
    assert_books_are_sound(payer)


def stopped_once(payer: Payer, refund_id: UUID) -> bool:
    try:
        stop(payer, refund_id)
    except NotInTheMailError:
        return False
    return True


def test_above_the_limit_a_second_person_agrees(payer: Payer) -> None:
    refund_id, first = mailed(payer, 2_001), staff(payer)
    for _again in range(2):
        assert stop(payer, refund_id, who=first) is StopAnswer.WAITING
    assert waiting_tasks(payer) == ["refund_check_to_stop"]
    assert payer.read(account_sums)[A.BANK] == -2_001
    with pytest.raises(SamePersonError):
        agree_to_stop(payer.database, first, refund_id, **about(payer))
    for _again in range(2):
        agree_to_stop(payer.database, staff(payer), refund_id, **about(payer))
    assert waiting_tasks(payer) == ["unapplied_credit"]
    assert payer.read(account_sums).get(A.BANK, 0) == 0
    assert_books_are_sound(payer)


def test_a_stop_that_is_not_agreed_to_leaves_the_check_good(payer: Payer) -> None:
    refund_id = mailed(payer, 5_000)
    stop(payer, refund_id)
    for _again in range(2):
        refuse_to_stop(payer.database, staff(payer), refund_id, **about(payer))
    assert waiting_tasks(payer) == []
    assert [row for row, _days in out(payer)] == [refund_id]
    assert stop(payer, refund_id) is StopAnswer.WAITING
    assert "refund_stopped" not in mails(payer)


def test_another_check_is_written_once_two_people_agree_to_it(payer: Payer) -> None:
    refund_id, first = mailed(payer, 1_500), staff(payer)
    assert stop(payer, refund_id, who=first, send_again=True) is StopAnswer.DONE
    old, new = refunds(payer)
    assert (old.state, new.state, new.way) == ("returned", "waiting", "check")
    assert (new.amount_cents, new.requested_by) == (1_500, str(first.actor_id))
    agree(payer, new.refund_id)
    hand(payer, new.refund_id)
    sums = payer.read(account_sums)
    assert (sums[A.BANK], sums.get(A.UNAPPLIED_CREDIT, 0)) == (-1_500, 0)
    assert [row for row, _days in out(payer)] == [new.refund_id]
    assert_books_are_sound(payer)


def test_what_was_cashed_is_off_the_list_and_is_not_stopped(payer: Payer) -> None:
    payment_id = paid_with(payer, "cash")
    large, small = mailed(payer, 3_000, payment_id), mailed(payer, 100, payment_id)
    stop(payer, large)
    cash(payer, large, small)
    assert (out(payer), waiting_tasks(payer)) == ([], [])
    with pytest.raises(NotInTheMailError):
        stop(payer, small)
    note_not_cashed(payer.database, staff(payer), small, **about(payer))
    assert stop(payer, small) is StopAnswer.DONE
    assert_books_are_sound(payer)


def test_one_wrong_check_among_several_writes_nothing_down(payer: Payer) -> None:
    payment_id = paid_with(payer, "cash")
    mailed_one = mailed(payer, 100, payment_id)
    promised, _state = ask(payer, payment_id, 100)
    with pytest.raises(NotInTheMailError):
        cash(payer, mailed_one, promised)
    for days_later in (-1, 1):
        with pytest.raises(CashedOnError):
            cash(payer, mailed_one, days_later=days_later)
    assert [row for row, _days in out(payer)] == [mailed_one]


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.COLLECTIONS, Role.POSTER])
def test_only_who_may_send_refunds_sees_to_checks(payer: Payer, role: Role) -> None:
    refund_id, who = mailed(payer, 100), staff(payer, role)
    acts: tuple[Callable[[], object], ...] = (
        lambda: stop(payer, refund_id, who=who),
        lambda: agree_to_stop(payer.database, who, refund_id, **about(payer)),
        lambda: refuse_to_stop(payer.database, who, refund_id, **about(payer)),
        lambda: note_not_cashed(payer.database, who, refund_id, **about(payer)),
        lambda: note_cashed(
            payer.database, who, [refund_id], cashed_on=payer.now.date(), **about(payer)
        ),
    )
    for act in acts:
        with pytest.raises(RefundNotAllowedError):
            act()
