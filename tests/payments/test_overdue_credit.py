"""Credit whose correction did not come in 30 days: staff are told once, and told no longer."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from portal.connectors.stripe_gateway import StripeGateway
from portal.db import Database, practice_of
from portal.domain.journal import LedgerAccount
from portal.payments.credits.overdue import tell_of_overdue_credit
from portal.payments.models import Payment
from portal.practice.models import Task
from tests.payments.insured import insured_payer, pay_all
from tests.payments.paying import Payer
from tests.payments.test_applying import assert_books_are_sound
from tests.payments.test_refunds import refund
from tests.remittances.conftest import desk
from tests.remittances.desk import NOW, ImportDesk, SentClaim

__all__ = ["desk"]
CLAIM = SentClaim()  # 20.00 the patient's
CORRECTION = replace(CLAIM, icn="ICN2")


@pytest.fixture
def insured(desk: ImportDesk, database: Database, gateway: StripeGateway) -> Payer:
    """June paid her 20.00; then the payer took its decision back."""
    desk.receive(CLAIM)
    insured = insured_payer(desk, database, gateway)
    pay_all(insured, 2_000)
    desk.receive(CLAIM.reversal())
    return insured


def tell_after(insured: Payer, *, days: int) -> int:
    """The nightly job, so many days after the payer took its decision back."""
    now = NOW + timedelta(days=days)
    return tell_of_overdue_credit(insured.database, insured.owing.practice_id, now=now)


def told(insured: Payer) -> Sequence[Task]:
    """What staff have to look at."""
    return insured.read(
        lambda session: session.scalars(
            select(Task).where(
                Task.practice_id == practice_of(session),
                Task.kind == "correction_overdue",
                Task.done_at.is_(None),
            )
        ).all()
    )


def only_payment(insured: Payer) -> UUID:
    return insured.read(
        lambda session: session.scalars(
            select(Payment.payment_id).where(Payment.practice_id == practice_of(session))
        ).one()
    )


@pytest.mark.parametrize(("days", "tasks"), [(29, 0), (30, 1), (31, 1)])
def test_staff_are_told_from_the_thirtieth_day_on(insured: Payer, days: int, tasks: int) -> None:
    assert tell_after(insured, days=days) == tasks
    assert len(told(insured)) == tasks


def test_the_task_says_what_to_do(desk: ImportDesk, insured: Payer) -> None:
    tell_after(insured, days=30)
    (task,) = told(insured)
    assert task.subject_id == desk.claim_id()
    assert task.message == (
        "$20.00 were paid on claim A1, whose payer took its decision back and sent no other for "
        "30 days. The credit is free now: refund it or use it for another bill, and ask the payer."
    )


def test_staff_are_told_once(insured: Payer) -> None:
    tell_after(insured, days=30)
    (task,) = told(insured)
    with insured.database.transaction(insured.job) as session:
        session.merge(task).done_at = NOW + timedelta(days=30)
    assert tell_after(insured, days=31) == 0
    assert told(insured) == []


def test_a_refund_of_all_of_it_ends_the_task(insured: Payer) -> None:
    tell_after(insured, days=30)
    insured.now = NOW + timedelta(days=30)
    refund(insured, only_payment(insured), 2_000)
    assert tell_after(insured, days=31) == 0
    assert told(insured) == []
    assert_books_are_sound(insured)


def test_a_late_correction_still_takes_what_nobody_has_used(
    desk: ImportDesk, insured: Payer
) -> None:
    tell_after(insured, days=30)
    desk.now = NOW + timedelta(days=45)
    desk.receive(CORRECTION)
    claim = desk.claim()
    assert (claim.patient_paid_cents, claim.patient_receivable_cents) == (2_000, 0)
    assert LedgerAccount.UNAPPLIED_CREDIT not in desk.sums()
    assert tell_after(insured, days=46) == 0
    assert told(insured) == []
    assert_books_are_sound(insured)


def test_credit_released_again_waits_again_and_is_told_again(
    desk: ImportDesk, insured: Payer
) -> None:
    tell_after(insured, days=30)
    desk.now = NOW + timedelta(days=45)
    desk.receive(CORRECTION)
    desk.receive(CORRECTION.reversal())
    assert tell_after(insured, days=74) == 0
    assert told(insured) == []
    assert tell_after(insured, days=75) == 1
    assert len(told(insured)) == 1
