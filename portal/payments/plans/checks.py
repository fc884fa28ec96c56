"""Payments for plans examined: each names a plan of its payer's own. Empty means sound."""

from collections.abc import Iterator

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.ledger.checks import CheckFinding
from portal.ledger.models import Commitment, PlanLine
from portal.payments.models import Payment


def checks(session: Session) -> Iterator[CheckFinding]:
    """A payment knows its plan by id only, and what is on its way knows it from the payment."""
    yield from _plans_of_somebody_else(session)
    yield from _on_its_way_elsewhere(session)


def _plans_of_somebody_else(session: Session) -> Iterator[CheckFinding]:
    practice_id = practice_of(session)
    is_theirs = exists().where(
        PlanLine.practice_id == practice_id,
        PlanLine.plan_id == Payment.plan_id,
        PlanLine.guarantor_id == Payment.guarantor_id,
    )
    rows = session.scalars(
        select(Payment.payment_id).where(
            Payment.practice_id == practice_id, Payment.plan_id.is_not(None), ~is_theirs
        )
    )
    for payment_id in rows:
        message = f"Payment {payment_id} is for a payment plan that is not its payer's."
        yield CheckFinding("payment_plan", message)


def _on_its_way_elsewhere(session: Session) -> Iterator[CheckFinding]:
    practice_id = practice_of(session)
    rows = session.scalars(
        select(Payment.payment_id)
        .join(
            Commitment,
            (Commitment.practice_id == practice_id) & (Commitment.subject_id == Payment.payment_id),
        )
        .where(
            Payment.practice_id == practice_id,
            Payment.plan_id.is_distinct_from(Commitment.plan_id),
        )
    )
    for payment_id in rows:
        message = f"Payment {payment_id} is on its way to another plan than it was made for."
        yield CheckFinding("payment_plan", message)
