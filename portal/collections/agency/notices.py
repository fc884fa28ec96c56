"""Who was told, and when, that a balance may go to an agency: read for any number of people.

It counts from when a mail is known to have left and has not come back, or from when staff say that
they told them.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select, union_all
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.ledger.models import PlacedLine, PlanLine
from portal.messages.models import Message
from portal.messages.service import MessageState, MessageTemplate
from portal.practice.models import Task

FINAL_NOTICE_NOT_TOLD: Final = "final_notice_not_told"
"""No mail reaches them: done once staff have written or called."""

_ARRIVED: Final = (MessageState.SENT.value, MessageState.DELIVERED.value)


def told_at(session: Session, people: Collection[UUID]) -> Mapping[UUID, list[datetime]]:
    """Of each person every moment from which a final notice counts, the first one first."""
    practice_id = practice_of(session)
    mailed = select(Message.guarantor_id, Message.created_at.label("at")).where(
        Message.practice_id == practice_id,
        Message.guarantor_id.in_(people),
        Message.template == MessageTemplate.FINAL_NOTICE.value,
        Message.state.in_(_ARRIVED),
    )
    by_staff = select(Task.subject_id, Task.done_at).where(
        Task.practice_id == practice_id,
        Task.kind == FINAL_NOTICE_NOT_TOLD,
        Task.subject_id.in_(people),
        Task.done_at.is_not(None),
    )
    both = union_all(mailed, by_staff).subquery()
    found: dict[UUID, list[datetime]] = {}
    for row in session.execute(select(both).order_by(both.c.at)):
        found.setdefault(row.guarantor_id, []).append(row.at)
    return found


def another_asked_for_at(session: Session, claim_ids: Collection[UUID]) -> Mapping[UUID, datetime]:
    """Of visits that were on a plan or at an agency since: what was said before counts no more."""
    practice_id = practice_of(session)
    off_plans = select(PlanLine.claim_id, PlanLine.ended_at.label("at")).where(
        PlanLine.practice_id == practice_id,
        PlanLine.claim_id.in_(claim_ids),
        PlanLine.ended_at.is_not(None),
    )
    recalled = select(PlacedLine.claim_id, PlacedLine.recalled_at).where(
        PlacedLine.practice_id == practice_id,
        PlacedLine.claim_id.in_(claim_ids),
        PlacedLine.recalled_at.is_not(None),
    )
    both = union_all(off_plans, recalled).subquery()
    newest = select(both.c.claim_id, func.max(both.c.at).label("at")).group_by(both.c.claim_id)
    return {row.claim_id: row.at for row in session.execute(newest)}
