"""What one member of staff asks for and another decides: terms beyond the rules, a part let off.

Whoever decides never is who asked. Terms count when the patient has agreed to them; what is let off
leaves the books, and the practice's system is told, as soon as it is approved.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import Database, Principal, new_id, practice_of
from portal.domain.allocation import Allocation
from portal.domain.journal import NOWHERE, BusinessEvent, LedgerAccount, Target
from portal.domain.plan_postings import plan_settled
from portal.domain.plans.cadence import Frequency
from portal.domain.plans.change import Changed
from portal.domain.plans.refusal import Refusal
from portal.domain.plans.staff_changes import NewTerms, WaiverFacts, waive
from portal.ledger.journal import post
from portal.ledger.outbox import enqueue_post
from portal.ledger.plan_cover import CoveredPlan, covered_plans, lower_cover
from portal.plans.changing.service import (
    Moment,
    NotPossibleError,
    OtherChangeError,
    Ports,
    locked,
    tell,
)
from portal.plans.changing.wishes import Renegotiate, outcome_of, position_of
from portal.plans.covers import covers_of
from portal.plans.keeping.facts import KeptPlan
from portal.plans.keeping.service import PlanCharges, keep_plan
from portal.plans.models import PlanRequest
from portal.plans.moves import note_plan
from portal.plans.offering.footing import practice_today
from portal.plans.ports import PostDetails, VisitsBilled
from portal.plans.staff.acts import audit
from portal.plans.store import hash_of, write_version


class RequestKind(StrEnum):
    """What is asked for; stable names, they are stored."""

    TERMS = "terms"
    WAIVER = "waiver"


class Decision(StrEnum):
    """How a request stands; stable names, they are stored."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"


_IN_THE_BOOKS: Final = {
    True: LedgerAccount.CHARITY_CARE,  # need that is documented
    False: LedgerAccount.BAD_DEBT,
}


class RequestNotFoundError(LookupError):
    """No such request in this practice."""


class SamePersonError(ValueError):
    """Whoever asked does not decide."""


class DecidedError(ValueError):
    """Somebody decided it before."""


