"""Telling those who pay by hand, days before, that a payment of their plan is due.

What is charged by itself is announced by the charging machine.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.plans.states import PlanState
from portal.ledger.models import PlanInstallment
from portal.ledger.queries import on_its_way_to_plans_cents
from portal.messages.service import MessageTemplate
from portal.plans.keeping.asking import asked_of
from portal.plans.keeping.selection import is_open, read_each
from portal.plans.models import Plan
from portal.plans.moves import lock_plan
from portal.plans.policies import longest_notice_days, policies_of
from portal.plans.store import load_all
from portal.plans.telling import tell_of_plan

_ASKING = (PlanState.ACTIVE.value, PlanState.PAST_DUE.value)


def to_remind(session: Session, *, today: date) -> Sequence[UUID]:
    """Plans paid by hand with a payment to come that it is time to tell of."""
    practice_id = practice_of(session)
    last = today + timedelta(days=longest_notice_days(session))
    plan_ids = session.scalars(
        select(Plan.plan_id)
        .join(
            PlanInstallment,
            (PlanInstallment.practice_id == practice_id)
            & (PlanInstallment.plan_id == Plan.plan_id),
        )
        .where(
            Plan.practice_id == practice_id,
            Plan.state.in_(_ASKING),
            Plan.method_id.is_(None),
            PlanInstallment.due_on.between(today, last),
            PlanInstallment.reminded_of.is_distinct_from(PlanInstallment.due_on),
            is_open(),
        )
        .distinct()
    ).all()

    def to_tell(some: Sequence[UUID]) -> set[UUID]:
        plans = session.scalars(
            select(Plan).where(Plan.practice_id == practice_id, Plan.plan_id.in_(some))
        ).all()
        return {row.plan_id for row in _untold(session, plans, today=today)}

    return list(read_each(session, plan_ids, to_tell))


def remind(session: Session, plan_id: UUID, *, today: date, now: datetime) -> bool:
    """Once for each due day, as long before as the plan's own policy says. Whether it was."""
    plan = lock_plan(session, plan_id)
    if plan.state not in _ASKING or plan.method_id is not None:
        return False
    untold = _untold(session, [plan], today=today)
    for row in untold:
        row.reminded_of = row.due_on
    return bool(untold) and tell_of_plan(session, plan, MessageTemplate.PLAN_DUE_SOON, now=now)


def _untold(session: Session, plans: Sequence[Plan], *, today: date) -> list[PlanInstallment]:
    """Installments that ask for something, and whose day is near by their plan's own policy."""
    policies = policies_of(session, plans)
    coming = on_its_way_to_plans_cents(session, [plan.plan_id for plan in plans])
    return [
        row
        for loaded in load_all(session, plans)
        for number in asked_of(loaded, coming_cents=coming.get(loaded.plan.plan_id, 0))
        for row in [loaded.rows[number]]
        if today <= row.due_on <= today + timedelta(days=policies[row.plan_id].prenotice_days)
        and row.reminded_of != row.due_on
    ]
