"""Refunds that the processor's books have and ours have not: whatever event told of them is lost.

They were made on the processor's own pages; money that left is posted all the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.gateway_movements import MovementKind
from portal.domain.payment_status import PaymentState
from portal.payments.books.models import MovementRow
from portal.payments.models import Payment, Refund


@dataclass(frozen=True, slots=True)
class UntoldRefund:
    """The processor's id of it, and the payment of ours that it is of."""

    payment_id: UUID
    stripe_refund_id: str


def untold_refunds(session: Session, *, since: datetime) -> Sequence[UntoldRefund]:
    """Those made since then, oldest first."""
    practice_id = practice_of(session)
    rows = session.execute(
        select(Payment.payment_id, MovementRow.source_id)
        .join(
            Payment,
            (Payment.practice_id == practice_id)
            & (Payment.payment_intent_id == MovementRow.payment_intent_id),
        )
        .outerjoin(
            Refund,
            (Refund.practice_id == practice_id)
            & (Refund.stripe_refund_id == MovementRow.source_id),
        )
        .where(
            MovementRow.practice_id == practice_id,
            MovementRow.kind == MovementKind.REFUND.value,
            MovementRow.created_at >= since,
            MovementRow.source_id.is_not(None),
            Refund.refund_id.is_(None),
            or_(
                Payment.settled_at.is_not(None),
                Payment.state == PaymentState.SUSPENDED.value,
            ),
        )
        .order_by(MovementRow.created_at)
    )
    return [UntoldRefund(row.payment_id, row.source_id) for row in rows]
