"""Refunds that are given up because a bank took the payment's money back itself.

Only those that nobody has sent yet: what was asked of the processor is the processor's to decide.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.payment_status import RefundState
from portal.domain.refund_ways import RefundWay
from portal.payments.models import Payment, Refund
from portal.payments.moves import move_refund_to
from portal.payments.refunds.service import TO_APPROVE, TO_HAND_OVER
from portal.practice.tasks import end_task

_REASON: Final = "The bank took the payment back."


def withdraw_unsent_refunds(session: Session, payment: Payment, *, now: datetime) -> None:
    """Of a locked payment: those that wait for a second person, or to be handed over."""
    waits = Refund.state == RefundState.WAITING.value
    is_to_hand_over = (Refund.state == RefundState.REQUESTED.value) & (
        Refund.way != RefundWay.ORIGINAL.value
    )
    unsent = session.scalars(
        select(Refund).where(
            Refund.practice_id == practice_of(session),
            Refund.payment_id == payment.payment_id,
            or_(waits, is_to_hand_over),
        )
    ).all()
    for refund in unsent:
        is_waiting = refund.state == RefundState.WAITING.value
        state = RefundState.REJECTED if is_waiting else RefundState.CANCELED
        refund.decision_reason = _REASON
        move_refund_to(session, refund, state, now=now)
        for kind in (TO_APPROVE, TO_HAND_OVER):
            end_task(session, kind=kind, subject_id=refund.refund_id, now=now)
