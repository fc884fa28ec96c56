"""The plans to call: claims that wait for a later coverage, long after an earlier payer decided."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.claim_position import Outcome
from portal.domain.hold_kinds import HoldKind
from portal.domain.hold_rules import undecided_coverages
from portal.domain.names import in_mixed_case
from portal.practice.decisions import Adjudication
from portal.practice.models import Claim, Coverage, Hold, Patient, Payer
from portal.remittances.posting.known_claims import KnownClaim
from portal.remittances.posting.positions import claims_with_ids

SILENT_AFTER: Final = timedelta(days=45)


@dataclass(frozen=True, slots=True)
class PlanToCall:
    """Who has not decided, and the patient's number there."""

    payer_name: str
    member_identifier: str


@dataclass(frozen=True, slots=True)
class SilentPlanRow:
    """A claim whose later plan has said nothing for more than 45 days."""

    claim_id: UUID
    claim_number: str
    patient_name: str
    service_on: date | None
    plans: tuple[PlanToCall, ...]
    decided_on: date  # by the payers that did decide, the last of them
    days: int
    share_cents: int


def silent_plans(
    session: Session, *, today: date, limit: int, offset: int = 0
) -> tuple[SilentPlanRow, ...]:
    """Whoever is silent for the longest time first."""
    decided_on = func.max(Adjudication.decided_on)
    rows = session.execute(
        _waiting(session, today=today)
        .order_by(decided_on, Claim.claim_id)
        .limit(limit)
        .offset(offset)
    ).all()
    claim_ids = [row.claim_id for row in rows]
    connection, practice_id = session.connection(), practice_of(session)
    known = {
        one.claim_id: one
        for one in claims_with_ids(connection, practice_id, claim_ids, by_line=False)
    }
    plans = _plans(session, known)
    return tuple(
        SilentPlanRow(
            claim_id=row.claim_id,
            claim_number=row.claim_number,
            patient_name=in_mixed_case(f"{row.first_name} {row.last_name}".strip()),
            service_on=row.service_on,
            plans=plans.get(row.claim_id, ()),
            decided_on=row.decided_on,
            days=(today - row.decided_on).days,
            share_cents=known[row.claim_id].position.patient_pending_cents,
        )
        for row in rows
    )


def count_silent_plans(session: Session, *, today: date) -> int:
    """How long the whole list is."""
    waiting = _waiting(session, today=today).subquery()
    return session.scalar(select(func.count()).select_from(waiting)) or 0


def _waiting(session: Session, *, today: date) -> Select[*tuple[Any, ...]]:
    practice_id = practice_of(session)
    decided_on = func.max(Adjudication.decided_on)
    return (
        select(
            Claim.claim_id,
            Claim.claim_number,
            Claim.service_on,
            Patient.first_name,
            Patient.last_name,
            decided_on.label("decided_on"),
        )
        .select_from(Hold)
        .join(Claim, (Claim.practice_id == practice_id) & (Claim.claim_id == Hold.claim_id))
        .join(
            Patient,
            (Patient.practice_id == practice_id) & (Patient.patient_id == Claim.patient_id),
        )
        .join(
            Adjudication,
            (Adjudication.practice_id == practice_id) & (Adjudication.claim_id == Claim.claim_id),
        )
        .where(
            Hold.practice_id == practice_id,
            Hold.released_at.is_(None),
            Hold.kind == HoldKind.LATER_COVERAGE.value,
            Adjudication.disposition == Outcome.POSTED.value,
        )
        .group_by(
            Claim.claim_id,
            Claim.claim_number,
            Claim.service_on,
            Patient.first_name,
            Patient.last_name,
        )
        .having(decided_on < today - SILENT_AFTER)
    )


def _plans(
    session: Session, known: Mapping[UUID, KnownClaim]
) -> dict[UUID, tuple[PlanToCall, ...]]:
    """By claim: what the rule of the hold waits for."""
    patients = {one.patient_id for one in known.values() if one.patient_id is not None}
    on_file = _on_file(session, patients)
    found: dict[UUID, tuple[PlanToCall, ...]] = {}
    for claim_id, one in known.items():
        waited_for = {(cover.payer_key, cover.rank) for cover in undecided_coverages(one.position)}
        found[claim_id] = tuple(
            PlanToCall(in_mixed_case(row.name), row.member_identifier)
            for row in on_file.get(one.patient_id, ())
            if (str(row.payer_id), row.rank) in waited_for and _is_in_force(row, one.service_on)
        )
    return found


def _on_file(
    session: Session, patient_ids: Collection[UUID]
) -> Mapping[UUID | None, list[Row[*tuple[Any, ...]]]]:
    practice_id = practice_of(session)
    rows = session.execute(
        select(
            Coverage.patient_id,
            Coverage.payer_id,
            Coverage.rank,
            Coverage.member_identifier,
            Coverage.starts_on,
            Coverage.ends_on,
            Payer.name,
        )
        .join(Payer, (Payer.practice_id == practice_id) & (Payer.payer_id == Coverage.payer_id))
        .where(Coverage.practice_id == practice_id, Coverage.patient_id.in_(patient_ids))
        .order_by(Coverage.rank, Coverage.coverage_id)
    )
    found: dict[UUID | None, list[Row[*tuple[Any, ...]]]] = defaultdict(list)
    for row in rows:
        found[row.patient_id].append(row)
    return found


def _is_in_force(row: Row[*tuple[Any, ...]], on: date | None) -> bool:
    return on is None or (row.starts_on or on) <= on <= (row.ends_on or on)
