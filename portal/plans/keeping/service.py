"""One plan looked at: its money, its charges and its day taken in, and whoever pays told of it.

Looked at again it stays as it is. The nightly does so with all of them; whoever changes a plan does
it at once, in the same transaction.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from portal.domain.plans.states import LIVE, PlanState
from portal.plans.keeping.facts import KeptPlan, facts_of_plans
from portal.plans.keeping.money import (
    mark_seen,
    note_more,
    take_in_credit,
    take_in_less,
    take_in_return,
    take_up_again,
)
from portal.plans.keeping.notices import tell_again_of_end, tell_of_standing
from portal.plans.models import Plan
from portal.plans.moves import lock_plan
from portal.plans.ports import ChargesOfPlans, FollowPlan, PlansWithOwnCredit, PutOwnCredit
from portal.plans.standing import differs, write_standing
from portal.practice.import_lock import import_is_running

AWAITING: Final = "a decision is awaited"
_KEPT: Final = LIVE | {PlanState.COMPLETED}


@dataclass(frozen=True, slots=True)
class PlanCharges:
    """What payments say of a plan's charges, and what they do when it changes.

    ``put_credit`` and ``with_credit``: only of jobs; who changes a plan on a page leaves credit to
    them.
    """

    states: ChargesOfPlans
    follow: FollowPlan
    put_credit: PutOwnCredit | None = None
    with_credit: PlansWithOwnCredit | None = None


def keep_plan(
    session: Session, plan_id: UUID, *, charges: PlanCharges, today: date, now: datetime
) -> bool:
    """Whether anything of it has changed. Locks the plan. Raises PlanNotFoundError.

    Not while an import runs: half of a decision would be taken for the whole. The job comes again.
    """
    plan = lock_plan(session, plan_id)
    if PlanState(plan.state) not in _KEPT:
        return False
    if import_is_running(session):
        plan.seen_postings = None
        return False
    is_changed = _end_pause(plan, today)
    kept = _read(session, plan, charges=charges, today=today)
    what = kept.moved
    for take_in in (take_in_less, take_in_return, take_up_again):
        if take_in(session, kept, what, today=today, now=now):
            kept, is_changed = _read(session, plan, charges=charges, today=today), True
    if take_in_credit(session, kept, charges.put_credit, is_told=is_changed, now=now):
        kept, is_changed = _read(session, plan, charges=charges, today=today), True
    note_more(session, kept, what, now=now)
    if kept.is_untold and kept.state is PlanState.PAST_DUE and not kept.holds:
        tell_again_of_end(session, plan, now=now)
    was_over = kept.state not in LIVE
    is_changed |= _stand(session, kept, today=today, now=now)
    mark_seen(session, kept)
    if was_over and kept.state in LIVE:
        _pay_what_is_open_again(session, plan, charges=charges, today=today, now=now)
    if is_changed:
        session.flush()
        charges.follow(session, plan_id, today=today, now=now)
    return is_changed


def _pay_what_is_open_again(
    session: Session, plan: Plan, *, charges: PlanCharges, today: date, now: datetime
) -> None:
    """Its lines are its own again, and what it holds as credit pays them before anybody is late."""
    kept = _read(session, plan, charges=charges, today=today)
    if take_in_credit(session, kept, charges.put_credit, is_told=True, now=now):
        kept = _read(session, plan, charges=charges, today=today)
        _stand(session, kept, today=today, now=now)
        mark_seen(session, kept)


def _stand(session: Session, kept: KeptPlan, *, today: date, now: datetime) -> bool:
    standing = kept.standing(today)
    if not differs(kept.loaded, standing):
        return False
    written = write_standing(
        session,
        kept.loaded,
        standing,
        why=", ".join(sorted(kept.holds)) or AWAITING,
        today=today,
        now=now,
    )
    if written:
        tell_of_standing(session, kept.plan, standing, now=now)
    return written


def _read(session: Session, plan: Plan, *, charges: PlanCharges, today: date) -> KeptPlan:
    session.flush()
    (kept,) = facts_of_plans(session, [plan], charges=charges.states, today=today)
    return kept


def _end_pause(plan: Plan, today: date) -> bool:
    """A pause that staff put on it is over by itself on the day after its last."""
    if plan.paused_until is None or today <= plan.paused_until:
        return False
    plan.paused_reason, plan.paused_until = "", None
    return True
