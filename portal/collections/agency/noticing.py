"""Sending the final notice: by mail with consent, by staff on paper to everybody else.

Only to people against whose visit nothing else speaks; one of each person at a time, and it counts
for the visits it is about.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.account_mail import queue_mail
from portal.collections.agency.candidates import SHOWN_FROM, Candidate, candidates
from portal.collections.agency.notices import waiting_notice
from portal.collections.agency.placing import admit
from portal.db import Database, Principal, new_id, practice_of
from portal.domain.paper_delivery import DocumentKind, may_go_electronically
from portal.messages.models import Message
from portal.messages.service import MessageState, MessageTemplate
from portal.plans.moves import lock_payer
from portal.plans.offering.footing import practice_today
from portal.practice.final_notices import FINAL_NOTICE_NOT_TOLD, FinalNoticeVisit
from portal.practice.tasks import open_task
from portal.statements.delivery.queries import deliveries

_TO_TELL: Final = (
    "Write that the balance may go to a collection agency in 30 days, and what they can do."
)


@dataclass(frozen=True, slots=True)
class Noticed:
    """People: a mail goes to them, or staff have a task."""

    mailed: int
    by_staff: int


def send_final_notices(
    database: Database,
    principal: Principal,
    claim_ids: Collection[UUID],
    *,
    now: datetime,
    request_id: str,
) -> Noticed:
    """To whoever owes these visits, where it is the next step. Raises NotForAgencyError."""
    admit(principal)
    with database.transaction(principal) as session:
        today = practice_today(session, now)
        wanted = candidates(session, claim_ids, today=today)
        for guarantor_id in sorted({one.guarantor_id for one in wanted}):
            lock_payer(session, guarantor_id)
        overdue: dict[UUID, list[Candidate]] = {}
        for one in candidates(session, claim_ids, today=today):
            if one.waits_for_notice and one.first_statement_on <= today - SHOWN_FROM:
                overdue.setdefault(one.guarantor_id, []).append(one)
        mailed = sum(_tell(session, overdue[person], now=now) for person in sorted(overdue))
        for guarantor_id in overdue:
            record(
                session,
                action="send_final_notice",
                object_kind="agency",
                object_id=guarantor_id,
                guarantor_id=guarantor_id,
                now=now,
                request_id=request_id,
            )
        return Noticed(mailed, len(overdue) - mailed)


def _tell(session: Session, visits: Sequence[Candidate], *, now: datetime) -> bool:
    """Of one person's visits; whether by mail. One that waits to go is about these, too."""
    guarantor_id = visits[0].guarantor_id
    waiting = waiting_notice(session, guarantor_id)
    notice_id, is_mail = waiting or _begin(session, guarantor_id, now=now)
    session.execute(
        insert(FinalNoticeVisit).on_conflict_do_nothing(),
        [
            {
                "practice_id": practice_of(session),
                "notice_id": notice_id,
                "claim_id": one.claim_id,
                "guarantor_id": guarantor_id,
                "asked_at": now,
            }
            for one in visits
        ],
    )
    return is_mail


def _begin(session: Session, guarantor_id: UUID, *, now: datetime) -> tuple[UUID, bool]:
    """A mail, or a task of staff; and whether it is a mail."""
    if _may_mail(session, guarantor_id):
        template = MessageTemplate.FINAL_NOTICE
        message_id = queue_mail(session, template, guarantor_id=guarantor_id, now=now)
        if message_id is not None:
            return message_id, True
    notice_id = new_id()  # a subject of its own: what was done for an earlier one stays done
    open_task(session, kind=FINAL_NOTICE_NOT_TOLD, subject_id=notice_id, message=_TO_TELL, now=now)
    return notice_id, False


def _may_mail(session: Session, guarantor_id: UUID) -> bool:
    """With consent to electronic papers, where mail arrives; not after a notice that came back."""
    delivery = deliveries(session, [guarantor_id])[guarantor_id]
    newest = session.scalar(
        select(Message.state)
        .where(
            Message.practice_id == practice_of(session),
            Message.guarantor_id == guarantor_id,
            Message.template == MessageTemplate.FINAL_NOTICE.value,
        )
        .order_by(Message.message_id.desc())
        .limit(1)
    )
    return (
        delivery.reason is None
        and may_go_electronically(DocumentKind.COLLECTION_NOTICE, delivery.standing)
        and newest != MessageState.BOUNCED.value
    )