class WaitsError(ValueError):
    """One of this kind waits already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """What is let off, and what it rests on."""

    cents: int
    has_need: bool
    has_failed: bool


Asked = NewTerms | Waiver


@dataclass(frozen=True, slots=True)
class Books:
    """What statements and payments answer where a part is let off."""

    billed: VisitsBilled
    details: PostDetails


def waiver_outcome(
    session: Session, kept: KeptPlan, waiver: Waiver, *, billed: VisitsBilled, today: date
) -> Changed | Refusal:
    """What comes of it once it is approved.

    Whether a share is one that an insurer left to the patient is not asked: each is taken for one,
    so that none is let off without need, or collection that failed, on record.
    """
    claims = {line.target.claim_id for line in kept.loaded.cover.lines if line.target.claim_id}
    facts = WaiverFacts(
        is_approved=True,
        is_billed=claims <= set(billed(session, claims)),
        is_cost_share=True,
        has_documented_need=waiver.has_need,
        has_collection_failed=waiver.has_failed,
    )
    return waive(position_of(kept, today), waiver.cents, facts=facts, policy=kept.policy)


def asked_outcome(
    session: Session,
    kept: KeptPlan,
    asked: Asked,
    *,
    ports: Ports,
    books: Books,
    today: date,
) -> Changed | Refusal:
    """What a request would come to by now."""
    if isinstance(asked, Waiver):
        return waiver_outcome(session, kept, asked, billed=books.billed, today=today)
    return outcome_of(session, kept, Renegotiate(asked), coming=ports.coming, today=today).result


def ask(
    database: Database,
    principal: Principal,
    plan_id: UUID,
    asked: Asked,
    *,
    why: str,
    ports: Ports,
    books: Books,
    at: Moment,
) -> UUID:
    """Put it before a manager.

    Raises PlanNotFoundError, NotLiveError, NotPossibleError (no manager may allow it), WaitsError.
    """
    with database.transaction(principal) as session:
        kept, today = locked(session, plan_id, ports=ports, now=at.now)
        if isinstance(asked, NewTerms):
            asked = replace(asked, is_approved=True)  # what a manager may allow at all
        result = asked_outcome(session, kept, asked, ports=ports, books=books, today=today)
        if isinstance(result, Refusal):
            raise NotPossibleError(plan_id)
        kind = RequestKind.WAIVER if isinstance(asked, Waiver) else RequestKind.TERMS
        if _waiting(session, plan_id, kind):
            raise WaitsError(plan_id)
        request = PlanRequest(
            practice_id=practice_of(session),
            request_id=new_id(),
            plan_id=plan_id,
            guarantor_id=kept.plan.guarantor_id,
            kind=kind.value,
            document=_as_json(asked),
            reason=why,
            asked_at=at.now,
            asked_by=principal.actor_id,
            decision=Decision.WAITING.value,
        )
        session.add(request)
        note_plan(session, kept.plan, now=at.now, detail=f"a manager is asked: {kind.value}")
        audit(session, kept.plan, "ask_for_plan_change", at=at)
        return request.request_id


def decide(
    database: Database,
    principal: Principal,
    request_id: UUID,
    decision: Decision,
    *,
    why: str,
    seen: str,
    ports: Ports,
    books: Books,
    at: Moment,
) -> None:
    """``seen``: the hash of the schedule that the check page showed.

    Raises RequestNotFoundError, SamePersonError, DecidedError, NotLiveError, NotPossibleError,
    OtherChangeError.
    """
    with database.transaction(principal) as session:
        _take_in_news(session, request_of(session, request_id).plan_id, ports=ports, now=at.now)
    with database.transaction(principal) as session:
        kept, today = locked(
            session, request_of(session, request_id).plan_id, ports=ports, now=at.now
        )
        request = _lock(session, request_id)
        if request.decision != Decision.WAITING.value:
            raise DecidedError(request_id)
        if request.asked_by == principal.actor_id:
            raise SamePersonError(request_id)
        request.decision, request.decided_at = decision.value, at.now
        request.decided_by, request.decided_why = principal.actor_id, why
        asked = asked_of(request)
        audit(session, kept.plan, f"decide_plan_request_{decision.value}", at=at)
        note_plan(session, kept.plan, now=at.now, detail=f"{request.kind} {decision.value}: {why}")
        if decision is Decision.REFUSED:
            return
        result = asked_outcome(session, kept, asked, ports=ports, books=books, today=today)
        if isinstance(result, Refusal):
            raise NotPossibleError(kept.plan.plan_id)
        if hash_of(result.version) != seen or kept.shortfall_cents:
            raise OtherChangeError(kept.plan.plan_id)
        if isinstance(asked, Waiver):
            request.used_at = at.now
            _let_off(session, kept, request, result, books=books, today=today, at=at)
            tell(session, kept.plan, "settle_plan", ports=ports, at=at, today=today)


def by_approval(request_id: UUID | None, *, now: datetime) -> Callable[[Session], None]:
    """For `changing.service.change`: an approval is used with the yes to its terms, and once.

    Raises then RequestNotFoundError, NotPossibleError (used before, or never approved).
    """
    return lambda session: None if request_id is None else _use(session, request_id, now=now)


def _use(session: Session, request_id: UUID, *, now: datetime) -> None:
    request = _lock(session, request_id)
    if request.decision != Decision.APPROVED.value or request.used_at is not None:
        raise NotPossibleError(request.plan_id)
    request.used_at = now


def request_of(session: Session, request_id: UUID) -> PlanRequest:
    """Raises RequestNotFoundError."""
    found = session.scalar(
        select(PlanRequest).where(
            PlanRequest.practice_id == practice_of(session), PlanRequest.request_id == request_id
        )
    )
    if found is None:
        raise RequestNotFoundError(request_id)
    return found


def asked_of(request: PlanRequest) -> Asked:
    """What it asks for. Terms are read as approved: a manager may leave the rules, not the law."""
    kept = request.document
    if request.kind == RequestKind.WAIVER.value:
        return Waiver(cents=kept["cents"], has_need=kept["need"], has_failed=kept["failed"])
    return NewTerms(
        count=kept["count"],
        frequency=Frequency(kept["frequency"]),
        first_due_on=date.fromisoformat(kept["first_on"]),
        is_approved=True,
    )


def _as_json(asked: Asked) -> dict[str, Any]:
    if isinstance(asked, Waiver):
        return {"cents": asked.cents, "need": asked.has_need, "failed": asked.has_failed}
    return {
        "count": asked.count,
        "frequency": asked.frequency.value,
        "first_on": asked.first_due_on.isoformat(),
    }


def _waiting(session: Session, plan_id: UUID, kind: RequestKind) -> bool:
    found = session.scalar(
        select(PlanRequest.request_id).where(
            PlanRequest.practice_id == practice_of(session),
            PlanRequest.plan_id == plan_id,
            PlanRequest.kind == kind.value,
            PlanRequest.decision == Decision.WAITING.value,
        )
    )
    return found is not None


def _lock(session: Session, request_id: UUID) -> PlanRequest:
    found = session.scalar(
        select(PlanRequest)
        .where(
            PlanRequest.practice_id == practice_of(session), PlanRequest.request_id == request_id
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise RequestNotFoundError(request_id)
    return found


def _take_in_news(session: Session, plan_id: UUID, *, ports: Ports, now: datetime) -> None:
    """What insurance changed since: nothing is let off that is not owed any more."""
    charges = PlanCharges(ports.charges, ports.follow)
    keep_plan(session, plan_id, charges=charges, today=practice_today(session, now), now=now)


def _let_off(
    session: Session,
    kept: KeptPlan,
    request: PlanRequest,
    result: Changed,
    *,
    books: Books,
    today: date,
    at: Moment,
) -> None:
    """Off the last lines, as off the last payments; the plan covers that much less from now on."""
    plan = kept.plan
    waiver = asked_of(request)
    if not isinstance(waiver, Waiver):
        raise TypeError(request.kind)
    lines = _from_the_end(kept.loaded.cover, waiver.cents)
    entry = plan_settled(
        request.request_id,
        lines,
        _IN_THE_BOOKS[waiver.has_need],
        guarantor_id=plan.guarantor_id,
        effective_on=today,
    )
    entry_id = post(session, entry, now=at.now)
    enqueue_post(
        session,
        guarantor_id=plan.guarantor_id,
        entry_id=entry_id,
        subject_id=request.request_id,
        kind=BusinessEvent.PLAN_SETTLED.value,
        amount_cents=0,
        effective_on=today,
        details=books.details(session, plan.guarantor_id, _off(lines)),
        now=at.now,
    )
    cover = covered_plans(session, [plan.plan_id])[plan.plan_id]
    lower_cover(session, cover)
    write_version(
        session,
        plan,
        result.version,
        change=result.kind.value,
        now=at.now,
        covers=covers_of(cover),
        detail=f"{request.reason}; approved: {request.decided_why}",
    )


def _off(lines: Mapping[Target, int]) -> list[Allocation]:
    """As the practice's system is told of what left its lines: no money moved."""
    parts = [Allocation(target, cents) for target, cents in lines.items()]
    return [Allocation(NOWHERE, -sum(lines.values())), *parts]


def _from_the_end(cover: CoveredPlan, cents: int) -> dict[Target, int]:
    lines = {}
    for line in reversed(cover.lines):
        part = min(cents, line.left_cents)
        if part:
            lines[line.target] = part
        cents -= part
    return lines
