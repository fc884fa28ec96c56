"""From when a final notice counts, visit by visit: read for any number of visits.

It counts for the visits it was about, from when its mail is known to have left and has not come
back, or from when staff say that they wrote. One of which nobody kept the visits counts for none.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, or_, select, union_all
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.ledger.models import PlacedLine, PlanLine
from portal.messages.models import Message
from portal.messages.service import MessageState, MessageTemplate
from portal.practice.final_notices import (
    FINAL_NOTICE_NOT_TOLD,
    FINAL_NOTICE_TO_MAIL,
    FinalNoticeVisit,
)
from portal.practice.models import Task

_BY_STAFF: Final = (FINAL_NOTICE_NOT_TOLD, FINAL_NOTICE_TO_MAIL)
_LEFT: Final = (MessageState.SENT.value, MessageState.DELIVERED.value)


def told_at(session: Session, claim_ids: Collection[UUID]) -> Mapping[UUID, list[datetime]]:
    """Of each visit every moment from which a final notice of it counts, the first one first.

    A mail that is known to have arrived counts from then, one that left from when it did; one to
    somebody who had taken back their consent (15 USC 7001(c)) once the letter was written.
    """
    practice_id = practice_of(session)
    about = (
        FinalNoticeVisit.practice_id == practice_id,
        FinalNoticeVisit.claim_id.in_(claim_ids),
    )
    letters = select(Task.subject_id).where(
        Task.practice_id == practice_id, Task.kind == FINAL_NOTICE_TO_MAIL
    )
    mailed = (
        select(FinalNoticeVisit.claim_id, Message.state_at.label("at"))
        .join(
            Message,
            (Message.practice_id == practice_id)
            & (Message.message_id == FinalNoticeVisit.notice_id),
        )
        .where(
            *about,
            Message.template == MessageTemplate.FINAL_NOTICE.value,
            Message.state.in_(_LEFT),
            Message.message_id.not_in(letters),
        )
    )
    by_staff = (
        select(FinalNoticeVisit.claim_id, Task.done_at)
        .join(
            Task,
            (Task.practice_id == practice_id) & (Task.subject_id == FinalNoticeVisit.notice_id),
        )
        .where(*about, Task.kind.in_(_BY_STAFF), Task.done_at.is_not(None))
    )
    both = union_all(mailed, by_staff).subquery()
    found: dict[UUID, list[datetime]] = {}
    for row in session.execute(select(both).order_by(both.c.at)):
        found.setdefault(row.claim_id, []).append(row.at)
    return found


def asked_for_at(session: Session, claim_ids: Collection[UUID]) -> Mapping[UUID, datetime]:
    """Of visits whose notice waits to go, in the queue or at staff: since when."""
    practice_id = practice_of(session)
    queued = select(Message.message_id).where(
        Message.practice_id == practice_id,
        Message.template == MessageTemplate.FINAL_NOTICE.value,
        Message.state == MessageState.QUEUED.value,
    )
    to_write = select(Task.subject_id).where(
        Task.practice_id == practice_id,
        Task.kind.in_(_BY_STAFF),
        Task.done_at.is_(None),
    )
    rows = session.execute(
        select(FinalNoticeVisit.claim_id, func.max(FinalNoticeVisit.asked_at).label("at"))
        .where(
            FinalNoticeVisit.practice_id == practice_id,
            FinalNoticeVisit.claim_id.in_(claim_ids),
            or_(FinalNoticeVisit.notice_id.in_(queued), FinalNoticeVisit.notice_id.in_(to_write)),
        )
        .group_by(FinalNoticeVisit.claim_id)
    )
    return {row.claim_id: row.at for row in rows}


def waiting_notice(session: Session, guarantor_id: UUID) -> tuple[UUID, bool] | None:
    """Somebody's notice that did not go yet, and whether it is a mail; None: none waits."""
    practice_id = practice_of(session)
    mail = select(Message.message_id).where(
        Message.practice_id == practice_id,
        Message.guarantor_id == guarantor_id,
        Message.template == MessageTemplate.FINAL_NOTICE.value,
        Message.state == MessageState.QUEUED.value,
    )
    theirs = select(FinalNoticeVisit.notice_id).where(
        FinalNoticeVisit.practice_id == practice_id,
        FinalNoticeVisit.guarantor_id == guarantor_id,
    )
    task = select(Task.subject_id).where(
        Task.practice_id == practice_id,
        Task.kind == FINAL_NOTICE_NOT_TOLD,
        Task.subject_id.in_(theirs),
        Task.done_at.is_(None),
    )
    for query, is_mail in ((mail, True), (task, False)):
        found = session.scalar(query.limit(1))
        if found is not None:
            return found, is_mail
    return None


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
