"""Whom anything befell since an instant, in money, plans, charges or holds: by the rows alone."""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import or_, select, union
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.ledger.models import Commitment, JournalEntryRow, PostingRow
from portal.payments.models import Payment
from portal.payments.scheduled.models import ScheduledPayment
from portal.plans.models import Plan, PlanEvent, PlanVersion
from portal.practice.models import Hold

_DATED: Final = (  # each is written, or written anew, with the moment of it
    (PlanEvent, (PlanEvent.occurred_at,)),
    (PlanVersion, (PlanVersion.made_at,)),
    (Plan, (Plan.state_at,)),
    (Payment, (Payment.state_at,)),
    (ScheduledPayment, (ScheduledPayment.state_at,)),
    (Commitment, (Commitment.made_at, Commitment.ended_at)),
    (Hold, (Hold.placed_at, Hold.released_at)),
)


def whom_something_befell(session: Session, *, since: datetime) -> Collection[UUID]:
    """Guarantors. Money that moves between two people posts to both."""
    practice_id = practice_of(session)
    posted = (
        select(PostingRow.guarantor_id)
        .join(
            JournalEntryRow,
            (JournalEntryRow.practice_id == practice_id)
            & (JournalEntryRow.entry_id == PostingRow.entry_id),
        )
        .where(PostingRow.practice_id == practice_id, JournalEntryRow.recorded_at > since)
    )
    dated = (
        select(kind.guarantor_id).where(
            kind.practice_id == practice_id, or_(*(moment > since for moment in moments))
        )
        for kind, moments in _DATED
    )
    found = session.scalars(union(posted, *dated))
    return {guarantor_id for guarantor_id in found if guarantor_id is not None}
