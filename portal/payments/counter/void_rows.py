"""What was voided at the desk: who asked for it, who did it, when and why."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.drawer import VoidAnswer
from portal.domain.payment_status import PaymentState
from portal.payments.counter.access import staff_names, zone_of
from portal.payments.counter.models import DeskPayment, DeskReversal, VoidRequest
from portal.payments.models import Payment


@dataclass(frozen=True, slots=True)
class VoidRow:
    """One voided payment; ``asked_by`` says something only where somebody had to ask."""

    payment_id: UUID
    receipt_number: str
    method: str
    amount_cents: int
    reason: str
    taken_by: str
    was_asked: bool
    asked_by: str
    voided_by: str
    at: datetime


def void_rows(session: Session, *which: ColumnElement[bool]) -> tuple[VoidRow, ...]:
    """Those of the desk's payments that were voided, in the order it was done."""
    practice_id = practice_of(session)
    rows = session.execute(
        select(Payment, DeskPayment, DeskReversal, VoidRequest.asked_by)
        .join(
            DeskPayment,
            (DeskPayment.practice_id == practice_id)
            & (DeskPayment.payment_id == Payment.payment_id),
        )
        .join(
            DeskReversal,
            (DeskReversal.practice_id == practice_id)
            & (DeskReversal.payment_id == Payment.payment_id),
        )
        .outerjoin(
            VoidRequest,
            (VoidRequest.practice_id == practice_id)
            & (VoidRequest.payment_id == Payment.payment_id)
            & (VoidRequest.answer == VoidAnswer.AGREED.value),
        )
        .where(
            Payment.practice_id == practice_id,
            DeskReversal.state == PaymentState.VOIDED.value,
            *which,
        )
        .order_by(DeskReversal.reversed_at, Payment.payment_id)
    ).all()
    names, zone = staff_names(session), zone_of(session)
    return tuple(
        VoidRow(
            payment_id=row.Payment.payment_id,
            receipt_number=row.Payment.receipt_number or "",
            method=row.Payment.method_kind or "",
            amount_cents=row.Payment.amount_cents,
            reason=row.DeskReversal.reason,
            taken_by=names.get(row.DeskPayment.taken_by, ""),
            was_asked=row.asked_by is not None,
            asked_by=names.get(row.asked_by, ""),
            voided_by=names.get(row.DeskReversal.reversed_by, ""),
            at=row.DeskReversal.reversed_at.astimezone(zone),
        )
        for row in rows
    )
