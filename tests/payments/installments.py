"""Stands where payment plans are asked: what a test says is due of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.payments.models import Payment
from portal.payments.scheduled.installments import InstallmentToCharge


@dataclass(frozen=True, slots=True)
class CoveredLine:
    """A line with something open on it, which a plan covers."""

    claim_id: UUID
    charge_id: UUID | None


@dataclass(frozen=True, slots=True)
class Installment:
    """What a plan would say of one."""

    installment_id: UUID
    plan_id: UUID
    guarantor_id: UUID
    due_on: date
    due_cents: int
    method_id: UUID
    notice_days: int
    lines: tuple[CoveredLine, ...]


@dataclass(slots=True)
class Plans:
    """Stands where payment plans are asked: what a test says is due, less what came for it."""

    installments: dict[UUID, Installment] = field(default_factory=dict)

    def to_come(self, session: Session, /, *, today: date) -> Sequence[InstallmentToCharge]:
        return [
            _less_paid(session, one)
            for one in self.installments.values()
            if one.due_on - timedelta(days=one.notice_days) <= today
        ]

    def due(self, session: Session, installment_id: UUID, /) -> InstallmentToCharge | None:
        one = self.installments.get(installment_id)
        return _less_paid(session, one) if one else None


def _less_paid(session: Session, one: Installment) -> Installment:
    paid_cents = session.scalar(
        select(func.coalesce(func.sum(Payment.amount_cents), 0)).where(
            Payment.practice_id == practice_of(session),
            Payment.plan_id == one.plan_id,
            Payment.settled_at.is_not(None),
        )
    )
    return replace(one, due_cents=max(0, one.due_cents - int(paid_cents or 0)))
