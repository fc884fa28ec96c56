"""Putting a payment to other visits: no cent lost, nothing promised moved, everybody told."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from portal.auth.roles import Role
from portal.db import Database, Principal, new_id, practice_of
from portal.domain.allocation import Allocation
from portal.domain.journal import NOWHERE, LedgerAccount, Target
from portal.domain.payment_status import RefundState
from portal.domain.reallocating import NotMovableError
from portal.ledger.queries import account_sums
from portal.payments.credits.moving import (
    MoveNotAllowedError,
    NothingMovesError,
    movable_of,
    move_payment,
)
from portal.payments.models import Payment
from portal.payments.moves import BooksBusyError, payment_of
from portal.payments.receipts.queries import receipt_page
from portal.payments.refunds.service import RefundTooLargeError, request_refund
from portal.practice.import_lock import announce_import
from portal.statements.queries import statement_due
from portal.statements.service import issue_statements
from tests.payments.conftest import gateway
from tests.payments.insured import insured_payer, pay_all, pay_part, waiting_cents
from tests.payments.paying import DUE, Payer
from tests.payments.test_applying import assert_books_are_sound
from tests.payments.test_refund_approvals import staff
from tests.payments.test_refunds import Rotated, refunds, waiting_tasks
from tests.remittances.conftest import desk
from tests.remittances.desk import ImportDesk, SentClaim, SentLine

__all__ = ["desk", "gateway"]
A = LedgerAccount


def move(
    payer: Payer,
    payment_id: UUID,
    wanted: Mapping[Target, int],
    *,
    move_id: UUID | None = None,
    who: Principal | None = None,
) -> None:
    move_payment(
        payer.database,
        who or staff(payer, Role.COLLECTIONS),
        payment_id,
        wanted,
        move_id=move_id or new_id(),
        reason="They meant the other visit.",
        now=payer.now,
        request_id="test",
    )


def stands(payer: Payer, payment_id: UUID) -> dict[Target, int]:
    """What it pays now, by line."""
    now: dict[Target, int] = {}
    for target, cents in payer.allocations(payment_id):
        now[target] = now.get(target, 0) + cents
    return {target: cents for target, cents in now.items() if cents}


def test_a_payment_goes_to_another_visit_in_one_entry_and_everybody_is_told(payer: Payer) -> None:
    owing, payment_id, move_id = payer.owing, payer.pay(6_000), new_id()
    wanted = {owing.older.target: 1_000, owing.newer.target: 4_000}
    for _ in range(2):
        move(payer, payment_id, wanted, move_id=move_id)
    assert stands(payer, payment_id) == {**wanted, NOWHERE: 1_000}
    sums = payer.read(account_sums)
    assert (sums[A.PATIENT_RECEIVABLE], sums[A.UNAPPLIED_CREDIT]) == (8_000, -1_000)
    told = payer.posts()[-1]
    assert (told.kind, told.amount_cents) == ("payment_reallocated", 0)
    assert [part["amount_cents"] for part in told.details["allocations"]] == [-5_000, 4_000, 1_000]
    assert waiting_tasks(payer) == ["unapplied_credit"]
    move(payer, payment_id, {owing.older.target: 2_000})
    assert waiting_tasks(payer) == []
    assert_books_are_sound(payer)


def test_the_receipt_shows_where_the_money_is_now(payer: Payer) -> None:
    owing, payment_id = payer.owing, payer.pay(6_000)
    move(payer, payment_id, {owing.older.target: 2_000, owing.newer.target: 4_000})
    receipt = receipt_page(
        payer.database,
        owing.principal,
        payment_id,
        statement_due=DUE,
        now=payer.now,
        request_id="test",
    )
    assert receipt is not None
    assert sorted(line.amount_cents for line in receipt.lines) == [2_000, 4_000]
    assert receipt.amount_cents == 6_000


def test_what_is_wanted_already_moves_nothing(payer: Payer) -> None:
    payment_id = payer.pay(6_000)
    with pytest.raises(NothingMovesError):
        move(payer, payment_id, {payer.owing.older.target: 6_000})


def test_a_line_takes_no_more_than_is_open_on_it(payer: Payer) -> None:
    payment_id = payer.pay(6_000)
    with pytest.raises(NotMovableError) as refused:
        move(payer, payment_id, {payer.owing.older.target: 0, payer.owing.newer.target: 4_001})
    assert refused.value.most_cents == 4_000


def test_only_some_of_the_staff_move_payments_that_came(payer: Payer) -> None:
    payment_id = payer.pay(6_000)
    for who in (payer.owing.principal, staff(payer, Role.FRONT_DESK)):
        with pytest.raises(MoveNotAllowedError):
            move(payer, payment_id, {}, who=who)
    open_one = payer.prepare(1_000)
    with pytest.raises(MoveNotAllowedError):
        move(payer, open_one, {})


def test_nothing_moves_while_a_remittance_is_read_in(payer: Payer) -> None:
    payment_id = payer.pay(6_000)
    with payer.database.transaction(payer.job) as importing:
        announce_import(importing.connection(), payer.owing.practice_id)
        with pytest.raises(BooksBusyError):
            move(payer, payment_id, {payer.owing.older.target: 0})


def test_a_visit_on_hold_that_loses_its_money_may_not_be_billed_for_it(
    desk: ImportDesk, database: Database, gateway: object
) -> None:
    desk.receive(SentClaim())
    june = insured_payer(desk, database, gateway)  # type: ignore[arg-type]  # a gateway over the wire
    payment_id = pay_all(june, 2_000)
    again = SentLine(adjustments={"CO45": 3_000, "PR3": 2_500})
    desk.receive(replace(SentClaim(), icn="ICN9", lines=(again,)))
    (line,) = stands(june, payment_id)
    move(june, payment_id, {line: 500})
    claim = desk.claim().as_json()
    assert (claim["patient_receivable_cents"], claim["patient_pending_cents"]) == (0, 1_500)
    assert desk.findings() == []
    assert_books_are_sound(june)


def test_credit_that_waits_for_a_correction_stays_where_it_is(
    desk: ImportDesk, database: Database, gateway: object
) -> None:
    first, second = SentClaim(number="A1"), SentClaim(number="A2", icn="ICN22")
    desk.receive(first, second)
    june = insured_payer(desk, database, gateway)  # type: ignore[arg-type]  # a gateway over the wire
    payment_id = pay_all(june, 4_000)
    desk.receive(first.reversal())
    june.now = desk.now
    movable = june.read(
        lambda session: movable_of(session, payment_of(session, payment_id), now=june.now)
    )
    assert (movable.credit_cents, movable.free_cents) == (2_000, 0)
    (line,) = [target for target in stands(june, payment_id) if target != NOWHERE]
    move(june, payment_id, {line: 500})
    with pytest.raises(NotMovableError):
        move(june, payment_id, {line: 2_001})
    move(june, payment_id, {line: 2_000})
    assert waiting_cents(june, desk.claim_id("A1")) == 2_000
    assert_books_are_sound(june)


def test_a_line_that_a_refund_will_take_from_stays_paid_till_then(payer: Payer) -> None:
    payment_id, older = payer.pay(6_000), payer.owing.older.target
    payer.gateway = Rotated(payer.gateway)  # type: ignore[assignment]  # it passes the rest on
    chosen = (Allocation(older, 1_000),)
    assert _refund(payer, payment_id, 1_000, taken_from=chosen) is RefundState.PENDING
    with pytest.raises(NotMovableError) as refused:
        move(payer, payment_id, {older: 999})
    assert refused.value.least_cents == 1_000
    move(payer, payment_id, {older: 1_000})
    assert_books_are_sound(payer)


ACTS = st.lists(
    st.tuples(st.booleans(), st.integers(0, 6_000), st.integers(0, 4_000)), min_size=1, max_size=6
)


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts=ACTS)
def test_whatever_is_paid_moved_and_sent_back_the_parts_are_what_is_left(
    payer: Payer, acts: list[tuple[bool, int, int]]
) -> None:
    """Each example goes on where the last one ended."""
    payment_id = _the_payment(payer)
    older, newer = payer.owing.older.target, payer.owing.newer.target
    for is_refund, first, second in acts:
        try:
            if is_refund:
                _refund(payer, payment_id, first // 20)
            else:
                move(payer, payment_id, {older: first, newer: second})
        except (NotMovableError, NothingMovesError, RefundTooLargeError):
            continue
    now = stands(payer, payment_id)
    assert min(now.values(), default=0) >= 0
    gone = sum(one.amount_cents for one in refunds(payer) if one.state == "succeeded")
    assert sum(now.values()) == 9_000 - gone
    assert_books_are_sound(payer)


def _the_payment(payer: Payer) -> UUID:
    found = payer.read(
        lambda session: session.scalar(
            select(Payment.payment_id).where(Payment.practice_id == practice_of(session))
        )
    )
    return found or payer.pay(9_000)


def _refund(
    payer: Payer, payment_id: UUID, cents: int, *, taken_from: tuple[Allocation, ...] = ()
) -> RefundState:
    return request_refund(
        payer.database,
        payer.gateway,
        staff(payer),
        refund_id=new_id(),
        payment_id=payment_id,
        amount_cents=cents,
        reason="other",
        taken_from=taken_from,
        now=payer.now,
        request_id="test",
    )


def test_the_next_statement_adds_up_after_a_move(
    desk: ImportDesk, database: Database, gateway: object
) -> None:
    desk.receive(SentClaim(number="A1"), SentClaim(number="A2", icn="ICN22"))
    june = insured_payer(desk, database, gateway)  # type: ignore[arg-type]  # a gateway over the wire
    payment_id = pay_part(june, 2_000, due_seen_cents=4_000)
    (line,) = stands(june, payment_id)
    move(june, payment_id, {line: 500})
    later = june.now + timedelta(days=40)
    report = issue_statements(
        database, june.owing.practice_id, as_of=later.date(), now=later, dry_run=False
    )
    assert len(report.statement_ids) == 1
    assert "statement_does_not_add_up" not in june.task_kinds()
    due = june.read(lambda session: statement_due(session, report.statement_ids[0]))
    assert due is not None
    assert due.due_now_cents == 3_500
