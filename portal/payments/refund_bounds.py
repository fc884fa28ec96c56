"""How much of a payment may be given back, and by whom: asked by the page and by the use case."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from portal.auth.roles import Role
from portal.db import practice_of
from portal.domain.payment_status import GIVEN_UP, RefundState
from portal.domain.refunding import ALONE_UP_TO_CENTS, refundable_cents
from portal.payments.models import Payment, Refund
from portal.payments.remains import remains_of

UNDER_WAY: Final = (RefundState.REQUESTED, RefundState.PENDING)


@dataclass(frozen=True, slots=True)
class Refundable:
    """``most_cents`` may be given back now; ``awaited_cents`` not before a payer's correction.

    ``of_payment_cents`` is what of the payment has not been given back.
    """

    of_payment_cents: int
    most_cents: int
    awaited_cents: int


def refundable_now(session: Session, payment: Payment, *, now: datetime) -> Refundable:
    """Of a payment that came, after the refunds that are under way."""
    left = payment.amount_cents - refunded_cents(session, payment.payment_id)
    remains = remains_of(session, payment, now=now).of_payment
    under_way = _cents(session, payment.payment_id, Refund.state.in_(UNDER_WAY))
    return Refundable(
        of_payment_cents=left,
        most_cents=max(0, min(left, refundable_cents(remains) - under_way)),
        awaited_cents=remains.backed_cents - remains.free_cents,
    )


def alone_cents(session: Session, payment: Payment, *, role: str) -> int:
    """What somebody of this role may still give back of it without anybody else."""
    if role == Role.ADMIN:
        return payment.amount_cents
    return max(0, ALONE_UP_TO_CENTS - refunded_cents(session, payment.payment_id))


def refunded_cents(session: Session, payment_id: UUID) -> int:
    """What was given back or is being given back."""
    return _cents(session, payment_id, Refund.state.not_in(GIVEN_UP))


def _cents(session: Session, payment_id: UUID, which: ColumnElement[bool]) -> int:
    total = session.scalar(
        select(func.coalesce(func.sum(Refund.amount_cents), 0)).where(
            Refund.practice_id == practice_of(session), Refund.payment_id == payment_id, which
        )
    )
    return int(total or 0)
