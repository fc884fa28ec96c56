"""What whoever pays is told of a plan: without a name, an amount or a visit, and each thing once.

Where nobody can be written to, staff are asked to tell them: no plan ends unannounced.
"""

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from portal.auth.account_mail import queue_mail
from portal.domain.plans.standing import Standing, StandingEvent, StandingEventKind
from portal.messages.service import MessageTemplate
from portal.plans.models import Plan
from portal.practice.tasks import open_task

PLAN_NOT_TOLD: Final = "plan_not_told"

_TOLD_OF: Final = (  # the first that fits is told
    (StandingEventKind.DEFAULTED, MessageTemplate.PLAN_ENDED),
    (StandingEventKind.COMPLETED, MessageTemplate.PLAN_DONE),
    (StandingEventKind.CURE_OPENED, MessageTemplate.PLAN_ENDING),
    (StandingEventKind.PAST_DUE, MessageTemplate.PLAN_PAST_DUE),
    (StandingEventKind.MISSED, MessageTemplate.PLAN_PAST_DUE),  # another one than they know of
    (StandingEventKind.REOPENED, MessageTemplate.PLAN_CHANGED),
)
_MUST_BE_TOLD: Final = {
    MessageTemplate.PLAN_ENDING: "payments were missed, and it ends if they are not made",
    MessageTemplate.PLAN_ENDED: "it has ended, because payments were missed",
}


def tell_of_standing(session: Session, plan: Plan, standing: Standing, *, now: datetime) -> None:
    """One mail for all that is new."""
    kinds = {event.kind for event in standing.events if not _is_known(event, standing)}
    template = next((told for kind, told in _TOLD_OF if kind in kinds), None)
    if template is None:
        return
    told = queue_mail(session, template, guarantor_id=plan.guarantor_id, now=now)
    if told is None and template in _MUST_BE_TOLD:
        open_task(
            session,
            kind=PLAN_NOT_TOLD,
            subject_id=plan.plan_id,
            message=f"Plan {plan.number}: {_MUST_BE_TOLD[template]}. No e-mail can tell them.",
            now=now,
        )


def _is_known(event: StandingEvent, standing: Standing) -> bool:
    """They were told of the oldest that is late when the plan became past due."""
    return event.kind is StandingEventKind.MISSED and any(
        miss.number == event.number and miss.due_on == standing.past_due_since
        for miss in standing.misses
    )
