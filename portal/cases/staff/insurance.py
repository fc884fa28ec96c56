"""Take the insurance that somebody told us into the books, with one act."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from portal.cases.ports import TakeInsurance
from portal.cases.staff.acts import staff_case
from portal.cases.store import CaseNotFoundError, Moment, note, note_event, today_of
from portal.db import Database, Principal
from portal.domain.cases import CaseKind


@dataclass(frozen=True, slots=True)
class Card:
    """What is on the card, as staff read it."""

    patient_id: UUID
    payer_name: str
    member_identifier: str
    rank: int
    starts_on: date | None


class InsuranceRefusedError(ValueError):
    """``overlaps``, ``importing`` or ``unknown``."""


def use_insurance(
    database: Database,
    principal: Principal,
    case_id: UUID,
    card: Card,
    *,
    take: TakeInsurance,
    at: Moment,
) -> None:
    """The coverage is on file, and claims it has to decide are held; the case stays open.

    Raises CaseNotFoundError and InsuranceRefusedError.
    """
    with database.transaction(principal) as session:
        case = staff_case(session, case_id)
        if case.kind != CaseKind.WRONG_INSURANCE.value:
            raise CaseNotFoundError(case_id)
        today = today_of(session, at.now)
    trouble = take(
        database,
        principal,
        card.patient_id,
        payer_name=card.payer_name,
        member_identifier=card.member_identifier,
        rank=card.rank,
        starts_on=card.starts_on,
        now=at.now,
        today=today,
        request_id=at.request_id,
    )
    if trouble:
        raise InsuranceRefusedError(trouble)
    with database.transaction(principal) as session:
        case = staff_case(session, case_id)
        note_event(session, case, now=at.now, detail="insurance on file")
        note(session, case, "use_insurance", at=at)
