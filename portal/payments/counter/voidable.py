"""Until when a payment of the desk can be voided, and by whom: asked by pages and use cases."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import Principal, practice_of
from portal.domain.payment_channel import MethodKind
from portal.domain.payment_status import PaymentState
from portal.payments.counter.access import (
    DrawerNotOpenError,
    DrawerOfAnotherDayError,
    drawer_of,
    oversees,
    require_open,
    today_of,
)
from portal.payments.counter.models import DeskPayment, Drawer, DrawerCountRow
from portal.payments.models import Payment


def may_void(principal: Principal, payment: Payment, desk: DeskPayment) -> bool:
    """Whether it is theirs to void: cash only as the second person."""
    is_own = desk.taken_by == principal.actor_id
    if payment.method_kind == MethodKind.CASH.value:
        return oversees(principal) and not is_own
    return oversees(principal) or is_own


def may_be_voided(session: Session, payment: Payment, desk: DeskPayment, *, now: datetime) -> bool:
    """Whether anybody can void it still, as far as a page can tell."""
    if payment.state != PaymentState.SUCCEEDED.value or desk.terminal_batch_id is not None:
        return False
    try:
        require_in_time(session, payment, drawer_of(session, desk.drawer_id), now=now)
    except (DrawerNotOpenError, DrawerOfAnotherDayError):
        return False
    return True


def require_in_time(session: Session, payment: Payment, drawer: Drawer, *, now: datetime) -> None:
    """On its day, and before its drawer was counted: else a difference could be made to go away.

    Raises DrawerNotOpenError, DrawerOfAnotherDayError.
    """
    require_open(drawer)
    settled_at = payment.settled_at
    if settled_at is None or today_of(session, settled_at) != today_of(session, now):
        raise DrawerOfAnotherDayError(payment.payment_id)
    counted_at = session.scalar(
        select(DrawerCountRow.counted_at).where(
            DrawerCountRow.practice_id == practice_of(session),
            DrawerCountRow.count_id == drawer.count_id,
        )
    )
    if counted_at is not None and settled_at <= counted_at:
        raise DrawerNotOpenError(payment.payment_id)
