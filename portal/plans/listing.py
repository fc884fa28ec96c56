"""All plans of somebody: those that run, that wait for a yes, and that are over."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from portal.db import Database, Principal, practice_of
from portal.domain.plans.progress import progress_of
from portal.domain.plans.states import LIVE, UNDECIDED, PlanState
from portal.plans.keeping.facts import KeptPlan, facts_of_plans
from portal.plans.models import Plan
from portal.plans.noting import note
from portal.plans.offering.footing import lines_to_cover, practice_today
from portal.plans.ports import ChargesOfPlans, ComingToLines
from portal.practice.contact import PracticeContact, practice_contact


@dataclass(frozen=True, slots=True)
class PlanListRow:
    """A plan on the list."""

    plan_id: UUID
    number: str
    state: PlanState
    principal_cents: int
    paid_cents: int
    left_cents: int
    next_on: date | None
    next_cents: int
    made_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PlansPage:
    """Those that run, that wait for a yes, and that are over. ``open_cents`` is on no plan."""

    practice: PracticeContact
    statement_id: UUID | None
    live: tuple[PlanListRow, ...]
    undecided: tuple[PlanListRow, ...]
    over: tuple[PlanListRow, ...]
    open_cents: int


def plans_page(
    database: Database,
    principal: Principal,
    *,
    guarantor_id: UUID,
    statement_id: UUID | None,
    charges: ChargesOfPlans,
    coming: ComingToLines,
    now: datetime,
    request_id: str,
) -> PlansPage:
    """With a row in the audit log."""
    with database.transaction(principal) as session:
        today = practice_today(session, now)
        practice = practice_contact(session)
        note(session, "view_plans", guarantor_id, None, now=now, request_id=request_id)
        plans = session.scalars(
            select(Plan)
            .where(Plan.practice_id == practice_of(session), Plan.guarantor_id == guarantor_id)
            .order_by(Plan.plan_id.desc())
        ).all()
        agreed = [plan for plan in plans if plan.consented_on is not None]
        kept = facts_of_plans(session, agreed, charges=charges, today=today)
        rows = {one.plan.plan_id: _list_row(one, practice) for one in kept}
        for plan in plans:
            if PlanState(plan.state) in UNDECIDED:
                rows[plan.plan_id] = _undecided_row(plan, practice)
        in_order = [rows[plan.plan_id] for plan in plans if plan.plan_id in rows]
        open_lines = lines_to_cover(session, guarantor_id, coming=coming)
        return PlansPage(
            practice=practice,
            statement_id=statement_id,
            live=tuple(row for row in in_order if row.state in LIVE),
            undecided=tuple(row for row in in_order if row.state in UNDECIDED),
            over=tuple(row for row in in_order if row.state not in LIVE | UNDECIDED),
            open_cents=sum(line.covered_cents for line in open_lines),
        )


def _list_row(kept: KeptPlan, practice: PracticeContact) -> PlanListRow:
    plan = kept.plan
    expected = progress_of(
        kept.loaded.version.installments,
        paid_cents=kept.loaded.cover.paid_cents + kept.coming_cents,
    )
    following = next(iter(expected.open_rows), None) if kept.state in LIVE else None
    return PlanListRow(
        plan_id=plan.plan_id,
        number=plan.number,
        state=kept.state,
        principal_cents=kept.loaded.version.principal_cents,
        paid_cents=kept.loaded.progress.paid_cents,
        left_cents=expected.left_cents,
        next_on=following.installment.due_on if following else None,
        next_cents=following.left_cents if following else 0,
        made_on=_day(plan.activated_at or plan.created_at, practice),
    )


def _undecided_row(plan: Plan, practice: PracticeContact) -> PlanListRow:
    return PlanListRow(
        plan_id=plan.plan_id,
        number=plan.number,
        state=PlanState(plan.state),
        principal_cents=plan.principal_cents,
        paid_cents=0,
        left_cents=plan.principal_cents,
        next_on=None,
        next_cents=0,
        made_on=_day(plan.created_at, practice),
    )


def _day(at: datetime, practice: PracticeContact) -> date:
    return at.astimezone(ZoneInfo(practice.time_zone)).date()
