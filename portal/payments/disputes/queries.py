"""What others ask about disputes, and what the pages of disputes show."""

from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.dispute_status import CLOSED
from portal.payments.disputes.models import DisputeRow

_CLOSED: Final = [state.value for state in CLOSED]


def is_disputed(session: Session, payment_id: UUID) -> bool:
    """Whether a bank holds this money: sending it back as well could pay it twice.

    An inquiry is no such thing: it may be answered with a refund.
    """
    found = session.scalar(
        select(DisputeRow.dispute_id)
        .where(
            DisputeRow.practice_id == practice_of(session),
            DisputeRow.payment_id == payment_id,
            DisputeRow.state.not_in(_CLOSED),
            DisputeRow.is_refundable.is_(False),
        )
        .limit(1)
    )
    return found is not None
