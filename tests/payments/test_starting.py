"""Choosing an amount: what may be paid, by whom, and that choosing twice is choosing once."""

from uuid import UUID

import pytest
from sqlalchemy import func, select

from portal.db import Database, Principal, new_id, practice_of
from portal.payments.access import StatementNotFoundError
from portal.payments.models import Payment
from portal.payments.service import (
    AmountRefusedError,
    AmountTooLargeError,
    AmountTooSmallError,
    NothingDueError,
    start_payment,
)
from portal.statements.models import StatementVoid
from tests.payments.owing import ISSUED_AT, Owing, change_debt, make_owing
from tests.payments.paying import DUE, Payer, at_once


@pytest.mark.parametrize(
    ("cents", "refusal"),
    [
        (-100, AmountTooSmallError),
        (0, AmountTooSmallError),
        (49, AmountTooSmallError),
        (10_001, AmountTooLargeError),
        (2**62, AmountTooLargeError),
    ],
)
def test_an_amount_outside_the_bounds_of_the_ledger_is_refused(
    payer: Payer, cents: int, refusal: type[AmountRefusedError]
) -> None:
    with pytest.raises(refusal) as refused:
        payer.prepare(cents)
    assert refused.value.most_cents == 10_000


@pytest.mark.parametrize("cents", [50, 9_999, 10_000])
def test_any_amount_within_the_bounds_may_be_paid(payer: Payer, cents: int) -> None:
    row = payer.row(payer.prepare(cents))
    assert (row.state, row.amount_cents) == ("prepared", cents)
    assert row.link_id == payer.owing.link_id


def test_a_share_that_no_statement_asked_for_yet_does_not_raise_what_may_be_paid(
    payer: Payer,
) -> None:
    with pytest.raises(AmountTooLargeError):
        payer.prepare(13_000)


def test_too_little_to_pay_by_card_is_nothing_due(database: Database, payer: Payer) -> None:
    for owed, left in ((payer.owing.older, 0), (payer.owing.newer, 49)):
        change_debt(database, payer.owing, owed.target, cents=left - owed.cents, why="less")
    with pytest.raises(NothingDueError):
        payer.prepare(50)


def test_a_statement_that_was_taken_back_cannot_be_paid(database: Database, payer: Payer) -> None:
    owing = payer.owing
    with database.transaction(payer.job) as session:
        session.add(
            StatementVoid(
                practice_id=owing.practice_id,
                statement_id=owing.statement_id,
                guarantor_id=owing.guarantor_id,
                voided_at=ISSUED_AT,
                voided_by="test",
                reason="test",
            )
        )
    with pytest.raises(NothingDueError):
        payer.prepare()


def test_the_same_choice_again_is_the_same_payment(payer: Payer) -> None:
    assert payer.prepare(5_000) == payer.prepare(5_000)


def test_a_double_click_makes_one_payment(payer: Payer) -> None:
    assert len(set(at_once(8, lambda: payer.prepare(5_000)))) == 1
    count = payer.read(
        lambda session: session.scalar(
            select(func.count())
            .select_from(Payment)
            .where(Payment.practice_id == practice_of(session))
        )
    )
    assert count == 1


def test_another_amount_is_another_payment(payer: Payer) -> None:
    assert payer.prepare(5_000) != payer.prepare(6_000)


def test_a_statement_that_does_not_exist_is_not_found(database: Database, ana: Owing) -> None:
    with pytest.raises(StatementNotFoundError):
        _start(database, ana.principal, new_id())


def test_somebody_elses_statement_is_not_found(database: Database, ana: Owing) -> None:
    ben = make_owing(database, ana.practice_id, account_number="A-2", number="10483")
    with pytest.raises(StatementNotFoundError):
        _start(database, ben.principal, ana.statement_id)


def test_a_link_pays_its_own_statement_and_no_other_of_the_same_person(
    database: Database, ana: Owing
) -> None:
    other = make_owing(database, ana.practice_id, account_number="A-2", number="10483")
    pretends = Principal.link(ana.practice_id, guarantor_id=other.guarantor_id, link_id=ana.link_id)
    with pytest.raises(StatementNotFoundError):
        _start(database, pretends, other.statement_id)


def _start(database: Database, principal: Principal, statement_id: UUID) -> UUID:
    return start_payment(
        database,
        principal,
        statement_id=statement_id,
        amount_cents=5_000,
        statement_due=DUE,
        now=ISSUED_AT,
    )
