"""Requests as pages show them: what is asked for, by whom, and what would come of it by now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.models import StaffMember
from portal.db import Database, Principal, practice_of
from portal.domain.names import in_mixed_case
from portal.domain.plans.change import Changed
from portal.domain.plans.difference import RowChange, row_changes
from portal.domain.plans.progress import progress_of
from portal.domain.plans.refusal import Refusal
from portal.domain.plans.staff_changes import NewTerms
from portal.domain.plans.states import LIVE, PlanState
from portal.plans.changing.queries import Looking
from portal.plans.changing.service import Moment, Ports, looked_at
from portal.plans.keeping.facts import KeptPlan
from portal.plans.models import Plan, PlanRequest
from portal.plans.staff.acts import audit
from portal.plans.staff.requests import (
    Asked,
    Books,
    Decision,
    RequestKind,
    RequestNotFoundError,
    Waiver,
    asked_of,
    asked_outcome,
    request_of,
)
from portal.plans.store import hash_of
from portal.practice.models import Guarantor


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What would come of it: row by row, and what is left before and after."""

    refusal: Refusal | None
    changes: tuple[RowChange, ...] = ()
    left_before_cents: int = 0
    left_after_cents: int = 0
    seen: str = ""


@dataclass(frozen=True, slots=True)
class ApprovedTerms:
    """Terms that a manager allowed, and why they were asked for."""

    plan_id: UUID
    terms: NewTerms
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRow:
    """One request. ``is_own``: of whoever looks, who may not decide it."""

    request_id: UUID
    kind: RequestKind
    plan_id: UUID
    plan_number: str
    guarantor_id: UUID
    person_name: str
    reason: str
    asked_at: datetime
    asked_by: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class RequestPage:
    """``effect`` is None where the plan does not run any more."""

    row: RequestRow
    asked: Asked
    effect: Effect | None


def settle_page(looking: Looking, waiver: Waiver, *, books: Books) -> Effect:
    """With a row in the audit log. Raises PlanNotFoundError, NotLiveError."""
    with looking.database.transaction(looking.principal) as session:
        kept, today = looked_at(session, looking.plan_id, ports=looking.ports, now=looking.at.now)
        audit(session, kept.plan, "view_plan", at=looking.at)
        result = asked_outcome(session, kept, waiver, ports=looking.ports, books=books, today=today)
        return _effect(kept, result)


def approved_terms_of(database: Database, principal: Principal, request_id: UUID) -> ApprovedTerms:
    """Raises RequestNotFoundError for what is not approved, or was used."""
    with database.transaction(principal) as session:
        request = request_of(session, request_id)
        asked = asked_of(request)
        is_approved = request.decision == Decision.APPROVED.value and request.used_at is None
        if not is_approved or isinstance(asked, Waiver):
            raise RequestNotFoundError(request_id)
        why = f"{request.reason}; approved: {request.decided_why}"
        return ApprovedTerms(request.plan_id, asked, why)


def waiting_requests(
    database: Database, principal: Principal, *, at: Moment
) -> tuple[RequestRow, ...]:
    """Those that nobody has decided, the oldest first. With a row in the audit log."""
    with database.transaction(principal) as session:
        record(
            session,
            action="view_plan_requests",
            object_kind="practice",
            object_id=principal.practice_id,
            guarantor_id=None,
            now=at.now,
            request_id=at.request_id,
        )
        return _rows(session, principal)


def request_page(
    database: Database,
    principal: Principal,
    request_id: UUID,
    *,
    ports: Ports,
    books: Books,
    at: Moment,
) -> RequestPage:
    """With a row in the audit log. Raises RequestNotFoundError (one that was decided, too)."""
    with database.transaction(principal) as session:
        row = next((one for one in _rows(session, principal) if one.request_id == request_id), None)
        if row is None:
            raise RequestNotFoundError(request_id)
        asked = asked_of(request_of(session, request_id))
        plan = session.scalars(
            select(Plan).where(
                Plan.practice_id == practice_of(session), Plan.plan_id == row.plan_id
            )
        ).one()
        audit(session, plan, "view_plan", at=at)
        if PlanState(plan.state) not in LIVE:
            return RequestPage(row, asked, None)
        kept, today = looked_at(session, row.plan_id, ports=ports, now=at.now)
        result = asked_outcome(session, kept, asked, ports=ports, books=books, today=today)
        return RequestPage(row, asked, _effect(kept, result))


def _effect(kept: KeptPlan, result: Changed | Refusal) -> Effect:
    if isinstance(result, Refusal):
        return Effect(refusal=result)
    paid_cents = kept.loaded.cover.paid_cents + kept.coming_cents
    before, after = kept.loaded.version.installments, result.version.installments
    return Effect(
        refusal=None,
        changes=row_changes(before, after),
        left_before_cents=progress_of(before, paid_cents=paid_cents).left_cents,
        left_after_cents=progress_of(after, paid_cents=paid_cents).left_cents,
        seen=hash_of(result.version),
    )


def _rows(session: Session, principal: Principal) -> tuple[RequestRow, ...]:
    practice_id = practice_of(session)
    names = _staff_names(session)
    found = session.execute(
        select(PlanRequest, Plan.number, Guarantor.first_name, Guarantor.last_name)
        .join(Plan, (Plan.practice_id == practice_id) & (Plan.plan_id == PlanRequest.plan_id))
        .join(
            Guarantor,
            (Guarantor.practice_id == practice_id)
            & (Guarantor.guarantor_id == PlanRequest.guarantor_id),
        )
        .where(
            PlanRequest.practice_id == practice_id,
            PlanRequest.decision == Decision.WAITING.value,
        )
        .order_by(PlanRequest.request_id)
    )
    return tuple(
        RequestRow(
            request_id=row.PlanRequest.request_id,
            kind=RequestKind(row.PlanRequest.kind),
            plan_id=row.PlanRequest.plan_id,
            plan_number=row.number,
            guarantor_id=row.PlanRequest.guarantor_id,
            person_name=in_mixed_case(f"{row.first_name} {row.last_name}"),
            reason=row.PlanRequest.reason,
            asked_at=row.PlanRequest.asked_at,
            asked_by=names.get(row.PlanRequest.asked_by, ""),
            is_own=row.PlanRequest.asked_by == principal.actor_id,
        )
        for row in found
    )


def _staff_names(session: Session) -> Mapping[UUID, str]:
    rows = session.execute(
        select(StaffMember.staff_id, StaffMember.name).where(
            StaffMember.practice_id == practice_of(session)
        )
    )
    return {row.staff_id: row.name for row in rows}
