"""How a plan stands, written down: its installments, what was missed, past due, its end.

The rules are domain/plans/standing.py's. Whoever calls has locked the plan.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final, TypeVar

from sqlalchemy.orm import Session

from portal.domain.plans.standing import Miss, Standing
from portal.domain.plans.states import (
    INSTALLMENT_TRANSITIONS,
    LIVE,
    PLAN_TRANSITIONS,
    InstallmentState,
    PlanState,
)
from portal.ledger.plan_cover import cover_again, uncover
from portal.plans.models import Plan
from portal.plans.moves import move_installment_to, move_plan_to
from portal.plans.store import LoadedPlan

State = TypeVar("State", bound=StrEnum)

_INSTALLMENTS_PASS: Final = (InstallmentState.DUE, InstallmentState.PROCESSING)
_PLANS_PASS: Final = (PlanState.ACTIVE,)


def differs(loaded: LoadedPlan, standing: Standing) -> bool:
    """Whether anything of it is not on record."""
    plan = loaded.plan
    return (
        standing.state.value != plan.state
        or dict(standing.states) != loaded.states
        or [miss_as_json(one) for one in standing.misses] != plan.misses
        or standing.cure_until != plan.cure_until
        or standing.cure_days != plan.cure_days
        or standing.past_due_since != plan.past_due_since
    )


def write_standing(
    session: Session,
    loaded: LoadedPlan,
    standing: Standing,
    *,
    why: str,
    today: date,
    now: datetime,
) -> bool:
    """Whether it could be: a plan that was over stays so where another has taken its lines.

    ``why`` it rests, where it does.
    """
    plan = loaded.plan
    if PlanState(plan.state) not in LIVE and standing.state in LIVE:
        if not cover_again(session, plan.plan_id):
            return False
        plan.ended_at, plan.end_reason = None, ""
    for number, state in standing.states.items():
        row = loaded.rows[number]
        present = InstallmentState(row.state)
        for step in _steps(present, state, INSTALLMENT_TRANSITIONS, by=_INSTALLMENTS_PASS):
            move_installment_to(session, row, step, now=now)
    _write_plan(session, plan, standing, why=why, today=today, now=now)
    session.flush()
    return True


def miss_from_json(kept: Mapping[str, Any]) -> Miss:
    """As `plans.misses` keeps it."""
    return Miss(
        kept["number"], date.fromisoformat(kept["due_on"]), date.fromisoformat(kept["missed_on"])
    )


def miss_as_json(miss: Miss) -> dict[str, Any]:
    """What `miss_from_json` reads."""
    return {
        "number": miss.number,
        "due_on": miss.due_on.isoformat(),
        "missed_on": miss.missed_on.isoformat(),
    }


def _write_plan(
    session: Session,
    plan: Plan,
    standing: Standing,
    *,
    why: str,
    today: date,
    now: datetime,
) -> None:
    present = PlanState(plan.state)
    if present is PlanState.PAUSED and standing.state is not PlanState.PAUSED:
        plan.grace_from = today
    plan.misses = [miss_as_json(one) for one in standing.misses]
    plan.cure_until, plan.cure_days = standing.cure_until, standing.cure_days
    plan.past_due_since = standing.past_due_since
    detail = why if standing.state is PlanState.PAUSED else ""
    for step in _steps(present, standing.state, PLAN_TRANSITIONS, by=_PLANS_PASS):
        move_plan_to(session, plan, step, now=now, detail=detail)
    if present in LIVE and standing.state not in LIVE:
        plan.ended_at, plan.end_reason = now, standing.state.value
        uncover(session, plan.plan_id, now=now)


def _steps(
    present: State,
    wanted: State,
    transitions: Mapping[State, frozenset[State]],
    *,
    by: Sequence[State],
) -> tuple[State, ...]:
    """The way from one state to another, through those that nobody was there to see.

    Where there is none, the move itself, which is then refused.
    """
    if present is wanted:
        return ()
    for first, last in ((0, 0), (0, 1), (1, 2), (0, 2)):
        stops: list[State] = [present, *by[first:last], wanted]
        if all(to in transitions[of] for of, to in pairwise(stops)):
            return tuple(stops[1:])
    return (wanted,)
