"""What a statement leaves to payment plans, and what it says of them beside what it asks for."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from portal.domain.billed_claim import BilledClaim, ClaimBooks
from portal.domain.journal import Target
from portal.domain.service_kind import ServiceKind, service_kind
from portal.domain.statement import CoveredVisit, PaymentPlanBlock
from portal.ledger.plan_cover import (
    CoveredLine,
    CoveredPlan,
    cents_on_plans,
    shares_beside_plans,
)
from portal.ledger.plan_standing import PlanStanding, standing_plans
from portal.practice.claims import ClaimHead, billed_claims


def covered_on_day(
    session: Session, guarantor_id: UUID, books: Mapping[UUID, ClaimBooks]
) -> Mapping[Target, int]:
    """What of each covered line, as it was open on the day of ``books``, is not asked for.

    A statement asks for no more than is open beside plans now: what was paid on a covered line
    since that day was paid to its plan.
    """
    covered = cents_on_plans(session, guarantor_id)
    if not covered:
        return {}
    beside = {
        Target(share.claim_id, share.charge_id): share.open_cents
        for share in shares_beside_plans(session, guarantor_id)
    }
    found = {}
    for target in covered:
        of_claim = books.get(target.claim_id) if target.claim_id else None
        owed_cents = of_claim.owed.get(target.charge_id, 0) if of_claim else 0
        if owed_cents > 0:
            found[target] = owed_cents - min(owed_cents, max(0, beside.get(target, 0)))
    return found


@dataclass(frozen=True, slots=True)
class PlanNow:
    """A plan that covers something of a statement now. ``lines`` are all that it covers.

    ``covers_cents`` is what is left of the statement there. ``next_cents`` is due on ``next_on``.
    """

    plan_id: UUID
    number: str
    covers_cents: int
    left_cents: int
    coming_cents: int
    past_due_cents: int
    next_on: date | None
    next_cents: int
    lines: frozenset[tuple[UUID | None, UUID | None]]


def plans_now(
    plans: Iterable[PlanStanding], claim_ids: Collection[UUID], *, today: date
) -> tuple[PlanNow, ...]:
    """Of a guarantor's plans those that cover something of these claims."""
    return tuple(
        PlanNow(
            plan_id=plan.plan_id,
            number=plan.number,
            covers_cents=sum(
                line.left_cents for line in plan.covered.lines if line.target.claim_id in claim_ids
            ),
            left_cents=plan.left_cents,
            coming_cents=plan.coming_cents,
            past_due_cents=plan.past_due_cents(today),
            next_on=plan.next_due.due_on if plan.next_due else None,
            next_cents=plan.next_due.cents if plan.next_due else 0,
            lines=frozenset(
                (line.target.claim_id, line.target.charge_id)
                for line in plan.covered.lines
                if line.left_cents
            ),
        )
        for plan in plans
        if any(line.left_cents and line.target.claim_id in claim_ids for line in plan.covered.lines)
    )


def payment_plans(
    session: Session, guarantor_id: UUID, heads: Iterable[ClaimHead], *, today: date
) -> tuple[PaymentPlanBlock, ...]:
    """The plans that cover something, with their visits; ``heads`` are the guarantor's claims."""
    plans = standing_plans(session, guarantor_id)
    covered = {line.target.claim_id for plan in plans for line in plan.covered.lines}
    known = {head.claim_id: head for head in heads if head.claim_id in covered}
    billed = billed_claims(session, list(known))
    return tuple(_block(plan, known, billed, today=today) for plan in plans)


def _block(
    plan: PlanStanding,
    heads: Mapping[UUID, ClaimHead],
    billed: Mapping[UUID, BilledClaim],
    *,
    today: date,
) -> PaymentPlanBlock:
    visits = tuple(_visits(plan.covered, heads, billed))
    open_cents = sum(visit.left_cents for visit in visits)
    coming_cents = min(plan.coming_cents, open_cents)
    return PaymentPlanBlock(
        plan_id=plan.plan_id,
        number=plan.number,
        paid_cents=plan.paid_cents,
        coming_cents=coming_cents,
        left_cents=open_cents - coming_cents,
        past_due_cents=plan.past_due_cents(today),
        next_on=plan.next_due.due_on if plan.next_due else None,
        next_cents=plan.next_due.cents if plan.next_due else 0,
        visits=visits,
    )


def _visits(
    cover: CoveredPlan, heads: Mapping[UUID, ClaimHead], billed: Mapping[UUID, BilledClaim]
) -> Iterator[CoveredVisit]:
    by_claim: dict[UUID, list[CoveredLine]] = {}
    for line in cover.lines:
        claim_id = line.target.claim_id
        if line.left_cents and claim_id is not None and claim_id in heads:
            by_claim.setdefault(claim_id, []).append(line)
    for claim_id in sorted(by_claim, key=lambda one: _by_day(heads[one])):
        head, lines = heads[claim_id], by_claim[claim_id]
        yield CoveredVisit(
            claim_id=claim_id,
            patient_first_name=head.patient_first_name,
            service_kinds=_kinds(billed[claim_id], lines),
            service_on=head.service_on,
            provider_name=head.provider_name,
            left_cents=sum(line.left_cents for line in lines),
        )


def _kinds(claim: BilledClaim, lines: Iterable[CoveredLine]) -> tuple[ServiceKind, ...]:
    charge_ids = {line.target.charge_id for line in lines}
    kinds = (
        service_kind(qualifier=line.qualifier, code=line.code)
        for line in claim.lines
        if line.charge_id in charge_ids
    )
    return tuple(dict.fromkeys(kinds)) or (ServiceKind.WHOLE_VISIT,)


def _by_day(head: ClaimHead) -> tuple[date, str]:
    return head.service_on or date.max, head.claim_number
