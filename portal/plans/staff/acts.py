"""What staff decide alone about a plan that runs: pause it, let it go on, end it; each with why.

Judged again under lock, kept with who and why, told by mail, followed by its charges.
"""

from datetime import date, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db import Database, Principal
from portal.domain.plans.standing import PlanHold
from portal.domain.plans.states import PlanState
from portal.domain.plans.versions import next_version
from portal.ledger.plan_cover import uncover
from portal.plans.changing.service import (
    Moment,
    OtherChangeError,
    Ports,
    left_cents,
    locked,
    tell,
)
from portal.plans.covers import covers_now
from portal.plans.keeping.facts import KeptPlan
from portal.plans.models import Plan
from portal.plans.moves import move_plan_to
from portal.plans.noting import note
from portal.plans.store import write_version

PAUSES: Final = (PlanHold.HARDSHIP, PlanHold.DISPUTED, PlanHold.ASSISTANCE_PENDING)
LONGEST_PAUSE: Final = timedelta(days=184)
"""After half a year it is looked at again."""
PAUSED: Final = "paused"


class PauseDayError(ValueError):
    """A pause ends on a later day, within half a year."""


def pause(
    database: Database,
    principal: Principal,
    plan_id: UUID,
    hold: PlanHold,
    *,
    until: date,
    why: str,
    ports: Ports,
    at: Moment,
) -> None:
    """Nothing falls due, is charged or counts as missed until the day after ``until``.

    Raises PlanNotFoundError, NotLiveError, PauseDayError.
    """
    with database.transaction(principal) as session:
        kept, today = locked(session, plan_id, ports=ports, now=at.now)
        if hold not in PAUSES or not today < until <= today + LONGEST_PAUSE:
            raise PauseDayError(until)
        kept.plan.paused_reason, kept.plan.paused_until = hold.value, until
        _keep_why(session, kept, PAUSED, f"{hold.value} until {until.isoformat()}: {why}", at)
        tell(session, kept.plan, "pause_plan", ports=ports, at=at, today=today)


def go_on(
    database: Database, principal: Principal, plan_id: UUID, *, why: str, ports: Ports, at: Moment
) -> bool:
    """The pause is over today; false when staff had put none on it.

    What fell due meanwhile begins again on the next days. Raises PlanNotFoundError, NotLiveError.
    """
    with database.transaction(principal) as session:
        kept, today = locked(session, plan_id, ports=ports, now=at.now)
        if not kept.plan.paused_reason:
            return False
        kept.plan.paused_reason, kept.plan.paused_until = "", None
        _keep_why(session, kept, "unpaused", why, at)
        tell(session, kept.plan, "resume_plan", ports=ports, at=at, today=today)
        return True


def cancel(
    database: Database,
    principal: Principal,
    plan_id: UUID,
    *,
    left_seen_cents: int,
    why: str,
    ports: Ports,
    at: Moment,
) -> None:
    """What is left is asked for as if there had been no plan; charges to come are stopped.

    Raises PlanNotFoundError, NotLiveError, OtherChangeError (something else is left by now).
    """
    with database.transaction(principal) as session:
        kept, today = locked(session, plan_id, ports=ports, now=at.now)
        if left_cents(kept) != left_seen_cents:
            raise OtherChangeError(plan_id)
        plan = kept.plan
        plan.ended_at, plan.end_reason = at.now, why
        plan.cure_until = plan.cure_days = plan.past_due_since = None
        move_plan_to(session, plan, PlanState.CANCELLED_BY_STAFF, now=at.now, detail=why)
        uncover(session, plan_id, now=at.now)
        tell(session, plan, "cancel_plan", ports=ports, at=at, today=today)


def audit(session: Session, plan: Plan, action: str, *, at: Moment) -> None:
    """A row of the audit log about a plan."""
    note(session, action, plan.guarantor_id, plan.plan_id, now=at.now, request_id=at.request_id)


def _keep_why(session: Session, kept: KeptPlan, change: str, why: str, at: Moment) -> None:
    """The same schedule once more, under who changed how it is kept, and why."""
    version = kept.loaded.version
    write_version(
        session,
        kept.plan,
        next_version(version, version.installments),
        change=change,
        now=at.now,
        covers=covers_now(session, kept.plan),
        detail=why,
    )
