"""Every visit of a household, and what insurance is still deciding of it, in three statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, Uuid, bindparam, func, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.journal import LedgerAccount
from portal.domain.names import in_mixed_case
from portal.domain.pending_visit import why_pending
from portal.domain.statement import PendingReason, PendingVisit
from portal.domain.visit_privacy import Viewer, VisitFacts, grouped_because, grouped_pending
from portal.ledger.models import PostingRow
from portal.practice.claims import payer_names
from portal.practice.models import Claim, Hold, Patient


@dataclass(frozen=True, slots=True)
class HouseholdVisit:
    """One claim. ``pending``: it asks for nothing yet, and why."""

    claim_id: UUID
    patient_id: UUID | None
    patient_first_name: str
    service_on: date | None
    pending: PendingVisit | None = None
    is_grouped: bool = False  # whoever looks sees only its sums
    waiting_cents: int = 0  # of a share that nobody may be asked for now


def household_visits(
    session: Session, guarantor_id: UUID, *, viewer: Viewer
) -> tuple[HouseholdVisit, ...]:
    """Oldest first; the payers' names are asked for only where something is pending."""
    whose = {"practice": practice_of(session), "guarantor": guarantor_id}
    rows = session.execute(_claims(), whose).all()
    pending = [row.claim_id for row in rows if _is_pending(row)]
    payers = payer_names(session, pending) if pending else {}
    visits = []
    for row in rows:
        facts = VisitFacts(row.patient_id, row.is_sensitive, row.is_part2)
        because = grouped_because(facts, viewer)
        waiting = _pending(row, payers.get(row.claim_id, "")) if _is_pending(row) else None
        visits.append(
            HouseholdVisit(
                claim_id=row.claim_id,
                patient_id=row.patient_id,
                patient_first_name=row.first_name or "",
                service_on=row.service_on,
                pending=grouped_pending(waiting, because) if waiting and because else waiting,
                is_grouped=because is not None,
                waiting_cents=int(row.waiting_cents or 0),
            )
        )
    return tuple(visits)


@cache
def _claims() -> Select[Any]:
    """Each claim with what is with its payer, what waits, and the kinds of what holds it.

    Put together once: home asks for it each time.
    """
    practice_id = bindparam("practice", type_=Uuid)
    guarantor_id = bindparam("guarantor", type_=Uuid)
    cents = func.sum(PostingRow.amount_cents)
    with_payer = cents.filter(PostingRow.account == LedgerAccount.PAYER_RECEIVABLE.value)
    waiting = cents.filter(PostingRow.account == LedgerAccount.PATIENT_PENDING.value)
    owed = cents.filter(PostingRow.account == LedgerAccount.PATIENT_RECEIVABLE.value)
    theirs = select(Claim.claim_id).where(
        Claim.practice_id == practice_id, Claim.guarantor_id == guarantor_id
    )
    sums = (
        select(
            PostingRow.claim_id,
            func.coalesce(with_payer, 0).label("with_payer_cents"),
            func.coalesce(waiting, 0).label("waiting_cents"),
            func.coalesce(owed, 0).label("owed_cents"),
        )
        .where(PostingRow.practice_id == practice_id, PostingRow.claim_id.in_(theirs))
        .group_by(PostingRow.claim_id)
        .subquery()
    )
    holds = (
        select(func.array_agg(Hold.kind))
        .where(
            Hold.practice_id == practice_id,
            Hold.claim_id == Claim.claim_id,
            Hold.released_at.is_(None),
        )
        .scalar_subquery()
    )
    return (
        select(
            Claim.claim_id,
            Claim.patient_id,
            Patient.first_name,
            Claim.service_on,
            Claim.provider_name,
            Claim.denied,
            Claim.is_sensitive,
            Claim.is_part2,
            sums.c.with_payer_cents,
            sums.c.waiting_cents,
            sums.c.owed_cents,
            holds.label("holds"),
        )
        .outerjoin(
            Patient,
            (Patient.practice_id == practice_id) & (Patient.patient_id == Claim.patient_id),
        )
        .outerjoin(sums, sums.c.claim_id == Claim.claim_id)
        .where(Claim.practice_id == practice_id, Claim.guarantor_id == guarantor_id)
        .order_by(Claim.service_on.nulls_last(), Claim.claim_number, Claim.claim_id)
    )


def _is_pending(row: Row[*tuple[object, ...]]) -> bool:
    """A share waits, or the payer has it and nobody is asked for anything yet."""
    waits = (row.waiting_cents or 0) > 0
    return waits or ((row.with_payer_cents or 0) > 0 and (row.owed_cents or 0) <= 0)


def _pending(row: Row[*tuple[object, ...]], payer_name: str) -> PendingVisit:
    holds: Sequence[str] = row.holds or ()
    why = why_pending(holds, (), share_is_released=False)
    if why is PendingReason.DECIDING and row.denied and not holds:
        why = PendingReason.REFUSED
    return PendingVisit(
        patient_first_name=row.first_name or "",
        service_on=row.service_on,
        provider_name=in_mixed_case(row.provider_name),
        payer_name=payer_name,
        why=why,
    )
