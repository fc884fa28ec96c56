"""Sending the final notice: by mail, and by staff where no mail reaches somebody.

Only to people against whose visit nothing else speaks; once, however many visits they have.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.account_mail import queue_mail
from portal.collections.agency.candidates import candidates
from portal.collections.agency.notices import FINAL_NOTICE_NOT_TOLD
from portal.collections.agency.placing import admit
from portal.db import Database, Principal, practice_of
from portal.messages.models import Message
from portal.messages.service import MessageState, MessageTemplate
from portal.plans.moves import lock_payer
from portal.plans.offering.footing import practice_today
from portal.practice.tasks import open_task

_TO_TELL = "Say that the balance may go to a collection agency in 30 days, and what they can do."


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
        found = candidates(session, claim_ids, today=today)
        people = sorted({one.guarantor_id for one in found if one.waits_for_notice})
        mailed = sum(_tell(session, guarantor_id, now=now) for guarantor_id in people)
        for guarantor_id in people:
            record(
                session,
                action="send_final_notice",
                object_kind="agency",
                object_id=guarantor_id,
                guarantor_id=guarantor_id,
                now=now,
                request_id=request_id,
            )
        return Noticed(mailed, len(people) - mailed)


def _tell(session: Session, guarantor_id: UUID, *, now: datetime) -> bool:
    """Whether by mail. A mail that is on its way is waited for; one that came back is not sent."""
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
    if newest == MessageState.QUEUED.value:
        return True
    template = MessageTemplate.FINAL_NOTICE
    is_dead = newest == MessageState.BOUNCED.value
    if not is_dead and queue_mail(session, template, guarantor_id=guarantor_id, now=now):
        return True
    open_task(
        session, kind=FINAL_NOTICE_NOT_TOLD, subject_id=guarantor_id, message=_TO_TELL, now=now
    )
    return False
