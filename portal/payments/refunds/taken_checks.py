"""Money that came by paper check goes back only once the check cannot come back any more."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.payment_channel import MethodKind
from portal.domain.refund_ways import check_sure_on
from portal.payments.counter.models import DeskPayment
from portal.payments.counter.paper_checks import CheckPlace, check_place, deposited_on
from portal.payments.models import Payment
from portal.payments.settlement import practice_day


class CheckNotSureError(PermissionError):
    """Its check may still come back; ``sure_on`` is the first day, None before its deposit."""

    def __init__(self, payment_id: UUID, sure_on: date | None) -> None:
        super().__init__(payment_id)
        self.sure_on = sure_on


def require_sure(session: Session, payment: Payment, *, now: datetime) -> None:
    """Raises CheckNotSureError."""
    place, sure_on = check_standing(session, payment)
    if place is CheckPlace.NO_CHECK:
        return
    if sure_on is None or practice_day(session, now) < sure_on:
        raise CheckNotSureError(payment.payment_id, sure_on)


def check_standing(session: Session, payment: Payment) -> tuple[CheckPlace, date | None]:
    """Where its paper check is, and from which day its money may go back; no day, not yet."""
    if payment.method_kind != MethodKind.CHECK.value:
        return CheckPlace.NO_CHECK, None
    desk = session.scalar(
        select(DeskPayment).where(
            DeskPayment.practice_id == practice_of(session),
            DeskPayment.payment_id == payment.payment_id,
        )
    )
    if desk is None:
        return CheckPlace.NO_CHECK, None
    deposited = deposited_on(session, payment, desk)
    return check_place(session, payment, desk), deposited and check_sure_on(deposited)
