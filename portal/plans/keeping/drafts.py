"""Plans that nobody agreed to in time: what was chosen lapses, and nothing of it ever counted."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.plans.states import UNDECIDED, PlanState
from portal.plans.models import Plan
from portal.plans.moves import lock_plan, move_plan_to

KEPT_FOR: Final = timedelta(days=8)
"""An offer may be agreed to for seven days after its own (offering/service.py)."""

_LAPSED: Final = "lapsed"


def old_drafts(session: Session, *, now: datetime) -> Sequence[UUID]:
    """Made so long ago that nobody may agree to them any more."""
    return session.scalars(
        select(Plan.plan_id).where(
            Plan.practice_id == practice_of(session),
            Plan.state.in_([state.value for state in UNDECIDED]),
            Plan.created_at <= now - KEPT_FOR,
        )
    ).all()


def forget(session: Session, plan_id: UUID, *, now: datetime) -> bool:
    """Whether it was undecided still."""
    plan = lock_plan(session, plan_id)
    if PlanState(plan.state) not in UNDECIDED:
        return False
    plan.ended_at, plan.end_reason = now, _LAPSED
    return move_plan_to(session, plan, PlanState.VOID, now=now, detail=_LAPSED)
