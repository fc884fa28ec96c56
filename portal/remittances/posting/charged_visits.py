"""Visits that the practice's feed made the patient's own without saying which claim they are.

A payer's decision of the same person and day may be of such a visit: it would be asked for twice.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, func, or_, select

from portal.domain.claim_position import ChargeSource
from portal.domain.practice_feed import NUMBERS_WITHOUT_CLAIM
from portal.practice.models import Claim
from portal.remittances.posting.known_claims import KnownClaim


@dataclass(frozen=True, slots=True)
class ChargedVisit:
    """Whose it is, and when it was; of an account with several patients nobody knows which."""

    guarantor_id: UUID
    patient_id: UUID | None
    service_on: date


def charged_visits(
    connection: Connection, practice_id: UUID, guarantor_ids: Collection[UUID]
) -> frozenset[ChargedVisit]:
    """Those of these guarantors that stand."""
    if not guarantor_ids:
        return frozenset()
    rows = connection.execute(
        select(Claim.guarantor_id, Claim.patient_id, Claim.service_on).where(
            Claim.practice_id == practice_id,
            Claim.guarantor_id == func.any(list(guarantor_ids)),
            Claim.charge_source == ChargeSource.PATIENT.value,
            Claim.charge_cents > 0,
            Claim.service_on.is_not(None),
            or_(*(func.starts_with(Claim.claim_number, start) for start in NUMBERS_WITHOUT_CLAIM)),
        )
    )
    return frozenset(
        ChargedVisit(row.guarantor_id, row.patient_id, row.service_on)
        for row in rows
        if row.guarantor_id is not None and row.service_on is not None
    )


def may_be_charged(known: KnownClaim, visits: Collection[ChargedVisit]) -> bool:
    """Whether the claim may be one of these visits."""
    return any(
        visit.guarantor_id == known.position.guarantor_id
        and visit.service_on == known.service_on
        and (visit.patient_id is None or visit.patient_id == known.patient_id)
        for visit in visits
    )
