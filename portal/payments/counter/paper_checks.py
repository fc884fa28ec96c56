"""Where a paper check is by now: in its drawer, missing, or at the bank since a certain day."""

from datetime import date
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.drawer import DrawerState
from portal.domain.payment_channel import MethodKind
from portal.payments.counter.models import (
    DeskDeposit,
    DeskPayment,
    Drawer,
    DrawerCountRow,
    FoundCheck,
)
from portal.payments.models import Payment


class CheckPlace(StrEnum):
    """Where a check is as far as anybody has written down."""

    NO_CHECK = "no_check"  # paid another way
    DRAWER = "drawer"  # or on its way to the bank
    MISSING = "missing"  # its drawer went to the bank without it
    BANK = "bank"


def check_place(session: Session, payment: Payment, desk: DeskPayment) -> CheckPlace:
    """Of a payment of the desk."""
    if payment.method_kind != MethodKind.CHECK.value:
        return CheckPlace.NO_CHECK
    if _found_on(session, payment) is not None:
        return CheckPlace.BANK
    drawer, count = _drawer(session, desk)
    if drawer.state != DrawerState.DEPOSITED.value:
        return CheckPlace.DRAWER
    is_missing = count is not None and str(payment.payment_id) in count.missing_checks
    return CheckPlace.MISSING if is_missing else CheckPlace.BANK


def deposited_on(session: Session, payment: Payment, desk: DeskPayment) -> date | None:
    """The day on which it was taken to the bank; None before that."""
    if check_place(session, payment, desk) is not CheckPlace.BANK:
        return None
    found_on = _found_on(session, payment)
    return found_on or session.scalar(
        select(DeskDeposit.made_on)
        .join(
            Drawer,
            (Drawer.practice_id == practice_of(session))
            & (Drawer.desk_deposit_id == DeskDeposit.desk_deposit_id),
        )
        .where(DeskDeposit.practice_id == practice_of(session), Drawer.drawer_id == desk.drawer_id)
    )


def _drawer(session: Session, desk: DeskPayment) -> tuple[Drawer, DrawerCountRow | None]:
    practice_id = practice_of(session)
    row = session.execute(
        select(Drawer, DrawerCountRow)
        .outerjoin(
            DrawerCountRow,
            (DrawerCountRow.practice_id == practice_id)
            & (DrawerCountRow.count_id == Drawer.count_id),
        )
        .where(Drawer.practice_id == practice_id, Drawer.drawer_id == desk.drawer_id)
    ).one()
    return row.Drawer, row.DrawerCountRow


def _found_on(session: Session, payment: Payment) -> date | None:
    practice_id = practice_of(session)
    return session.scalar(
        select(DeskDeposit.made_on)
        .join(
            FoundCheck,
            (FoundCheck.practice_id == practice_id)
            & (FoundCheck.desk_deposit_id == DeskDeposit.desk_deposit_id),
        )
        .where(DeskDeposit.practice_id == practice_id, FoundCheck.payment_id == payment.payment_id)
    )
