"""Telling whoever pays of their plan: by mail, and by staff where no mail reaches them.

Without a name, an amount or a visit. What people do themselves they see on the page they do it on.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.auth.account_mail import queue_mail
from portal.db import PrincipalKind, practice_of, principal_of
from portal.messages.service import MessageTemplate
from portal.plans.models import Plan
from portal.practice.claims import has_account_hold
from portal.practice.models import Task
from portal.practice.tasks import open_task

PLAN_NOT_TOLD: Final = "plan_not_told"
PLAN_ENDING_NOT_TOLD: Final = "plan_ending_not_told"
"""Until it is done, or a mail has reached them, the plan does not end."""

_OPEN_TASKS: Final = frozenset({PrincipalKind.STAFF, PrincipalKind.JOB})
_ONCE_IT_ENDS: Final = " (an account hold stands: tell them when it ends)"
_WHAT: Final[Mapping[MessageTemplate, str]] = {
    MessageTemplate.PLAN_AGREED: "it has begun; they need their copy",
    MessageTemplate.PLAN_CHANGED: "it was changed; they need their new copy",
    MessageTemplate.PLAN_DONE: "it is paid",
    MessageTemplate.PLAN_DUE_SOON: "a payment is due soon",
    MessageTemplate.PLAN_PAST_DUE: "a payment is late",
    MessageTemplate.PLAN_ENDING: "payments were missed, and it ends if they are not made",
    MessageTemplate.PLAN_ENDED: "it has ended, because payments were missed",
}


def tell_of_plan(session: Session, plan: Plan, template: MessageTemplate, *, now: datetime) -> bool:
    """Whether a mail goes out; else staff have a task for this person, with all they wait for."""
    told = queue_mail(session, template, guarantor_id=plan.guarantor_id, now=now)
    if told is None:
        ask_staff_to_tell(session, plan, template, now=now)
    return told is not None


def ask_staff_to_tell(
    session: Session, plan: Plan, template: MessageTemplate, *, now: datetime
) -> None:
    """One task for each person, whatever there is to tell: by a letter, or on the phone."""
    if principal_of(session).kind not in _OPEN_TASKS:
        return
    is_ending = template is MessageTemplate.PLAN_ENDING
    kind = PLAN_ENDING_NOT_TOLD if is_ending else PLAN_NOT_TOLD
    later = _ONCE_IT_ENDS if has_account_hold(session, plan.guarantor_id) else ""
    words = f"Plan {plan.number}: {_WHAT[template]}{later}."
    waiting = session.scalar(
        select(Task.message).where(
            Task.practice_id == practice_of(session),
            Task.kind == kind,
            Task.subject_id == plan.guarantor_id,
            Task.done_at.is_(None),
        )
    )
    known = waiting or ""
    message = known if words in known else f"{known} {words}".strip()
    open_task(session, kind=kind, subject_id=plan.guarantor_id, message=message, now=now)
