"""A plan as its person sees it: how far it is, every payment, what it covers, what changed."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from portal.db import Database, Principal
from portal.domain.plans.cadence import Frequency
from portal.domain.plans.policy import Autopay, PlanPolicy
from portal.domain.plans.schedule import InstallmentKind
from portal.domain.plans.states import LIVE, UNDECIDED, PlanState
from portal.messages.service import mail_refusals
from portal.plans.changing.wishes import visits_to_add
from portal.plans.history import HistoryRow, history_of
from portal.plans.keeping.facts import KeptPlan, facts_of_plans
from portal.plans.moves import plan_of
from portal.plans.noting import note
from portal.plans.offering.footing import practice_today
from portal.plans.ports import (
    ChargesOfPlans,
    ComingToLines,
    MethodOnFile,
    MethodsOnFile,
    method_of,
)
from portal.plans.rows import PlanRow, RowState, beyond_next_cents, plan_rows
from portal.plans.visits import PlanVisit, visits_of
from portal.practice.contact import PracticeContact, practice_contact
from portal.practice.viewing import viewer_of


class NeverBegunError(LookupError):
    """It was chosen and given up: there is nothing to show of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPage:
    """Everything about one plan. ``beyond_cents``: paid ahead beyond the next payment.

    ``more_visits`` are open and on no plan; ``policy`` is the one it was agreed to with.
    """

    practice: PracticeContact
    statement_id: UUID | None
    plan_id: UUID
    number: str
    state: PlanState
    frequency: Frequency
    today: date
    policy: PlanPolicy
    principal_cents: int
    waived_cents: int
    paid_cents: int
    coming_cents: int
    left_cents: int
    rows: tuple[PlanRow, ...]
    past_due_since: date | None
    cure_until: date | None
    paused_reason: str
    paused_until: date | None
    ended_on: date | None
    visits: tuple[PlanVisit, ...]
    method: MethodOnFile | None
    is_method_gone: bool
    beyond_cents: int
    has_more_visits: bool
    history: tuple[HistoryRow, ...]
    is_mailed: bool

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    @property
    def open_rows(self) -> tuple[PlanRow, ...]:
        return tuple(row for row in self.rows if row.left_cents)

    @property
    def next_row(self) -> PlanRow | None:
        """What is asked for first: what is late, else what comes next."""
        return next(iter(self.open_rows), None)

    @property
    def due_cents(self) -> int:
        """Of everything due by today."""
        return sum(row.left_cents for row in self.open_rows if row.installment.due_on <= self.today)

    @property
    def paid_count(self) -> int:
        return sum(row.state is RowState.PAID for row in self.counted_rows)

    @property
    def counted_rows(self) -> tuple[PlanRow, ...]:
        """Those that count as payments."""
        return tuple(
            row for row in self.rows if row.installment.kind is not InstallmentKind.SKIPPED
        )

    @property
    def may_change_method(self) -> bool:
        return self.is_live and self.policy.autopay is not Autopay.OFF


def plan_page(
    database: Database,
    principal: Principal,
    plan_id: UUID,
    *,
    statement_id: UUID | None,
    methods: MethodsOnFile,
    charges: ChargesOfPlans,
    coming: ComingToLines,
    language: str,
    now: datetime,
    request_id: str,
) -> PlanPage | None:
    """With a row in the audit log; None for one that may still be agreed to.

    Raises PlanNotFoundError, NeverBegunError.
    """
    with database.transaction(principal) as session:
        plan, today = plan_of(session, plan_id), practice_today(session, now)
        note(session, "view_plan", plan.guarantor_id, plan_id, now=now, request_id=request_id)
        if plan.consented_on is None:
            if PlanState(plan.state) not in UNDECIDED:
                raise NeverBegunError(plan_id)
            return None
        kept = facts_of_plans(session, [plan], charges=charges, today=today)
        practice = practice_contact(session)
        on_file = methods(session, plan.guarantor_id, language=language, today=today)
        method = method_of(on_file, plan.method_id)
        more = visits_to_add(session, kept[0], coming=coming)
        return _page(
            session,
            kept[0],
            practice=practice,
            statement_id=statement_id,
            today=today,
            method=method,
            has_more_visits=bool(more),
        )


def _page(
    session: Session,
    kept: KeptPlan,
    *,
    practice: PracticeContact,
    statement_id: UUID | None,
    today: date,
    method: MethodOnFile | None,
    has_more_visits: bool,
) -> PlanPage:
    plan, loaded = kept.plan, kept.loaded
    zone = ZoneInfo(practice.time_zone)
    rows = plan_rows(kept, today)
    lines = loaded.cover.lines
    return PlanPage(
        practice=practice,
        statement_id=statement_id,
        plan_id=plan.plan_id,
        number=plan.number,
        state=kept.state,
        frequency=loaded.version.cadence.frequency,
        today=today,
        policy=kept.policy,
        principal_cents=loaded.version.principal_cents,
        waived_cents=loaded.version.waived_cents,
        paid_cents=loaded.progress.paid_cents,
        coming_cents=min(kept.coming_cents, loaded.progress.left_cents),
        left_cents=sum(row.left_cents for row in rows),
        rows=rows,
        past_due_since=plan.past_due_since,
        cure_until=plan.cure_until,
        paused_reason=plan.paused_reason,
        paused_until=plan.paused_until,
        ended_on=plan.ended_at.astimezone(zone).date() if plan.ended_at else None,
        visits=visits_of(
            session,
            {line.target: line.covered_cents for line in lines},
            viewer_of(session, today=today),
        ),
        method=method,
        is_method_gone=plan.method_id is not None and method is None,
        beyond_cents=beyond_next_cents(kept, today) if kept.state in LIVE else 0,
        has_more_visits=has_more_visits,
        history=history_of(session, plan, zone=zone),
        is_mailed=not mail_refusals(session, plan.guarantor_id),
    )
