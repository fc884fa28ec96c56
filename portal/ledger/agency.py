"""What collection agencies ask for of somebody: on no statement and no page of payment."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.ledger.models import AgencyPlacement, PlacedLine


@dataclass(frozen=True, slots=True)
class HeldByAgency:
    """Who asks for how much."""

    agency_name: str
    cents: int


def held_by_agencies(
    session: Session, guarantor_id: UUID, claim_ids: Collection[UUID]
) -> tuple[HeldByAgency, ...]:
    """Of these visits, by the name of the agency."""
    practice_id = practice_of(session)
    cents = func.sum(PlacedLine.amount_cents)
    rows = session.execute(
        select(AgencyPlacement.agency_name, cents.label("cents"))
        .join(PlacedLine, PlacedLine.placement_id == AgencyPlacement.placement_id)
        .where(
            AgencyPlacement.practice_id == practice_id,
            PlacedLine.practice_id == practice_id,
            PlacedLine.guarantor_id == guarantor_id,
            PlacedLine.claim_id.in_(claim_ids),
            PlacedLine.recalled_at.is_(None),
        )
        .group_by(AgencyPlacement.agency_name)
        .order_by(AgencyPlacement.agency_name)
    )
    return tuple(HeldByAgency(row.agency_name, int(row.cents)) for row in rows)
