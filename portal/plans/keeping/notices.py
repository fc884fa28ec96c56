"""What whoever pays is told of how a plan stands, each thing once: no plan ends unannounced.

That it may end counts as told when a mail is known to have left and has not come back, or when
staff say that they told them. Until then the days to catch up do not pass.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.plans.standing import Standing, StandingEvent, StandingEventKind
from portal.messages.models import Message
from portal.messages.service import MessageState, MessageTemplate
from portal.plans.models import Plan
from portal.plans.telling import PLAN_ENDING_NOT_TOLD, ask_staff_to_tell, tell_of_plan
from portal.practice.models import Task

_TOLD_OF: Final = (  # the first that fits is told
    (StandingEventKind.DEFAULTED, MessageTemplate.PLAN_ENDED),
    (StandingEventKind.COMPLETED, MessageTemplate.PLAN_DONE),
    (StandingEventKind.CURE_OPENED, MessageTemplate.PLAN_ENDING),
    (StandingEventKind.PAST_DUE, MessageTemplate.PLAN_PAST_DUE),
    (StandingEventKind.MISSED, MessageTemplate.PLAN_PAST_DUE),  # another one than they know of
    (StandingEventKind.REOPENED, MessageTemplate.PLAN_CHANGED),
)
_ARRIVED: Final = frozenset({MessageState.SENT.value, MessageState.DELIVERED.value})
_A_DAY: Final = timedelta(days=1)


def tell_of_standing(session: Session, plan: Plan, standing: Standing, *, now: datetime) -> None:
    """One mail for all that is new."""
    kinds = {event.kind for event in standing.events if not _is_known(event, standing)}
    template = next((told for kind, told in _TOLD_OF if kind in kinds), None)
    if template is not None:
        tell_of_plan(session, plan, template, now=now)


def not_told_of_end(session: Session, plans: Collection[Plan]) -> frozenset[UUID]:
    """Of plans that may end soon, those whose payer has not been told so."""
    ending = [plan for plan in plans if plan.cure_until is not None]
    if not ending:
        return frozenset()
    newest = _newest_mails(session, ending)
    told_at = _told_by_staff_at(session, ending)
    return frozenset(
        plan.plan_id
        for plan in ending
        if not _has_arrived(newest.get(plan.guarantor_id), plan)
        and not _is_since(told_at.get(plan.guarantor_id), plan)
    )


def tell_again_of_end(session: Session, plan: Plan, *, now: datetime) -> None:
    """Another mail after a pause, or where the last never left, once a day.

    Staff where the address is dead, or none may be used.
    """
    mail = _newest_mails(session, [plan]).get(plan.guarantor_id)
    if mail is None or not _is_since(mail.created_at, plan):
        tell_of_plan(session, plan, MessageTemplate.PLAN_ENDING, now=now)
    elif mail.state == MessageState.NOT_SENT.value:
        if mail.created_at + _A_DAY <= now:
            tell_of_plan(session, plan, MessageTemplate.PLAN_ENDING, now=now)
    elif mail.state != MessageState.QUEUED.value:
        ask_staff_to_tell(session, plan, MessageTemplate.PLAN_ENDING, now=now)


def _newest_mails(session: Session, plans: Collection[Plan]) -> Mapping[UUID, Message]:
    """That a plan may end, by guarantor."""
    rows = session.scalars(
        select(Message)
        .where(
            Message.practice_id == practice_of(session),
            Message.guarantor_id.in_({plan.guarantor_id for plan in plans}),
            Message.template == MessageTemplate.PLAN_ENDING.value,
        )
        .order_by(Message.message_id)
    )
    return {row.guarantor_id: row for row in rows}


def _told_by_staff_at(session: Session, plans: Collection[Plan]) -> Mapping[UUID, datetime]:
    rows = session.execute(
        select(Task.subject_id, Task.done_at).where(
            Task.practice_id == practice_of(session),
            Task.kind == PLAN_ENDING_NOT_TOLD,
            Task.subject_id.in_({plan.guarantor_id for plan in plans}),
            Task.done_at.is_not(None),
        )
    )
    return {row.subject_id: row.done_at for row in rows}


def _has_arrived(mail: Message | None, plan: Plan) -> bool:
    return mail is not None and mail.state in _ARRIVED and _is_since(mail.created_at, plan)


def _is_since(at: datetime | None, plan: Plan) -> bool:
    """It became past due before it could end, or with it."""
    return at is not None and at >= plan.state_at


def _is_known(event: StandingEvent, standing: Standing) -> bool:
    """They were told of the oldest that is late when the plan became past due."""
    return event.kind is StandingEventKind.MISSED and any(
        miss.number == event.number and miss.due_on == standing.past_due_since
        for miss in standing.misses
    )
