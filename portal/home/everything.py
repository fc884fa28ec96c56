"""A page of everything that happened, narrowed by person, year, kind and words."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.db import Database, Principal, practice_of
from portal.home.activity import Activity, Narrowed, activity, grouped_in, years_of_activity
from portal.practice.contact import PracticeContact, practice_contact, practice_day
from portal.practice.models import Claim, Patient
from portal.practice.viewing import grouped_visits, viewer_of

ON_A_PAGE: Final = 25
_PAGES_MAX: Final = 400


@dataclass(frozen=True, slots=True)
class NamedPatient:
    """A choice of the filter."""

    patient_id: UUID
    first_name: str


@dataclass(frozen=True, slots=True)
class EverythingPage:
    """``number`` of the page, from 1; ``has_more``: there is another after it."""

    practice: PracticeContact
    guarantor_id: UUID
    chosen: Narrowed
    years: tuple[int, ...]
    patients: tuple[NamedPatient, ...]
    rows: tuple[Activity, ...]
    number: int
    has_more: bool


def everything_page(
    database: Database,
    principal: Principal,
    chosen: Narrowed,
    *,
    number: int,
    now: datetime,
    request_id: str,
) -> EverythingPage:
    """With a row in the audit log, which learns nothing of the words."""
    guarantor_id = principal.guarantor_id
    if guarantor_id is None:
        raise ValueError(principal.kind)
    number = min(max(number, 1), _PAGES_MAX)
    with database.transaction(principal) as session:
        record(
            session,
            action="search" if chosen.words else "view_activity",
            object_kind="guarantor",
            object_id=guarantor_id,
            guarantor_id=guarantor_id,
            now=now,
            request_id=request_id,
        )
        practice = practice_contact(session)
        viewer = viewer_of(session, today=practice_day(practice, now=now))
        unseen = frozenset(grouped_visits(session, _claim_ids(session, guarantor_id), viewer))
        found = activity(
            session,
            guarantor_id,
            replace(chosen, unseen=unseen),
            limit=ON_A_PAGE + 1,
            offset=(number - 1) * ON_A_PAGE,
        )
        return EverythingPage(
            practice=practice,
            guarantor_id=guarantor_id,
            chosen=chosen,
            years=years_of_activity(session, guarantor_id),
            patients=_patients(session, guarantor_id),
            rows=grouped_in(found[:ON_A_PAGE], unseen),
            number=number,
            has_more=len(found) > ON_A_PAGE,
        )


def _claim_ids(session: Session, guarantor_id: UUID) -> list[UUID]:
    return list(
        session.scalars(
            select(Claim.claim_id).where(
                Claim.practice_id == practice_of(session), Claim.guarantor_id == guarantor_id
            )
        )
    )


def _patients(session: Session, guarantor_id: UUID) -> tuple[NamedPatient, ...]:
    rows = session.execute(
        select(Patient.patient_id, Patient.first_name)
        .where(Patient.practice_id == practice_of(session), Patient.guarantor_id == guarantor_id)
        .order_by(Patient.first_name, Patient.patient_id)
    )
    return tuple(NamedPatient(row.patient_id, row.first_name) for row in rows)
