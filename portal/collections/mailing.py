"""Writing to many at once about their plans: who is written to, who is not, and why, first.

What is sent is found again at the moment of sending: nobody is written to who was not on the page
that was checked, and nobody who has paid or was held meanwhile.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.account_mail import queue_mail
from portal.collections.choice import WorkChoice
from portal.collections.worklist import WorkItem, people_chosen, work_items
from portal.db import Database, Principal, practice_of
from portal.domain.plans.states import PlanState
from portal.messages.models import Message
from portal.messages.service import MessageState, MessageTemplate
from portal.plans.offering.footing import practice_today
from portal.practice.models import Guarantor, Hold

MOST_AT_ONCE: Final = 500
NOT_AGAIN_WITHIN: Final = timedelta(days=7)
DUE_WITHIN: Final = timedelta(days=10)

_ABOUT_PLANS: Final = (
    MessageTemplate.PLAN_DUE_SOON.value,
    MessageTemplate.PLAN_PAST_DUE.value,
    MessageTemplate.PLAN_ENDING.value,
)


class NotWritten(StrEnum):
    """Why somebody gets no mail; the first that holds is said."""

    ON_HOLD = "on_hold"
    NO_EMAIL = "no_email"
    NO_CONSENT = "no_consent"
    TOLD_LATELY = "told_lately"
    NOTHING_TO_TELL = "nothing_to_tell"  # nothing is late, and nothing due soon is paid by hand


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person: what they would be told, or why not."""

    item: WorkItem
    template: MessageTemplate | None
    refusal: NotWritten | None


@dataclass(frozen=True, slots=True)
class MailPage:
    """Everybody that was chosen. ``more``: people beyond the most that go at once."""

    recipients: tuple[Recipient, ...]
    more: bool = False

    @property
    def written(self) -> tuple[Recipient, ...]:
        return tuple(one for one in self.recipients if one.template is not None)

    @property
    def refused(self) -> tuple[Recipient, ...]:
        return tuple(one for one in self.recipients if one.refusal is not None)

    def told(self, template: MessageTemplate) -> int:
        """How many get this mail."""
        return sum(one.template is template for one in self.recipients)


def mail_page(
    database: Database,
    principal: Principal,
    guarantor_ids: Collection[UUID],
    choice: WorkChoice | None = None,
    *,
    now: datetime,
    request_id: str,
) -> MailPage:
    """What would go to these people, or to everybody of a choice. Nothing is sent."""
    with database.transaction(principal) as session:
        wanted = list(guarantor_ids)
        if choice is not None:
            wanted = list(people_chosen(session, choice, now=now, limit=MOST_AT_ONCE + 1))
        _note(session, "view", now=now, request_id=request_id)
        recipients = _recipients(session, wanted[:MOST_AT_ONCE], now=now)
        return MailPage(recipients, more=len(wanted) > MOST_AT_ONCE)


def send_mail(
    database: Database,
    principal: Principal,
    guarantor_ids: Collection[UUID],
    *,
    now: datetime,
    request_id: str,
) -> int:
    """To those of them who may be written to now; how many. Sent twice, the second is nobody's."""
    with database.transaction(principal) as session:
        sent = 0
        wanted = sorted(guarantor_ids)[:MOST_AT_ONCE]
        _lock(session, wanted)
        for one in _recipients(session, wanted, now=now):
            if one.template is not None:
                guarantor_id = one.item.guarantor_id
                mail = queue_mail(session, one.template, guarantor_id=guarantor_id, now=now)
                sent += mail is not None
        _note(session, "send_many", now=now, request_id=request_id)
        return sent


def _lock(session: Session, guarantor_ids: Sequence[UUID]) -> None:
    """Two members of staff come one after the other: the second finds them told."""
    session.execute(
        select(Guarantor.guarantor_id)
        .where(
            Guarantor.practice_id == practice_of(session),
            Guarantor.guarantor_id.in_(guarantor_ids),
        )
        .order_by(Guarantor.guarantor_id)
        .with_for_update(key_share=True)
    )


def _recipients(
    session: Session, guarantor_ids: Sequence[UUID], *, now: datetime
) -> tuple[Recipient, ...]:
    refusals = _refusals(session, guarantor_ids, now=now)
    soon = practice_today(session, now) + DUE_WITHIN
    found = []
    for item in work_items(session, guarantor_ids, now=now):
        template = _to_tell(item, soon=soon)
        refusal = refusals.get(item.guarantor_id)
        if refusal is None and template is None:
            refusal = NotWritten.NOTHING_TO_TELL
        found.append(Recipient(item, None if refusal else template, refusal))
    return tuple(found)


def _to_tell(item: WorkItem, *, soon: date) -> MessageTemplate | None:
    """What is late comes before what is due. Automatic charges announce themselves."""
    if any(plan.state == PlanState.PAST_DUE.value for plan in item.plans):
        return MessageTemplate.PLAN_PAST_DUE
    is_due_soon = any(
        plan.next_due_on is not None and plan.next_due_on <= soon
        for plan in item.plans
        if plan.state == PlanState.ACTIVE.value and not plan.has_autopay
    )
    return MessageTemplate.PLAN_DUE_SOON if is_due_soon else None


def _refusals(
    session: Session, guarantor_ids: Sequence[UUID], *, now: datetime
) -> Mapping[UUID, NotWritten]:
    """Of those who have one, in three statements for all of them."""
    practice_id = practice_of(session)
    held = select(Hold.guarantor_id).where(
        Hold.practice_id == practice_id,
        Hold.guarantor_id.in_(guarantor_ids),
        Hold.claim_id.is_(None),
        Hold.released_at.is_(None),
    )
    told = select(Message.guarantor_id).where(
        Message.practice_id == practice_id,
        Message.guarantor_id.in_(guarantor_ids),
        Message.template.in_(_ABOUT_PLANS),
        Message.state != MessageState.NOT_SENT.value,
        Message.created_at > now - NOT_AGAIN_WITHIN,
    )
    found: dict[UUID, NotWritten] = dict.fromkeys(session.scalars(told), NotWritten.TOLD_LATELY)
    people = session.execute(
        select(Guarantor.guarantor_id, Guarantor.email, Guarantor.email_agreed_at).where(
            Guarantor.practice_id == practice_id, Guarantor.guarantor_id.in_(guarantor_ids)
        )
    )
    for person in people:
        if not person.email:
            found[person.guarantor_id] = NotWritten.NO_EMAIL
        elif person.email_agreed_at is None:
            found[person.guarantor_id] = NotWritten.NO_CONSENT
    on_hold = (one for one in session.scalars(held) if one is not None)
    return found | dict.fromkeys(on_hold, NotWritten.ON_HOLD)


def _note(session: Session, action: str, *, now: datetime, request_id: str) -> None:
    record(
        session,
        action=action,
        object_kind="plan_mail",
        object_id=None,
        guarantor_id=None,
        now=now,
        request_id=request_id,
    )
