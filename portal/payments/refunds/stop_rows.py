"""The wishes to stop one mailed check, and how large a one is stopped by one person alone."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import practice_of, principal_of
from portal.domain.refund_checks import StopAnswer, StopReason
from portal.payments.counter.access import staff_names, zone_of
from portal.payments.refunds.models import RefundCheckStop
from portal.practice.models import Practice


@dataclass(frozen=True, slots=True)
class StopRow:
    """One wish. ``new_refund_id``: the refund that is written in its place."""

    reason: StopReason
    bank_reference: str
    new_refund_id: UUID | None
    asked_by: str
    asked_at: datetime
    is_mine: bool
    answer: StopAnswer
    answered_by: str
    answered_at: datetime | None


def stopped_alone_up_to_cents(session: Session) -> int:
    """The practice's limit for giving money back alone."""
    return session.scalars(
        select(Practice.refund_alone_up_to_cents).where(
            Practice.practice_id == practice_of(session)
        )
    ).one()


def stop_rows(session: Session, refund_id: UUID) -> tuple[StopRow, ...]:
    """The oldest first."""
    stops = session.scalars(
        select(RefundCheckStop)
        .where(
            RefundCheckStop.practice_id == practice_of(session),
            RefundCheckStop.refund_id == refund_id,
        )
        .order_by(RefundCheckStop.stop_id)
    )
    names, zone, me = staff_names(session), zone_of(session), principal_of(session).actor_id
    return tuple(
        StopRow(
            reason=StopReason(stop.reason),
            bank_reference=stop.bank_reference,
            new_refund_id=stop.new_refund_id,
            asked_by=names.get(stop.asked_by, ""),
            asked_at=stop.asked_at.astimezone(zone),
            is_mine=stop.asked_by == me,
            answer=StopAnswer(stop.answer),
            answered_by=names.get(stop.answered_by, "") if stop.answered_by else "",
            answered_at=stop.answered_at.astimezone(zone) if stop.answered_at else None,
        )
        for stop in stops
    )
