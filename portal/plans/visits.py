"""What the lines of a plan are called: visits, with their patient, day and kinds of service."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.dates import MonthOnly
from portal.domain.journal import Target
from portal.domain.names import in_mixed_case
from portal.domain.service_kind import ServiceKind, service_kind
from portal.domain.visit_privacy import Viewer
from portal.practice.models import Charge, Claim, Patient
from portal.practice.viewing import grouped_visits


@dataclass(frozen=True, slots=True)
class PlanVisit:
    """One visit, and the cents of it that the page is about."""

    claim_id: UUID
    patient_first_name: str
    service_kinds: tuple[ServiceKind, ...]
    service_on: date | None
    provider_name: str
    cents: int


def visits_of(
    session: Session, cents: Mapping[Target, int], viewer: Viewer
) -> tuple[PlanVisit, ...]:
    """The visits of these lines with their sums, oldest first, as the viewer sees them."""
    sums: dict[UUID, int] = {}
    for target, amount in cents.items():
        if target.claim_id is not None:
            sums[target.claim_id] = sums.get(target.claim_id, 0) + amount
    kinds = _kinds(session, cents)
    practice_id = practice_of(session)
    rows = session.execute(
        select(Claim, Patient.first_name)
        .outerjoin(
            Patient,
            (Patient.practice_id == practice_id) & (Patient.patient_id == Claim.patient_id),
        )
        .where(Claim.practice_id == practice_id, Claim.claim_id.in_(sums))
        .order_by(Claim.service_on.nulls_last(), Claim.claim_number)
    )
    grouped = grouped_visits(session, sums, viewer)
    visits = (
        PlanVisit(
            claim_id=claim.claim_id,
            patient_first_name=first_name or "",
            service_kinds=kinds.get(claim.claim_id, (ServiceKind.WHOLE_VISIT,)),
            service_on=claim.service_on,
            provider_name=in_mixed_case(claim.provider_name),
            cents=sums[claim.claim_id],
        )
        for claim, first_name in rows
    )
    return tuple(_sums_only(one) if one.claim_id in grouped else one for one in visits)


def _sums_only(visit: PlanVisit) -> PlanVisit:
    return replace(
        visit,
        service_kinds=(ServiceKind.PRIVATE,),
        service_on=MonthOnly.of(visit.service_on),
        provider_name="",
    )


def _kinds(session: Session, cents: Mapping[Target, int]) -> Mapping[UUID, tuple[ServiceKind, ...]]:
    """The kinds of service of each visit, those with the larger amounts first."""
    lines = {target.charge_id: amount for target, amount in cents.items() if target.charge_id}
    charges = session.scalars(
        select(Charge).where(
            Charge.practice_id == practice_of(session), Charge.charge_id.in_(lines)
        )
    ).all()
    found: dict[UUID, list[ServiceKind]] = {}
    for charge in sorted(charges, key=lambda one: -lines[one.charge_id]):
        kind = service_kind(qualifier=charge.procedure_qualifier, code=charge.procedure_code)
        kinds = found.setdefault(charge.claim_id, [])
        if kind not in kinds:
            kinds.append(kind)
    return {claim_id: tuple(kinds) for claim_id, kinds in found.items()}
