"""What others ask about disputes, and what the pages of disputes show."""

from typing import Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.dispute_status import CLOSED
from portal.payments.disputes.models import DisputeRow

_CLOSED: Final = [state.value for state in CLOSED]


def is_disputed(session: Session, payment_id: UUID) -> bool:
    """Whether a bank holds this money: sending it back as well could pay it twice.

    An inquiry is no such thing: it may be answered with a refund.
    """
    disputed = disputed_payments(session).where(DisputeRow.payment_id == payment_id)
    return session.scalar(disputed.limit(1)) is not None


def disputed_payments(session: Session) -> Select[UUID]:
    """The ids of the payments of which a bank holds the money."""
    return select(DisputeRow.payment_id).where(
        DisputeRow.practice_id == practice_of(session),
        DisputeRow.state.not_in(_CLOSED),
        DisputeRow.is_refundable.is_(False),
    )
